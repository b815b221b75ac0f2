"""Decisions about single words and sentences, for corpora that are measured that way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from annotator import metrics
from annotator.classifier.decoding import Floats
from annotator.classifier.windows import Ints
from annotator.metrics import LabelCounts
from benchmarks.quality.fine_tune import Words
from benchmarks.quality.news_framing import Labelled

Flags = npt.NDArray[np.bool_]
GRID = tuple(round(float(t), 2) for t in np.arange(0.04, 0.81, 0.02))


def words_only(text: str, bounds: Ints) -> Flags:
    """Return which units are words (hold a letter or digit) rather than signs, shape (words,)."""
    return np.array([any(c.isalnum() for c in text[s:e]) for s, e in bounds.tolist()], bool)


def marked(article: Labelled, bounds: Ints, device: str) -> Flags:
    """Return which units a gold span of the device touches, shape (words,)."""
    flags = np.zeros(len(bounds), bool)
    for span in article.gold.spans:
        if span.device == device:
            flags |= (bounds[:, 0] < span.end) & (bounds[:, 1] > span.start)
    return flags


def word_decisions(
    articles: Sequence[Labelled], words: Sequence[Words], device: str
) -> tuple[list[Flags], list[Flags]]:
    """Return for each document which units are words, and which of those are marked with the device."""
    kept = [words_only(a.document.text, w.bounds) for a, w in zip(articles, words, strict=True)]
    gold = [marked(a, w.bounds, device)[k] for a, w, k in zip(articles, words, kept, strict=True)]
    return kept, gold


def in_groups(flags: Flags, group: Ints, count: int) -> Flags:
    """Return for each group whether any of its members is flagged, shape (count,)."""
    found = np.zeros(count, bool)
    found[group[flags]] = True
    return found


def counts(gold: Flags, found: Flags) -> LabelCounts:
    """Return hits, extras and misses of one document."""
    return LabelCounts(int((gold & found).sum()), int((found & ~gold).sum()), int((gold & ~found).sum()))


def f1(documents: Sequence[LabelCounts]) -> float | None:
    """Return F1 of the positive class over all documents; ``None`` when it neither occurs nor is predicted."""
    return metrics.label_f1(LabelCounts(*(sum(column) for column in zip(*documents, strict=True))))


def figures(documents: Sequence[LabelCounts], *, samples: int = 1000) -> dict[str, Any]:
    """Return precision, recall and F1 of the positive class; F1 with its interval over documents."""
    hits, extra, missed = (sum(column) for column in zip(*documents, strict=True))
    return {
        "f1": metrics.with_interval(documents, f1, samples=samples).to_record(),
        "precision": round(hits / (hits + extra), 4) if hits + extra else None,
        "recall": round(hits / (hits + missed), 4) if hits + missed else None,
        "gold": hits + missed,
        "found": hits + extra,
    }


def weighted_f1(gold: Sequence[bool], found: Sequence[bool]) -> float | None:
    """Return the F1 of both classes, each weighted by how often it is right; ``None`` without documents."""
    truth, guess = np.array(gold, bool), np.array(found, bool)
    if not len(truth):
        return None
    positive, negative = f1([counts(truth, guess)]) or 0.0, f1([counts(~truth, ~guess)]) or 0.0
    share = float(truth.mean())
    return share * positive + (1 - share) * negative


def best_threshold(gold: Sequence[Flags], probability: Sequence[Floats]) -> float:
    """Return the threshold with the best F1 over all documents together."""
    truth, sure = np.concatenate(gold), np.concatenate(probability)
    return max(GRID, key=lambda t: f1([counts(truth, sure >= t)]) or 0.0)
