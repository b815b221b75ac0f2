"""Write the figures of ``metrics.json`` into the model card, between its two marks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures: written by measure_news_framing -->", "<!-- end of figures -->"

ROWS = (
    ("loaded phrases, partial overlap F1", ("spans_partial", "f1")),
    ("  precision", ("spans_partial", "precision")),
    ("  recall", ("spans_partial", "recall")),
    ("the same with device", ("spans_partial_with_device", "f1")),
    ("exact span and device F1", ("spans_exact_with_device", "f1")),
    ("device micro-F1 on matched spans", ("device_micro_f1_on_matched",)),
    ("device macro-F1 on matched spans", ("device_macro_f1_on_matched",)),
    ("voice accuracy on matched spans", ("voice_accuracy_on_matched",)),
    ("polarity accuracy on matched spans", ("polarity_accuracy_on_matched",)),
    ("article frames micro-F1", ("frames_micro_f1",)),
    ("article frames macro-F1", ("frames_macro_f1",)),
    ("expected calibration error, spans", ("calibration_error_spans",)),
    ("expected calibration error, frames", ("calibration_error_frames",)),
)


COLUMNS = ("model", "network", "lexicon", "both")
"""``model``: network and lexicon, calibrated together. ``both``: that model with the lexicon's spans added."""


def write_figures(folder: Path) -> None:
    """Replace the figures in the README.md of a folder that holds metrics.json."""
    record = json.loads((folder / "metrics.json").read_text("utf-8"))
    figures = {name: record[name] for name in COLUMNS if name in record}
    path = folder / "README.md"
    card = path.read_text("utf-8") if path.exists() else f"# {folder.name}\n\n"
    before, _, rest = card.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join(_table(figures))
    devices = "\n".join(_devices(figures["model"]["by_device"]))
    fresh = (
        f"{BEGIN}\n{record['measured_on']}\n\n{table}\n\nBy device (model alone, partial overlap):\n\n{devices}\n{END}"
    )
    path.write_text(before + fresh + after, "utf-8")


def _table(figures: dict[str, Any]) -> list[str]:
    lines = ["| | " + " | ".join(figures) + " |", "|---" * (1 + len(figures)) + "|"]
    for title, path in ROWS:
        lines.append(f"| {title.strip()} | " + " | ".join(_cell(figures[who], path) for who in figures) + " |")
    return lines


def _cell(figures: dict[str, Any], path: tuple[str, ...]) -> str:
    found = figures
    for key in path:
        found = found[key]
    if found["value"] is None or (path[0].startswith("frames") and found["value"] == 0):
        return "–"
    low, high = found.get("interval", ("?", "?"))
    return f"{found['value']:.3f} [{low:.3f}, {high:.3f}]"


def _devices(devices: dict[str, dict[str, Any]]) -> list[str]:
    lines = ["| device | in gold | suggested | precision | recall | F1 |", "|---|---|---|---|---|---|"]
    for name, row in devices.items():
        cells = ["–" if row[key] is None else f"{row[key]:.2f}" for key in ("precision", "recall", "f1")]
        lines.append(f"| {name} | {row['gold']} | {row['suggested']} | {' | '.join(cells)} |")
    return lines
