"""Training: it learns, repeats with its seed, and stops with a reason."""

from __future__ import annotations

import pytest
import torch

from annotator.annotations import Annotation, LabelledSpan
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.modeling import ANY, FramingModel
from annotator.classifier.training import Lesson, Progress, Recipe, make_lesson, train
from annotator.errors import ClassifierError

TEXT = "The minister said the stolen oil. The brutal regime, said the town."
QUICK = Recipe(epochs=12, articles=2, encoder_rate=5e-3, head_rate=5e-3, bf16=False)


def _lesson(encoder: TextEncoder, model: FramingModel, *quotes: tuple[str, str]) -> Lesson:
    spans = tuple(
        LabelledSpan(TEXT.index(q), TEXT.index(q) + len(q), q, device, ("Economic",), "own", "", "-")
        for q, device in quotes
    )
    return make_lesson(encoder.encode(TEXT), Annotation("ana", "submitted", ("Political",), spans), model.config)


@pytest.fixture
def lessons(tiny_encoder: TextEncoder, tiny_model: FramingModel) -> list[Lesson]:
    quotes = (("stolen oil", "presupposed_judgement"), ("brutal regime", "name_calling"))
    return [_lesson(tiny_encoder, tiny_model, *quotes) for _ in range(4)]


def _run(model: FramingModel, encoder: TextEncoder, lessons: list[Lesson], recipe: Recipe = QUICK) -> list[Progress]:
    return list(train(model, encoder, lessons, recipe=recipe))


def test_lesson_marks_the_tokens_of_each_span(tiny_encoder: TextEncoder, tiny_model: FramingModel) -> None:
    lesson = _lesson(tiny_encoder, tiny_model, ("stolen oil", "doubt"), ("oil", "name_calling"))
    marked = [TEXT[s:e] for s, e, t in zip(lesson.text.starts, lesson.text.ends, lesson.tokens, strict=True) if t[ANY]]
    assert marked == ["stolen", "oil"]
    devices = tiny_model.config.devices
    columns = [1 + devices.index(name) for name in ("doubt", "name_calling")]
    assert lesson.tokens[:, columns].sum(dim=0).tolist() == [2, 1]


def test_training_lowers_the_loss(tiny_model: FramingModel, tiny_encoder: TextEncoder, lessons: list[Lesson]) -> None:
    steps = _run(tiny_model, tiny_encoder, lessons)
    assert steps[-1].loss < steps[0].loss / 2
    assert [step.step for step in steps] == list(range(1, steps[-1].steps + 1))


def test_training_repeats_with_its_seed(
    tiny_model: FramingModel, tiny_encoder: TextEncoder, lessons: list[Lesson]
) -> None:
    start = {name: weight.clone() for name, weight in tiny_model.state_dict().items()}
    first = [step.loss for step in _run(tiny_model, tiny_encoder, lessons)]
    tiny_model.load_state_dict(start)
    assert [step.loss for step in _run(tiny_model, tiny_encoder, lessons)] == first


def test_frozen_layers_keep_their_weights(
    tiny_model: FramingModel, tiny_encoder: TextEncoder, lessons: list[Lesson]
) -> None:
    before = {name: weight.clone() for name, weight in tiny_model.encoder.state_dict().items()}
    _run(tiny_model, tiny_encoder, lessons, Recipe(epochs=1, frozen_layers=1, masked=0.2, bf16=False))
    after = tiny_model.encoder.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_training_without_spans_says_what_is_missing(tiny_model: FramingModel, tiny_encoder: TextEncoder) -> None:
    with pytest.raises(ClassifierError, match="none of the 1 articles has a labelled span"):
        _run(tiny_model, tiny_encoder, [_lesson(tiny_encoder, tiny_model)])


def test_training_stops_where_the_loss_is_no_number(
    tiny_model: FramingModel, tiny_encoder: TextEncoder, lessons: list[Lesson]
) -> None:
    with torch.no_grad():
        tiny_model.tokens.bias.fill_(float("nan"))
    with pytest.raises(ClassifierError, match="Training stopped at epoch 1, step 1: the loss is nan"):
        _run(tiny_model, tiny_encoder, lessons)
