"""BABE: whether a sentence is biased by its words, and by which; five folds.

    python -m benchmarks.quality.babe --data babe.jsonl --output runs/babe --folds 0 1 2 3 4

Folds are drawn by lot with equal shares of both labels, as in the published figures. 10 % of the other folds choose the
epoch and the thresholds. Each fold writes one result; a rerun skips those that are there. With several ``--seeds``
each fold is also read by the mean of their probabilities.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from annotator import metrics
from benchmarks.quality import fine_tune, word_labels
from benchmarks.quality.fine_tune import Words, rounded, say, texts
from benchmarks.quality.news_framing import Labelled

FOLDS = 5
FOLD_SEED = 1
TUNING_SHARE = 0.1
BIASED, WORDS = "Biased", "BIASED_WORDS"
MIXES = (0.0, 0.2, 0.4)
PUBLISHED = {
    "sentence, weighted F1, 5 folds": {
        "DistilBERT": 0.777, "ELECTRA": 0.760, "RoBERTa": 0.799, "BERT with distant supervision": 0.804,
        "DA-RoBERTa": 0.814, "MAGPIE (from memory)": 0.841,
    },
    "biased words, token F1 between people": {"pairs of experts": 0.38, "expert against the others": 0.49},
}  # fmt: skip


@dataclass(frozen=True)
class Cut:
    """How probabilities become decisions.

    Attributes:
        mix: Part that the most probable word has in the sentence's probability; the rest is the sentence head's.
        sentence, word: Thresholds.
    """

    mix: float = 0.0
    sentence: float = 0.5
    word: float = 0.3


def main() -> None:
    """Train every fold that has no result yet, then report over all folds asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    fine_tune.add_options(parser, epochs=5, articles=32)
    parser.add_argument("--folds", type=int, nargs="+", default=list(range(FOLDS)))
    parser.add_argument("--seeds", type=int, nargs="+", default=[13])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    articles = fine_tune.read_labelled(options.data, "babe", fine_tune.corpus_codebook("babe"))[: options.limit]
    fold_of = stratified(articles)
    results: dict[int, list[dict[str, Any]]] = {seed: [] for seed in options.seeds}
    for fold in options.folds:
        for seed in options.seeds:
            done = options.output / f"fold{fold}-seed{seed}.json"
            if not done.exists():
                fine_tune.write_json(done, one_fold(options, articles, fold_of, fold=fold, seed=seed))
            results[seed].append(json.loads(done.read_text("utf-8")))
    summary: dict[str, Any] = {"folds": options.folds, "published": PUBLISHED}
    summary["seeds"] = {str(seed): over_folds(found) for seed, found in results.items()}
    if len(options.seeds) > 1:
        summary["probabilities_averaged"] = over_folds([averaged(same) for same in zip(*results.values(), strict=True)])
    summary["recipe"] = next(iter(results.values()))[0]["recipe"]
    fine_tune.write_json(options.output / "summary.json", summary)
    if not options.limit and sorted(options.folds) == list(range(FOLDS)):
        fine_tune.write_json(fine_tune.RESULTS / "babe.json", summary)
    print(json.dumps(summary, indent=1))


def stratified(articles: Sequence[Labelled]) -> list[int]:
    """Return the fold of each sentence; both labels are spread evenly."""
    fold_of = [0] * len(articles)
    for label in (True, False):
        mine = [i for i, a in enumerate(articles) if is_biased(a) == label]
        random.Random(FOLD_SEED).shuffle(mine)
        for rank, index in enumerate(mine):
            fold_of[index] = rank % FOLDS
    return fold_of


def is_biased(article: Labelled) -> bool:
    """Return what most experts said of the sentence."""
    return BIASED in article.gold.frames


def one_fold(
    options: argparse.Namespace, articles: Sequence[Labelled], fold_of: Sequence[int], *, fold: int, seed: int
) -> dict[str, Any]:
    """Train without one fold and return what the model says about it, with the figures."""
    started = time.monotonic()
    test = [a for a, f in zip(articles, fold_of, strict=True) if f == fold]
    others = [a for a, f in zip(articles, fold_of, strict=True) if f != fold]
    order = random.Random(fold).sample(range(len(others)), len(others))
    held = max(1, round(TUNING_SHARE * len(others)))
    tuning, learning = [others[i] for i in order[:held]], [others[i] for i in order[held:]]
    recipe = fine_tune.recipe_of(options, seed=seed)
    learner = fine_tune.start(fine_tune.corpus_codebook("babe"), base=options.base_model, seed=seed)
    name = f"fold {fold}, seed {seed}"

    def judge() -> tuple[float, dict[str, Any]]:
        found = probabilities(tuning, fine_tune.read_words(learner, texts(tuning), together=64))
        cut = best_cut(found)
        return measure(found, cut)["sentence_weighted_f1"], asdict(cut)

    best = fine_tune.keep_best(learner, learning, recipe, name=name, judge=judge)
    both = [probabilities(part, fine_tune.read_words(learner, texts(part), together=64)) for part in (tuning, test)]
    figures = measure(both[1], Cut(**best.settings))
    say(f"{name}: {figures}")
    return {
        "fold": fold,
        "seed": seed,
        "recipe": asdict(recipe),
        "base_model": options.base_model,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "epochs": best.log,
        "chosen_epoch": best.epoch,
        "cut": best.settings,
        "figures": figures,
        "tuning": both[0],
        "test": both[1],
    }


