"""Metrics against examples worked by hand and published worked figures."""

from __future__ import annotations

import pytest

from annotator.metrics import (
    LabelledStretch,
    SpanCounts,
    count_labels,
    exact_match,
    expected_calibration_error,
    f1,
    macro_f1,
    micro_f1,
    partial_overlap,
    precision,
    recall,
)

Rows = list[tuple[int, int, str]]


def _spans(*spans: tuple[int, int, str]) -> list[LabelledStretch]:
    return [LabelledStretch(*span) for span in spans]


# gold, predicted, precision credit, recall credit: shared characters over own length, same label only
PARTIAL = [
    ("the same span", [(0, 10, "a")], [(0, 10, "a")], 1.0, 1.0),
    ("half too long", [(0, 10, "a")], [(0, 20, "a")], 0.5, 1.0),
    ("half too short", [(0, 10, "a")], [(0, 5, "a")], 1.0, 0.5),
    ("shifted by half", [(0, 10, "a")], [(5, 15, "a")], 0.5, 0.5),
    ("other label", [(0, 10, "a")], [(0, 10, "b")], 0.0, 0.0),
    ("one over two", [(0, 5, "a"), (5, 10, "a")], [(0, 10, "a")], 1.0, 2.0),
    ("two in one", [(0, 10, "a")], [(0, 4, "a"), (6, 10, "a")], 2.0, 0.8),
    ("adjacent", [(0, 5, "a")], [(5, 10, "a")], 0.0, 0.0),
    ("one of two labels", [(0, 10, "a"), (0, 10, "b")], [(0, 10, "a")], 1.0, 1.0),
]


@pytest.mark.parametrize(("gold", "predicted", "p", "r"), [row[1:] for row in PARTIAL], ids=[row[0] for row in PARTIAL])
def test_partial_overlap_equals_the_hand_count(gold: Rows, predicted: Rows, p: float, r: float) -> None:
    counts = partial_overlap(_spans(*gold), _spans(*predicted))
    assert counts == pytest.approx(SpanCounts(p, len(predicted), r, len(gold)))


def test_span_predicted_twice_earns_recall_once() -> None:
    counts = partial_overlap(_spans((0, 10, "a")), _spans((0, 10, "a"), (0, 10, "a"), (2, 8, "a")))
    assert counts == SpanCounts(1.0, 1, 1.0, 1)


def test_overlapping_gold_is_merged_too() -> None:
    assert partial_overlap(_spans((0, 6, ""), (4, 10, "")), _spans((0, 10, ""))) == SpanCounts(1.0, 1, 1.0, 1)


def test_corpus_figures_sum_credits_before_dividing() -> None:
    first = partial_overlap(_spans((0, 10, "a")), _spans((0, 20, "a")))
    second = partial_overlap(_spans((0, 4, "a"), (8, 12, "b")), _spans((0, 4, "a"), (8, 12, "a")))
    # precision (0.5 + 1) / 3, recall (1 + 1) / 3
    assert precision([first, second]) == pytest.approx(0.5)
    assert recall([first, second]) == pytest.approx(2 / 3)
    assert f1([first, second]) == pytest.approx(4 / 7)


def test_article_without_predictions_still_counts_as_missed() -> None:
    silent = partial_overlap(_spans((0, 10, "a")), [])
    found = partial_overlap(_spans((0, 10, "a")), _spans((0, 10, "a")))
    assert recall([silent, found]) == 0.5


def test_exact_match_counts_doubles_once() -> None:
    assert exact_match(_spans((0, 3, "a"), (5, 9, "b")), _spans((0, 3, "a"), (0, 3, "a"), (5, 8, "b"))) == SpanCounts(
        1, 2, 1, 2
    )


def test_label_f1_micro_and_macro_differ_as_by_hand() -> None:
    labels = ["a", "b", "c"]
    documents = [count_labels({"a"}, {"a", "b"}, labels), count_labels({"a", "b"}, {"a"}, labels)]
    # a: 2 hits; b: 1 extra, 1 missed; c: nowhere, so left out of the macro mean
    assert micro_f1(documents) == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert macro_f1(documents) == pytest.approx((1.0 + 0.0) / 2)


def test_calibration_error_equals_the_hand_count() -> None:
    # bar [0.9, 1.0]: two guesses, mean 0.95, half right; bar [0.1, 0.2): two guesses, mean 0.15, none right
    guesses = [(0.9, True), (1.0, False), (0.1, False), (0.2 - 1e-9, False)]
    assert expected_calibration_error(guesses) == pytest.approx(0.5 * 0.45 + 0.5 * 0.15)


def test_perfect_calibration_has_no_error() -> None:
    assert expected_calibration_error([(0.75, True)] * 3 + [(0.75, False)]) == pytest.approx(0)
