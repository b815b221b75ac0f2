"""Propaganda Techniques Corpus (SemEval-2020 task 11): train on ``train``, tune on a part of it, report ``dev`` once.

    python -m benchmarks.quality.ptc2020 --data ptc2020.jsonl --output runs/ptc2020 --seeds 13 14 15

15 % of the training articles are held back to choose the epoch and how words become spans. Each seed writes one
result; a rerun skips those that are there. The last seed is followed by the mean over seeds, and by the mean of
their probabilities as one model.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from annotator import metrics
from annotator.annotations import Annotation
from annotator.classifier.decoding import Floats
from annotator.formats.corpora import SPLIT
from annotator.metrics import LabelledStretch
from benchmarks.quality import fine_tune
from benchmarks.quality.fine_tune import Words, rounded, say, texts
from benchmarks.quality.news_framing import Labelled
from benchmarks.quality.runs_of_words import Runs, best_runs, count

TUNING_SHARE = 0.15
TUNING_SEED = 1
LONG_SENTENCE = 60
"""Characters from which a line that recurs between the splits is no coincidence."""
PUBLISHED = {
    "best ensembles, dev": [0.534, 0.524, 0.522],
    "RoBERTa-large, dev": 0.452,
    "RoBERTa-large with CRF, dev": 0.474,
    "RoBERTa-large with CRF and self-training, dev": 0.500,
}


@dataclass(frozen=True)
class Split:
    """Articles to learn from, to tune on, and to report."""

    train: list[Labelled]
    tune: list[Labelled]
    dev: list[Labelled]


@dataclass(frozen=True)
class Reading:
    """What one model, or the mean of several, says about the tuning part and dev."""

    tune: list[Words]
    dev: list[Words]


def main() -> None:
    """Train each seed that has no result yet, then report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    fine_tune.add_options(parser, epochs=6)
    parser.add_argument("--seeds", type=int, nargs="+", default=[13])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    split = read_split(options.data, limit=options.limit)
    say(f"{len(split.train)} articles to learn from, {len(split.tune)} to tune on, {len(split.dev)} to report")
    results, readings = [], []
    for seed in options.seeds:
        done = options.output / f"seed{seed}.json"
        if not done.exists():
            one_seed(options, split, seed)
        results.append(json.loads(done.read_text("utf-8")))
        readings.append(load_reading(options.output / f"seed{seed}.npz", split))
    summary: dict[str, Any] = {"published": PUBLISHED, "seeds": {str(r["seed"]): r["dev"] for r in results}}
    scores = [result["dev"]["spans_partial"]["f1"]["value"] for result in results]
    summary["mean_of_seeds"] = {"f1": round(float(np.mean(scores)), 4), "sd": round(float(np.std(scores)), 4)}
    if len(readings) > 1:
        runs, tuned = tune(split.tune, mean_reading([r.tune for r in readings]))
        together = measure(split, mean_reading([r.dev for r in readings]), runs)
        summary["probabilities_averaged"] = {"runs": asdict(runs), "tuning_f1": tuned, "dev": together}
    fine_tune.write_json(options.output / "summary.json", summary)
    if not options.limit:
        fine_tune.write_json(fine_tune.RESULTS / "ptc2020.json", {**summary, "recipe": results[0]["recipe"]})
    print(json.dumps({name: summary[name] for name in summary if name != "seeds"}, indent=1))


def read_split(path: Path, *, limit: int | None) -> Split:
    """Return the splits; the tuning part is the same for every seed."""
    codebook = fine_tune.corpus_codebook("ptc2020")
    articles = [_with_frame(a) for a in fine_tune.read_labelled(path, "ptc2020", codebook)]
    first = [a for a in articles if a.document.metadata[SPLIT] == "train"][:limit]
    dev = [a for a in articles if a.document.metadata[SPLIT] == "dev"][:limit]
    order = random.Random(TUNING_SEED).sample(range(len(first)), len(first))
    held = set(order[: max(1, round(TUNING_SHARE * len(first)))])
    return Split([a for i, a in enumerate(first) if i not in held], [first[i] for i in sorted(held)], dev)


