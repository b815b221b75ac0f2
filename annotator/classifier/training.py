"""Train the network, in one loop that reads from top to bottom.

A loop of our own rather than ``transformers.Trainer``: a batch here is whole articles with spans found by the
model itself, which a collator and ``compute_loss`` would hide in three places.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from annotator.annotations import Annotation
from annotator.classifier.batches import Batch, collate
from annotator.classifier.decoding import Decoding, unit_means
from annotator.classifier.encoding import EncodedText, TextEncoder
from annotator.classifier.modeling import ANY, FramingConfig, FramingModel, article_vectors, segment_mean
from annotator.errors import ClassifierError


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every knob of training, with the value that measured best (benchmarks/quality/README.md).

    Attributes:
        epochs: Passes over the training articles.
        articles: Articles in a batch: about 2,000 tokens.
        encoder_rate, head_rate: Learning rates; the heads start from nothing and may move faster.
        layer_decay: Each encoder layer learns this part as fast as the one above it.
        warm_up: Part of all steps over which the rate climbs before it falls to zero.
        weight_decay: Of matrices, not of biases and norms.
        candidates_after: Part of all steps after which the model's own spans join the span heads' lessons.
        masked: Part of the tokens hidden from the encoder at each step. Measured worse than dropout in the encoder.
        frozen_layers: How many of the lowest encoder layers keep their weights, and with them the embeddings.
        bf16: Run matrix products in bfloat16, about half as long on processors that have it.
        seed: Same seed, same threads, same machine: same weights.
    """

    epochs: int = 8
    articles: int = 4
    encoder_rate: float = 2e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.85
    warm_up: float = 0.1
    weight_decay: float = 0.01
    candidates_after: float = 0.25
    masked: float = 0.0
    frozen_layers: int = 0
    bf16: bool = True
    seed: int = 13


LOSS_WEIGHTS = {"tokens": 2.0, "device": 0.3, "span_frames": 1.0, "voice": 0.1, "polarity": 0.1, "frames": 2.0}


@dataclass(frozen=True, slots=True)
class Lesson:
    """One article with what the model should say about it.

    Attributes:
        tokens: shape (T, 1 + D); 1 where a token stands in a loaded phrase, in all and by device.
        spans: shape (N, 2); token ranges of the labelled spans.
        device, voice, polarity: shape (N,); column of each label, -1 where nobody has said.
        span_frames: shape (N, F). frames: shape (F,).
    """

    text: EncodedText
    tokens: Tensor
    spans: Tensor
    device: Tensor
    voice: Tensor
    polarity: Tensor
    span_frames: Tensor
    frames: Tensor


@dataclass(frozen=True, slots=True)
class Progress:
    """Where training stands after one step; ``losses`` are unweighted, by head."""

    epoch: int
    step: int
    steps: int
    loss: float
    losses: dict[str, float]


def make_lesson(text: EncodedText, annotation: Annotation, config: FramingConfig) -> Lesson:
    """Turn one annotator's judgement of an article into tensors."""
    devices, frames = len(config.devices), len(config.frames)
    tokens = torch.zeros(len(text), 1 + devices)
    rows, device, voice, polarity, span_frames = [], [], [], [], []
    for span in annotation.spans:
        start = int(np.searchsorted(text.ends, span.start, side="right"))
        end = int(np.searchsorted(text.starts, span.end, side="left"))
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
    )


def train(
    model: FramingModel, encoder: TextEncoder, lessons: Sequence[Lesson], *, recipe: Recipe
) -> Iterator[Progress]:
    """Train ``model`` in place, yielding after every step.

    Raises:
        ClassifierError: If there is nothing to learn from, or the loss is no longer a number.
    """
    if not any(len(lesson.spans) for lesson in lessons):
        raise ClassifierError(
            f"Cannot train: none of the {len(lessons)} articles has a labelled span. Submit some annotations first."
        )
    random.seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    steps = recipe.epochs * ((len(lessons) + recipe.articles - 1) // recipe.articles)
    optimizer = _optimizer(model, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps, recipe))
    _freeze(model, recipe.frozen_layers)
    model.train()
    step = 0
    for epoch in range(recipe.epochs):
        order = random.sample(range(len(lessons)), len(lessons))
        for first in range(0, len(order), recipe.articles):
            chosen = [lessons[i] for i in order[first : first + recipe.articles]]
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bf16):
                own_spans = step >= recipe.candidates_after * steps
                losses = step_losses(model, encoder, chosen, own_spans=own_spans, masked=recipe.masked)
            loss = torch.stack([LOSS_WEIGHTS[name] * value for name, value in losses.items()]).sum()
            if not torch.isfinite(loss):
                raise ClassifierError(
                    f"Training stopped at epoch {epoch + 1}, step {step + 1}: the loss is {loss.item()}. "
                    "Lower the learning rate; the last checkpoint is unharmed."
                )
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            yield Progress(epoch + 1, step, steps, loss.item(), {k: v.item() for k, v in losses.items()})
    model.eval()  # type: ignore[no-untyped-call]


