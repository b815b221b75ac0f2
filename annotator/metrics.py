"""How well suggestions fit gold labels: span overlap, label F1, calibration, and intervals over documents.

Every measure is a sum of counts per document, so the same counts give the figure and, resampled by document,
its interval. A figure that is undefined is ``None`` with the reason, never 0 or 1.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

Row = TypeVar("Row")


class LabelledStretch(NamedTuple):
    """``[start, end)`` in code points with a label; ``""`` where the label does not matter."""

    start: int
    end: int
    label: str = ""


class SpanCounts(NamedTuple):
    """Credits of one document, or of many summed.

    ``precision_credit`` of ``predicted`` spans were right, ``recall_credit`` of ``gold`` spans were found. With
    exact matching both credits are the same whole number; with partial overlap they are sums of fractions.
    """

    precision_credit: float
    predicted: int
    recall_credit: float
    gold: int


class LabelCounts(NamedTuple):
    """True positives, false positives and false negatives of one label."""

    hits: int
    extra: int
    missed: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with its interval; ``value`` is ``None`` when undefined, and ``reason`` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def to_record(self) -> dict[str, Any]:
        """Return the figure for JSON, rounded to four places."""
        record: dict[str, Any] = {"value": _rounded(self.value)}
        if self.low is not None and self.high is not None:
            record["interval"] = [_rounded(self.low), _rounded(self.high)]
        if self.reason:
            record["reason"] = self.reason
        return record


def merge_same_label(spans: Iterable[LabelledStretch]) -> list[LabelledStretch]:
    """Merge overlapping spans that carry the same label; adjacent ones stay apart.

    Example:
        >>> merge_same_label([LabelledStretch(0, 5), LabelledStretch(3, 9), LabelledStretch(9, 12)])
        [LabelledStretch(start=0, end=9, label=''), LabelledStretch(start=9, end=12, label='')]
    """
    merged: list[LabelledStretch] = []
    for span in sorted(spans, key=lambda s: (s.label, s.start, s.end)):
        if merged and merged[-1].label == span.label and span.start < merged[-1].end:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return sorted(merged)


def partial_overlap(gold: Iterable[LabelledStretch], predicted: Iterable[LabelledStretch]) -> SpanCounts:
    """Count one document's partial credit: shared characters over the span's own length.

    Same-label spans of each side are merged first. Without that, a gold span predicted twice earns a recall
    of 2. Pass spans with label "" to leave the label out (the task "span identification").

    Source:
        Da San Martino et al. 2020, "SemEval-2020 Task 11: Detection of Propaganda Techniques in News
        Articles", section 4.1.
    """
    gold, predicted = merge_same_label(gold), merge_same_label(predicted)
    precision = recall = 0.0
    for guess in predicted:
        for truth in gold:
            shared = min(guess.end, truth.end) - max(guess.start, truth.start)
            if shared > 0 and guess.label == truth.label:
                precision += shared / (guess.end - guess.start)
                recall += shared / (truth.end - truth.start)
    return SpanCounts(precision, len(predicted), recall, len(gold))


def exact_match(gold: Iterable[LabelledStretch], predicted: Iterable[LabelledStretch]) -> SpanCounts:
    """Count one document's spans that agree in start, end and label; doubles count once."""
    truths, guesses = set(gold), set(predicted)
    both = len(truths & guesses)
    return SpanCounts(both, len(guesses), both, len(truths))


def precision(counts: Sequence[SpanCounts]) -> float | None:
    """Return the share of predicted spans that is right; ``None`` when nothing was predicted."""
    predicted = sum(c.predicted for c in counts)
    return sum(c.precision_credit for c in counts) / predicted if predicted else None


def recall(counts: Sequence[SpanCounts]) -> float | None:
    """Return the share of gold spans that was found; ``None`` when there is none."""
    gold = sum(c.gold for c in counts)
    return sum(c.recall_credit for c in counts) / gold if gold else None


def f1(counts: Sequence[SpanCounts]) -> float | None:
    """Return the harmonic mean of both; 0 when only one side has spans, ``None`` when neither has."""
    p, r = precision(counts), recall(counts)
    if p is None and r is None:
        return None
    if not p or not r:
        return 0.0
    return 2 * p * r / (p + r)