def _with_frame(article: Labelled) -> Labelled:
    """Give the article head something to learn: whether the article has any marked span."""
    frames = ("Uses_techniques",) if article.gold.spans else ()
    return replace(article, gold=replace(article.gold, frames=frames))


def one_seed(options: argparse.Namespace, split: Split, seed: int) -> None:
    """Train with one seed, keep the epoch that is best on the tuning part, and read dev with it once."""
    started = time.monotonic()
    recipe = fine_tune.recipe_of(options, seed=seed)
    learner = fine_tune.start(fine_tune.corpus_codebook("ptc2020"), base=options.base_model, seed=seed)

    def judge() -> tuple[float, dict[str, Any]]:
        runs, reached = tune(split.tune, fine_tune.read_words(learner, texts(split.tune)))
        return reached, asdict(runs)

    best = fine_tune.keep_best(learner, split.train, recipe, name=f"seed {seed}", judge=judge)
    reading = Reading(
        fine_tune.read_words(learner, texts(split.tune)),
        fine_tune.read_words(learner, texts(split.dev)),
    )
    options.output.mkdir(parents=True, exist_ok=True)
    save_reading(options.output / f"seed{seed}.npz", reading)
    result = {
        "seed": seed,
        "recipe": asdict(recipe),
        "base_model": options.base_model,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "epochs": best.log,
        "chosen_epoch": best.epoch,
        "runs": best.settings,
        "tuning_f1": best.quality,
        "dev": measure(split, reading.dev, Runs(**best.settings)),
    }
    fine_tune.write_json(options.output / f"seed{seed}.json", result)
    say(f"seed {seed}: dev {result['dev']['spans_partial']}")


def tune(articles: Sequence[Labelled], words: Sequence[Words]) -> tuple[Runs, float]:
    """Return the best way from words to spans on these articles, and its F1."""
    return best_runs(texts(articles), [w.bounds for w in words], [w.probability[:, 0] for w in words], _gold(articles))


def measure(split: Split, words: Sequence[Words], runs: Runs) -> dict[str, Any]:
    """Return every figure of dev."""
    gold = _gold(split.dev)
    found = [
        _named(runs.spans(a.document.text, w.bounds, w.probability[:, 0]), w)
        for a, w in zip(split.dev, words, strict=True)
    ]
    known = _long_lines([*split.train, *split.tune])
    recurring = [_recurring(article, known) for article in split.dev]
    fresh_gold = [_outside(spans, places) for spans, places in zip(gold, recurring, strict=True)]
    fresh_found = [_outside(spans, places) for spans, places in zip(found, recurring, strict=True)]
    return {
        "documents": len(split.dev),
        "gold_spans_merged": sum(len(metrics.merge_same_label(_plain(spans))) for spans in gold),
        "suggested_spans": sum(map(len, found)),
        "spans_partial": _figures(gold, found),
        "spans_partial_with_technique": _figures(gold, found, labelled=True),
        "recurring_lines": sum(map(len, recurring)),
        "recurring_lines_distinct": len({_same(line) for line in _lines(split.dev)} & known),
        "spans_partial_without_recurring_lines": _figures(fresh_gold, fresh_found),
        "by_technique": {name: _technique(name, gold, found) for name in _techniques()},
    }


def _figures(
    gold: Sequence[Sequence[LabelledStretch]], found: Sequence[Sequence[LabelledStretch]], *, labelled: bool = False
) -> dict[str, Any]:
    if labelled:
        counts = [metrics.partial_overlap(truth, guess) for truth, guess in zip(gold, found, strict=True)]
    else:
        counts = count(gold, [_plain(spans) for spans in found])
    measures = {"precision": metrics.precision, "recall": metrics.recall, "f1": metrics.f1}
    return {name: metrics.with_interval(counts, measure).to_record() for name, measure in measures.items()}


