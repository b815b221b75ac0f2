"""What the benchmarks of research corpora decide by: runs of words, word labels, weighted F1."""

from __future__ import annotations

import numpy as np
import pytest

from annotator.metrics import LabelledStretch
from benchmarks.quality.runs_of_words import Runs, best_runs
from benchmarks.quality.word_labels import counts, in_groups, weighted_f1, words_only

TEXT = "ab cd ef\ngh ij"
BOUNDS = np.array([(0, 2), (3, 5), (6, 8), (9, 11), (12, 14)], np.int64)


def _runs(runs: Runs, *probability: float) -> list[tuple[int, int]]:
    return [(s.start, s.end) for s in runs.spans(TEXT, BOUNDS, np.array(probability, np.float32))]


def test_run_needs_one_high_word_and_reaches_over_lower_ones() -> None:
    assert _runs(Runs(0.5, 0.5), 0.3, 0.6, 0.1, 0.3, 0.3) == [(0, 5)]


def test_run_ends_with_the_line() -> None:
    assert _runs(Runs(0.5, 1.0), 0, 0, 0.9, 0.9, 0) == [(6, 8), (9, 11)]


def test_gap_joins_runs() -> None:
    assert _runs(Runs(0.5, 1.0, gap=1), 0.9, 0.1, 0.9, 0, 0) == [(0, 8)]
    assert _runs(Runs(0.5, 1.0, gap=0), 0.9, 0.1, 0.9, 0, 0) == [(0, 2), (6, 8)]


def test_best_runs_finds_the_gold() -> None:
    probability = np.array([0.3, 0.5, 0.1, 0.05, 0.05], np.float32)
    _, reached = best_runs([TEXT], [BOUNDS], [probability], [[LabelledStretch(0, 5, "x")]])
    assert reached == 1.0


def test_weighted_f1_weighs_both_classes_by_their_share() -> None:
    gold, found = [True, True, True, False], [True, True, False, False]
    assert weighted_f1(gold, found) == pytest.approx(0.75 * 0.8 + 0.25 * 2 / 3)
    assert weighted_f1([], []) is None


def test_words_only_leaves_signs_out() -> None:
    assert words_only("a , b", np.array([(0, 1), (2, 3), (4, 5)])).tolist() == [True, False, True]


def test_group_is_flagged_by_any_member() -> None:
    flags = np.array([True, False, False])
    assert in_groups(flags, np.array([2, 0, 1]), 3).tolist() == [False, False, True]
    assert counts(flags, np.array([True, True, False])) == (1, 1, 0)
