"""The Project page: overview, adding articles, suggestions, export, a new project."""

from __future__ import annotations

import re

import altair as alt
import pandas as pd
import streamlit as st

from annotator.codebook_file import load_codebook
from annotator.errors import AnnotatorError
from annotator.resources import default_codebook_path, resource
from annotator.store.base import Store
from annotator.ui import export_section, import_section, navigation, session
from annotator.ui.annotate_page import STATUS_NAMES
from annotator.ui.chooser import ask_who
from annotator.ui.plain import plain
from annotator.ui.session import Context
from annotator.ui.suggesting import suggest_with_progress


def page() -> None:
    """Draw the page."""
    store = session.get_store()
    opened = navigation.context()
    if opened is None:
        if project_id := st.session_state.get(session.PROJECT):
            ask_who(store, project_id)
            return
        st.title("Your first project", anchor=False)
        st.write("A project holds articles, a codebook, and everybody's labels.")
        _new_project(store)
        return
    st.title(plain(opened.project.title), anchor=False)
    st.caption(f"Codebook {plain(opened.codebook.ref)} · made {opened.project.created[:10]}")
    counts = opened.store.progress(opened.project.id, opened.annotator)
    overview, add, suggest, export, new = st.tabs(
        ["Overview", "Add articles", "Suggestions", "Export", "New project"],
        default="Overview" if counts["total"] else "Add articles",
    )
    with overview:
        _overview(opened, counts)
    with add:
        import_section.draw(opened)
    with suggest:
        _suggestions(opened, counts)
    with export:
        export_section.draw(opened)
    with new:
        _new_project(store)


def _overview(opened: Context, counts: dict[str, int]) -> None:
    if not counts["total"]:
        st.info("No articles yet. Drop some files under “Add articles”.", icon="📰")
        return
    columns = st.columns(5)
    columns[0].metric("Articles", f"{counts['total']:,}", border=True)
    for column, (status, name) in zip(columns[1:], STATUS_NAMES.items(), strict=True):
        column.metric(name, f"{counts[status]:,}", border=True)
    st.caption(f"Counts are yours ({plain(opened.annotator)}).")
    left, right = st.columns(2, gap="large")
    facets = opened.store.facets(opened.project.id)
    for column, (kind, title) in zip((left, right), (("outlet", "Outlets"), ("event", "Events")), strict=True):
        with column:
            st.header(title, anchor=False)
            if facets[kind]:
                st.altair_chart(_bars(facets[kind][:20], title), width="stretch")
            else:
                st.caption(f"No article names its {kind}. Give it in a column “{kind}” (CSV, JSONL, Parquet).")


def _bars(rows: list[tuple[str, int]], title: str) -> alt.Chart:
    frame = pd.DataFrame(rows, columns=["name", "articles"])
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar(cornerRadiusEnd=3, height=16)
        .encode(
            x=alt.X("articles:Q", title="articles", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("name:N", sort="-x", title=None, axis=alt.Axis(labelLimit=240)),
            tooltip=["name", "articles"],
        )
        .properties(height=alt.Step(26), description=f"{title} by number of articles")
    )
    return chart


def _suggestions(opened: Context, counts: dict[str, int]) -> None:
    st.write(
        "A **lexicon** (phrases with rules) and a fine-tuned **model** propose labels. They are often wrong: each "
        "suggestion stays apart from your labels until you accept it, and what became of it is kept."
    )
    minimum = st.slider(
        "Lowest probability shown while annotating",
        session.LOWEST,
        session.HIGHEST,
        min(float(opened.setting(session.MINIMUM)), session.HIGHEST),
        0.05,
        help="For everybody in this project. Hidden suggestions are not lost.",
    )
    if minimum != opened.setting(session.MINIMUM):
        opened.store.set_project_setting(opened.project.id, session.MINIMUM, minimum)
    if st.button(
        f"Suggest labels for all {counts['total']} articles",
        type="primary",
        icon=":material/auto_awesome:",
        disabled=not counts["total"],
    ):
        ids = [document.id for document in opened.store.iter_documents(opened.project.id)]
        report = suggest_with_progress(opened, ids)
        before = f" {report.skipped:,} articles had theirs before." if report.skipped else ""
        st.success(f"{report.spans:,} suggested spans in {report.documents:,} articles.{before}", icon="✅")
        for note in report.notes[:20]:
            st.caption(plain(note))


def _new_project(store: Store) -> None:
    codebooks = {path.parent.name: path for path in sorted(resource("labels").glob("*/codebook.yaml"))}
    with st.form("new_project"):
        title = st.text_input("Name of the project", max_chars=80, placeholder="Dam dispute, spring coverage")
        codebook = st.selectbox(
            "Codebook", list(codebooks), index=list(codebooks).index(default_codebook_path().parent.name)
        )
        upload = st.file_uploader("… or your own codebook.yaml", type=["yaml", "yml"])
        if not st.form_submit_button("Make the project", type="primary"):
            return
    if not title.strip():
        st.error("The project needs a name.")
        return
    try:
        # Reading comes first: it names the line of a file that is no UTF-8.
        loaded = load_codebook(codebooks[codebook]) if upload is None else import_section.read_codebook(upload)
        source = upload.getvalue().decode("utf-8") if upload else codebooks[codebook].read_text(encoding="utf-8")
        project = store.create_project(id_from(title), title=title.strip(), codebook=loaded, codebook_source=source)
        if annotator := st.session_state.get(session.ANNOTATOR):
            store.add_annotator(project.id, annotator)
    except AnnotatorError as error:
        st.error(plain(str(error)), icon="⛔")
        return
    st.session_state[session.PROJECT] = project.id
    st.session_state.pop(session.DOCUMENT, None)
    session.say(f"Made the project “{project.title}”.", icon="✅")
    st.rerun()


def id_from(title: str) -> str:
    """Return an id for a project title: lower-case letters, digits and hyphens.

    Example:
        >>> id_from("Dam dispute, spring 2026")
        'dam-dispute-spring-2026'
    """
    return re.sub(r"[^\w]+", "-", title.strip().lower()).strip("-")[:60] or "project"
