"""Metrics: undefined figures, intervals, laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.metrics import (
    Figure,
    LabelledStretch,
    SpanCounts,
    exact_match,
    expected_calibration_error,
    f1,
    macro_f1,
    merge_same_label,
    micro_f1,
    partial_overlap,
    precision,
    recall,
    reliability,
    with_interval,
)

SPANS = st.lists(
    st.builds(
        lambda start, length, label: LabelledStretch(start, start + length, label),
        st.integers(0, 50),
        st.integers(1, 20),
        st.sampled_from("ab"),
    ),
    max_size=8,
)


def test_figures_without_anything_are_undefined() -> None:
    assert precision([SpanCounts(0, 0, 0, 3)]) is None
    assert recall([SpanCounts(0, 2, 0, 0)]) is None
    assert f1([SpanCounts(0, 0, 0, 0)]) is None
    assert micro_f1([]) is None
    assert macro_f1([]) is None
    assert expected_calibration_error([]) is None


def test_f1_with_one_side_empty_is_zero() -> None:
    assert f1([SpanCounts(0, 0, 0, 3)]) == 0.0
    assert f1([SpanCounts(0, 3, 0, 0)]) == 0.0


@given(SPANS, SPANS)
def test_partial_credit_never_passes_the_count(gold: list[LabelledStretch], predicted: list[LabelledStretch]) -> None:
    counts = partial_overlap(gold, predicted)
    assert 0 <= counts.precision_credit <= counts.predicted + 1e-9
    assert 0 <= counts.recall_credit <= counts.gold + 1e-9


@given(SPANS)
def test_spans_against_themselves_are_perfect(spans: list[LabelledStretch]) -> None:
    for counts in (partial_overlap(spans, spans), exact_match(spans, spans)):
        assert f1([counts]) == (pytest.approx(1.0) if spans else None)


@given(SPANS, SPANS)
def test_swapping_sides_swaps_precision_and_recall(one: list[LabelledStretch], two: list[LabelledStretch]) -> None:
    there, back = partial_overlap(one, two), partial_overlap(two, one)
    assert there.precision_credit == pytest.approx(back.recall_credit)


@given(SPANS)
def test_merged_spans_cover_the_same_and_do_not_overlap(spans: list[LabelledStretch]) -> None:
    merged = merge_same_label(spans)
    assert _covered(merged) == _covered(spans)
    assert sum(s.end - s.start for s in merged) == len(_covered(merged))


def _covered(spans: list[LabelledStretch]) -> set[tuple[int, str]]:
    return {(place, span.label) for span in spans for place in range(span.start, span.end)}


def test_reliability_puts_one_into_the_last_bar() -> None:
    bars = reliability([(1.0, True), (0.95, False), (0.0, False)])
    assert [bar.guesses for bar in bars] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert bars[1].mean_probability is None


def test_interval_holds_the_figure_and_repeats_with_its_seed() -> None:
    rows = [SpanCounts(n % 3, 3, n % 2, 2) for n in range(40)]
    first, second = with_interval(rows, f1, samples=200), with_interval(rows, f1, samples=200)
    assert first == second
    assert first.value is not None
    assert first.low is not None
    assert first.high is not None
    assert first.low < first.value < first.high


def test_interval_narrows_with_more_documents() -> None:
    def width(count: int) -> float:
        figure = with_interval([SpanCounts(n % 2, 1, n % 2, 1) for n in range(count)], precision, samples=300)
        assert figure.low is not None
        assert figure.high is not None
        return figure.high - figure.low

    assert width(400) < width(40) / 2


def test_undefined_figure_says_why() -> None:
    assert with_interval([SpanCounts(0, 0, 0, 0)], f1).to_record() == {
        "value": None,
        "reason": "no document has the labels this figure counts",
    }


def test_one_document_has_no_interval() -> None:
    assert with_interval([SpanCounts(1, 1, 1, 1)], f1).to_record() == {
        "value": 1.0,
        "reason": "no interval: it needs at least two documents",
    }


def test_figure_is_written_rounded() -> None:
    assert Figure(1 / 3, 0.25, 0.5).to_record() == {"value": 0.3333, "interval": [0.25, 0.5]}
