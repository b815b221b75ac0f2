"""The report of ``annotator evaluate`` for people: tables and a reliability diagram in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FIGURES = (
    ("loaded phrases found, F1", ("spans_partial", "f1")),
    ("  precision", ("spans_partial", "precision")),
    ("  recall", ("spans_partial", "recall")),
    ("the same with device, F1", ("spans_partial_with_device", "f1")),
    ("  precision", ("spans_partial_with_device", "precision")),
    ("  recall", ("spans_partial_with_device", "recall")),
    ("exact phrase, F1", ("spans_exact", "f1")),
    ("exact phrase and device, F1", ("spans_exact_with_device", "f1")),
    ("device on matched phrases, micro-F1", ("device_micro_f1_on_matched",)),
    ("device on matched phrases, macro-F1", ("device_macro_f1_on_matched",)),
    ("voice on matched phrases, right", ("voice_accuracy_on_matched",)),
    ("polarity on matched phrases, right", ("polarity_accuracy_on_matched",)),
    ("article frames, micro-F1", ("frames_micro_f1",)),
    ("article frames, macro-F1", ("frames_macro_f1",)),
    ("calibration error, phrases", ("calibration_error_spans",)),
    ("calibration error, frames", ("calibration_error_frames",)),
)
"""Title and place of each figure, in the order shown."""

DASH = "–"
BAR = 24
"""Characters of a bar that stands for 1."""


def report_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a report, as :func:`annotator.workflows.evaluate.evaluate_several` returns it."""
    yield f"{record['suggester']}, measured on {record['documents']} documents with labels of {record['codebook']}"
    yield f"{record['gold_spans']} gold phrases, {record['suggested_spans']} suggested"
    yield ""
    yield from _overall(record)
    for other, found in record.get("comparisons", {}).items():
        yield ""
        yield from _comparison(other, found, record)
    for title, key in (("By device (partial overlap)", "by_device"), ("By article frame", "by_frame")):
        suggested = sum(row["suggested"] for row in record[key].values())
        if record[key]:
            yield ""
            yield title if suggested else f"{title}: none was suggested"
            yield from _labels(record[key])
    for title, key in (("phrases", "reliability_spans"), ("article frames", "reliability_frames")):
        if any(bar["guesses"] for bar in record[key]):
            yield ""
            yield f"How sure it was of {title} (│), and how often right (█)"
            yield from _reliability(record[key])


def _overall(record: Mapping[str, Any]) -> Iterator[str]:
    rows, reasons = [["", "value", "95 % interval"]], []
    for title, path in FIGURES:
        found = _at(record, path)
        rows.append([title, _number(found["value"]), _interval(found)])
        if found["value"] is None:
            reasons.append(f"{DASH} {title.strip()}: {found.get('reason', 'undefined')}.")
    yield from _table(rows)
    yield from reasons


def _comparison(name: str, found: Mapping[str, Any], first: Mapping[str, Any]) -> Iterator[str]:
    yield f"Compared with {name} ({found['suggester']}), over the same documents"
    rows = [["", "this", name[-24:], "difference", "95 % interval"]]
    for title, path in FIGURES:
        both = _at(first, path), _at(found, path)
        gap = found["difference"][".".join(path)]
        signed = DASH if gap["value"] is None else f"{gap['value']:+.3f}"
        rows.append([title, *(_number(one["value"]) for one in both), signed, _interval(gap, sign="+")])
    yield from _table(rows)


def _labels(table: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    rows = [["", "gold", "suggested", "precision", "recall", "F1", "95 % interval"]]
    for name, row in table.items():
        measures = [_number(row[key]) for key in ("precision", "recall", "f1")]
        interval = _interval({"interval": row["f1_interval"]} if "f1_interval" in row else {})
        rows.append([name, str(row["gold"]), str(row["suggested"]), *measures, interval])
    return _table(rows)


def _reliability(bars: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for bar in bars:
        if not bar["guesses"]:
            continue
        drawn = list(("█" * round(bar["share_right"] * BAR)).ljust(BAR, "·"))
        drawn[min(BAR - 1, int(bar["mean_probability"] * BAR))] = "│"
        yield (
            f"  {bar['low']:.1f}–{bar['high']:.1f}  {''.join(drawn)}  sure {bar['mean_probability']:.2f}, "
            f"right {bar['share_right']:.2f} of {bar['guesses']}"
        )


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *cells in rows:
        aligned = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        yield f"  {first.ljust(widths[0])}  {aligned}".rstrip()


def _at(record: Mapping[str, Any], path: Sequence[str]) -> Mapping[str, Any]:
    found: Any = record
    for key in path:
        found = found[key]
    return found  # type: ignore[no-any-return]


def _number(value: float | None) -> str:
    return DASH if value is None else f"{value:.3f}"


def _interval(found: Mapping[str, Any], *, sign: str = "") -> str:
    if "interval" not in found:
        return DASH
    low, high = found["interval"]
    return f"{low:{sign}.3f} to {high:{sign}.3f}"
