"""Score articles: suggestions of one or several suggesters as records, one article at a time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, tee
from pathlib import Path
from typing import Any, Literal, get_args

from annotator.annotations import Suggestions
from annotator.classifier.base import Suggester
from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.documents import Document, check_text
from annotator.errors import ClassifierError
from annotator.formats import Article, ReadItem, Rejected
from annotator.resources import default_codebook_path
from annotator.scored import scored_record

Which = Literal["model", "lexicon", "both"]
DEFAULT_SUGGESTER: Which = "both"
"""The lexicon's spans that overlap none of the model's raise F1 on held-out articles (benchmarks/quality/README.md)."""


def score(
    items: Iterable[ReadItem],
    suggesters: Sequence[Suggester],
    *,
    minimum: float | None = None,
    on_rejected: Callable[[Rejected], None] | None = None,
    on_warning: Callable[[str], None] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the scored record of each article, in order; memory does not grow with their number.

    Args:
        items: What a reader yields; rejections are reported and the rest goes on.
        suggesters: Asked in turn. A later one's spans are left out where they overlap an earlier one's.
        minimum: Lowest probability to report; ``None``: each suggester's own thresholds.
        on_rejected: Told of each file or row that was left out.
        on_warning: Told what was unusual about an article.

    Raises:
        ClassifierError: If there is no suggester, or ``minimum`` is no probability.
    """
    if not suggesters:
        raise ClassifierError("Cannot score without a suggester. Name the model, the lexicon, or both.")
    if minimum is not None and not 0 <= minimum <= 1:
        raise ClassifierError(f"Cannot use threshold {minimum}: a probability lies between 0 and 1.")
    documents = _documents(items, on_rejected, on_warning)
    first, *copies = tee(documents, len(suggesters) + 1)
    asked = [suggester.suggest(copy, minimum=minimum) for suggester, copy in zip(suggesters, copies, strict=True)]
    # The suggesters' streams are drawn before the documents' own, which then wait in tee's short queue.
    for *parts, document in zip(*asked, first, strict=True):
        yield scored_record(document, without_overlaps(parts))


def score_texts(
    texts: Iterable[str | Document],
    *,
    suggester: Which = DEFAULT_SUGGESTER,
    threshold: float | None = None,
    codebook: Codebook | None = None,
    model: str | Path | None = None,
    backend: str = "auto",
) -> Iterator[dict[str, Any]]:
    """Score texts from Python; the records are those of ``annotator score --format jsonl``.

    Args:
        texts: Plain texts, named ``text-1``, ``text-2`` …, or documents; read as needed.
        suggester: ``model``, ``lexicon`` or ``both``.
        threshold: Lowest probability to report; ``None``: the suggester's own.
        codebook: ``None``: the shipped one.
        model: Folder of the model; ``None``: the shipped one.
        backend: What runs the model, as in ``annotator score --backend``.

    Raises:
        DocumentError: If a text is empty or cannot be stored.
        ClassifierError: If the model cannot be loaded.

    Example:
        >>> record = next(score_texts(["The puppet regime fell."], suggester="lexicon"))
        >>> record["spans"][0]["agent"]
        'lexicon'
    """
    suggesters = python_suggesters(suggester, codebook=codebook, model=model, backend=backend)
    return score(_as_articles(texts), suggesters, minimum=threshold)


def python_suggesters(
    which: Which, *, codebook: Codebook | None, model: str | Path | None, backend: str
) -> tuple[Suggester, ...]:
    """Return the suggesters that the arguments of :func:`score_texts` mean; the shipped ones are loaded only once.

    Raises:
        AnnotatorError: If one of them is missing or made for another codebook, or a name is unknown.
    """
    if which not in get_args(Which):
        raise ClassifierError(f"Unknown suggester '{which}'. Choose one of: {', '.join(get_args(Which))}.")
    if codebook is None and model is None:
        return _shipped(which, backend)
    chosen = codebook or load_codebook(default_codebook_path())
    return load_suggesters(which, chosen, model_folder=Path(model) if model else None, backend=backend)


def load_suggesters(
    which: Which,
    codebook: Codebook,
    *,
    model_folder: Path | None = None,
    lexicon: Path | None = None,
    all_frames: bool = False,
    backend: str = "auto",
    threads: int | None = None,
) -> tuple[Suggester, ...]:
    """Load suggesters for ``codebook``, the model first.

    Args:
        model_folder: ``None``: the shipped model.
        lexicon: Its file; ``None``: the shipped one for the codebook.
        all_frames: Whether the model reports every article frame, however improbable.
        backend: What runs the model's encoder, one of :data:`annotator.classifier.backend.CHOICES`.
        threads: Processor threads for it; ``None``: as many as it thinks best.

    Raises:
        AnnotatorError: If one of them is missing or made for another codebook.
    """
    from annotator.workflows.suggesters import load_lexicon, load_model

    loaded: list[Suggester] = []
    if which != "lexicon":
        model = load_model(codebook, model_folder, backend=backend, threads=threads)
        if all_frames:
            # Set here, so that loading the model stays the one place that explains a missing PyTorch.
            model.all_frames = True  # type: ignore[attr-defined]
        loaded.append(model)
    if which != "model":
        loaded.append(load_lexicon(codebook, lexicon))
    return tuple(loaded)


@lru_cache(maxsize=3)
def _shipped(which: Which, backend: str) -> tuple[Suggester, ...]:
    return load_suggesters(which, load_codebook(default_codebook_path()), backend=backend)


def _as_articles(texts: Iterable[str | Document]) -> Iterator[ReadItem]:
    for number, text in enumerate(texts, start=1):
        document = text if isinstance(text, Document) else Document(id=f"text-{number}", text=text)
        check_text(document.text, name=document.id)
        yield Article(document)


def _documents(
    items: Iterable[ReadItem],
    on_rejected: Callable[[Rejected], None] | None,
    on_warning: Callable[[str], None] | None,
) -> Iterator[Document]:
    for item in items:
        if isinstance(item, Rejected):
            if on_rejected:
                on_rejected(item)
            continue
        if on_warning:
            for warning in item.warnings:
                on_warning(f"{item.name or item.document.id}: {warning}")
        yield item.document


def joined(first: Suggestions, second: Suggestions) -> Suggestions:
    """Add the second's spans that overlap none of the first's, as two suggesters are written together."""
    kept, more = without_overlaps([first, second])
    return replace(kept, spans=kept.spans + more.spans, notes=first.notes + second.notes)


def without_overlaps(parts: Sequence[Suggestions]) -> list[Suggestions]:
    """Drop a later suggester's spans where an earlier one already marked something."""
    kept: list[Suggestions] = []
    taken: list[tuple[int, int]] = []
    for part in parts:
        taken.sort()
        starts = [start for start, _ in taken]
        reached = list(accumulate((end for _, end in taken), max, initial=0))
        # Of the spans that begin before this one ends, one reaches farthest.
        spans = [span for span in part.spans if reached[bisect_left(starts, span.end)] <= span.start]
        taken.extend((span.start, span.end) for span in spans)
        kept.append(replace(part, spans=tuple(spans)))
    return kept
