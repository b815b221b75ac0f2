"""Train the shipped model, or one of its cross-validation twins, in two stages.

    python -m benchmarks.quality.train_news_framing --learn-from pool --pool fa_kes.jsonl pool_syria.jsonl \\
        --data news_framing.jsonl --epochs 4 --output runs/pool
    python -m benchmarks.quality.train_news_framing --data news_framing.jsonl --start-from runs/pool \\
        --epochs 3 --fold 0 --output runs/fold0
    python -m benchmarks.quality.train_news_framing --data news_framing.jsonl --start-from runs/pool \\
        --epochs 3 --output runs/all

The first stage reads the labelled pool without the articles that tell an event of the corpus, and is shared by all
folds; the second reads the corpus. Then measure and calibrate with benchmarks.quality.measure_news_framing.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import fields, replace
from pathlib import Path

import torch

from annotator.classifier.encoding import TextEncoder
from annotator.classifier.folder import save_folder
from annotator.classifier.start import DEFAULT_BASE, start_model
from annotator.classifier.training import CONTINUED, Recipe, make_lesson, train
from benchmarks.quality.news_framing import codebook, folds, read_corpus
from benchmarks.quality.pool_labels import read_pool


def main() -> None:
    """Parse, train, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pool", type=Path, nargs="*", default=[], help="Texts of derived/news_framing_pool.jsonl.")
    parser.add_argument("--learn-from", choices=["corpus", "pool"], default="corpus")
    parser.add_argument("--start-from", type=Path, help="Go on from this model.")
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
    recipe = replace(CONTINUED if options.start_from else Recipe(), **chosen)
    articles = read_corpus(options.data)
    kept = [a for a, fold in zip(articles, folds(articles), strict=True) if fold != options.fold]
    if options.learn_from == "pool":
        events = {a.document.event for a in articles} - {None}
        kept = [a for a in read_pool(options.pool, "train") if a.document.event not in events]
    base = str(options.start_from or options.base_model)
    model, tokenizer = start_model(codebook(), base=base, seed=recipe.seed)
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
