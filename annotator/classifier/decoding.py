"""From probabilities per word to spans: peaks, and the words around them that belong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotator.classifier.windows import Ints

Floats = npt.NDArray[np.float32]


class Candidate(NamedTuple):
    """Units ``[start, end)`` of one text, with the highest and the mean probability among them."""

    start: int
    end: int
    peak: float
    mean: float


@dataclass(frozen=True, slots=True)
class Decoding:
    """How words become spans.

    Attributes:
        floor: A peak below this is nobody's span; the lowest probability that is ever reported.
        ratio: A span reaches as far as its words stay above this part of its peak.
        widest: Most words in a span.
    """

    floor: float = 0.05
    ratio: float = 0.4
    widest: int = 30

    def candidates(self, probability: Floats, *, least: float = 0.0) -> list[Candidate]:
        """Return spans around every peak, highest first claimed, in text order; none overlap.

        The extent of a span depends on its own peak alone, not on the threshold chosen later: raising the
        threshold removes spans and never changes those that stay.

        Args:
            probability: shape (units,); that each unit stands inside a loaded phrase.
            least: Lowest peak, where that is more than the floor.
        """
        beside = np.full(len(probability) + 2, -1, probability.dtype)
        beside[1:-1] = probability
        # The shoulder of a peak is no span of its own.
        is_peak = (probability >= beside[:-2]) & (probability >= beside[2:])
        peaks = np.flatnonzero(is_peak & (probability >= max(self.floor, least)))
        peaks = peaks[np.argsort(-probability[peaks], kind="stable")]
        enough = (probability[peaks].astype(np.float64) * self.ratio).astype(probability.dtype).tolist()
        height, untaken = probability.tolist(), [True] * len(probability)
        found: list[Candidate] = []
        for peak, lowest in zip(peaks.tolist(), enough, strict=True):
            if not untaken[peak]:
                continue
            start, end = peak, peak + 1
            while start > 0 and end - start < self.widest and untaken[start - 1] and height[start - 1] >= lowest:
                start -= 1
            while end < len(height) and end - start < self.widest and untaken[end] and height[end] >= lowest:
                end += 1
            untaken[start:end] = [False] * (end - start)
            found.append(Candidate(start, end, height[peak], mean(probability[start:end])))
        return sorted(found)


def mean(values: Floats) -> float:
    """Return what ``values.mean()`` returns, several times faster for the few values of a span."""
    return float(np.add.reduce(values) / len(values))


def unit_means(values: Floats, unit_starts: Ints) -> Floats:
    """Return the mean over each unit's tokens, shape (units, columns), of values of shape (tokens, columns)."""
    if len(values) == 0:
        return values
    sums = np.add.reduceat(values, unit_starts[:-1], axis=0)
    counts = np.diff(unit_starts)[:, None]
    return np.asarray(sums / counts, np.float32)