def _technique(
    name: str, gold: Sequence[Sequence[LabelledStretch]], found: Sequence[Sequence[LabelledStretch]]
) -> dict[str, Any]:
    """Return how much of one technique is found at all, and how well it is told from the others."""
    own = [[span for span in spans if span.label == name] for spans in gold]
    guessed = [[span for span in spans if span.label == name] for spans in found]
    labelled = [metrics.partial_overlap(truth, guess) for truth, guess in zip(own, guessed, strict=True)]
    return {
        "gold": sum(map(len, own)),
        "found_whatever_technique": rounded(metrics.recall(count(own, [_plain(spans) for spans in found]))),
        "precision": rounded(metrics.precision(labelled)),
        "recall": rounded(metrics.recall(labelled)),
        "f1": rounded(metrics.f1(labelled)),
    }


def _named(spans: Sequence[LabelledStretch], words: Words) -> list[LabelledStretch]:
    """Name each span after the technique most probable for its words."""
    named = []
    for span in spans:
        inside = (words.bounds[:, 0] >= span.start) & (words.bounds[:, 1] <= span.end)
        best = int(words.probability[inside, 1:].mean(axis=0).argmax())
        named.append(span._replace(label=_techniques()[best]))
    return named


@cache
def _techniques() -> tuple[str, ...]:
    return fine_tune.corpus_codebook("ptc2020").ids("device")


def _long_lines(articles: Sequence[Labelled]) -> set[str]:
    return {_same(line) for line in _lines(articles) if len(_same(line)) >= LONG_SENTENCE}


def _lines(articles: Sequence[Labelled]) -> Iterator[str]:
    return (line for article in articles for line in article.document.text.split("\n"))


def _recurring(article: Labelled, known: set[str]) -> list[tuple[int, int]]:
    """Return the places of long lines (a sentence each) that stand in a training article too."""
    places, start = [], 0
    for line in article.document.text.split("\n"):
        if _same(line) in known:
            places.append((start, start + len(line)))
        start += len(line) + 1
    return places


def _same(line: str) -> str:
    return " ".join(line.casefold().split())


def _outside(spans: Sequence[LabelledStretch], places: Sequence[tuple[int, int]]) -> list[LabelledStretch]:
    return [s for s in spans if not any(s.start < end and start < s.end for start, end in places)]


def mean_reading(readings: Sequence[Sequence[Words]]) -> list[Words]:
    """Return the mean probability of several models, word by word."""
    return [replace(same[0], probability=_mean([w.probability for w in same])) for same in zip(*readings, strict=True)]


def _mean(values: Sequence[Floats]) -> Floats:
    return np.asarray(np.mean(values, axis=0), np.float32)


def save_reading(path: Path, reading: Reading) -> None:
    """Write the probabilities, so that seeds can be averaged later."""
    arrays = {f"{part}{i}": w.probability for part in ("tune", "dev") for i, w in enumerate(getattr(reading, part))}
    bounds = {f"{part}{i}b": w.bounds for part in ("tune", "dev") for i, w in enumerate(getattr(reading, part))}
    np.savez_compressed(path, allow_pickle=False, **arrays, **bounds)


def load_reading(path: Path, split: Split) -> Reading:
    """Read what :func:`save_reading` wrote."""
    empty = np.zeros(0, np.float32)
    with np.load(path) as kept:
        tune, dev = (
            [Words(kept[f"{part}{i}b"], kept[f"{part}{i}"], empty) for i in range(len(articles))]
            for part, articles in (("tune", split.tune), ("dev", split.dev))
        )
    return Reading(tune, dev)


def _gold(articles: Sequence[Labelled]) -> list[list[LabelledStretch]]:
    return [_stretches(article.gold) for article in articles]


def _stretches(gold: Annotation) -> list[LabelledStretch]:
    return [LabelledStretch(span.start, span.end, span.device) for span in gold.spans]


def _plain(spans: Sequence[LabelledStretch]) -> list[LabelledStretch]:
    return [span._replace(label="") for span in spans]


if __name__ == "__main__":
    main()
