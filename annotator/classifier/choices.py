"""Voice and polarity: what the network says, weighed against what the rules propose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from annotator.annotations import Annotation
from annotator.classifier.calibration import Doubles, choice_features, fit_logistic, probabilities
from annotator.classifier.decoding import Floats
from annotator.classifier.heads import Labels
from annotator.classifier.reading import RawReading
from annotator.classifier.target import propose_target
from annotator.classifier.voice import propose_voice
from annotator.spans import Span

STRENGTH = 5.0
"""How many observations the belief is worth that rules and network deserve no trust."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Weights of :func:`annotator.classifier.calibration.choice_features`; empty: the rules decide alone."""

    voice: list[list[float]] = field(default_factory=list)
    polarity: list[list[float]] = field(default_factory=list)


def choose(
    logits: Floats, proposed: Sequence[str], labels: Sequence[str], weights: Sequence[Sequence[float]]
) -> list[str]:
    """Return one label for each row.

    Args:
        logits: shape (N, K); the network's.
        proposed: What the rules propose for each row.
        labels: The K label ids.
        weights: Fitted by :func:`fit_choices`; empty: what the rules propose.
    """
    if not weights or not set(proposed) <= set(labels):
        return list(proposed)
    sure = probabilities(choice_features(logits, [labels.index(label) for label in proposed]), weights)
    return [labels[column] for column in sure.argmax(axis=1).tolist()]


def fit_choices(
    readings: Sequence[RawReading], gold: Sequence[Annotation], config: Labels, texts: Sequence[str]
) -> Choices:
    """Fit both choices on the spans that share something with a gold span; without such spans, none."""
    voice: list[tuple[Floats, str, str]] = []
    polarity: list[tuple[Floats, str, str]] = []
    for reading, annotation, text in zip(readings, gold, texts, strict=True):
        if not len(reading.spans) or not annotation.spans:
            continue
        shared = shared_characters(reading, annotation)
        for row in np.flatnonzero(shared.max(axis=1) > 0).tolist():
            truth = annotation.spans[int(shared[row].argmax())]
            span = Span(*reading.spans[row].tolist())
            if truth.voice in config.voices:
                voice.append((reading.voice[row], propose_voice(text, span), truth.voice))
            if truth.polarity in config.polarities:
                device = config.devices[int(reading.device[row, 1:].argmax())]
                polarity.append((reading.polarity[row], propose_target(text, span, device)[1], truth.polarity))
    return Choices(_fit(voice, config.voices), _fit(polarity, config.polarities))


def _fit(rows: Sequence[tuple[Floats, str, str]], labels: Sequence[str]) -> list[list[float]]:
    usable = [row for row in rows if row[1] in labels]
    if not usable:
        return []
    features = choice_features(np.stack([row[0] for row in usable]), [labels.index(row[1]) for row in usable])
    right = np.array([[float(row[2] == label) for label in labels] for row in usable])
    fitted = (fit_logistic(features[:, k], right[:, k], strength=STRENGTH) for k in range(len(labels)))
    return [[round(float(w), 6) for w in weights] for weights in fitted]


def shared_characters(reading: RawReading, annotation: Annotation) -> Doubles:
    """Return how many characters each suggested span shares with each gold span, shape (N, gold)."""
    bounds = np.array([(span.start, span.end) for span in annotation.spans], np.int64).reshape(-1, 2)
    start = np.maximum(reading.spans[:, None, 0], bounds[None, :, 0])
    end = np.minimum(reading.spans[:, None, 1], bounds[None, :, 1])
    shared: Doubles = np.maximum(end - start, 0).astype(np.float64)
    return shared
