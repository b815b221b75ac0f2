"""What the network is shown: labelled articles, articles a teacher has read, and spans to judge, as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from annotator.annotations import Annotation
from annotator.classifier.batches import collate
from annotator.classifier.decoding import Decoding, unit_means
from annotator.classifier.encoding import EncodedText, TextEncoder
from annotator.classifier.modeling import ANY, FramingConfig, FramingModel, article_vectors, segment_mean

LESSON_TOKENS = 2_048
"""Longer articles (some 1,500 words) are taught in parts of whole sentences, so that memory stays bounded."""
TEACHER_BATCH = 8


@dataclass(frozen=True, slots=True)
class Lesson:
    """One article, or a part of a long one, with what the model should say about it.

    Attributes:
        tokens: shape (T, 1 + D); 1 where a token stands in a loaded phrase, in all and by device. A teacher's
            lessons hold probabilities instead.
        spans: shape (N, 2); token ranges of the labelled spans.
        device, voice, polarity: shape (N,); column of each label, -1 where nobody has said.
        span_frames: shape (N, F). frames: shape (F,).
        weight: How much it counts against a lesson of weight 1.
        by_teacher: Whether a model said it. Such a lesson says nothing about whole spans.
    """

    text: EncodedText
    tokens: Tensor
    spans: Tensor
    device: Tensor
    voice: Tensor
    polarity: Tensor
    span_frames: Tensor
    frames: Tensor
    weight: float = 1.0
    by_teacher: bool = False


def make_lesson(text: EncodedText, annotation: Annotation, config: FramingConfig, *, weight: float = 1.0) -> Lesson:
    """Turn one annotator's judgement of an article into tensors; spans outside ``text`` are passed over."""
    devices, frames = len(config.devices), len(config.frames)
    tokens = torch.zeros(len(text), 1 + devices)
    rows, device, voice, polarity, span_frames = [], [], [], [], []
    for span in annotation.spans:
        start, end = _token_range(text, span.start, span.end)
        if start >= end:
            continue
        column = config.devices.index(span.device)
        tokens[start:end, ANY] = 1
        tokens[start:end, 1 + column] = 1
        rows.append((start, end))
        device.append(1 + column)
        voice.append(config.voices.index(span.voice) if span.voice else -1)
        polarity.append(config.polarities.index(span.polarity) if span.polarity else -1)
        span_frames.append(_several(span.frames, config.frames))
    return Lesson(
        text,
        tokens,
        torch.tensor(rows, dtype=torch.long).reshape(-1, 2),
        torch.tensor(device, dtype=torch.long),
        torch.tensor(voice, dtype=torch.long),
        torch.tensor(polarity, dtype=torch.long),
        torch.stack(span_frames) if span_frames else torch.zeros(0, frames),
        _several(annotation.frames, config.frames),
        weight,
    )


def make_lessons(
    encoder: TextEncoder, text: str, annotation: Annotation, config: FramingConfig, *, weight: float = 1.0
) -> tuple[list[Lesson], int]:
    """Return the lessons of one article, and how many spans hold no token and cannot be taught.

    A part of a long article is taught the frames of the whole.
    """
    sections, _ = encoder.encode_sections(text, longest=LESSON_TOKENS)
    lessons = [make_lesson(section, annotation, config, weight=weight) for section in sections]
    ranges = [[_token_range(section, span.start, span.end) for section in sections] for span in annotation.spans]
    lost = sum(all(start >= end for start, end in found) for found in ranges)
    return lessons, lost


@torch.inference_mode()
def teacher_lessons(model: FramingModel, encoder: TextEncoder, texts: Sequence[str]) -> Iterator[Lesson]:
    """Yield what ``model`` believes about articles nobody has labelled, for another model to learn from.

    Args:
        model: The teacher.
        encoder: Cuts texts into the tokens of both models; they share a tokenizer.
        texts: Articles; those without a token are passed over.

    Source:
        Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", at temperature 1; self-training on
        news: Xie et al. 2020, "Self-training with Noisy Student".
    """
    model.eval()  # type: ignore[no-untyped-call]
    sections = [part for text in texts for part in encoder.encode_sections(text, longest=LESSON_TOKENS)[0]]
    pad = model.config.encoder.get("pad_token_id") or 0
    for first in range(0, len(sections), TEACHER_BATCH):
        together = sections[first : first + TEACHER_BATCH]
        batch = collate(encoder, together, pad=pad)
        vectors = model(batch.input_ids, batch.attention_mask)
        hidden = vectors.reshape(-1, vectors.shape[-1])[batch.places]
        tokens = torch.sigmoid(model.token_logits(hidden).float())
        sentence = segment_mean(hidden, batch.sentences)
        articles = article_vectors(sentence, batch.article_of, len(together))
        frames = torch.sigmoid(model.article_logits(sentence, batch.article_of, articles).article)
        for index, text in enumerate(together):
            own = tokens[batch.token_starts[index] : batch.token_starts[index + 1]]
            yield _by_teacher(text, own.clone(), frames[index].clone())


