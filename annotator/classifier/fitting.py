"""Fit calibration and thresholds to articles the model was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from annotator.annotations import Annotation
from annotator.classifier.calibration import (
    Calibration,
    Doubles,
    fit_by_label,
    label_features,
    probabilities,
    span_features,
)
from annotator.classifier.choices import Choices, fit_choices, shared_characters
from annotator.classifier.modeling import FramingConfig
from annotator.classifier.reading import RawReading
from annotator.classifier.windows import Ints

SUPPORT = 0.5
"""A suggestion is right when a gold span of its device shares at least this part of its characters."""

_GRID = np.round(np.arange(0.10, 0.71, 0.02), 2)


def fit_calibration(
    readings: Sequence[RawReading],
    gold: Sequence[Annotation],
    config: FramingConfig,
    *,
    texts: Sequence[str] | None = None,
) -> Calibration:
    """Fit everything a model needs to turn scores into probabilities and decisions.

    Args:
        readings: What the model says about articles it was not trained on.
        gold: What it should say, article by article.
        config: Names the labels.
        texts: The articles; with them the learned voice and polarity are weighed against the rules. ``None``:
            the rules decide alone.
    """
    choices = fit_choices(readings, gold, config, texts) if texts is not None else Choices()
    calibration = Calibration(
        device=fit_by_label(_device_features(readings), _device_right(readings, gold, config)),
        frame=fit_by_label(_article_features(readings), _article_right(gold, config)),
        span_frame=_fit_span_frames(readings, gold, config),
        voice=choices.voice,
        polarity=choices.polarity,
    )
    return replace(
        calibration,
        device_threshold=_device_thresholds(readings, gold, config, calibration),
        frame_threshold=_frame_thresholds(readings, gold, config, calibration),
        span_frame_threshold=_span_frame_threshold(readings, gold, config, calibration),
    )


def _device_features(readings: Sequence[RawReading]) -> Doubles:
    return np.concatenate([span_features(r.scores, r.device, r.listed) for r in readings])


def _article_features(readings: Sequence[RawReading]) -> Doubles:
    return label_features(np.stack([r.article for r in readings]))


def _device_right(readings: Sequence[RawReading], gold: Sequence[Annotation], config: FramingConfig) -> Doubles:
    """Return whether each span would be right with each device, shape (N, D)."""
    found = []
    for reading, annotation in zip(readings, gold, strict=True):
        lengths = (reading.spans[:, 1] - reading.spans[:, 0])[:, None]
        supported = shared_characters(reading, annotation) >= SUPPORT * lengths
        devices = [config.devices.index(span.device) for span in annotation.spans]
        right = np.zeros((len(reading.spans), len(config.devices)))
        for column, device in enumerate(devices):
            right[:, device] = np.maximum(right[:, device], supported[:, column])
        found.append(right)
    return np.concatenate(found)


def _article_right(gold: Sequence[Annotation], config: FramingConfig) -> Doubles:
    return np.array([[float(frame in a.frames) for frame in config.frames] for a in gold])


def _span_frame_pairs(
    readings: Sequence[RawReading], gold: Sequence[Annotation], config: FramingConfig
) -> tuple[Doubles, Doubles]:
    """Return features and truth of the frames of spans that a gold span supports, shapes (M, F, 2) and (M, F)."""
    features, right = [], []
    for reading, annotation in zip(readings, gold, strict=True):
        if not len(reading.spans) or not annotation.spans:
            continue
        shared = shared_characters(reading, annotation)
        rows = np.flatnonzero(shared.max(axis=1) >= SUPPORT * (reading.spans[:, 1] - reading.spans[:, 0]))
        features.append(label_features(reading.frames[rows]))
        best = [annotation.spans[i] for i in shared[rows].argmax(axis=1)]
        right.append(
            np.array([[float(f in s.frames) for f in config.frames] for s in best]).reshape(-1, len(config.frames))
        )
    return np.concatenate(features), np.concatenate(right)


def _fit_span_frames(
    readings: Sequence[RawReading], gold: Sequence[Annotation], config: FramingConfig
) -> list[list[float]]:
    return fit_by_label(*_span_frame_pairs(readings, gold, config))


def _device_thresholds(
    readings: Sequence[RawReading], gold: Sequence[Annotation], config: FramingConfig, calibration: Calibration
) -> list[float]:
    """Choose the thresholds with the best mean of span F1 with and without device, one device at a time."""
    sure = probabilities(_device_features(readings), calibration.device)
    device, probability = sure.argmax(axis=1), sure.max(axis=1)
    bounds = np.cumsum([len(reading.spans) for reading in readings])[:-1]
    pairs = zip(readings, gold, np.split(device, bounds), strict=True)
    credit = np.concatenate([_credits(reading, annotation, config, own) for reading, annotation, own in pairs])
    total = sum(len(annotation.spans) for annotation in gold)

    def quality(thresholds: Doubles) -> float:
        chosen = probability >= thresholds[device]
        count = max(1, int(chosen.sum()))
        sums = credit[chosen].sum(axis=0)
        scores = [2 * p * r / max(p + r, 1e-9) for p, r in ((sums[0] / count, sums[1] / total),
                                                            (sums[2] / count, sums[3] / total))]  # fmt: skip
        return float(np.mean(scores))

    thresholds = np.full(len(config.devices), max(_GRID, key=lambda t: quality(np.full(len(config.devices), t))))
    for _ in range(2):
        for column in range(len(thresholds)):
            options = [np.where(np.arange(len(thresholds)) == column, t, thresholds) for t in _GRID]
            thresholds = max(options, key=quality)
    return [round(float(t), 2) for t in thresholds]


def _credits(reading: RawReading, annotation: Annotation, config: FramingConfig, device: Ints) -> Doubles:
    """Return each span's partial credit, shape (N, 4): precision and recall without, then with its device."""
    shared = shared_characters(reading, annotation)
    lengths = np.array([span.end - span.start for span in annotation.spans], np.float64)
    same = device[:, None] == np.array([config.devices.index(s.device) for s in annotation.spans], np.int64)[None, :]
    own = (reading.spans[:, 1] - reading.spans[:, 0]).astype(np.float64)
    columns = [shared.sum(axis=1) / own, (shared / lengths).sum(axis=1)]
    columns += [(shared * same).sum(axis=1) / own, (shared * same / lengths).sum(axis=1)]
    return np.stack(columns, axis=1)


