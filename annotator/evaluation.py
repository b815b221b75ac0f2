"""Compare suggestions with gold annotations: every figure of ``metrics.json``, with intervals over documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from annotator import metrics
from annotator.annotations import Annotation, FrameSuggestion, LabelledSpan, SpanSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.metrics import LabelCounts, LabelledStretch, SpanCounts

SUPPORT = 0.5
"""A suggestion counts as right, for calibration, when a gold span of its device shares this part of it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One document's counts; each tuple in ``guesses`` is (probability, whether right).

    Attributes:
        unlabelled, labelled, exact: Partial overlap without and with device, and exact match with device.
        frames: Article frames, by label.
        devices: Device of each gold span that a suggestion overlaps, against the suggestion's, by label.
        by_device: Partial overlap of each device alone.
        voice, polarity: (right, compared) on gold spans that a suggestion overlaps.
        span_guesses, frame_guesses: Of all spans suggested, and of all frames with a probability.
    """

    unlabelled: SpanCounts
    labelled: SpanCounts
    exact: SpanCounts
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
    """Return all figures as a JSON object; each has its interval, or the reason why it is undefined."""

    def figure(statistic: Callable[[Sequence[Judged]], float | None]) -> dict[str, Any]:
        return metrics.with_interval(documents, statistic, samples=samples, seed=seed).to_record()

    def spans(pick: Callable[[Judged], SpanCounts]) -> dict[str, Any]:
        measures = {"precision": metrics.precision, "recall": metrics.recall, "f1": metrics.f1}
        return {name: figure(lambda rows, m=measure: m([pick(d) for d in rows])) for name, measure in measures.items()}  # type: ignore[misc]

    return {
        "documents": len(documents),
        "gold_spans": sum(d.exact.gold for d in documents),
        "suggested_spans": sum(d.exact.predicted for d in documents),
        "spans_partial": spans(lambda d: d.unlabelled),
        "spans_partial_with_device": spans(lambda d: d.labelled),
        "spans_exact_with_device": spans(lambda d: d.exact),
        "device_micro_f1_on_matched": figure(lambda rows: metrics.micro_f1([d.devices for d in rows])),
        "device_macro_f1_on_matched": figure(lambda rows: metrics.macro_f1([d.devices for d in rows])),
        "frames_micro_f1": figure(lambda rows: metrics.micro_f1([d.frames for d in rows])),
        "frames_macro_f1": figure(lambda rows: metrics.macro_f1([d.frames for d in rows])),
        "voice_accuracy_on_matched": figure(lambda rows: _share(d.voice for d in rows)),
        "polarity_accuracy_on_matched": figure(lambda rows: _share(d.polarity for d in rows)),
        "calibration_error_spans": figure(lambda rows: _calibration([d.span_guesses for d in rows])),
        "calibration_error_frames": figure(lambda rows: _calibration([d.frame_guesses for d in rows])),
        "reliability_spans": _bars(d.span_guesses for d in documents),
        "reliability_frames": _bars(d.frame_guesses for d in documents),
        "by_device": {name: _device_row(documents, name) for name in codebook.ids("device")},
        "by_frame": _frame_rows(documents),
    }


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


def _share(counts: Iterable[tuple[int, int]]) -> float | None:
    listed = list(counts)
    compared = sum(total for _, total in listed)
    return sum(right for right, _ in listed) / compared if compared else None


def _calibration(groups: Iterable[Sequence[tuple[float, bool]]]) -> float | None:
    return metrics.expected_calibration_error([guess for group in groups for guess in group])


def _bars(groups: Iterable[Sequence[tuple[float, bool]]]) -> list[dict[str, Any]]:
    bars = metrics.reliability([guess for group in groups for guess in group])
    return [{key: round(v, 4) if isinstance(v, float) else v for key, v in bar._asdict().items()} for bar in bars]


def _device_row(documents: Sequence[Judged], device: str) -> dict[str, Any]:
    counts = [d.by_device[device] for d in documents]
    measures = {"precision": metrics.precision, "recall": metrics.recall, "f1": metrics.f1}
    row: dict[str, Any] = {name: _rounded(measure(counts)) for name, measure in measures.items()}
    return {**row, "gold": sum(c.gold for c in counts), "suggested": sum(c.predicted for c in counts)}


def _frame_rows(documents: Sequence[Judged]) -> dict[str, Any]:
    sums = metrics.add_label_counts(d.frames for d in documents)
    return {
        label: {"f1": _rounded(metrics.label_f1(c)), "gold": c.hits + c.missed, "suggested": c.hits + c.extra}
        for label, c in sums.items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
