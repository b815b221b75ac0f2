"""From raw scores to probabilities, and from probabilities to decisions.

A score becomes a probability by logistic regression (Platt scaling) fitted on articles the model was not
trained on: 0.7 then means right seven times in ten. Thresholds are fitted on the same articles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from annotator.classifier.decoding import Floats

Doubles = npt.NDArray[np.float64]

SMALLEST = 1e-6
LEAST_SURE = -3.0
"""Log probability below which a label counts as ruled out by the network, so that no network overrules every rule."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted numbers; lists of rows are in the order of the labels in the model's configuration.

    Attributes:
        device: Weights of :func:`span_features` for each device.
        frame: Weight and constant for each article frame.
        span_frame: Weight and constant for each frame of a span.
        voice, polarity: Weights of :func:`choice_features` for each label; without any, the rules decide alone.
        device_threshold, frame_threshold: Lowest probability at which each label is suggested.
        span_frame_threshold: The same for a span's second frame; its best one is always given.
    """

    device: list[list[float]] = field(default_factory=list)
    frame: list[list[float]] = field(default_factory=list)
    span_frame: list[list[float]] = field(default_factory=list)
    voice: list[list[float]] = field(default_factory=list)
    polarity: list[list[float]] = field(default_factory=list)
    device_threshold: list[float] = field(default_factory=list)
    frame_threshold: list[float] = field(default_factory=list)
    span_frame_threshold: float = 0.5

    def to_record(self) -> dict[str, Any]:
        """Return the numbers for the model's configuration."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any], *, devices: int, frames: int) -> Calibration:
        """Read what :meth:`to_record` wrote; without any, scores are taken as they are and cut at 0.5."""
        plain = cls(
            device=[[0.5, 0.5, *([0.0] * (FEATURES - 2))]] * devices,
            frame=[[1.0, 0.0]] * frames,
            span_frame=[[1.0, 0.0]] * frames,
            device_threshold=[0.5] * devices,
            frame_threshold=[0.5] * frames,
        )
        found = cls(**{**asdict(plain), **record})
        # Models of version 0.1 knew no lexicon: its weights are zero.
        return replace(found, device=[[*row, *[0.0] * (FEATURES - len(row))] for row in found.device])


FEATURES = 10


def span_features(scores: Floats, device: Floats, listed: Floats | None = None) -> Doubles:
    """Return what the probability of each span and device is fitted on, shape (N, D, FEATURES).

    Args:
        scores: shape (N, 2); highest and mean probability of the words inside.
        device: shape (N, 1 + D); logits of the span head, column 0 is "no loaded phrase".
        listed: shape (N, D); probability that the lexicon gives each device, 0 where it is silent.
    """
    listed = np.zeros((len(device), device.shape[1] - 1), np.float32) if listed is None else listed
    log_odds = _logit(scores.astype(np.float64))
    logits = device.astype(np.float64)
    whole = _log_softmax(logits)
    kinds = _log_softmax(logits[:, 1:])
    count = kinds.shape[1]
    some = np.log(np.maximum(1 - np.exp(whole[:, 0]), SMALLEST)) - np.maximum(whole[:, 0], np.log(SMALLEST))
    columns = [log_odds[:, :1], log_odds[:, 1:], np.clip(some, -12, 12)[:, None]]
    repeated = [np.repeat(column, count, axis=1) for column in columns]
    own = [np.maximum(kinds, -12), _logit(np.exp(kinds)), np.ones_like(kinds)]
    says = np.asarray(listed > 0, np.float64)
    odds = np.where(listed > 0, np.clip(_logit(listed.astype(np.float64)), -3, 3), 0.0)
    anywhere = says.max(axis=1, initial=0.0)
    best = np.where(listed > 0, odds, -3.0).max(axis=1, initial=-3.0) * anywhere
    any_device = [np.repeat(column[:, None], count, axis=1) for column in (best, anywhere)]
    return np.stack([*repeated, *own, odds, says, *any_device], axis=2).astype(np.float64)


def choice_features(logits: Floats, rule: Sequence[int]) -> Doubles:
    """Return what the choice of one label among K is fitted on, shape (N, K, 2K + 1), the same for every label.

    Args:
        logits: shape (N, K).
        rule: The label that the rules propose for each row, as a column.
    """
    count = logits.shape[1]
    proposed = np.eye(count)[np.array(rule, np.int64)].reshape(-1, count)
    row = np.concatenate([np.maximum(_log_softmax(logits.astype(np.float64)), LEAST_SURE), proposed,
                          np.ones((len(logits), 1))], axis=1)  # fmt: skip
    return np.repeat(row[:, None, :], count, axis=1)


def probabilities(features: Doubles, weights: Sequence[Sequence[float]]) -> Doubles:
    """Return probabilities of shape (N, labels) for features of shape (N, labels, F)."""
    return sigmoid(np.einsum("nlf,lf->nl", features, np.array(weights, np.float64)))


def label_features(logits: Floats) -> Doubles:
    """Return logit and constant for each label, shape (N, labels, 2)."""
    wide = logits.astype(np.float64)
    return np.stack([wide, np.ones_like(wide)], axis=2)


def sigmoid(values: Doubles) -> Doubles:
    """Return 1 / (1 + e^-x) without overflow."""
    result: Doubles = 0.5 * (1 + np.tanh(0.5 * values))
    return result


def fit_logistic(
    features: Doubles, right: Doubles, *, prior: Doubles | None = None, strength: float = 1.0, rounds: int = 50
) -> Doubles:
    """Fit logistic weights by Newton's method, pulled towards ``prior``.

    Args:
        features: shape (N, F).
        right: shape (N,); 1 where the guess was right, 0 where it was not, or a fraction.
        prior: shape (F,); what the weights are where there is no evidence. ``None``: zeros.
        strength: How many observations the prior is worth, about.

    Source:
        Platt 1999, "Probabilistic Outputs for Support Vector Machines", with a Gaussian prior in place of
        smoothed targets.
    """
    centre = np.zeros(features.shape[1]) if prior is None else prior
    weights = centre.copy()
    for _ in range(rounds):
        guess = sigmoid(features @ weights)
        gradient = features.T @ (guess - right) + strength * (weights - centre)
        curvature = (features * (guess * (1 - guess))[:, None]).T @ features + strength * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def fit_by_label(features: Doubles, right: Doubles, *, strength: float = 20.0) -> list[list[float]]:
    """Fit each label's weights, rare labels leaning on the weights of all labels together.

    Args:
        features: shape (N, labels, F).
        right: shape (N, labels).
        strength: How many observations the common weights are worth.
    """
    together = fit_logistic(features.reshape(-1, features.shape[2]), right.reshape(-1))
    return [
        [round(float(w), 6) for w in fit_logistic(features[:, i], right[:, i], prior=together, strength=strength)]
        for i in range(features.shape[1])
    ]


def _logit(probability: Doubles) -> Doubles:
    clipped = np.clip(probability, SMALLEST, 1 - SMALLEST)
    result: Doubles = np.log(clipped) - np.log1p(-clipped)
    return result


def _log_softmax(logits: Doubles) -> Doubles:
    shifted = logits - logits.max(axis=1, keepdims=True) if logits.size else logits
    result: Doubles = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result
