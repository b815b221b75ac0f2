"""Evaluation: what one document contributes, and the report over several."""

from __future__ import annotations

from annotator.annotations import Annotation, FrameSuggestion, LabelledSpan, SpanSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.evaluation import Judged, judge, report
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
