"""Measure suggesters against gold labels: the report of one, and what others reach on the same documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.classifier.base import Suggester, suggest_whole
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import ClassifierError
from annotator.evaluation import Judged, differences, judge, report
from annotator.workflows.evaluate_input import GoldItem, gold_of

__all__ = ["SAMPLES", "Candidate", "evaluate", "evaluate_several", "gold_of", "judge_all"]

SAMPLES = 1000
"""Bootstrap samples for an interval."""

Progress = Callable[[str, int], None]
"""Called with the candidate's name and the number of documents it has read."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A suggester under the name it is reported by."""

    name: str
    suggester: Suggester


def evaluate(
    articles: Iterable[GoldItem],
    suggester: Suggester,
    codebook: Codebook,
    *,
    samples: int = SAMPLES,
    minimum: float | None = None,
) -> dict[str, Any]:
    """Return the report of one suggester; see :func:`annotator.evaluation.report`.

    Args:
        articles: Documents with what is right.
        suggester: Suggests labels of ``codebook``.
        codebook: Names the labels of both.
        samples: Bootstrap samples of documents for the intervals.
        minimum: Lowest probability to count as suggested; ``None``: the suggester's own thresholds.

    Raises:
        ClassifierError: If there is no document, or the suggester's labels are those of another codebook.
    """
    return report(judge_all(list(articles), suggester, codebook, minimum=minimum), codebook, samples=samples)


def judge_all(
    articles: Sequence[GoldItem],
    suggester: Suggester,
    codebook: Codebook,
    *,
    minimum: float | None = None,
    told: Callable[[int], None] | None = None,
) -> list[Judged]:
    """Return what each document contributes to the figures of one suggester.

    Args:
        told: Called with the number of documents read, after each.

    Raises:
        ClassifierError: As for :func:`evaluate`.
    """
    if not articles:
        raise ClassifierError("Cannot evaluate: no document with gold labels is left. Name a file with labels.")
    if suggester.codebook != codebook.ref:
        raise ClassifierError(
            f"Cannot evaluate '{suggester.version}': it suggests labels of codebook '{suggester.codebook}', and the "
            f"gold labels are of '{codebook.ref}'. Choose a model trained for '{codebook.ref}'.",
            found=suggester.codebook,
            expected=codebook.ref,
        )
    found = suggest_whole(suggester, _documents(articles), minimum=minimum)
    judged: list[Judged] = []
    for (_, gold), (cut, frames) in zip(articles, found, strict=True):
        judged.append(judge(gold, cut, codebook, all_frames=frames))
        if told is not None:
            told(len(judged))
    return judged


def evaluate_several(
    articles: Sequence[GoldItem],
    candidates: Sequence[Candidate],
    codebook: Codebook,
    *,
    samples: int = SAMPLES,
    minimum: float | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return the report of the first candidate, and under ``comparisons`` those of the others by name.

    Each of these also has ``difference``: the first candidate's figures less its own, with intervals over the same
    documents. Above 0 the first is better (but for the calibration errors).

    Args:
        candidates: At least one; names differ.
        minimum: Applies to the first; the others keep their own thresholds.
    """

    def tell(name: str) -> Callable[[int], None] | None:
        return None if progress is None else lambda count: progress(name, count)

    first, *others = candidates
    mine = judge_all(articles, first.suggester, codebook, minimum=minimum, told=tell(first.name))
    figures = {"suggester": first.suggester.version, **report(mine, codebook, samples=samples)}
    if others:
        figures["comparisons"] = {}
    for other in others:
        theirs = judge_all(articles, other.suggester, codebook, told=tell(other.name))
        figures["comparisons"][other.name] = {
            "suggester": other.suggester.version,
            **report(theirs, codebook, samples=samples),
            "difference": differences(theirs, mine, codebook, samples=samples),
        }
    return figures


def _documents(articles: Iterable[GoldItem]) -> Iterator[Document]:
    for document, _ in articles:
        yield document