def count_labels(gold: Iterable[str], predicted: Iterable[str], labels: Sequence[str]) -> dict[str, LabelCounts]:
    """Count one document's labels of a set, such as its frames."""
    truths, guesses = set(gold), set(predicted)
    return {
        label: LabelCounts(
            int(label in truths and label in guesses),
            int(label not in truths and label in guesses),
            int(label in truths and label not in guesses),
        )
        for label in labels
    }


def add_label_counts(documents: Iterable[dict[str, LabelCounts]]) -> dict[str, LabelCounts]:
    """Sum counts over documents, label by label."""
    total: dict[str, LabelCounts] = {}
    for counts in documents:
        for label, count in counts.items():
            before = total.get(label, LabelCounts(0, 0, 0))
            total[label] = LabelCounts(*(a + b for a, b in zip(before, count, strict=True)))
    return total


def label_f1(counts: LabelCounts) -> float | None:
    """Return F1 of one label; ``None`` when it is neither in gold nor predicted."""
    whole = 2 * counts.hits + counts.extra + counts.missed
    return 2 * counts.hits / whole if whole else None


def micro_f1(documents: Sequence[dict[str, LabelCounts]]) -> float | None:
    """Return F1 over all decisions of all labels together."""
    sums = add_label_counts(documents).values()
    return label_f1(LabelCounts(sum(c.hits for c in sums), sum(c.extra for c in sums), sum(c.missed for c in sums)))


def macro_f1(documents: Sequence[dict[str, LabelCounts]]) -> float | None:
    """Return the mean F1 of the labels that occur in gold; ``None`` when none does."""
    found = [label_f1(c) for c in add_label_counts(documents).values() if c.hits + c.missed]
    values = [value for value in found if value is not None]
    return sum(values) / len(values) if values else None


class Reliability(NamedTuple):
    """One bar of a reliability diagram: ``guesses`` with probabilities in ``[low, high)``."""

    low: float
    high: float
    guesses: int
    mean_probability: float | None
    share_right: float | None


def reliability(guesses: Sequence[tuple[float, bool]], *, bins: int = 10) -> list[Reliability]:
    """Sort guesses (probability, whether right) into ``bins`` equally wide bars; 1.0 belongs to the last."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for probability, right in guesses:
        groups[min(int(probability * bins), bins - 1)].append((probability, right))
    return [
        Reliability(
            index / bins,
            (index + 1) / bins,
            len(group),
            sum(p for p, _ in group) / len(group) if group else None,
            sum(r for _, r in group) / len(group) if group else None,
        )
        for index, group in enumerate(groups)
    ]


def expected_calibration_error(guesses: Sequence[tuple[float, bool]], *, bins: int = 10) -> float | None:
    """Return the mean distance between probability and share right, weighted by guesses; ``None`` without any.

    Source:
        Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
    """
    if not guesses:
        return None
    gaps = (
        bar.guesses * abs(bar.mean_probability - bar.share_right)
        for bar in reliability(guesses, bins=bins)
        if bar.mean_probability is not None and bar.share_right is not None
    )
    return sum(gaps) / len(guesses)


def with_interval(
    documents: Sequence[Row],
    statistic: Callable[[Sequence[Row]], float | None],
    *,
    samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Figure:
    """Compute a figure over documents, with a percentile bootstrap interval that resamples documents.

    Args:
        documents: One row of counts for each document.
        statistic: From rows to the figure; ``None`` when undefined.
        samples: How many resamples; those where the figure is undefined are left out.
        level: Of the interval.
        seed: Same seed, same interval.

    Source:
        Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3.
    """
    value = statistic(documents)
    if value is None:
        return Figure(None, reason="no document has the labels this figure counts")
    draw = random.Random(seed)  # noqa: S311 (resampling, not secrets)
    values = sorted(
        found for _ in range(samples) if (found := statistic(draw.choices(documents, k=len(documents)))) is not None
    )
    if len(documents) < 2 or not values:
        return Figure(value, reason="no interval: it needs at least two documents")
    tail = (1 - level) / 2
    return Figure(value, _quantile(values, tail), _quantile(values, 1 - tail))


def _quantile(values: Sequence[float], share: float) -> float:
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
