"""BASIL: lexical and informational bias in articles, ten folds of stories.

    python -m benchmarks.quality.basil --data basil.jsonl --output runs/basil --folds 0 1 2 3 4 5 6 7 8 9

Three outlets tell each story and share its fold (``meta.berg_fold_as_test``). 15 % of the stories of the other folds
choose the epoch and the thresholds. Each fold writes one result; a rerun skips those that are there.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from annotator import metrics
from annotator.formats.corpora import FOLD, SENTENCES, STORY
from annotator.metrics import LabelCounts, LabelledStretch
from benchmarks.quality import fine_tune, word_labels
from benchmarks.quality.fine_tune import Words, say, texts
from benchmarks.quality.news_framing import Labelled
from benchmarks.quality.runs_of_words import Runs, best_runs, count

FOLDS = 10
TUNING_SHARE = 0.15
DEVICES = ("Lexical", "Informational")
PUBLISHED = {
    "sentence F1, informational, RoBERTa-base": 0.425,
    "token F1, lexical (from memory)": 0.260,
    "token F1, informational (from memory)": 0.187,
}


def main() -> None:
    """Train every fold that has no result yet, then report over all folds asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    fine_tune.add_options(parser, epochs=6)
    parser.add_argument("--folds", type=int, nargs="+", default=list(range(FOLDS)))
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    articles = fine_tune.read_labelled(options.data, "basil", fine_tune.corpus_codebook("basil"))
    if options.limit:
        articles = articles[:: max(1, len(articles) // options.limit)]
    results = []
    for fold in options.folds:
        done = options.output / f"fold{fold}.json"
        if not done.exists():
            fine_tune.write_json(done, one_fold(options, articles, fold))
        results.append(json.loads(done.read_text("utf-8")))
    summary = {
        "folds": options.folds,
        "published": PUBLISHED,
        **{device: over_folds(results, device) for device in DEVICES},
        "recipe": results[0]["recipe"],
    }
    fine_tune.write_json(options.output / "summary.json", summary)
    if not options.limit and sorted(options.folds) == list(range(FOLDS)):
        fine_tune.write_json(fine_tune.RESULTS / "basil.json", summary)
    print(json.dumps(summary, indent=1))


def one_fold(options: argparse.Namespace, articles: Sequence[Labelled], fold: int) -> dict[str, Any]:
    """Train without one fold of stories and count what the model finds in it."""
    started = time.monotonic()
    test = [a for a in articles if a.document.metadata[FOLD] == str(fold)]
    others = [a for a in articles if a.document.metadata[FOLD] != str(fold)]
    learning, tuning = by_story(others, seed=fold)
    recipe = fine_tune.recipe_of(options, seed=options.seed)
    learner = fine_tune.start(fine_tune.corpus_codebook("basil"), base=options.base_model, seed=options.seed)

    def judge() -> tuple[float, dict[str, Any]]:
        words = fine_tune.read_words(learner, texts(tuning))
        settings = {device: settings_of(tuning, words, device) for device in DEVICES}
        found = [token_counts(tuning, words, device, settings[device]["word"]) for device in DEVICES]
        return float(np.mean([word_labels.f1(counts) or 0.0 for counts in found])), settings

    best = fine_tune.keep_best(learner, learning, recipe, name=f"fold {fold}", judge=judge)
    words = fine_tune.read_words(learner, texts(test))
    rows = {device: fold_rows(test, words, device, best.settings[device]) for device in DEVICES}
    for device in DEVICES:
        say(f"fold {fold}, {device}: token F1 {word_labels.f1([LabelCounts(*row['tokens']) for row in rows[device]])}")
    return {
        "fold": fold,
        "recipe": asdict(recipe),
        "base_model": options.base_model,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "epochs": best.log,
        "chosen_epoch": best.epoch,
        "settings": best.settings,
        **rows,
    }


def by_story(articles: Sequence[Labelled], *, seed: int) -> tuple[list[Labelled], list[Labelled]]:
    """Return articles to learn from and to tune on; no story is told in both."""
    stories = sorted({a.document.metadata[STORY] for a in articles})
    random.Random(seed).shuffle(stories)
    held = set(stories[: max(1, round(TUNING_SHARE * len(stories)))])
    return (
        [a for a in articles if a.document.metadata[STORY] not in held],
        [a for a in articles if a.document.metadata[STORY] in held],
    )


def settings_of(articles: Sequence[Labelled], words: Sequence[Words], device: str) -> dict[str, Any]:
    """Return the thresholds for words and sentences and the way to spans that are best on these articles."""
    kept, gold = word_labels.word_decisions(articles, words, device)
    column = 1 + DEVICES.index(device)
    sure = [w.probability[k, column] for w, k in zip(words, kept, strict=True)]
    spans, _ = best_runs(
        texts(articles),
        [w.bounds for w in words],
        [w.probability[:, column] for w in words],
        stretches(articles, device),
    )
    word = word_labels.best_threshold(gold, sure)
    sentence = max(
        word_labels.GRID,
        key=lambda t: word_labels.f1(sentence_counts(articles, words, device, t)) or 0.0,
    )
    return {"word": word, "sentence": sentence, "spans": asdict(spans)}


def fold_rows(
    articles: Sequence[Labelled], words: Sequence[Words], device: str, settings: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the counts of each article of a fold."""
    column = 1 + DEVICES.index(device)
    runs = Runs(**settings["spans"])
    found = [
        runs.spans(a.document.text, w.bounds, w.probability[:, column]) for a, w in zip(articles, words, strict=True)
    ]
    rows = zip(
        articles,
        token_counts(articles, words, device, settings["word"]),
        sentence_counts(articles, words, device, settings["sentence"]),
        count(stretches(articles, device), found),
        strict=True,
    )
    return [{"id": a.document.id, "tokens": t, "sentences": s, "spans": p} for a, t, s, p in rows]


def token_counts(
    articles: Sequence[Labelled], words: Sequence[Words], device: str, threshold: float
) -> list[LabelCounts]:
    """Return hits, extras and misses among the words of each article."""
    kept, gold = word_labels.word_decisions(articles, words, device)
    column = 1 + DEVICES.index(device)
    found = [w.probability[k, column] >= threshold for w, k in zip(words, kept, strict=True)]
    return [word_labels.counts(g, f) for g, f in zip(gold, found, strict=True)]


def sentence_counts(
    articles: Sequence[Labelled], words: Sequence[Words], device: str, threshold: float
) -> list[LabelCounts]:
    """Return hits, extras and misses among the sentences of each article; the corpus cuts them."""
    column = 1 + DEVICES.index(device)
    rows = []
    for article, one in zip(articles, words, strict=True):
        starts = np.array([start for start, _ in json.loads(article.document.metadata[SENTENCES])], np.int64)
        # Group 0 is the title, which stands before the first sentence and is no sentence of the corpus.
        group = np.searchsorted(starts, one.bounds[:, 0], side="right")
        gold = word_labels.in_groups(word_labels.marked(article, one.bounds, device), group, len(starts) + 1)[1:]
        found = word_labels.in_groups(one.probability[:, column] >= threshold, group, len(starts) + 1)[1:]
        rows.append(word_labels.counts(gold, found))
    return rows


def over_folds(results: Sequence[dict[str, Any]], device: str) -> dict[str, Any]:
    """Return the figures of one device over the articles of all folds, with intervals over articles."""
    rows = [row for result in results for row in result[device]]
    spans = [metrics.SpanCounts(*row["spans"]) for row in rows]
    measures = {"precision": metrics.precision, "recall": metrics.recall, "f1": metrics.f1}
    return {
        "articles": len(rows),
        "token": word_labels.figures([LabelCounts(*row["tokens"]) for row in rows]),
        "sentence": word_labels.figures([LabelCounts(*row["sentences"]) for row in rows]),
        "spans_partial": {name: metrics.with_interval(spans, m).to_record() for name, m in measures.items()},
    }


def stretches(articles: Sequence[Labelled], device: str) -> list[list[LabelledStretch]]:
    """Return the gold spans of one device, article by article."""
    return [[LabelledStretch(s.start, s.end) for s in a.gold.spans if s.device == device] for a in articles]


if __name__ == "__main__":
    main()
