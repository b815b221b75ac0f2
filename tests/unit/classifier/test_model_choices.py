"""Voice and polarity: network and rules weighed against each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annotator.annotations import Annotation, LabelledSpan
from annotator.classifier.calibration import choice_features
from annotator.classifier.choices import choose, fit_choices
from annotator.classifier.decoding import Decoding, Floats
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.modeling import FramingModel
from annotator.classifier.reading import RawReading, Reader

VOICES = ["own", "quoted", "attributed"]
TEXT = "The regime said the town."


def _reading(model: FramingModel, encoder: TextEncoder, voice: Floats) -> RawReading:
    """What the model would say, had its voice head said ``voice`` about one span."""
    (reading,) = Reader(model, encoder, decoding=Decoding(floor=0.0)).read([TEXT])
    count = len(voice)
    rows = {
        name: getattr(reading, name)[:1].repeat(count, axis=0)
        for name in ("scores", "device", "frames", "polarity", "listed")
    }
    return replace(reading, spans=np.array([[4, 10]] * count), voice=voice, **rows)


def test_without_weights_the_rules_decide() -> None:
    logits = np.array([[9.0, 0.0, 0.0]], np.float32)
    assert choose(logits, ["quoted"], VOICES, []) == ["quoted"]


def test_rules_that_know_other_labels_decide_alone() -> None:
    logits = np.array([[9.0, 0.0]], np.float32)
    assert choose(logits, ["quoted"], ["a", "b"], [[0.0] * 5] * 2) == ["quoted"]


def test_choice_features_hold_network_rule_and_constant() -> None:
    features = choice_features(np.array([[2.0, 0.0, 0.0]], np.float32), [1])
    assert features.shape == (1, 3, 7)
    assert features[0, 0, 3:].tolist() == [0.0, 1.0, 0.0, 1.0]
    assert np.exp(features[0, 0, :3]).sum() == pytest.approx(1.0)


@pytest.mark.parametrize("network_is_right", [True, False], ids=["network", "rules"])
def test_fitted_choice_trusts_whoever_was_right(
    tiny_model: FramingModel, tiny_encoder: TextEncoder, network_is_right: bool
) -> None:
    """The rules say "own" about "regime" each time; the network says "attributed" half the time."""
    says = np.array([[4.0, 0.0, 0.0], [0.0, 0.0, 4.0]] * 60, np.float32)
    reading = _reading(tiny_model, tiny_encoder, says)
    readings, gold = [], []
    for row in range(len(says)):
        truth = ("attributed" if row % 2 else "own") if network_is_right else "own"
        one = replace(reading, **{
            name: getattr(reading, name)[row : row + 1]
            for name in ("spans", "scores", "device", "frames", "voice", "polarity", "listed")
        })  # fmt: skip
        readings.append(one)
        span = LabelledSpan(4, 10, "regime", "name_calling", voice=truth, polarity="-")
        gold.append(Annotation("ana", "submitted", (), (span,)))
    fitted = fit_choices(readings, gold, tiny_model.config, [TEXT] * len(readings))
    expected = ["own", "attributed"] if network_is_right else ["own", "own"]
    assert choose(says[:2], ["own", "own"], VOICES, fitted.voice) == expected


def test_nothing_to_fit_on_leaves_the_rules(tiny_model: FramingModel, tiny_encoder: TextEncoder) -> None:
    reading = _reading(tiny_model, tiny_encoder, np.zeros((1, 3), np.float32))
    fitted = fit_choices([reading], [Annotation("ana")], tiny_model.config, [TEXT])
    assert fitted.voice == []
    assert fitted.polarity == []
