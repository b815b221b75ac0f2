"""Compare two suggesters on the same gold documents: figures, paired differences, and where they differ most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from annotator import metrics
from annotator.annotations import Annotation, Suggestions
from annotator.classifier.base import Suggester
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.evaluation import Judged, judge
from annotator.metrics import Figure

BATCH = 4
"""Documents read between two signs of progress."""

SHOWN = 10
"""Documents listed as those where the two differ most."""

Progress = Callable[[int], None]
"""Called with the number of documents read so far, by either suggester."""

Rows = Sequence[Judged]


def _spans(rows: Rows) -> float | None:
    return metrics.f1([row.unlabelled for row in rows])


def _precision(rows: Rows) -> float | None:
    return metrics.precision([row.unlabelled for row in rows])


def _recall(rows: Rows) -> float | None:
    return metrics.recall([row.unlabelled for row in rows])


def _with_device(rows: Rows) -> float | None:
    return metrics.f1([row.labelled for row in rows])


def _frames(rows: Rows) -> float | None:
    return metrics.micro_f1([row.frames for row in rows])


def _voice(rows: Rows) -> float | None:
    compared = sum(row.voice[1] for row in rows)
    return sum(row.voice[0] for row in rows) / compared if compared else None


STATISTICS: tuple[tuple[str, Callable[[Rows], float | None]], ...] = (
    ("Loaded phrases found, F1", _spans),
    ("… precision", _precision),
    ("… recall", _recall),
    ("Phrases with the right device, F1", _with_device),
    ("Article frames, F1 of all", _frames),
    ("Voice, share right", _voice),
)


@dataclass(frozen=True, slots=True)
class FigurePair:
    """One figure of both, and the second less the first over the same documents; see :class:`Figure`."""

    name: str
    first: Figure
    second: Figure
    difference: Figure


@dataclass(frozen=True, slots=True)
class DocumentPair:
    """One document: F1 of phrases with device for each suggester, ``None`` where undefined, and what each found."""

    document: Document
    gold: Annotation
    first: float | None
    second: float | None
    found: tuple[Suggestions, Suggestions]

    @property
    def difference(self) -> float:
        """The second's F1 less the first's; one that is undefined counts as 0 here, only for the order of the list."""
        return (self.second or 0.0) - (self.first or 0.0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome for two suggesters, named by their versions."""

    first: str
    second: str
    documents: int
    gold_spans: int
    figures: tuple[FigurePair, ...]
    most_different: tuple[DocumentPair, ...]


def compare(
    items: Sequence[tuple[Document, Annotation]],
    first: Suggester,
    second: Suggester,
    *,
    codebook: Codebook,
    samples: int = 500,
    progress: Progress | None = None,
) -> Comparison:
    """Let both read the documents and compare what they find, each at its own thresholds.

    Args:
        items: At least one document with its gold.
        first, second: What to compare; differences are the second's figure less the first's.
        codebook: Names the labels.
        samples: Bootstrap samples for each interval.
        progress: Told after each few documents; the total is twice the number of documents.
    """
    found = [list(_read(items, one, done=n * len(items), progress=progress)) for n, one in enumerate((first, second))]
    pairs = [
        (judge(gold, a, codebook), judge(gold, b, codebook))
        for (_, gold), a, b in zip(items, found[0], found[1], strict=True)
    ]
    documents = [
        DocumentPair(document, gold, _with_device([one]), _with_device([two]), (a, b))
        for (document, gold), (one, two), a, b in zip(items, pairs, found[0], found[1], strict=True)
    ]
    differing = [pair for pair in documents if _marks(pair.found[0]) != _marks(pair.found[1])]
    return Comparison(
        first=first.version,
        second=second.version,
        documents=len(items),
        gold_spans=sum(len(gold.spans) for _, gold in items),
        figures=tuple(_figure(name, statistic, pairs, samples=samples) for name, statistic in STATISTICS),
        most_different=tuple(sorted(differing, key=lambda pair: -abs(pair.difference))[:SHOWN]),
    )


def _read(
    items: Sequence[tuple[Document, Annotation]], suggester: Suggester, *, done: int, progress: Progress | None
) -> Iterator[Suggestions]:
    for start in range(0, len(items), BATCH):
        batch = [document for document, _ in items[start : start + BATCH]]
        yield from suggester.suggest(batch)
        if progress:
            progress(done + start + len(batch))


def _figure(
    name: str,
    statistic: Callable[[Rows], float | None],
    pairs: Sequence[tuple[Judged, Judged]],
    *,
    samples: int,
) -> FigurePair:
    def difference(rows: Sequence[tuple[Judged, Judged]]) -> float | None:
        one, two = statistic([a for a, _ in rows]), statistic([b for _, b in rows])
        return None if one is None or two is None else two - one

    return FigurePair(
        name,
        metrics.with_interval([a for a, _ in pairs], statistic, samples=samples),
        metrics.with_interval([b for _, b in pairs], statistic, samples=samples),
        metrics.with_interval(pairs, difference, samples=samples),
    )


def _marks(found: Suggestions) -> set[tuple[int, int, str]]:
    return {(span.start, span.end, span.device) for span in found.spans}


def difference_rows(pair: DocumentPair) -> list[dict[str, str]]:
    """Return every phrase of a document in gold or of either suggester, in text order, with the device each gave it."""
    gold = _by_place((s.start, s.end, s.device) for s in pair.gold.spans)
    first, second = (
        _by_place((s.start, s.end, f"{s.device} ({s.probability:.0%})") for s in found.spans) for found in pair.found
    )
    return [
        {
            "phrase": pair.document.text[start:end],
            "gold": gold.get((start, end), ""),
            "first": first.get((start, end), ""),
            "second": second.get((start, end), ""),
        }
        for start, end in sorted(gold.keys() | first.keys() | second.keys())
    ]


def _by_place(spans: Iterable[tuple[int, int, str]]) -> dict[tuple[int, int], str]:
    """Return what was said of each place; several devices on the very same phrase are listed."""
    said: dict[tuple[int, int], str] = {}
    for start, end, label in spans:
        said[start, end] = f"{said[start, end]}, {label}" if (start, end) in said else label
    return said
