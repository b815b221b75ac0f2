"""The Quality tab: a model's figures with intervals, label by label, and whether its probabilities can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from annotator.codebook import Codebook
from annotator.errors import ClassifierError
from annotator.ui.model_charts import figures_chart, labels_chart, reliability_chart, shown
from annotator.ui.plain import plain
from annotator.workflows.model_figures import (
    CALIBRATION,
    SUGGESTERS,
    FigureRow,
    LabelRow,
    figure,
    label_rows,
    measured_on,
    overall_rows,
    reliability_rows,
    reports,
)
from annotator.workflows.model_folders import ModelInfo, read_metrics

DIAGRAM_WIDTH = 380
RELIABLE = 0.05
"""Calibration error up to which probabilities are called reliable here."""


def draw(info: ModelInfo, codebook: Codebook) -> None:
    """Draw the figures of one model."""
    try:
        metrics = read_metrics(info)
    except ClassifierError as error:
        st.warning(plain(str(error)), icon="⚠️")
        return
    found = reports(metrics)
    if not found:
        st.info(
            "This model brings no figures (metrics.json). Compare it with another on labels of your own, on the "
            "Compare tab, before you rely on it.",
            icon="📏",
        )
        return
    chosen = _choose(found)
    report = found[chosen]
    st.caption(_measured(report, metrics))
    _overall(report)
    _labels(report, "by_device", "device", codebook=codebook)
    _labels(report, "by_frame", "frame", codebook=codebook)
    _reliability(report)


def _choose(found: Mapping[str, Any]) -> str:
    names = list(found)
    if len(names) == 1:
        return names[0]
    chosen = st.segmented_control(
        "Figures of", names, default=names[0], format_func=SUGGESTERS.__getitem__, key="model_quality_of"
    )
    return chosen or names[0]


def _measured(report: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    counts = [
        f"{count:,} {what}"
        for key, what in (
            ("documents", "articles"),
            ("gold_spans", "phrases in gold"),
            ("suggested_spans", "suggested"),
        )
        if isinstance(count := report.get(key), int)
    ]
    said = measured_on(metrics)
    return " · ".join([*([plain(said)] if said else []), ", ".join(counts)])


def _overall(report: Mapping[str, Any]) -> None:
    rows = overall_rows(report)
    if not rows:
        return
    st.header("Overall", anchor=False)
    st.altair_chart(figures_chart(rows), width="stretch")
    st.caption(
        "Dots are measured values, lines 95 % intervals over articles: with other articles of the same kind the value "
        "would mostly fall on the line. 1 is perfect; a row without a dot is undefined, and the table says why."
    )
    with st.expander("As a table, with what each figure means", icon=":material/table_rows:"):
        st.dataframe(pd.DataFrame([_overall_record(row) for row in rows]), width="stretch", hide_index=True)


def _overall_record(row: FigureRow) -> dict[str, str]:
    interval = "–" if row.low is None or row.high is None else f"{row.low:.2f} to {row.high:.2f}"
    value = shown(row.value) if row.value is not None else f"undefined: {row.reason}"
    return {"Figure": row.name, "Value": value, "95 % interval": interval, "Meaning": row.meaning}


def _labels(report: Mapping[str, Any], key: str, kind: str, *, codebook: Codebook) -> None:
    rows = label_rows(report.get(key))
    if not any(row.gold or row.suggested for row in rows):
        return
    names = {label: codebook.label(kind, label).name for label in codebook.ids(kind)}
    st.header(f"By {kind}", anchor=False)
    st.altair_chart(labels_chart(rows, names, what=kind), width="stretch")
    st.caption(
        "In brackets: how often the label occurs in gold. Figures of labels with few examples are mostly chance. "
        "Precision: of what is suggested, the part that is right. Recall: of what is there, the part that is found."
    )
    table = pd.DataFrame([_label_record(row, names, kind) for row in rows])
    with st.expander("As a table", icon=":material/table_rows:"):
        st.dataframe(table, width="stretch", hide_index=True)


def _label_record(row: LabelRow, names: Mapping[str, str], kind: str) -> dict[str, Any]:
    return {
        kind.title(): names.get(row.label, row.label),
        "In gold": row.gold,
        "Suggested": row.suggested,
        "Precision": shown(row.precision),
        "Recall": shown(row.recall),
        "F1": shown(row.f1),
    }


def _reliability(report: Mapping[str, Any]) -> None:
    drawn = [(kind, bars) for kind in CALIBRATION if (bars := reliability_rows(report, kind))]
    if not drawn:
        return
    st.header("Can its probabilities be believed?", anchor=False)
    st.write(
        "A suggestion shown with 0.7 should be right seven times in ten. Each dot stands for the suggestions of about "
        "one probability, its size for how many they are. On the dashed line they are right exactly as often as they "
        "say; below it they promise too much, above it too little."
    )
    with st.container(horizontal=True, gap="large"):
        for kind, bars in drawn:
            with st.container(width=DIAGRAM_WIDTH):
                st.subheader("Loaded phrases" if kind == "spans" else "Article frames", anchor=False)
                st.altair_chart(reliability_chart(bars, what=kind), width="stretch")
                st.caption(_error_caption(*figure(report, CALIBRATION[kind])))
                st.caption(plain(f"{sum(bar.guesses for bar in bars):,} suggestions in {len(bars)} groups."))


def _error_caption(value: float | None, low: float | None, high: float | None, reason: str) -> str:
    if value is None:
        return plain(f"Expected calibration error: undefined ({reason}).")
    interval = "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"
    verdict = "small enough to go by" if value <= RELIABLE else "take its probabilities as an order, not as shares"
    return plain(f"Expected calibration error {value:.3f}{interval}: the mean distance to the line; {verdict}.")
