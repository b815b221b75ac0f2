"""Calibration: probabilities that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from annotator.classifier.calibration import (
    FEATURES,
    Calibration,
    fit_by_label,
    fit_logistic,
    label_features,
    probabilities,
    sigmoid,
    span_features,
)


def test_logistic_fit_recovers_the_weights_that_made_the_labels() -> None:
    draw = np.random.default_rng(0)
    features = np.stack([draw.normal(size=20_000), np.ones(20_000)], axis=1)
    right = (draw.random(20_000) < sigmoid(features @ np.array([1.5, -0.7]))).astype(float)
    assert fit_logistic(features, right) == pytest.approx([1.5, -0.7], abs=0.06)


def test_logistic_fit_without_evidence_stays_at_its_prior() -> None:
    prior = np.array([2.0, -1.0])
    assert fit_logistic(np.zeros((0, 2)), np.zeros(0), prior=prior) == pytest.approx(prior)


def test_logistic_fit_survives_labels_of_one_class() -> None:
    features = np.stack([np.linspace(-3, 3, 50), np.ones(50)], axis=1)
    assert np.isfinite(fit_logistic(features, np.ones(50))).all()


def test_rare_labels_lean_on_the_common_weights() -> None:
    draw = np.random.default_rng(1)
    logits = draw.normal(size=(4_000, 2, 1))
    features = np.concatenate([logits, np.ones_like(logits)], axis=2)
    right = (draw.random((4_000, 2)) < sigmoid(2 * logits[..., 0] - 1)).astype(float)
    features[5:, 1] = 0.0
    right[5:, 1] = 0.5
    common, rare = fit_by_label(features, right)
    assert rare == pytest.approx(common, abs=0.5)


def test_span_features_have_one_row_per_span_and_device() -> None:
    scores = np.array([[0.9, 0.8], [1.0, 0.0]], np.float32)
    device = np.array([[0.0, 4.0, 1.0], [50.0, -50.0, 0.0]], np.float32)
    features = span_features(scores, device)
    assert features.shape == (2, 2, FEATURES)
    assert np.isfinite(features).all()


def test_span_features_of_no_span_are_empty() -> None:
    assert span_features(np.zeros((0, 2), np.float32), np.zeros((0, 3), np.float32)).shape == (0, 2, FEATURES)


def test_calibration_without_numbers_takes_scores_as_they_are() -> None:
    plain = Calibration.from_record({}, devices=2, frames=3)
    logits = np.array([[0.0, 2.0, -2.0]], np.float32)
    assert probabilities(label_features(logits), plain.frame)[0] == pytest.approx([0.5, 0.8808, 0.1192], abs=1e-4)
    assert plain.device_threshold == [0.5, 0.5]


def test_calibration_survives_its_record() -> None:
    before = Calibration(
        device=[[1.0] * FEATURES],
        frame=[[1.0, 0.5]],
        span_frame=[[0.3, 0.1]],
        voice=[[0.2] * 7] * 3,
        device_threshold=[0.2],
        frame_threshold=[0.3],
        span_frame_threshold=0.4,
    )
    assert Calibration.from_record(before.to_record(), devices=1, frames=1) == before


def test_calibration_of_a_model_without_a_lexicon_is_filled_up() -> None:
    old = Calibration.from_record({"device": [[0.5] * 6]}, devices=1, frames=1)
    assert old.device == [[0.5] * 6 + [0.0] * (FEATURES - 6)]
