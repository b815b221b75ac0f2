"""Evaluation: what one document contributes, and the report over several."""

from __future__ import annotations

import time
from typing import Any

import pytest

from annotator import metrics
from annotator.annotations import Annotation, FrameSuggestion, LabelledSpan, SpanSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.evaluation import Judged, differences, judge, report
from annotator.metrics import LabelCounts, SpanCounts

TEXT = "the illicit bases of the brutal regime"


def _gold(*spans: tuple[str, str], frames: tuple[str, ...] = ("Political",)) -> Annotation:
    marked = tuple(
        LabelledSpan(TEXT.index(q), TEXT.index(q) + len(q), q, device, voice="own", polarity="-") for q, device in spans
    )
    return Annotation("gold", "submitted", frames, marked)


def _found(*spans: tuple[str, str, float], frames: tuple[tuple[str, float], ...] = ()) -> Suggestions:
    marked = tuple(
        SpanSuggestion(TEXT.index(q), TEXT.index(q) + len(q), q, device, p, voice="own", polarity="+")
        for q, device, p in spans
    )
    listed = tuple(FrameSuggestion(label, p) for label, p in frames)
    return Suggestions("d", "model", "m@1", "news-framing@1", marked, listed)


def _judged(codebook: Codebook) -> Judged:
    gold = _gold(("illicit bases", "presupposed_judgement"), ("regime", "name_calling"))
    found = _found(
        ("illicit", "presupposed_judgement", 0.9),
        ("brutal regime", "loaded_language", 0.4),
        frames=(("Political", 0.8), ("Economic", 0.6)),
    )
    return judge(gold, found, codebook)


def test_judge_counts_by_hand(codebook: Codebook) -> None:
    one = _judged(codebook)
    assert one.unlabelled == SpanCounts(1 + 6 / 13, 2, 7 / 13 + 1, 2)
    assert one.labelled == SpanCounts(1.0, 2, 7 / 13, 2)
    assert one.exact == SpanCounts(0, 2, 0, 2)
    assert (one.voice, one.polarity) == ((2, 2), (0, 2))
    assert one.span_guesses == ((0.9, True), (0.4, False))
    assert one.frames["Economic"] == LabelCounts(0, 1, 0)
    assert one.devices["name_calling"] == LabelCounts(0, 0, 1)


def test_report_gives_each_figure_an_interval(codebook: Codebook) -> None:
    figures = report([_judged(codebook)] * 4, codebook, samples=20)
    assert figures["documents"] == 4
    assert figures["frames_micro_f1"]["value"] == 0.6667
    assert set(figures["spans_partial"]["f1"]) == {"value", "interval"}
    assert figures["by_device"]["doubt"]["precision"] is None


def test_report_of_nothing_says_why(codebook: Codebook) -> None:
    figures = report([judge(_gold(frames=()), _found(), codebook)], codebook, samples=20)
    assert figures["spans_partial"]["f1"] == {
        "value": None,
        "reason": "no document has the labels this figure counts",
    }


def test_report_of_no_documents_is_all_undefined(codebook: Codebook) -> None:
    figures = report([], codebook, samples=20)
    assert figures["spans_partial"]["f1"]["value"] is None
    assert figures["by_frame"]["Political"] == {
        "precision": None,
        "recall": None,
        "f1": None,
        "gold": 0,
        "suggested": 0,
    }


def test_exact_match_without_device_ignores_the_device(codebook: Codebook) -> None:
    gold = _gold(("regime", "name_calling"))
    one = judge(gold, _found(("regime", "loaded_language", 0.5)), codebook)
    assert (one.exact, one.exact_unlabelled) == (SpanCounts(0, 1, 0, 1), SpanCounts(1, 1, 1, 1))


def test_resampled_figures_equal_those_of_the_plain_measures(codebook: Codebook) -> None:
    """The figures of sums over documents are those of :mod:`annotator.metrics`."""
    documents = [
        _judged(codebook),
        judge(_gold(("brutal", "loaded_language"), frames=()), _found(("brutal", "doubt", 0.31)), codebook),
        judge(_gold(), _found(("bases", "doubt", 0.77), frames=(("Morality", 1.0),)), codebook),
    ]
    figures = report(documents, codebook, samples=5)
    assert figures["spans_partial"] == _values(figures["spans_partial"], [d.unlabelled for d in documents])
    assert figures["spans_exact"] == _values(figures["spans_exact"], [d.exact_unlabelled for d in documents])
    plain = {
        "frames_micro_f1": metrics.micro_f1([d.frames for d in documents]),
        "frames_macro_f1": metrics.macro_f1([d.frames for d in documents]),
        "device_micro_f1_on_matched": metrics.micro_f1([d.devices for d in documents]),
        "device_macro_f1_on_matched": metrics.macro_f1([d.devices for d in documents]),
        "calibration_error_spans": metrics.expected_calibration_error([g for d in documents for g in d.span_guesses]),
        "calibration_error_frames": metrics.expected_calibration_error([g for d in documents for g in d.frame_guesses]),
        "voice_accuracy_on_matched": 1.0,
        "polarity_accuracy_on_matched": 0.0,
    }
    assert {name: figures[name]["value"] for name in plain} == pytest.approx(plain, abs=1e-4)
    assert figures["by_device"]["presupposed_judgement"]["recall"] == pytest.approx(7 / 13, abs=1e-4)
    assert figures["by_frame"]["Political"] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": 0.6667,
        "gold": 2,
        "suggested": 1,
        "f1_interval": figures["by_frame"]["Political"]["f1_interval"],
    }


def _values(found: dict[str, Any], counts: list[SpanCounts]) -> dict[str, Any]:
    measures = {"precision": metrics.precision, "recall": metrics.recall, "f1": metrics.f1}
    return {
        name: {**found[name], "value": round(value, 4)}
        for name, measure in measures.items()
        if (value := measure(counts)) is not None
    }


def test_difference_of_a_suggester_to_itself_is_zero_with_no_width(codebook: Codebook) -> None:
    documents = [_judged(codebook), judge(_gold(("regime", "name_calling")), _found(), codebook)]
    found = differences(documents, documents, codebook, samples=50)
    assert found["spans_partial.f1"] == {"value": 0.0, "interval": [0.0, 0.0]}


def test_paired_difference_is_narrower_than_the_two_intervals(codebook: Codebook) -> None:
    right = _found(("illicit bases", "presupposed_judgement", 0.9))
    hard = judge(_gold(("illicit bases", "doubt")), _found(), codebook)
    easy = judge(_gold(("illicit bases", "doubt")), right, codebook)
    first, second = [hard, easy] * 8, [hard, easy] * 7 + [easy, easy]
    found = differences(first, second, codebook, samples=400)["spans_partial.recall"]
    assert found["value"] == pytest.approx(1 / 16, abs=1e-4)
    low, high = found["interval"]
    assert 0 <= low <= found["value"] <= high < 0.25


def test_thousand_samples_of_five_hundred_documents_take_seconds(codebook: Codebook) -> None:
    started = time.monotonic()
    report([_judged(codebook)] * 500, codebook, samples=1000)
    assert time.monotonic() - started < 20
