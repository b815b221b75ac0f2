"""A model's ``metrics.json`` as rows for tables and charts. The file may come from anywhere: nothing in it is trusted.

An undefined figure stays undefined, with its reason; it never becomes 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotator.workflows.training_log import number

SUGGESTERS = {"model": "Model alone", "both": "Model and lexicon", "lexicon": "Lexicon alone"}
"""Whose figures a file may hold, in the order shown."""

OVERALL = (
    ("Loaded phrases found, F1", ("spans_partial", "f1"), "Partial overlap, whatever the device."),
    ("Loaded phrases, precision", ("spans_partial", "precision"), "Of what it suggests, the part that is in gold."),
    ("Loaded phrases, recall", ("spans_partial", "recall"), "Of what is in gold, the part that it suggests."),
    ("Phrases with the right device, F1", ("spans_partial_with_device", "f1"), "Partial overlap and the same device."),
    ("Exact phrase and device, F1", ("spans_exact_with_device", "f1"), "First and last letter agree, and the device."),
    ("Article frames, F1 of all", ("frames_micro_f1",), "Every decision counts the same."),
    ("Article frames, mean F1 of frames", ("frames_macro_f1",), "Every frame counts the same, rare ones too."),
    ("Voice, share right", ("voice_accuracy_on_matched",), "On phrases that overlap one in gold."),
    ("Polarity, share right", ("polarity_accuracy_on_matched",), "On phrases that overlap one in gold."),
)
"""Name, place in the report and meaning of each overall figure."""

CALIBRATION = {"spans": "calibration_error_spans", "frames": "calibration_error_frames"}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One overall figure.

    Attributes:
        value: 0 to 1; ``None``: undefined, see ``reason``.
        low, high: 95 % interval over documents; ``None`` when there is none.
    """

    name: str
    meaning: str
    value: float | None
    low: float | None
    high: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LabelRow:
    """Quality of one label; a measure is ``None`` where it is undefined or was not measured."""

    label: str
    gold: int
    suggested: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """Suggestions with a probability in ``[low, high)``: how sure they were, and how often right."""

    low: float
    high: float
    guesses: int
    mean_probability: float
    share_right: float


def reports(metrics: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the reports in a ``metrics.json`` by suggester, in the order of :data:`SUGGESTERS`."""
    return {name: found for name in SUGGESTERS if isinstance(found := metrics.get(name), Mapping)}


def measured_on(metrics: Mapping[str, Any]) -> str:
    """Return the sentence that says on what the figures were measured, or ""; untrusted text."""
    said = metrics.get("measured_on")
    return said.strip()[:1000] if isinstance(said, str) else ""


def figure(report: Mapping[str, Any], *path: str) -> tuple[float | None, float | None, float | None, str]:
    """Return value, lower and upper end, and reason if undefined, of the figure at ``path``."""
    found: Any = report
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        return None, None, None, "not measured"
    value = number(found.get("value"))
    ends = found.get("interval")
    low, high = (number(ends[0]), number(ends[1])) if isinstance(ends, list) and len(ends) == 2 else (None, None)
    reason = found.get("reason")
    return value, low, high, reason[:200] if isinstance(reason, str) else ("" if value is not None else "not measured")


def overall_rows(report: Mapping[str, Any]) -> list[FigureRow]:
    """Return the overall figures that a report has, with the reason where one is undefined."""
    return [FigureRow(name, meaning, *figure(report, *path)) for name, path, meaning in OVERALL if path[0] in report]


def label_rows(table: Any) -> list[LabelRow]:
    """Return ``by_device`` or ``by_frame`` as rows, the most frequent label in gold first.

    Precision and recall are worked out where the report gives only F1 and the two counts, as it does for frames:
    with ``f1 = 2 hits / (gold + suggested)`` the hits are known.
    """
    if not isinstance(table, Mapping):
        return []
    rows = [_label_row(str(name)[:80], row) for name, row in table.items() if isinstance(row, Mapping)]
    return sorted(rows, key=lambda row: (-row.gold, row.label))


def _label_row(name: str, row: Mapping[str, Any]) -> LabelRow:
    gold, suggested = int(number(row.get("gold")) or 0), int(number(row.get("suggested")) or 0)
    f1, precision, recall = (number(row.get(key)) for key in ("f1", "precision", "recall"))
    if f1 is not None and "precision" not in row:
        hits = f1 * (gold + suggested) / 2
        precision, recall = (hits / suggested if suggested else None), (hits / gold if gold else None)
    return LabelRow(name, gold, suggested, precision, recall, f1)


def reliability_rows(report: Mapping[str, Any], kind: str) -> list[Bar]:
    """Return the bars of the reliability diagram of ``spans`` or ``frames`` that hold any suggestion."""
    table = report.get(f"reliability_{kind}")
    rows = []
    for bar in table if isinstance(table, list) else ():
        if not isinstance(bar, Mapping):
            continue
        low, high, guesses, mean, right = (
            number(bar.get(key)) for key in ("low", "high", "guesses", "mean_probability", "share_right")
        )
        if low is not None and high is not None and guesses and mean is not None and right is not None:
            rows.append(Bar(low, high, int(guesses), mean, right))
    return rows
