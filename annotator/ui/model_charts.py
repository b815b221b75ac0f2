"""Charts of the Model page. All figures lie between 0 and 1, so every chart has that axis and can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import altair as alt
import pandas as pd

from annotator.workflows.model_figures import Bar, FigureRow, LabelRow
from annotator.workflows.training_log import Epoch

BLUE, ORANGE, GREEN, GREY = "#4a7fb8", "#c2571a", "#4f8a4b", "#8a8f98"
"""Readable on the light and on the dark background; colour never stands alone: each has a shape of its own."""

MEASURES = ("precision", "recall", "F1")
SHARE = alt.Scale(domain=[0, 1])
FIGURE_HEIGHT, LABEL_HEIGHT = 34, 26
LABEL_WIDTH = 260
DIAGRAM = 320
"""Sides of the reliability diagram: a square, so that its diagonal is one."""

_TENTHS = alt.Axis(format=".1f", tickCount=6)
_ROWS = alt.Scale(type="point", padding=0.6)


def figures_chart(rows: Sequence[FigureRow]) -> alt.LayerChart:
    """Return a dot with its interval for each figure; undefined ones have a row and no dot."""
    frame = pd.DataFrame(
        [{"figure": r.name, "value": r.value, "low": r.low, "high": r.high, "shown": shown(r.value)} for r in rows],
        columns=["figure", "value", "low", "high", "shown"],
    )
    return _dots(frame, "figure", [row.name for row in rows]).properties(
        height=alt.Step(FIGURE_HEIGHT), description="Overall figures with 95 % intervals"
    )


def _dots(frame: pd.DataFrame, name: str, order: list[str]) -> alt.LayerChart:
    base = alt.Chart(frame).encode(
        y=alt.Y(f"{name}:N", sort=order, title=None, scale=_ROWS, axis=alt.Axis(labelLimit=LABEL_WIDTH)),
        tooltip=[name, alt.Tooltip("value:Q", format=".3f"), alt.Tooltip("low:Q", format=".3f"),
                 alt.Tooltip("high:Q", format=".3f")],
    )  # fmt: skip
    line = base.mark_rule(strokeWidth=3, color=BLUE, opacity=0.45).encode(
        x=alt.X("low:Q", scale=SHARE, title=None, axis=_TENTHS), x2="high:Q"
    )
    dot = base.mark_point(filled=True, size=90, color=BLUE, opacity=1).encode(x=alt.X("value:Q", scale=SHARE))
    text = base.mark_text(dy=-11, fontSize=12, color=GREY).encode(x=alt.X("value:Q", scale=SHARE), text="shown:N")
    chart: alt.LayerChart = line + dot + text
    return chart


def pairs_chart(rows: Iterable[tuple[str, str, FigureRow]], names: tuple[str, str]) -> alt.LayerChart:
    """Return two dots with intervals for each figure, one under the other; rows are (figure, name, values)."""
    frame = pd.DataFrame(
        [
            {"figure": figure, "model": name, "value": row.value, "low": row.low, "high": row.high}
            for figure, name, row in rows
        ],
        columns=["figure", "model", "value", "low", "high"],
    )
    order = list(dict.fromkeys(frame["figure"]))
    base = alt.Chart(frame).encode(
        y=alt.Y("figure:N", sort=order, title=None, axis=alt.Axis(labelLimit=LABEL_WIDTH)),
        yOffset=alt.YOffset("model:N", sort=list(names)),
        color=alt.Color("model:N", title=None, scale=alt.Scale(domain=list(names), range=[GREY, BLUE]),
                        legend=alt.Legend(orient="top", labelLimit=300)),
        tooltip=["figure", "model", alt.Tooltip("value:Q", format=".3f"), alt.Tooltip("low:Q", format=".3f"),
                 alt.Tooltip("high:Q", format=".3f")],
    )  # fmt: skip
    line = base.mark_rule(strokeWidth=3, opacity=0.5).encode(
        x=alt.X("low:Q", scale=SHARE, title=None, axis=_TENTHS), x2="high:Q"
    )
    dot = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=alt.X("value:Q", scale=SHARE), shape=alt.Shape("model:N", sort=list(names), title=None)
    )
    chart: alt.LayerChart = (line + dot).properties(
        height=alt.Step(18), description="Figures of both with 95 % intervals"
    )
    return chart


def differences_chart(rows: Sequence[FigureRow]) -> alt.LayerChart:
    """Return the second less the first, with intervals, about a line at zero."""
    frame = pd.DataFrame(
        [{"figure": r.name, "value": r.value, "low": r.low, "high": r.high, "shown": signed(r.value)} for r in rows],
        columns=["figure", "value", "low", "high", "shown"],
    )
    ends = [abs(v) for r in rows for v in (r.value, r.low, r.high) if v is not None]
    reach = max([0.05, *ends]) * 1.15
    scale = alt.Scale(domain=[-reach, reach])
    base = alt.Chart(frame).encode(
        y=alt.Y("figure:N", sort=[r.name for r in rows], title=None, scale=_ROWS,
                axis=alt.Axis(labelLimit=LABEL_WIDTH)),
        tooltip=["figure", alt.Tooltip("value:Q", format="+.3f"), alt.Tooltip("low:Q", format="+.3f"),
                 alt.Tooltip("high:Q", format="+.3f")],
    )  # fmt: skip
    zero = alt.Chart(pd.DataFrame({"at": [0]})).mark_rule(color=GREY, strokeDash=[4, 3]).encode(x="at:Q")
    line = base.mark_rule(strokeWidth=3, color=ORANGE, opacity=0.5).encode(
        x=alt.X("low:Q", scale=scale, title=None, axis=alt.Axis(format="+.2f", tickCount=7)), x2="high:Q"
    )
    dot = base.mark_point(filled=True, size=90, color=ORANGE, opacity=1).encode(x=alt.X("value:Q", scale=scale))
    text = base.mark_text(dy=-11, fontSize=12, color=GREY).encode(x=alt.X("value:Q", scale=scale), text="shown:N")
    chart: alt.LayerChart = (zero + line + dot + text).properties(
        height=alt.Step(FIGURE_HEIGHT), description="Paired differences with 95 % intervals"
    )
    return chart


def labels_chart(rows: Sequence[LabelRow], names: dict[str, str], *, what: str) -> alt.LayerChart:
    """Return precision, recall and F1 of each label as three signs on one line, with its count in gold."""
    order = [_row_name(row, names) for row in rows]
    frame = pd.DataFrame(
        [
            {"label": _row_name(row, names), "measure": measure, "value": value, "in gold": row.gold}
            for row in rows
            for measure, value in zip(MEASURES, (row.precision, row.recall, row.f1), strict=True)
        ],
        columns=["label", "measure", "value", "in gold"],
    )
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", sort=order, title=None, scale=_ROWS, axis=alt.Axis(labelLimit=LABEL_WIDTH + 60)),
    )
    reach = base.mark_rule(color=GREY, opacity=0.35, strokeWidth=2).encode(
        x=alt.X("min(value):Q", scale=SHARE, title=None, axis=_TENTHS), x2="max(value):Q"
    )
    scale = alt.Scale(domain=list(MEASURES), range=[GREY, ORANGE, BLUE])
    shapes = alt.Scale(domain=list(MEASURES), range=["triangle-right", "diamond", "circle"])
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=alt.X("value:Q", scale=SHARE),
        color=alt.Color("measure:N", scale=scale, title=None, legend=alt.Legend(orient="top")),
        shape=alt.Shape("measure:N", scale=shapes, title=None),
        tooltip=["label", "measure", alt.Tooltip("value:Q", format=".2f"), "in gold"],
    )
    chart: alt.LayerChart = (reach + dots).properties(
        height=alt.Step(LABEL_HEIGHT), description=f"Precision, recall and F1 by {what}"
    )
    return chart


def _row_name(row: LabelRow, names: dict[str, str]) -> str:
    return f"{names.get(row.label, row.label.replace('_', ' '))} ({row.gold})"


def reliability_chart(bars: Sequence[Bar], *, what: str) -> alt.LayerChart:
    """Return how often suggestions of a probability were right, against the diagonal where they should lie."""
    frame = pd.DataFrame(
        [{"probability": b.mean_probability, "right": b.share_right, "suggestions": b.guesses} for b in bars],
        columns=["probability", "right", "suggestions"],
    )
    ideal = pd.DataFrame({"probability": [0.0, 1.0], "right": [0.0, 1.0]})
    diagonal = alt.Chart(ideal).mark_line(color=GREY, strokeDash=[5, 4]).encode(x="probability:Q", y="right:Q")
    base = alt.Chart(frame).encode(
        x=alt.X("probability:Q", scale=SHARE, title="probability said", axis=alt.Axis(format="%", tickCount=5)),
        y=alt.Y("right:Q", scale=SHARE, title="share that was right", axis=alt.Axis(format="%", tickCount=5)),
    )
    gap = base.mark_rule(color=ORANGE, opacity=0.7, strokeWidth=2).encode(y2="probability:Q")
    dots = base.mark_circle(color=BLUE, opacity=0.9).encode(
        size=alt.Size("suggestions:Q", scale=alt.Scale(type="sqrt", range=[50, 450]), legend=None),
        tooltip=[alt.Tooltip("probability:Q", format=".0%"), alt.Tooltip("right:Q", format=".0%"), "suggestions"],
    )
    chart: alt.LayerChart = (diagonal + gap + dots).properties(
        height=DIAGRAM, description=f"Reliability diagram of {what}"
    )
    return chart


def epochs_chart(epochs: Sequence[Epoch], names: dict[str, str]) -> alt.Chart:
    """Return the figures on the articles held back, epoch by epoch."""
    rows = [
        {"epoch": e.number, "figure": names.get(name, name.replace("_", " ")), "value": value}
        for e in epochs
        for name, value in e.dev.items()
        if name in names
    ]
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(rows, columns=["epoch", "figure", "value"]))
        .mark_line(point=alt.OverlayMarkDef(size=60))
        .encode(
            x=alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, format="d"), scale=alt.Scale(nice=False)),
            y=alt.Y("value:Q", scale=SHARE, title=None),
            color=alt.Color("figure:N", title=None, scale=alt.Scale(range=[BLUE, ORANGE, GREEN]),
                            legend=alt.Legend(orient="top", columns=1, labelLimit=300)),
            shape=alt.Shape("figure:N", title=None),
            tooltip=["epoch", "figure", alt.Tooltip("value:Q", format=".3f")],
        )
        .properties(height=260, description="Figures on the articles held back, by epoch")
    )  # fmt: skip
    return chart


def loss_chart(epochs: Sequence[Epoch]) -> alt.Chart:
    """Return the mean loss of each epoch."""
    rows = [{"epoch": e.number, "loss": e.loss} for e in epochs if e.loss is not None]
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(rows, columns=["epoch", "loss"]))
        .mark_line(color=GREY, point=alt.OverlayMarkDef(color=GREY, size=60))
        .encode(
            x=alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, format="d"), scale=alt.Scale(nice=False)),
            y=alt.Y("loss:Q", title=None),
            tooltip=["epoch", alt.Tooltip("loss:Q", format=".3f")],
        )
        .properties(height=260, description="Loss by epoch")
    )
    return chart


def shown(value: float | None) -> str:
    """Return a figure for people: two places, and a word where it is undefined."""
    return "undefined" if value is None else f"{value:.2f}"


def signed(value: float | None) -> str:
    """Return a difference for people, with its sign."""
    return "undefined" if value is None else f"{value:+.2f}"
