"""Train the shipped model, or one of its cross-validation twins.

    python -m benchmarks.quality.train_news_framing --data news_framing.jsonl --pool fa_kes.jsonl pool_syria.jsonl \\
        --fold 0 --output runs/fold0
    python -m benchmarks.quality.train_news_framing --data news_framing.jsonl --pool fa_kes.jsonl pool_syria.jsonl \\
        --output runs/all

Then measure and calibrate with benchmarks.quality.measure_news_framing.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import fields
from pathlib import Path

import torch

from annotator.classifier.encoding import TextEncoder
from annotator.classifier.folder import save_folder
from annotator.classifier.start import DEFAULT_BASE, start_model
from annotator.classifier.training import Recipe, make_lesson, train
from benchmarks.quality.news_framing import codebook, folds, read_corpus
from benchmarks.quality.pool_labels import read_pool


def main() -> None:
    """Parse, train, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pool", type=Path, nargs="*", default=[], help="Texts of derived/news_framing_pool.jsonl.")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--fold", type=int, help="Leave this fold of five out.")
    parser.add_argument("--base-model", default=DEFAULT_BASE)
    parser.add_argument("--threads", type=int, default=2)
    for knob in fields(Recipe):
        kind = type(knob.default)
        parser.add_argument(f"--{knob.name.replace('_', '-')}", type=_switch if kind is bool else kind)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    chosen = {k.name: getattr(options, k.name) for k in fields(Recipe) if getattr(options, k.name) is not None}
    recipe = Recipe(**chosen)
    articles = read_corpus(options.data)
    sides = list(zip(articles, folds(articles), strict=True))
    kept = [a for a, fold in sides if fold != options.fold]
    held_events = {a.document.event for a, fold in sides if fold == options.fold} - {None}
    if options.pool:
        kept += [a for a in read_pool(options.pool, "train") if a.document.event not in held_events]
    model, tokenizer = start_model(codebook(), base=options.base_model, seed=recipe.seed)
    encoder = TextEncoder(tokenizer, size=model.config.window_tokens, context=-1)
    lessons = [make_lesson(encoder.encode(a.document.text), a.gold, model.config) for a in kept]
    print(f"{len(lessons)} articles, {sum(len(lesson.spans) for lesson in lessons)} spans; {recipe}", flush=True)
    started, losses, epoch = time.monotonic(), [], 1
    for progress in train(model, encoder, lessons, recipe=recipe):
        losses.append(progress.losses)
        if progress.step * recipe.epochs >= epoch * progress.steps:
            means = {name: sum(one.get(name, 0) for one in losses) / len(losses) for name in losses[-1]}
            shown = ", ".join(f"{name} {value:.3f}" for name, value in means.items())
            print(f"epoch {epoch}/{recipe.epochs}, {time.monotonic() - started:.0f} s: {shown}", flush=True)
            losses, epoch = [], epoch + 1
    save_folder(options.output, model, tokenizer)


def _switch(word: str) -> bool:
    return word not in {"0", "no", "false"}


if __name__ == "__main__":
    main()
