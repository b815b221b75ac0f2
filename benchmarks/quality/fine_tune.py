"""What the benchmarks of other corpora share: train on articles, look at the model after each epoch, read words.

The only place among them that knows the interface of :mod:`annotator.classifier.training`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from annotator.classifier.batches import collate
from annotator.classifier.decoding import Floats, unit_means
from annotator.classifier.encoding import TextEncoder
from annotator.classifier.lessons import make_lessons
from annotator.classifier.modeling import FramingModel, article_vectors, segment_mean
from annotator.classifier.start import DEFAULT_BASE, start_model
from annotator.classifier.training import Recipe, train
from annotator.classifier.windows import Ints
from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.errors import FormatError
from annotator.formats import ReadOptions, Rejected, read_path
from benchmarks.quality.news_framing import Labelled

CODEBOOKS = Path(__file__).with_name("codebooks")
RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True)
class Learner:
    """A model while it learns."""

    model: FramingModel
    encoder: TextEncoder
    tokenizer: Tokenizer


@dataclass(frozen=True)
class Words:
    """What the token head says about one text.

    Attributes:
        bounds: shape (words, 2); offsets in code points. Signs between words count as words.
        probability: shape (words, 1 + D); inside a span of any device, then of each.
        frames: shape (F,); probability of each document label.
    """

    bounds: Ints
    probability: Floats
    frames: Floats


def corpus_codebook(name: str) -> Codebook:
    """Return the codebook of a corpus in ``benchmarks/quality/codebooks``."""
    return load_codebook(CODEBOOKS / f"{name}.yaml")


def read_labelled(path: Path, name: str, codebook: Codebook) -> list[Labelled]:
    """Read a corpus; every row must be good. Rows on which its annotators did not agree are left out."""
    found = []
    for item in read_path(path, options=ReadOptions(codebook=codebook), format=name):
        if isinstance(item, Rejected):
            raise FormatError(f"Cannot read '{path}': {item.message}")
        if item.gold is not None:
            found.append(Labelled(item.document, item.gold))
    return found


def start(codebook: Codebook, *, base: str, seed: int) -> Learner:
    """Return an untrained model for a codebook."""
    model, tokenizer = start_model(codebook, base=base, seed=seed)
    encoder = TextEncoder(tokenizer, size=model.config.window_tokens, context=model.config.window_context)
    return Learner(model, encoder, tokenizer)


def epochs(learner: Learner, articles: Sequence[Labelled], recipe: Recipe, *, name: str) -> Iterator[int]:
    """Train, and yield the number of each epoch when it is over; prints a line at most every half minute."""
    model, encoder = learner.model, learner.encoder
    made = [make_lessons(encoder, a.document.text, a.gold, model.config) for a in articles]
    lessons = [lesson for parts, _ in made for lesson in parts]
    spans, lost = sum(len(lesson.spans) for lesson in lessons), sum(lost for _, lost in made)
    say(f"{name}: {len(made)} documents in {len(lessons)} parts, {spans} spans, {lost} without a token; {recipe}")
    started = told = time.monotonic()
    losses: list[float] = []
    for progress in train(model, encoder, lessons, recipe=recipe):
        losses.append(progress.loss)
        now = time.monotonic()
        is_over = progress.step * recipe.epochs >= progress.epoch * progress.steps
        if is_over or now - told > 30:
            left = (now - started) / progress.step * (progress.steps - progress.step)
            mean = sum(losses) / len(losses)
            say(f"{name}: epoch {progress.epoch}/{recipe.epochs}, step {progress.step}/{progress.steps}, "
                f"loss {mean:.4f}, about {left / 60:.0f} min left")  # fmt: skip
            told = now
        if is_over:
            losses = []
            model.eval()  # type: ignore[no-untyped-call]
            yield progress.epoch
            model.train()
    model.eval()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Best:
    """The epoch that was best on the tuning part, with the settings chosen there; the model has its weights."""

    epoch: int
    quality: float
    settings: dict[str, Any]
    log: list[dict[str, Any]]


def keep_best(
    learner: Learner,
    articles: Sequence[Labelled],
    recipe: Recipe,
    *,
    name: str,
    judge: Callable[[], tuple[float, dict[str, Any]]],
) -> Best:
    """Train, ask ``judge`` after each epoch for quality and settings, and go back to the best epoch."""
    best = Best(0, -1.0, {}, [])
    kept: dict[str, Tensor] = {}
    log: list[dict[str, Any]] = []
    for epoch in epochs(learner, articles, recipe, name=name):
        quality, settings = judge()
        log.append({"epoch": epoch, "tuning": round(quality, 4), **settings})
        say(f"{name}: after epoch {epoch} {quality:.4f} on the tuning part, with {settings}")
        if quality > best.quality:
            best = Best(epoch, round(quality, 4), settings, log)
            kept = {key: value.detach().clone() for key, value in learner.model.state_dict().items()}
    learner.model.load_state_dict(kept)
    return best


@torch.inference_mode()
def read_words(learner: Learner, texts: Sequence[str], *, together: int = 8) -> list[Words]:
    """Return what the model says about the words and the whole of each text."""
    model, encoder = learner.model, learner.encoder
    found = []
    for first in range(0, len(texts), together):
        encoded = [encoder.encode(text) for text in texts[first : first + together]]
        batch = collate(encoder, encoded, pad=model.config.encoder.get("pad_token_id") or 0)
        vectors = model(batch.input_ids, batch.attention_mask)
        hidden = vectors.reshape(-1, vectors.shape[-1])[batch.places].float()
        sentence = segment_mean(hidden, batch.sentences)
        articles = article_vectors(sentence, batch.article_of, len(encoded))
        frames = torch.sigmoid(model.article_logits(sentence, batch.article_of, articles).article).numpy()
        probability = torch.sigmoid(model.token_logits(hidden)).numpy()
        for index, text in enumerate(encoded):
            mine = probability[batch.token_starts[index] : batch.token_starts[index + 1]]
            bounds = np.stack([text.starts[text.unit_starts[:-1]], text.ends[text.unit_starts[1:] - 1]], axis=1)
            found.append(Words(bounds, unit_means(mine, text.unit_starts), frames[index]))
    return found


def add_options(parser: argparse.ArgumentParser, **defaults: Any) -> None:
    """Add the options every benchmark has: data, output, threads, limit, and each knob of the recipe."""
    parser.add_argument("--data", type=Path, required=True, help="The corpus as JSON Lines.")
    parser.add_argument("--output", type=Path, required=True, help="Folder for results of parts; finished are skipped.")
    parser.add_argument("--base-model", default=DEFAULT_BASE)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, help="Use only so many documents: to try the script, not for figures.")
    for knob in fields(Recipe):
        if isinstance(knob.default, bool | int | float) and knob.name != "seed":
            kind = type(knob.default)
            default = defaults.get(knob.name)
            option = f"--{knob.name.replace('_', '-')}"
            parser.add_argument(option, type=_switch if kind is bool else kind, default=default)


def recipe_of(options: argparse.Namespace, *, seed: int) -> Recipe:
    """Return the recipe the command line asks for."""
    names = {knob.name for knob in fields(Recipe)} - {"seed"}
    chosen = {name: value for name in names if (value := getattr(options, name, None)) is not None}
    return Recipe(**chosen, seed=seed)


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write a result, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    fresh.replace(path)


def texts(articles: Sequence[Labelled]) -> list[str]:
    """Return the texts."""
    return [article.document.text for article in articles]


def rounded(value: float | None) -> float | None:
    """Return a figure as results are recorded."""
    return None if value is None else round(value, 4)


def say(line: str) -> None:
    """Print a line of progress at once, with the time."""
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def _switch(word: str) -> bool:
    return word not in {"0", "no", "false"}
