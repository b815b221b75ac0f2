"""Compare suggestions with gold annotations: every figure of ``metrics.json``, with intervals over documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotator import metrics, resampling
from annotator.annotations import Annotation, FrameSuggestion, LabelledSpan, SpanSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.metrics import LabelCounts, LabelledStretch, SpanCounts
from annotator.resampling import Doubles, Draws, Formula

BINS = 10
"""Bars of a reliability diagram."""

SUPPORT = 0.5
"""A suggestion counts as right, for calibration, when a gold span of its device shares this part of it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One document's counts; each tuple in ``guesses`` is (probability, whether right).

    Attributes:
        unlabelled, labelled: Partial overlap without and with device.
        exact, exact_unlabelled: Spans that agree in both ends, with and without device.
        frames: Article frames, by label.
        devices: Device of each gold span that a suggestion overlaps, against the suggestion's, by label.
        by_device: Partial overlap of each device alone.
        voice, polarity: (right, compared) on gold spans that a suggestion overlaps.
        span_guesses, frame_guesses: Of all spans suggested, and of all frames with a probability.
    """

    unlabelled: SpanCounts
    labelled: SpanCounts
    exact: SpanCounts
    exact_unlabelled: SpanCounts
    frames: dict[str, LabelCounts]
    devices: dict[str, LabelCounts]
    by_device: dict[str, SpanCounts]
    voice: tuple[int, int]
    polarity: tuple[int, int]
    span_guesses: tuple[tuple[float, bool], ...]
    frame_guesses: tuple[tuple[float, bool], ...]


def judge(
    gold: Annotation,
    found: Suggestions,
    codebook: Codebook,
    *,
    all_frames: Sequence[FrameSuggestion] = (),
) -> Judged:
    """Count what one document contributes to every figure.

    Args:
        gold: What is right.
        found: What is suggested, cut at the thresholds in use.
        codebook: Names the labels to count.
        all_frames: Every frame with its probability, also below its threshold; ``found.frames`` when empty.
    """
    truths, guesses = [_stretch(s) for s in gold.spans], [_stretch(s) for s in found.spans]
    matched = _matched(gold.spans, found.spans)
    return Judged(
        unlabelled=metrics.partial_overlap(_without_label(truths), _without_label(guesses)),
        labelled=metrics.partial_overlap(truths, guesses),
        exact=metrics.exact_match(truths, guesses),
        exact_unlabelled=metrics.exact_match(_without_label(truths), _without_label(guesses)),
        frames=metrics.count_labels(gold.frames, [f.label for f in found.frames], codebook.ids("frame")),
        devices=metrics.add_label_counts(
            metrics.count_labels([truth.device], [guess.device], codebook.ids("device")) for truth, guess in matched
        ),
        by_device={
            device: metrics.partial_overlap(
                [t for t in truths if t.label == device], [g for g in guesses if g.label == device]
            )
            for device in codebook.ids("device")
        },
        voice=_agreeing(matched, lambda span: span.voice),
        polarity=_agreeing(matched, lambda span: span.polarity),
        span_guesses=tuple((s.probability, _is_supported(s, gold.spans)) for s in found.spans),
        frame_guesses=tuple((f.probability, f.label in gold.frames) for f in all_frames or found.frames),
    )


def report(documents: Sequence[Judged], codebook: Codebook, *, samples: int = 1000, seed: int = 0) -> dict[str, Any]:
    """Return all figures as a JSON object; each has its interval, or the reason why it is undefined.

    Args:
        documents: What each document contributes.
        codebook: Names the labels, in the order of the tables.
        samples: Bootstrap samples of documents for the intervals.
        seed: Same seed, same intervals.
    """
    draws = Draws(len(documents), samples, seed)
    figures: dict[str, Any] = {
        "documents": len(documents),
        "gold_spans": sum(d.exact.gold for d in documents),
        "suggested_spans": sum(d.exact.predicted for d in documents),
    }
    for name, (rows, formula) in _columns(documents, codebook).items():
        group, _, measure = name.partition(".")
        record = draws.figure(rows, formula).to_record()
        if measure:
            figures.setdefault(group, {})[measure] = record
        else:
            figures[group] = record
    return figures | {
        "reliability_spans": _bars(d.span_guesses for d in documents),
        "reliability_frames": _bars(d.frame_guesses for d in documents),
        "by_device": {name: _device_row(documents, name, draws) for name in codebook.ids("device")},
        "by_frame": {name: _frame_row(documents, name, draws) for name in codebook.ids("frame")},
    }


def differences(
    first: Sequence[Judged], second: Sequence[Judged], codebook: Codebook, *, samples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Return the second's figures less the first's, with paired intervals over the same documents.

    Args:
        first, second: What each document contributes for one suggester and the other, in the same order.
    """
    draws = Draws(len(first), samples, seed)
    one, two = _columns(first, codebook), _columns(second, codebook)
    return {
        name: draws.difference(one[name][0], two[name][0], formula).to_record() for name, (_, formula) in one.items()
    }


_SPAN_MEASURES: Mapping[str, Formula] = {
    "precision": resampling.precision,
    "recall": resampling.recall,
    "f1": resampling.span_f1,
}