def _frame_thresholds(
    readings: Sequence[RawReading], gold: Sequence[Annotation], config: FramingConfig, calibration: Calibration
) -> list[float]:
    """Choose one threshold for all frames by micro-F1; per-frame ones overfit frames with a dozen examples."""
    sure = probabilities(_article_features(readings), calibration.frame)
    return [_best_common(sure, _article_right(gold, config))] * len(config.frames)


def _span_frame_threshold(
    readings: Sequence[RawReading], gold: Sequence[Annotation], config: FramingConfig, calibration: Calibration
) -> float:
    features, right = _span_frame_pairs(readings, gold, config)
    sure = probabilities(features, calibration.span_frame)
    order = np.argsort(-sure, axis=1)
    best, second = order[:, 0], order[:, 1]
    rows = np.arange(len(sure))

    def quality(threshold: float) -> float:
        more = sure[rows, second] >= threshold
        hits = right[rows, best].sum() + right[rows, second][more].sum()
        return float(2 * hits / (len(rows) + more.sum() + right.sum()))

    return float(max(_GRID, key=quality))


def _best_common(sure: Doubles, right: Doubles) -> float:
    def quality(threshold: float) -> float:
        chosen = sure >= threshold
        return float(2 * (chosen * right).sum() / max(1.0, chosen.sum() + right.sum()))

    return float(max(_GRID, key=quality))
