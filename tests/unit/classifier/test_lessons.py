"""Lessons: what is taught of an article, how much it counts, and what a teacher says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from annotator.annotations import Annotation, LabelledSpan
from annotator.classifier import lessons as module
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.lessons import Lesson, make_lessons, teacher_lessons
from annotator.classifier.losses import step_losses
from annotator.classifier.modeling import ANY, FramingModel

TEXT = "The minister said the stolen oil. The brutal regime, said the town."


def _said(text: str, *quotes: str) -> Annotation:
    spans = tuple(
        LabelledSpan(text.index(q), text.index(q) + len(q), q, "name_calling", ("Economic",), "own", "", "-")
        for q in quotes
    )
    return Annotation("ana", "submitted", ("Political",), spans)


@pytest.fixture
def lesson(tiny_encoder: TextEncoder, tiny_model: FramingModel) -> Lesson:
    found, _ = make_lessons(tiny_encoder, TEXT, _said(TEXT, "stolen oil", "brutal regime"), tiny_model.config)
    return found[0]


def test_long_article_is_taught_in_parts_and_no_span_is_lost(
    tiny_encoder: TextEncoder, tiny_model: FramingModel, monkeypatch: pytest.MonkeyPatch, sentence: Callable[[int], str]
) -> None:
    monkeypatch.setattr(module, "LESSON_TOKENS", 12)
    text = " ".join([sentence(8), sentence(9), TEXT])
    annotation = _said(text, "stolen oil", "brutal regime")
    parts, lost = make_lessons(tiny_encoder, text, annotation, tiny_model.config, weight=0.5)
    assert len(parts) > 2
    assert lost == 0
    assert sum(len(part.spans) for part in parts) >= 2
    marked = [text[s:e] for p in parts for s, e, t in zip(p.text.starts, p.text.ends, p.tokens, strict=True) if t[ANY]]
    assert {"brutal", "regime"} <= set(marked)
    assert {part.weight for part in parts} == {0.5}
    assert all(torch.equal(part.frames, parts[0].frames) for part in parts)


def test_span_without_a_token_is_counted(tiny_encoder: TextEncoder, tiny_model: FramingModel) -> None:
    text = "The oil \u200b said."
    found, lost = make_lessons(tiny_encoder, text, _said(text, "\u200b"), tiny_model.config)
    assert (len(found), len(found[0].spans), lost) == (1, 0, 1)


def test_lesson_of_weight_zero_teaches_nothing(
    tiny_model: FramingModel, tiny_encoder: TextEncoder, lesson: Lesson
) -> None:
    losses = step_losses(tiny_model, tiny_encoder, [replace(lesson, weight=0.0)], own_spans=False)
    assert {name: value.item() for name, value in losses.items()} == dict.fromkeys(losses, 0.0)


def test_lesson_of_half_weight_counts_half(tiny_model: FramingModel, tiny_encoder: TextEncoder, lesson: Lesson) -> None:
    whole = step_losses(tiny_model, tiny_encoder, [lesson], own_spans=False)
    half = step_losses(tiny_model, tiny_encoder, [replace(lesson, weight=0.5)], own_spans=False)
    assert set(half) == {"tokens", "frames", "device", "span_frames", "voice", "polarity"}
    for name, value in whole.items():
        assert half[name].item() == pytest.approx(value.item() / 2), name


def test_teacher_says_how_probable_and_nothing_about_spans(tiny_model: FramingModel, tiny_encoder: TextEncoder) -> None:
    (found, other) = teacher_lessons(tiny_model, tiny_encoder, [TEXT, "The town said oil."])
    assert found.by_teacher
    assert found.tokens.shape == (len(found.text), 1 + len(tiny_model.config.devices))
    assert ((found.tokens > 0) & (found.tokens < 1)).all()
    assert found.frames.shape == (len(tiny_model.config.frames),)
    assert not len(found.spans)
    losses = step_losses(tiny_model, tiny_encoder, [found, other], own_spans=True)
    assert set(losses) == {"tokens", "frames"}


def test_teacher_has_nothing_to_teach_itself(tiny_model: FramingModel, tiny_encoder: TextEncoder) -> None:
    """Its own probabilities are where the loss is lowest: the slope is zero there."""
    found = list(teacher_lessons(tiny_model, tiny_encoder, [TEXT]))
    losses = step_losses(tiny_model.eval(), tiny_encoder, found, own_spans=False)  # type: ignore[no-untyped-call]
    (losses["tokens"] + losses["frames"]).backward()  # type: ignore[no-untyped-call]
    slopes = [p.grad.abs().max().item() for p in tiny_model.parameters() if p.grad is not None]
    assert max(slopes) < 1e-6
