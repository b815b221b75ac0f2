"""Compare two suggesters on the same gold documents: figures, paired differences, and where they differ most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from annotator import metrics
from annotator.annotations import Annotation, Suggestions
from annotator.classifier.base import Suggester
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.evaluation import Judged, differences, judge, report
from annotator.workflows.model_figures import OVERALL, FigureRow, figure, overall_rows

BATCH = 4
"""Documents read between two signs of progress."""

SHOWN = 10
"""Documents listed as those where the two differ most."""

Progress = Callable[[int], None]
"""Called with the number of documents read so far, by either suggester."""


@dataclass(frozen=True, slots=True)
class FigurePair:
    """One figure of both, and the second less the first over the same documents."""

    name: str
    first: FigureRow
    second: FigureRow
    difference: FigureRow


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
    samples: int = 1000,
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
    judged = [[judge(gold, one, codebook) for (_, gold), one in zip(items, given, strict=True)] for given in found]
    documents = [
        DocumentPair(document, gold, _with_device(one), _with_device(two), (a, b))
        for (document, gold), one, two, a, b in zip(items, *judged, *found, strict=True)
    ]
    differing = [pair for pair in documents if _marks(pair.found[0]) != _marks(pair.found[1])]
    return Comparison(
        first=first.version,
        second=second.version,
        documents=len(items),
        gold_spans=sum(len(gold.spans) for _, gold in items),
        figures=_figures(judged[0], judged[1], codebook, samples=samples),
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


def _figures(
    first: Sequence[Judged], second: Sequence[Judged], codebook: Codebook, *, samples: int
) -> tuple[FigurePair, ...]:
    apart = differences(first, second, codebook, samples=samples)
    rows = [overall_rows(report(judged, codebook, samples=samples)) for judged in (first, second)]
    places = {name: ".".join(path) for name, path, _ in OVERALL}
    return tuple(
        FigurePair(one.name, one, two, FigureRow(one.name, one.meaning, *figure(apart, places[one.name])))
        for one, two in zip(*rows, strict=True)
    )


def _with_device(judged: Judged) -> float | None:
    return metrics.f1([judged.labelled])


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
