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

    def candidates(self, probability: Floats) -> list[Candidate]:
        """Return spans around every peak, highest first claimed, in text order; none overlap.

        The extent of a span depends on its own peak alone, not on the threshold chosen later: raising the
        threshold removes spans and never changes those that stay.

        Args:
            probability: shape (units,); that each unit stands inside a loaded phrase.
        """
        order = np.flatnonzero(probability >= self.floor)
        order = order[np.argsort(-probability[order], kind="stable")]
        taken = np.zeros(len(probability), bool)
        found: list[Candidate] = []
        for seed in order.tolist():
            if taken[seed] or not _is_peak(probability, seed):
                continue
            least = float(probability[seed]) * self.ratio
            start, end = seed, seed + 1
            while start > 0 and end - start < self.widest and not taken[start - 1] and probability[start - 1] >= least:
                start -= 1
            while end < len(taken) and end - start < self.widest and not taken[end] and probability[end] >= least:
                end += 1
            taken[start:end] = True
            inside = probability[start:end]
            found.append(Candidate(start, end, float(probability[seed]), float(inside.mean())))
        return sorted(found)


def _is_peak(probability: Floats, unit: int) -> bool:
    """Whether no neighbour is higher; the shoulder of a peak is no span of its own."""
    around = probability[max(0, unit - 1) : unit + 2]
    return bool(probability[unit] >= around.max())


def unit_means(values: Floats, unit_starts: Ints) -> Floats:
    """Return the mean over each unit's tokens, shape (units, columns), of values of shape (tokens, columns)."""
    if len(values) == 0:
        return values
    sums = np.add.reduceat(values, unit_starts[:-1], axis=0)
    counts = np.diff(unit_starts)[:, None]
    return np.asarray(sums / counts, np.float32)
