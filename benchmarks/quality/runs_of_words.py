"""From the probability of each word to spans for corpora whose spans are long: runs of words, not peaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from annotator import metrics
from annotator.classifier.decoding import Floats
from annotator.classifier.windows import Ints
from annotator.metrics import LabelledStretch, SpanCounts

HIGH = tuple(round(float(t), 2) for t in np.arange(0.08, 0.61, 0.04))
RATIOS = (0.3, 0.45, 0.6, 0.8, 1.0)
GAPS = (0, 1, 2)


@dataclass(frozen=True)
class Runs:
    """How words become spans.

    Attributes:
        high: A run needs one word at least this probable.
        ratio: It reaches as far as its words stay above this part of ``high``.
        gap: Two runs with at most so many words between them are one, unless a line ends between them.
    """

    high: float = 0.3
    ratio: float = 0.6
    gap: int = 0

    def spans(self, text: str, bounds: Ints, probability: Floats) -> list[LabelledStretch]:
        """Return spans in text order; none overlap.

        Args:
            text: The document.
            bounds: shape (words, 2); offsets.
            probability: shape (words,).
        """
        runs: list[list[int]] = []
        for word in np.flatnonzero(probability >= self.high * self.ratio).tolist():
            joined = runs and word - runs[-1][1] <= self.gap
            if joined and "\n" not in text[bounds[runs[-1][1] - 1, 1] : bounds[word, 0]]:
                runs[-1][1] = word + 1
            else:
                runs.append([word, word + 1])
        return [
            LabelledStretch(int(bounds[first, 0]), int(bounds[last - 1, 1]))
            for first, last in runs
            if probability[first:last].max() >= self.high
        ]


def count(gold: Sequence[Sequence[LabelledStretch]], found: Iterable[Sequence[LabelledStretch]]) -> list[SpanCounts]:
    """Return partial-overlap counts of each document, labels left out on both sides."""
    plain = ([span._replace(label="") for span in spans] for spans in gold)
    return [metrics.partial_overlap(truth, guess) for truth, guess in zip(plain, found, strict=True)]


def best_runs(
    texts: Sequence[str],
    bounds: Sequence[Ints],
    probability: Sequence[Floats],
    gold: Sequence[Sequence[LabelledStretch]],
) -> tuple[Runs, float]:
    """Return the settings with the best span F1 on these documents, and that F1."""

    def quality(runs: Runs) -> float:
        found = [runs.spans(*one) for one in zip(texts, bounds, probability, strict=True)]
        return metrics.f1(count(gold, found)) or 0.0

    best, reached = Runs(), -1.0
    for options in ([Runs(high, ratio) for high in HIGH for ratio in RATIOS], None):
        for runs in options or [Runs(best.high, best.ratio, gap) for gap in GAPS]:
            value = quality(runs)
            if value > reached:
                best, reached = runs, value
    return best, reached
