"""What simple methods reach on our own corpus: five folds by event, the folds of the shipped model's figures.

    python -m benchmarks.quality.compare_baselines --data news_framing.jsonl

The lexicon was written with these articles in view, so its figures are optimistic; phrase list and TF-IDF learn from
the other four folds alone. It takes some minutes on a free machine, so nothing is kept between runs but the result.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from annotator.classifier.base import Suggester
from annotator.classifier.baseline import fit_baseline
from annotator.classifier.phrase_list import fit_phrases
from annotator.evaluation import Judged, differences, report
from annotator.workflows.evaluate import judge_all
from annotator.workflows.suggesters import load_lexicon
from benchmarks.quality import fine_tune
from benchmarks.quality.fine_tune import say
from benchmarks.quality.news_framing import FOLDS, Labelled, codebook, folds, read_corpus


def main() -> None:
    """Fit and judge each fold, then report over all articles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folds", type=int, nargs="+", default=list(range(FOLDS)))
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--limit", type=int, help="Use only so many articles: to try the script, not for figures.")
    parser.add_argument("--output", type=Path, default=fine_tune.RESULTS / "baselines_news_framing.json")
    options = parser.parse_args()
    articles = read_corpus(options.data)[: options.limit]
    fold_of = folds(articles)
    judged: dict[str, list[Judged]] = {}
    for fold in options.folds:
        started = time.monotonic()
        test = [a for a, f in zip(articles, fold_of, strict=True) if f == fold]
        learning = [a for a, f in zip(articles, fold_of, strict=True) if f != fold]
        for name, suggester in suggesters(learning).items():
            judged.setdefault(name, []).extend(judge_all([(a.document, a.gold) for a in test], suggester, codebook()))
        say(f"fold {fold}: {len(learning)} articles to learn from, {len(test)} measured, "
            f"{time.monotonic() - started:.0f} s")  # fmt: skip
    result = over_all(judged, samples=options.samples)
    fine_tune.write_json(options.output, {"folds": options.folds, **result})
    for name, figures in result["baselines"].items():
        spans, named = figures["spans_partial"]["f1"], figures["spans_partial_with_device"]["f1"]
        say(f"{name}: spans {spans}, with device {named}, frames {figures['frames_micro_f1']}")


def suggesters(learning: list[Labelled]) -> dict[str, Suggester]:
    """Return the baselines, fitted on these articles where they learn."""
    pairs = [(article.document, article.gold) for article in learning]
    return {
        "lexicon": load_lexicon(codebook()),
        "phrases": fit_phrases(pairs, codebook()),
        "tfidf": fit_baseline(pairs, codebook()),
    }


def over_all(judged: dict[str, list[Judged]], *, samples: int) -> dict[str, Any]:
    """Return the figures of each baseline over the articles of all folds, and how far TF-IDF is above the others."""
    return {
        "baselines": {name: report(rows, codebook(), samples=samples) for name, rows in judged.items()},
        "tfidf_less": {
            name: differences(rows, judged["tfidf"], codebook(), samples=samples)
            for name, rows in judged.items()
            if name != "tfidf"
        },
    }


if __name__ == "__main__":
    main()
