"""Figures over documents with bootstrap intervals, all samples at once.

Every figure is a function of sums over documents. A resample draws documents with replacement, so its sums are one
product of two matrices: how often each document is drawn, and what each contributes. A thousand samples of hundreds
of documents take a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from annotator.metrics import Figure

Doubles = npt.NDArray[np.float64]
Formula = Callable[[Doubles], Doubles]
"""From sums of shape (…, columns) to the figure of shape (…); NaN where it is undefined."""

LEVEL = 0.95
UNDEFINED = "no document has the labels this figure counts"
TOO_FEW = "no interval: it needs at least two documents"


@dataclass(frozen=True)
class Draws:
    """Which documents each resample draws; the same for every figure, so that figures can be compared.

    Attributes:
        documents: How many there are.
        samples: How many resamples.
        seed: Same seed, same intervals.

    Source:
        Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3 (percentile intervals).
    """

    documents: int
    samples: int = 1000
    seed: int = 0

    @cached_property
    def times(self) -> Doubles:
        """How often each document is drawn, shape (samples, documents)."""
        if not self.documents:
            return np.zeros((self.samples, 0))
        even = np.full(self.documents, 1 / self.documents)
        drawn = np.random.default_rng(self.seed).multinomial(self.documents, even, size=self.samples)
        return np.asarray(drawn, np.float64)

    def figure(self, rows: Doubles, formula: Formula) -> Figure:
        """Return a figure with its interval.

        Args:
            rows: shape (documents, columns); what each document contributes.
            formula: From sums to the figure.
        """
        return self._with_interval(_value(rows, formula), formula(self.times @ rows))

    def difference(self, first: Doubles, second: Doubles, formula: Formula) -> Figure:
        """Return the second's figure less the first's, both over the same documents of each resample."""
        one, two = _value(first, formula), _value(second, formula)
        return self._with_interval(two - one, formula(self.times @ second) - formula(self.times @ first))

    def _with_interval(self, value: float, sampled: Doubles) -> Figure:
        if np.isnan(value):
            return Figure(None, reason=UNDEFINED)
        defined = sampled[~np.isnan(sampled)]
        if self.documents < 2 or not len(defined):
            return Figure(value, reason=TOO_FEW)
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(defined, [tail, 1 - tail])
        return Figure(value, float(low), float(high))


def _value(rows: Doubles, formula: Formula) -> float:
    return float(formula(rows.sum(axis=0)))


def precision(sums: Doubles) -> Doubles:
    """Sums of :class:`annotator.metrics.SpanCounts`: the share of suggested spans that is right."""
    return _ratio(sums[..., 0], sums[..., 1])


def recall(sums: Doubles) -> Doubles:
    """Sums of :class:`annotator.metrics.SpanCounts`: the share of gold spans that is found."""
    return _ratio(sums[..., 2], sums[..., 3])


def span_f1(sums: Doubles) -> Doubles:
    """Harmonic mean of both; 0 when only one side has spans, undefined when neither has."""
    p, r = np.nan_to_num(precision(sums)), np.nan_to_num(recall(sums))
    f1 = np.nan_to_num(_ratio(2 * p * r, p + r))
    return np.where((sums[..., 1] == 0) & (sums[..., 3] == 0), np.nan, f1)


def micro_f1(sums: Doubles) -> Doubles:
    """Sums of hits, extra and missed, label after label: F1 over all decisions together."""
    return label_f1(_by_three(sums).sum(axis=-2))


def macro_f1(sums: Doubles) -> Doubles:
    """Mean F1 of the labels that occur in gold; undefined when none does."""
    labels = _by_three(sums)
    occurs = labels[..., 0] + labels[..., 2] > 0
    total = np.where(occurs, np.nan_to_num(label_f1(labels)), 0.0).sum(axis=-1)
    return _ratio(total, occurs.sum(axis=-1))


def label_f1(sums: Doubles) -> Doubles:
    """Hits, extra and missed of one label: its F1, undefined when neither in gold nor suggested."""
    return _ratio(2 * sums[..., 0], 2 * sums[..., 0] + sums[..., 1] + sums[..., 2])


def share(sums: Doubles) -> Doubles:
    """Sums of (right, compared): the share that is right."""
    return _ratio(sums[..., 0], sums[..., 1])


def calibration_error(sums: Doubles) -> Doubles:
    """Sums of (guesses, their probabilities, those right), bar after bar: the expected calibration error.

    Source:
        Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
    """
    bars = _by_three(sums)
    return _ratio(np.abs(bars[..., 1] - bars[..., 2]).sum(axis=-1), bars[..., 0].sum(axis=-1))


def _by_three(sums: Doubles) -> Doubles:
    return sums.reshape(*sums.shape[:-1], -1, 3)


def _ratio(part: Doubles, whole: Doubles | npt.NDArray[np.int64]) -> Doubles:
    result: Doubles = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)
    return result