def probabilities(articles: Sequence[Labelled], words: Sequence[Words]) -> list[dict[str, Any]]:
    """Return one record a sentence: labels, and probabilities of the sentence and of each of its words."""
    kept, gold = word_labels.word_decisions(articles, words, WORDS)
    return [
        {
            "id": article.document.id,
            "biased": is_biased(article),
            "sentence": round(float(one.frames[0]), 4),
            "marked": truth.astype(int).tolist(),
            "words": one.probability[keep, 0].round(4).tolist(),
        }
        for article, one, keep, truth in zip(articles, words, kept, gold, strict=True)
    ]


def sentence_probability(row: dict[str, Any], mix: float) -> float:
    """Return the probability that a sentence is biased."""
    return float((1 - mix) * row["sentence"] + mix * max(row["words"], default=0.0))


def best_cut(rows: Sequence[dict[str, Any]]) -> Cut:
    """Return the thresholds that are best on these sentences."""
    gold = [row["biased"] for row in rows]

    def quality(mix: float, threshold: float) -> float:
        return word_labels.weighted_f1(gold, [sentence_probability(row, mix) >= threshold for row in rows]) or 0.0

    grid = [(mix, t) for mix in MIXES for t in word_labels.GRID if 0.2 <= t <= 0.8]
    mix, sentence = max(grid, key=lambda one: quality(*one))
    marked = [np.array(row["marked"], bool) for row in rows]
    return Cut(mix, sentence, word_labels.best_threshold(marked, [np.array(r["words"], np.float32) for r in rows]))


def measure(rows: Sequence[dict[str, Any]], cut: Cut) -> dict[str, Any]:
    """Return the figures of some sentences, without intervals."""
    found = [sentence_probability(row, cut.mix) >= cut.sentence for row in rows]
    words = [word_counts(row, cut.word) for row in rows]
    return {
        "sentence_weighted_f1": rounded(word_labels.weighted_f1([row["biased"] for row in rows], found)),
        "words_token_f1": rounded(word_labels.f1(words)),
    }


def word_counts(row: dict[str, Any], threshold: float) -> metrics.LabelCounts:
    """Return hits, extras and misses among the words of one sentence."""
    return word_labels.counts(np.array(row["marked"], bool), np.array(row["words"], np.float32) >= threshold)


def averaged(same: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return one fold as the mean of several seeds reads it, its thresholds chosen on the mean as well."""
    joined = {part: [_mean_row(rows) for rows in zip(*(r[part] for r in same), strict=True)]
              for part in ("tuning", "test")}  # fmt: skip
    cut = best_cut(joined["tuning"])
    return {"cut": asdict(cut), "figures": measure(joined["test"], cut), "test": joined["test"]}


def _mean_row(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    words = np.mean([row["words"] for row in rows], axis=0).tolist()
    return {**rows[0], "sentence": float(np.mean([row["sentence"] for row in rows])), "words": words}


def over_folds(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of the folds, and all sentences together with intervals."""
    names = results[0]["figures"]
    means = {name: [r["figures"][name] for r in results if r["figures"][name] is not None] for name in names}
    decisions = [
        (row["biased"], sentence_probability(row, r["cut"]["mix"]) >= r["cut"]["sentence"])
        for r in results for row in r["test"]
    ]  # fmt: skip

    def weighted(rows: Sequence[tuple[bool, bool]]) -> float | None:
        return word_labels.weighted_f1([gold for gold, _ in rows], [found for _, found in rows])

    words = [word_counts(row, r["cut"]["word"]) for r in results for row in r["test"]]
    return {
        "mean_of_folds": {name: {"mean": rounded(float(np.mean(v))), "sd": rounded(float(np.std(v)))}
                          for name, v in means.items() if v},
        "sentences": len(decisions),
        "sentence_weighted_f1": metrics.with_interval(decisions, weighted).to_record(),
        "words": word_labels.figures(words),
    }  # fmt: skip


if __name__ == "__main__":
    main()
