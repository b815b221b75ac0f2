"""The Compare tab: two models on the same gold labels, with paired differences and the articles where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from annotator.classifier.base import Suggester
from annotator.errors import AnnotatorError
from annotator.ui import session
from annotator.ui.model_charts import differences_chart, pairs_chart, shown, signed
from annotator.ui.plain import plain
from annotator.ui.session import Context
from annotator.ui.suggesting import one_lexicon, one_model
from annotator.workflows.compare_models import Comparison, DocumentPair, compare, difference_rows
from annotator.workflows.gold_sets import GoldSet, gold_of_file, gold_of_project
from annotator.workflows.model_figures import FigureRow
from annotator.workflows.model_folders import ModelInfo
from annotator.workflows.models import list_models, usable

RESULT = "model_comparison"
LEXICON = "lexicon"
PROJECT, FILE = "Submitted annotations of this project", "An annotated corpus file"
TYPES = ["jsonl", "parquet", "csv", "gz"]
LISTED = 50


def draw(opened: Context, active: ModelInfo | None) -> None:
    """Draw the form and the last comparison of this tab."""
    models = {info.key: info for info in list_models(session.models()) if not usable(info, opened.codebook)}
    names = {key: info.release for key, info in models.items()} | {LEXICON: "the lexicon"}
    if len(names) < 2:
        st.info("There is no model for this project's codebook to compare. Train one on the Train tab.", icon="⚖️")
        return
    st.write("Let two models read the same articles, and compare what they suggest with labels that people have made.")
    keys = list(names)
    first = keys.index(active.key) if active and active.key in keys else 0
    other = next((i for i in range(len(keys) - 1, -1, -1) if i != first and keys[i] != LEXICON), keys.index(LEXICON))
    with st.container(border=True):
        left, right = st.columns(2)
        one = left.selectbox("First", keys, index=first, format_func=names.__getitem__, key="compare_first")
        two = right.selectbox("Second", keys, index=other, format_func=names.__getitem__, key="compare_second")
        source = st.radio("Gold labels: what is held to be right", (PROJECT, FILE), key="compare_source")
        upload = st.file_uploader("Annotated corpus", type=TYPES, key="compare_file") if source == FILE else None
        pressed = st.button("Compare", type="primary", icon=":material/balance:", key="compare_run")
    if pressed:
        _run(opened, [models.get(one), models.get(two)], upload, is_file=source == FILE)
    found: tuple[str, Comparison, tuple[str, ...]] | None = st.session_state.get(RESULT)
    if found and found[0] == opened.project.id:
        _result(found[1], found[2])


def _run(opened: Context, chosen: Sequence[ModelInfo | None], upload: Any, *, is_file: bool) -> None:
    st.session_state.pop(RESULT, None)
    if chosen[0] == chosen[1]:
        st.error("Choose two different models.", icon="⛔")
        return
    if is_file and upload is None:
        st.error("Choose a file with gold labels, or the annotations of this project.", icon="⛔")
        return
    try:
        with st.spinner("Reading the gold labels …"):
            gold = (
                gold_of_file(upload.name, upload.getvalue(), opened.codebook)
                if is_file
                else gold_of_project(opened.store, opened.project.id)
            )
        if not gold.items:
            st.info(
                "No article of this project can serve as gold yet: one is used when it has gold labels, or exactly one "
                f"submitted annotation. {plain('; '.join(gold.left_out))}",
                icon="🏷️",
            )
            return
        with st.spinner("Loading both …", show_time=True):
            suggesters = [one_model(opened.codebook, m) if m else one_lexicon(opened.codebook) for m in chosen]
        outcome = _with_progress(opened, gold, suggesters)
    except AnnotatorError as error:
        st.error(plain(str(error)), icon="⛔")
        return
    st.session_state[RESULT] = (opened.project.id, outcome, gold.left_out)


def _with_progress(opened: Context, gold: GoldSet, suggesters: Sequence[Suggester]) -> Comparison:
    total = 2 * len(gold.items)
    bar = st.progress(0.0, text="Reading …")

    def show(done: int) -> None:
        text = f"Reading: {done} of {total} ({len(gold.items)} articles, twice)" if done < total else "Intervals …"
        bar.progress(done / total, text=text)

    outcome = compare(gold.items, suggesters[0], suggesters[1], codebook=opened.codebook, progress=show)
    bar.empty()
    return outcome


def _result(found: Comparison, left_out: Sequence[str]) -> None:
    names = (found.first, found.second)
    st.header(f"{plain(names[0])} and {plain(names[1])}", anchor=False)
    st.caption(f"On {found.documents:,} articles with {found.gold_spans:,} phrases in gold. {_warning(found)}")
    if left_out:
        with st.expander("Articles that were not used"):
            st.dataframe(pd.DataFrame({"What and why": list(left_out)[:LISTED]}), width="stretch", hide_index=True)
    rows = [(pair.name, name, f) for pair in found.figures
            for name, f in ((names[0], pair.first), (names[1], pair.second))]  # fmt: skip
    st.altair_chart(pairs_chart(rows, names), width="stretch")
    st.subheader("Difference: the second less the first", anchor=False)
    differences = [pair.difference for pair in found.figures]
    st.altair_chart(differences_chart(differences), width="stretch")
    st.caption(_verdict(found))
    with st.expander("As a table", icon=":material/table_rows:"):
        table = [{"Figure": p.name, names[0]: _told(p.first), names[1]: _told(p.second),
                  "Difference": _told(p.difference, is_difference=True)} for p in found.figures]  # fmt: skip
        st.dataframe(pd.DataFrame(table), width="stretch", hide_index=True)
    _documents(found)


def _warning(found: Comparison) -> str:
    few = "So few articles decide little. " if found.documents < 20 else ""
    return f"{few}Articles that a model was trained on flatter it; so do labels accepted from its suggestions."


def _told(found: FigureRow, *, is_difference: bool = False) -> str:
    if found.value is None:
        return f"undefined: {found.reason}"
    say = signed if is_difference else shown
    interval = "" if found.low is None or found.high is None else f" [{say(found.low)}, {say(found.high)}]"
    return say(found.value) + interval


def _verdict(found: Comparison) -> str:
    clear = [p for p in found.figures if p.difference.low is not None and p.difference.high is not None
             and (p.difference.low > 0 or p.difference.high < 0)]  # fmt: skip
    base = (
        "Right of the dashed line the second is better. Where the orange line crosses it, the difference may be chance."
    )
    if any(p.difference.value is None for p in found.figures):
        base += " A figure without a dot is undefined here; the table says why."
    if not clear:
        return f"{base} No difference here is clear of chance."
    said = [f"{p.name} ({signed(p.difference.value)})" for p in clear]
    return plain(f"{base} Clear of chance: {'; '.join(said)}.")


def _documents(found: Comparison) -> None:
    st.subheader("Where they differ most", anchor=False)
    if not found.most_different:
        st.caption("Both suggest the very same phrases in every article.")
        return
    names = (found.first, found.second)
    rows = [
        {
            "Article": pair.document.display_title,
            "In gold": len(pair.gold.spans),
            f"F1 {names[0]}": shown(pair.first),
            f"F1 {names[1]}": shown(pair.second),
            "Difference": signed(pair.difference),
        }
        for pair in found.most_different
    ]
    st.dataframe(pd.DataFrame(rows), width="stretch", hide_index=True)
    titles = [pair.document.display_title for pair in found.most_different]
    chosen = st.selectbox("Look into", range(len(titles)), format_func=titles.__getitem__, key="compare_document")
    _one(found.most_different[chosen], names)


def _one(pair: DocumentPair, names: tuple[str, str]) -> None:
    rows = [{"Phrase": r["phrase"], "Gold": r["gold"], names[0]: r["first"], names[1]: r["second"]}
            for r in difference_rows(pair)]  # fmt: skip
    st.dataframe(pd.DataFrame(rows), width="stretch", hide_index=True)