def _by_teacher(text: EncodedText, tokens: Tensor, frames: Tensor) -> Lesson:
    nobody = torch.zeros(0, dtype=torch.long)
    no_spans = torch.zeros(0, 2, dtype=torch.long)
    no_frames = torch.zeros(0, len(frames))
    return Lesson(text, tokens, no_spans, nobody, nobody, nobody, no_frames, frames, by_teacher=True)


@dataclass(frozen=True, slots=True)
class TaughtSpans:
    """Spans of a batch: labelled ones, and the model's own with device 0 where no label supports them.

    Attributes:
        spans: shape (N, 2); token ranges in the batch. article: shape (N,); the lesson each belongs to.
    """

    spans: Tensor
    article: Tensor
    device: Tensor
    voice: Tensor
    polarity: Tensor
    frames: Tensor


def taught_spans(lessons: Sequence[Lesson], token_starts: Sequence[int], own: Tensor | None) -> TaughtSpans:
    """Collect the spans that the span heads are to judge; a teacher's lessons have none.

    Args:
        token_starts: shape (A + 1,); first token of each lesson in the batch.
        own: shape (T,); logits of standing in a loaded phrase, to add the spans the model finds by itself.
    """
    columns: list[list[Tensor]] = [[] for _ in range(6)]
    for index, lesson in enumerate(lessons):
        if lesson.by_teacher:
            continue
        offset = token_starts[index]
        rows, source = lesson.spans, torch.arange(len(lesson.spans))
        if own is not None:
            found = _own_spans(own[offset : token_starts[index + 1]], lesson.text)
            rows, source = torch.cat([rows, found]), torch.cat([source, _supporting(found, lesson.spans)])
        labels = ((lesson.device, 0), (lesson.voice, -1), (lesson.polarity, -1))
        padded = [torch.cat([column, torch.tensor([missing])])[source] for column, missing in labels]
        frames = torch.cat([lesson.span_frames, torch.zeros(1, lesson.frames.shape[0])])[source]
        values = (rows + offset, torch.full((len(rows),), index), *padded, frames)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    if not columns[0]:
        nobody = torch.zeros(0, dtype=torch.long)
        return TaughtSpans(torch.zeros(0, 2, dtype=torch.long), nobody, nobody, nobody, nobody, torch.zeros(0, 0))
    return TaughtSpans(*(torch.cat(column) for column in columns))


def _own_spans(logits: Tensor, text: EncodedText) -> Tensor:
    probability = unit_means(torch.sigmoid(logits).numpy()[:, None], text.unit_starts)[:, 0]
    found = Decoding().candidates(probability)
    bounds = [(int(text.unit_starts[c.start]), int(text.unit_starts[c.end])) for c in found]
    return torch.tensor(bounds, dtype=torch.long).reshape(-1, 2)


def _supporting(found: Tensor, gold: Tensor) -> Tensor:
    """Return, for each found span, the labelled span that shares most with it, or -1 if less than half."""
    if not len(gold) or not len(found):
        return torch.full((len(found),), -1)
    start = torch.maximum(found[:, None, 0], gold[None, :, 0])
    end = torch.minimum(found[:, None, 1], gold[None, :, 1])
    shared = (end - start).clamp(min=0)
    union = (found[:, 1] - found[:, 0])[:, None] + (gold[:, 1] - gold[:, 0])[None, :] - shared
    best, which = (shared / union).max(dim=1)
    return torch.where(best >= 0.5, which, -1)


def _token_range(text: EncodedText, start: int, end: int) -> tuple[int, int]:
    """Return the tokens ``[first, last)`` that stretch ``[start, end)`` of code points touches; empty if none."""
    first = int(np.searchsorted(text.ends, start, side="right"))
    return first, int(np.searchsorted(text.starts, end, side="left"))


def _several(labels: Sequence[str], known: Sequence[str]) -> Tensor:
    return torch.tensor([float(label in labels) for label in known])
