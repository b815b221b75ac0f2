"""Training: it learns, repeats with its seed, and stops with a reason."""

from __future__ import annotations

import copy
from itertools import chain

import pytest
import torch

from annotator.annotations import Annotation, LabelledSpan
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.lessons import Lesson, make_lesson
from annotator.classifier.modeling import ANY, FramingModel
from annotator.classifier.training import Progress, Recipe, TrainingRun, plan_batches, train
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


def test_training_goes_on_from_its_tensors_to_the_same_weights(
    tiny_model: FramingModel, tiny_encoder: TextEncoder, lessons: list[Lesson]
) -> None:
    start = copy.deepcopy(tiny_model)
    whole = TrainingRun(tiny_model, tiny_encoder, lessons, recipe=QUICK)
    for _ in range(5):
        whole.advance()
    kept = {name: value.clone() for name, value in whole.tensors().items()}
    torch.manual_seed(99)
    later = TrainingRun(start, tiny_encoder, lessons, recipe=QUICK)
    torch.manual_seed(77)
    later.restore(5, kept)
    rest = [later.advance().loss for _ in range(4)]
    torch.set_rng_state(kept["random.cpu"])
    assert [whole.advance().loss for _ in range(4)] == rest
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, start.state_dict()[name]), name


def test_slope_that_is_no_number_leaves_the_weights(
    tiny_model: FramingModel, tiny_encoder: TextEncoder, lessons: list[Lesson]
) -> None:
    run = TrainingRun(tiny_model, tiny_encoder, lessons, recipe=QUICK)
    run.advance()
    before = {name: weight.clone() for name, weight in tiny_model.state_dict().items()}
    tiny_model.tokens.weight.register_hook(lambda slope: slope * float("inf"))  # type: ignore[no-untyped-call]
    with pytest.raises(ClassifierError, match=r"epoch 1, step 2: the slope of the loss is (nan|inf)"):
        run.advance()
    assert all(torch.equal(before[name], weight) for name, weight in tiny_model.state_dict().items())


def test_batches_show_every_lesson_once_an_epoch() -> None:
    recipe = Recipe(epochs=2, articles=4)
    first, second = plan_batches(10, 0, recipe)[:3], plan_batches(10, 0, recipe)[3:]
    assert [len(batch) for batch in first] == [4, 4, 2]
    assert sorted(chain(*first)) == sorted(chain(*second)) == list(range(10))
    assert first != second


def test_batches_with_a_teacher_are_half_and_half() -> None:
    batches = plan_batches(6, 3, Recipe(epochs=2, articles=4))
    assert [sum(i < 6 for i in batch) for batch in batches] == [2] * 6
    assert [sum(i >= 6 for i in batch) for batch in batches] == [2] * 6
    shown = [i for batch in batches for i in batch if i >= 6]
    assert {shown.count(i) for i in (6, 7, 8)} == {4}
