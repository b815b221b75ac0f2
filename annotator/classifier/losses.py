"""How wrong the network is about a batch of lessons, head by head."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, replace
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from annotator.classifier.batches import Batch, collate
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.lessons import Lesson, TaughtSpans, taught_spans
from annotator.classifier.modeling import ANY, FramingModel, article_vectors, segment_mean

Holder = TypeVar("Holder", Batch, TaughtSpans)

LOSS_WEIGHTS = {"tokens": 2.0, "device": 0.3, "span_frames": 1.0, "voice": 0.3, "polarity": 0.3, "frames": 2.0}


def step_losses(
    model: FramingModel,
    encoder: TextEncoder,
    lessons: Sequence[Lesson],
    *,
    own_spans: bool,
    masked: float = 0.0,
    device: str = "cpu",
) -> dict[str, Tensor]:
    """Return the mean loss of each head for one batch, lessons weighted; a head without a target is left out.

    Args:
        own_spans: Whether the span heads also learn from spans the model finds by itself.
        masked: Part of the tokens replaced by the encoder's mask token.
        device: Where the model is, ``cpu`` or ``cuda``.
    """
    pad = model.config.encoder.get("pad_token_id") or 0
    batch = _moved(collate(encoder, [lesson.text for lesson in lessons], pad=pad), device)
    weights = torch.tensor([lesson.weight for lesson in lessons]).to(device)
    lengths = torch.tensor([len(lesson.text) for lesson in lessons]).to(device)
    wanted = torch.cat([lesson.tokens for lesson in lessons]).to(device)
    wanted_frames = torch.stack([lesson.frames for lesson in lessons]).to(device)
    with _makes_tensors_on(device):
        vectors = model(_partly_masked(batch, encoder.mask, masked), batch.attention_mask)
        hidden = vectors.reshape(-1, vectors.shape[-1])[batch.places]
        logits = model.token_logits(hidden).float()
        wrong = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(1)
        sentence = segment_mean(hidden, batch.sentences)
        articles = article_vectors(sentence, batch.article_of, len(lessons))
        article = model.article_logits(sentence, batch.article_of, articles).article
        missed = functional.binary_cross_entropy_with_logits(article, wanted_frames, reduction="none").mean(1)
    losses = {
        "tokens": (wrong * torch.repeat_interleave(weights, lengths)).mean(),
        "frames": (missed * weights).mean(),
    }
    taught = taught_spans(lessons, batch.token_starts, logits[:, ANY].detach().cpu() if own_spans else None)
    if len(taught.spans):
        with _makes_tensors_on(device):
            read = _Vectors(hidden, sentence, articles)
            moved = _moved(taught, device)
            losses |= _span_losses(model, read, moved, sentences=batch.sentences, weights=weights)
    return losses


class _Vectors(NamedTuple):
    """What the encoder says about a batch: by token (T, H), by sentence (S, H), by article (A, 2H)."""

    token: Tensor
    sentence: Tensor
    article: Tensor


def _span_losses(
    model: FramingModel, vectors: _Vectors, taught: TaughtSpans, *, sentences: Tensor, weights: Tensor
) -> dict[str, Tensor]:
    firsts = taught.spans[:, 0].contiguous()
    sentence_of = torch.searchsorted(sentences[:, 0].contiguous(), firsts, right=True) - 1
    spans = model.span_logits(
        vectors.token,
        taught.spans,
        around=vectors.sentence[sentence_of],
        article=vectors.article[taught.article][:, : vectors.token.shape[1]],
    )
    weight = weights[taught.article]
    wrong = functional.cross_entropy(spans.device.float(), taught.device, reduction="none")
    losses = {"device": (wrong * weight).mean()}
    if (rows := taught.device > 0).any():
        missed = functional.binary_cross_entropy_with_logits(
            spans.frames[rows].float(), taught.frames[rows], reduction="none"
        )
        losses["span_frames"] = (missed.mean(1) * weight[rows]).mean()
        losses["voice"] = _where_said(spans.voice, taught.voice, weight)
        losses["polarity"] = _where_said(spans.polarity, taught.polarity, weight)
    return losses


def _where_said(logits: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    said = wanted >= 0
    if not said.any():
        return logits.sum() * 0.0
    wrong = functional.cross_entropy(logits[said].float(), wanted[said], reduction="none")
    return (wrong * weight[said]).mean()


def _partly_masked(batch: Batch, mask: int | None, part: float) -> Tensor:
    if not part or mask is None:
        return batch.input_ids
    hidden_away = (torch.rand(batch.input_ids.shape) < part) & (batch.attention_mask == 1)
    hidden_away[:, 0] = False
    return torch.where(hidden_away, mask, batch.input_ids)


def _moved(holder: Holder, device: str) -> Holder:
    """Return a copy of ``holder`` whose tensors are on ``device``."""
    if device == "cpu":
        return holder
    values = {f.name: getattr(holder, f.name) for f in fields(holder)}
    moved: dict[str, Any] = {name: value.to(device) for name, value in values.items() if isinstance(value, Tensor)}
    return replace(holder, **moved)


def _makes_tensors_on(device: str) -> AbstractContextManager[object]:
    """Let new tensors be made on ``device``: the model makes index tensors as it goes."""
    return nullcontext() if device == "cpu" else torch.device(device)