def step_losses(
    model: FramingModel, encoder: TextEncoder, lessons: Sequence[Lesson], *, own_spans: bool, masked: float = 0.0
) -> dict[str, Tensor]:
    """Return the mean loss of each head for one batch of articles.

    Args:
        own_spans: Whether the span heads also learn from spans the model finds by itself.
        masked: Part of the tokens replaced by the encoder's mask token.
    """
    batch = collate(encoder, [lesson.text for lesson in lessons], pad=model.config.encoder.get("pad_token_id") or 0)
    input_ids = batch.input_ids
    if masked and encoder.mask is not None:
        hidden_away = (torch.rand(input_ids.shape) < masked) & (batch.attention_mask == 1)
        hidden_away[:, 0] = False
        input_ids = torch.where(hidden_away, encoder.mask, input_ids)
    vectors = model(input_ids, batch.attention_mask)
    hidden = vectors.reshape(-1, vectors.shape[-1])[batch.places]
    logits = model.token_logits(hidden).float()
    wanted = torch.cat([lesson.tokens for lesson in lessons])
    token_loss = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(1).mean()
    sentence = segment_mean(hidden, batch.sentences)
    articles = article_vectors(sentence, batch.article_of, len(lessons))
    article = model.article_logits(sentence, batch.article_of, articles).article
    wanted_frames = torch.stack([lesson.frames for lesson in lessons])
    losses = {
        "tokens": token_loss,
        "frames": functional.binary_cross_entropy_with_logits(article, wanted_frames),
    }
    taught = _taught_spans(lessons, batch, logits[:, ANY].detach() if own_spans else None)
    if len(taught.spans):
        size = hidden.shape[1]
        firsts = taught.spans[:, 0].contiguous()
        sentence_of = torch.searchsorted(batch.sentences[:, 0].contiguous(), firsts, right=True) - 1
        spans = model.span_logits(
            hidden,
            taught.spans,
            around=sentence[sentence_of],
            article=articles[taught.article][:, :size],
        )
        losses["device"] = functional.cross_entropy(spans.device.float(), taught.device)
        if (rows := taught.device > 0).any():
            losses["span_frames"] = functional.binary_cross_entropy_with_logits(
                spans.frames[rows].float(), taught.frames[rows]
            )
            losses["voice"] = _cross_entropy(spans.voice, taught.voice)
            losses["polarity"] = _cross_entropy(spans.polarity, taught.polarity)
    return losses


@dataclass(frozen=True, slots=True)
class _Taught:
    """Spans of a batch: labelled ones, and the model's own with device 0 where no label supports them."""

    spans: Tensor
    article: Tensor
    device: Tensor
    voice: Tensor
    polarity: Tensor
    frames: Tensor


def _taught_spans(lessons: Sequence[Lesson], batch: Batch, own: Tensor | None) -> _Taught:
    spans: list[Tensor] = []
    article: list[Tensor] = []
    device: list[Tensor] = []
    voice: list[Tensor] = []
    polarity: list[Tensor] = []
    frames: list[Tensor] = []
    for index, lesson in enumerate(lessons):
        offset = batch.token_starts[index]
        rows, source = lesson.spans, torch.arange(len(lesson.spans))
        if own is not None:
            found = _own_spans(own[offset : batch.token_starts[index + 1]], lesson.text)
            rows, source = torch.cat([rows, found]), torch.cat([source, _supporting(found, lesson.spans)])
        spans.append(rows + offset)
        article.append(torch.full((len(rows),), index))
        for values, column, missing in (
            (device, lesson.device, 0),
            (voice, lesson.voice, -1),
            (polarity, lesson.polarity, -1),
        ):
            padded = torch.cat([column, torch.tensor([missing])])
            values.append(padded[source])
        frames.append(torch.cat([lesson.span_frames, torch.zeros(1, lesson.frames.shape[0])])[source])
    return _Taught(*(torch.cat(part) for part in (spans, article, device, voice, polarity, frames)))


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


def _freeze(model: FramingModel, layers: int) -> None:
    for name, parameter in model.named_parameters():
        parts = name.split(".")
        below = "layer" in parts and int(parts[parts.index("layer") + 1]) < layers
        parameter.requires_grad_(not (below or (layers > 0 and name.startswith("encoder.embeddings"))))


def _cross_entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    if not (wanted >= 0).any():
        return logits.sum() * 0.0
    return functional.cross_entropy(logits.float(), wanted, ignore_index=-1)


def _several(labels: Sequence[str], known: Sequence[str]) -> Tensor:
    return torch.tensor([float(label in labels) for label in known])


def _rate(step: int, steps: int, recipe: Recipe) -> float:
    rising = max(1, int(steps * recipe.warm_up))
    return (step + 1) / rising if step < rising else max(0.0, (steps - step) / max(1, steps - rising))


def _optimizer(model: FramingModel, recipe: Recipe) -> torch.optim.Optimizer:
    layers = model.config.encoder.get("num_hidden_layers", 6)
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        rate = recipe.head_rate
        if name.startswith("encoder."):
            parts = name.split(".")
            depth = int(parts[parts.index("layer") + 1]) + 1 if "layer" in parts else 0
            rate = recipe.encoder_rate * recipe.layer_decay ** (layers - depth)
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": group, "lr": rate, "weight_decay": decay} for (rate, decay), group in groups.items()], fused=True
    )