def _columns(documents: Sequence[Judged], codebook: Codebook) -> dict[str, tuple[Doubles, Formula]]:
    """Return what each document adds to each figure, and the formula from the sums to the figure."""
    spans = {
        "spans_partial": _rows(documents, lambda d: d.unlabelled),
        "spans_partial_with_device": _rows(documents, lambda d: d.labelled),
        "spans_exact": _rows(documents, lambda d: d.exact_unlabelled),
        "spans_exact_with_device": _rows(documents, lambda d: d.exact),
    }
    none = LabelCounts(0, 0, 0)
    devices = _rows(documents, lambda d: [n for i in codebook.ids("device") for n in d.devices.get(i, none)])
    frames = _rows(documents, lambda d: [n for i in codebook.ids("frame") for n in d.frames.get(i, none)])
    return {
        **{f"{name}.{m}": (rows, formula) for name, rows in spans.items() for m, formula in _SPAN_MEASURES.items()},
        "device_micro_f1_on_matched": (devices, resampling.micro_f1),
        "device_macro_f1_on_matched": (devices, resampling.macro_f1),
        "frames_micro_f1": (frames, resampling.micro_f1),
        "frames_macro_f1": (frames, resampling.macro_f1),
        "voice_accuracy_on_matched": (_rows(documents, lambda d: d.voice), resampling.share),
        "polarity_accuracy_on_matched": (_rows(documents, lambda d: d.polarity), resampling.share),
        "calibration_error_spans": (_rows(documents, lambda d: _bins(d.span_guesses)), resampling.calibration_error),
        "calibration_error_frames": (_rows(documents, lambda d: _bins(d.frame_guesses)), resampling.calibration_error),
    }


def _rows(documents: Sequence[Judged], pick: Callable[[Judged], Sequence[float]]) -> Doubles:
    """Return shape (documents, columns); without documents, twelve columns, which suit every formula."""
    width = len(pick(documents[0])) if documents else 12
    return np.array([pick(d) for d in documents], np.float64).reshape(len(documents), width)


def _bins(guesses: Iterable[tuple[float, bool]]) -> list[float]:
    """Return for each bar of the reliability diagram: guesses, the sum of their probabilities, and those right."""
    sums = [0.0] * (3 * BINS)
    for probability, right in guesses:
        place = 3 * min(int(probability * BINS), BINS - 1)
        sums[place] += 1
        sums[place + 1] += probability
        sums[place + 2] += right
    return sums


def _stretch(span: LabelledSpan | SpanSuggestion) -> LabelledStretch:
    return LabelledStretch(span.start, span.end, span.device)


def _without_label(spans: Iterable[LabelledStretch]) -> list[LabelledStretch]:
    return [span._replace(label="") for span in spans]


def _matched(
    gold: Sequence[LabelledSpan], found: Sequence[SpanSuggestion]
) -> list[tuple[LabelledSpan, SpanSuggestion]]:
    """Pair each gold span with the suggestion that shares most characters with it, if any does."""
    pairs = []
    for truth in gold:
        shared = [min(truth.end, guess.end) - max(truth.start, guess.start) for guess in found]
        best = max(range(len(found)), key=shared.__getitem__, default=None)
        if best is not None and shared[best] > 0:
            pairs.append((truth, found[best]))
    return pairs


def _agreeing(
    pairs: Iterable[tuple[LabelledSpan, SpanSuggestion]],
    label: Callable[[LabelledSpan | SpanSuggestion], str | None],
) -> tuple[int, int]:
    compared = [(label(truth), label(guess)) for truth, guess in pairs if label(truth) is not None]
    return sum(truth == guess for truth, guess in compared), len(compared)


def _is_supported(guess: SpanSuggestion, gold: Iterable[LabelledSpan]) -> bool:
    return any(
        truth.device == guess.device
        and min(truth.end, guess.end) - max(truth.start, guess.start) >= SUPPORT * (guess.end - guess.start)
        for truth in gold
    )


def _bars(groups: Iterable[Sequence[tuple[float, bool]]]) -> list[dict[str, Any]]:
    bars = metrics.reliability([guess for group in groups for guess in group], bins=BINS)
    return [{key: round(v, 4) if isinstance(v, float) else v for key, v in bar._asdict().items()} for bar in bars]


def _device_row(documents: Sequence[Judged], device: str, draws: Draws) -> dict[str, Any]:
    none = SpanCounts(0, 0, 0, 0)
    rows = _rows(documents, lambda d: d.by_device.get(device, none))
    found = {name: draws.figure(rows, formula).to_record() for name, formula in _SPAN_MEASURES.items()}
    sums = rows.sum(axis=0)
    return _label_row(found, gold=int(sums[3]), suggested=int(sums[1]))


def _frame_row(documents: Sequence[Judged], frame: str, draws: Draws) -> dict[str, Any]:
    none = LabelCounts(0, 0, 0)
    rows = _rows(documents, lambda d: d.frames.get(frame, none))
    hits, extra, missed = (int(n) for n in rows.sum(axis=0)[:3])
    found = {
        "precision": draws.figure(rows[:, [0, 1]] @ _WITH_HITS, resampling.share).to_record(),
        "recall": draws.figure(rows[:, [0, 2]] @ _WITH_HITS, resampling.share).to_record(),
        "f1": draws.figure(rows, resampling.label_f1).to_record(),
    }
    return _label_row(found, gold=hits + missed, suggested=hits + extra)


_WITH_HITS = np.array([[1.0, 1.0], [0.0, 1.0]])
"""From (hits, others) to (hits, hits + others)."""


def _label_row(found: Mapping[str, dict[str, Any]], *, gold: int, suggested: int) -> dict[str, Any]:
    row: dict[str, Any] = {name: record["value"] for name, record in found.items()}
    row |= {"gold": gold, "suggested": suggested}
    if "interval" in found["f1"]:
        row["f1_interval"] = found["f1"]["interval"]
    return row
