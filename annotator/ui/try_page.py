"""The Try page: paste or upload one text and see what the suggesters make of it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from annotator.annotations import Suggestions
from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.documents import Document, check_text
from annotator.errors import AnnotatorError, DocumentError, StoreError
from annotator.formats import read_source
from annotator.formats.base import Rejected, Source
from annotator.formats.fields import clean_date, clean_field
from annotator.resources import default_codebook_path
from annotator.scored import frame_record, scored_record, span_record
from annotator.store.base import Store
from annotator.ui import component, navigation, session
from annotator.ui.payloads import Json, document_payload, labels_payload
from annotator.ui.plain import plain
from annotator.ui.suggesting import load
from annotator.workflows.score_output import write_csv
from annotator.workflows.score_project import FLOOR

RESULT = "try_result"
PASTED = "pasted"
"""Id of a text that came from the clipboard; in a project it is followed by a piece of the text's hash."""
FIGURE_WIDTH = 180
RATES = (
    ("loaded_per_1000_words", "per 1,000 words", "Suggested loaded phrases per 1,000 words."),
    ("own_voice_per_1000_words", "in own voice", "The same, only phrases in the outlet's own words."),
)
VOICE_COLORS = ["#c2571a", "#4a7fb8", "#8a8f98", "#6b8e4e", "#9a6fb0"]
UPLOAD_TYPES = ["txt", "md", "html", "htm"]


@dataclass(frozen=True, slots=True)
class Tried:
    """One text with everything the suggesters said about it, down to :data:`FLOOR`."""

    document: Document
    codebook: Codebook
    suggestions: tuple[Suggestions, ...]
    notes: tuple[str, ...]


def page() -> None:
    """Draw the page."""
    st.title("Try a text", anchor=False)
    st.caption("See what the model and the lexicon would suggest. Nothing is stored unless you add it to a project.")
    _input()
    tried: Tried | None = st.session_state.get(RESULT)
    if tried is None:
        st.info(
            "Paste an article above, or upload one, and press **Suggest labels**. Loaded phrases will be marked "
            "with device, frames, voice and target; beside them stand the article's frames and the sentences for each.",
            icon="🔎",
        )
        return
    _result(tried)


def _input() -> None:
    with st.form("try_form"):
        pasted = st.text_area(
            "Text", height=180, placeholder="Paste an article here …", label_visibility="collapsed", key="try_text"
        )
        upload = st.file_uploader("… or upload one", type=UPLOAD_TYPES)
        pressed = st.form_submit_button("Suggest labels", type="primary", icon=":material/auto_awesome:")
    if not pressed:
        return
    try:
        document = _read(upload.name, upload.getvalue()) if upload else _pasted(pasted)
        opened = navigation.context()
        codebook = opened.codebook if opened else load_codebook(default_codebook_path())
        loaded = load(codebook, opened.project if opened else None)
        with st.spinner("Reading the text …", show_time=True):
            found = tuple(s for suggester in loaded.suggesters for s in suggester.suggest([document], minimum=FLOOR))
    except AnnotatorError as error:
        st.error(plain(str(error)), icon="⛔")
        return
    st.session_state[RESULT] = Tried(document, codebook, found, loaded.notes)


def _pasted(text: str) -> Document:
    if not text.strip():
        raise DocumentError("There is no text yet. Paste an article into the field, or choose a file.")
    check_text(text, name="The pasted text")
    return Document(id=PASTED, text=text)


def _read(name: str, content: bytes) -> Document:
    for item in read_source(Source(name, content=content)):
        if isinstance(item, Rejected):
            raise DocumentError(f"Cannot read {item.message}")
        return item.document
    raise DocumentError(f"{name} holds no article. Choose a .txt, .md or .html file with one article.")


def _result(tried: Tried) -> None:
    for note in (*tried.notes, *(note for one in tried.suggestions for note in one.notes)):
        st.warning(plain(note), icon="⚠️")
    opened = navigation.context()
    default = float(opened.setting(session.MINIMUM)) if opened else session.SETTINGS[session.MINIMUM]
    default = min(max(default, FLOOR), session.HIGHEST)
    minimum = st.slider("Lowest probability shown", FLOOR, session.HIGHEST, default, 0.05)
    shown = [_cut(one, minimum) for one in tried.suggestions]
    record = scored_record(tried.document, shown)
    _figures(record, tried.codebook.ids("voice"))
    _downloads(record)
    _add_to_project(tried)
    component.mount_reader(_reader_payload(tried, shown))


def _cut(found: Suggestions, minimum: float) -> Suggestions:
    return replace(
        found,
        spans=tuple(span for span in found.spans if span.probability >= minimum),
        frames=tuple(frame for frame in found.frames if frame.probability >= minimum),
    )


def _figures(record: dict[str, Any], voices: Sequence[str]) -> None:
    summary, spans = record["summary"], record["spans"]
    with st.container(horizontal=True):  # a row that wraps; columns would cut the figures off in a narrow window
        st.metric("Words", f"{summary['words']:,}", border=True, width=FIGURE_WIDTH)
        st.metric("Loaded phrases", len(spans), border=True, width=FIGURE_WIDTH)
        for key, name, explained in RATES:
            value = summary[key]
            shown = "undefined" if value is None else f"{value:.1f}"
            st.metric(name, shown, border=True, help=explained, width=FIGURE_WIDTH)
    if spans:
        frame = pd.DataFrame([{"device": s["device"].replace("_", " "), "voice": s["voice"] or "?"} for s in spans])
        st.altair_chart(_device_chart(frame, voices), width="stretch")
    else:
        st.info("No loaded phrase at this probability. Lower the slider to see weaker suggestions.", icon="🔍")


def _device_chart(frame: pd.DataFrame, voices: Sequence[str]) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar(height=14)
        .encode(
            x=alt.X("count():Q", title="phrases", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("device:N", sort="-x", title=None, axis=alt.Axis(labelLimit=220)),
            color=alt.Color("voice:N", title="voice", scale=alt.Scale(domain=list(voices), range=VOICE_COLORS)),
            tooltip=["device", "voice", "count()"],
        )
        .properties(height=alt.Step(24), description="Suggested loaded phrases by device and voice")
    )
    return chart


def _reader_payload(tried: Tried, shown: list[Suggestions]) -> Json:
    spans = [
        span_record(span) | {"id": f"{n}-{i}", "agent_version": one.agent_version, "rule": span.rule}
        for n, one in enumerate(shown)
        for i, span in enumerate(one.spans)
    ]
    frames = next((one for one in shown if one.frames), None)
    return {
        "document": document_payload(tried.document),
        "labels": labels_payload(tried.codebook),
        "suggestions": {
            "spans": spans,
            "frames": [frame_record(f) | {"agent_version": frames.agent_version} for f in frames.frames]
            if frames
            else [],
        },
        "minimum": FLOOR,
    }


def _downloads(record: dict[str, Any]) -> None:
    left, middle, _ = st.columns([1, 1, 3])
    left.download_button(
        "As JSON",
        lambda: json.dumps(record, ensure_ascii=False, indent=2),
        "scored-article.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    middle.download_button(
        "As CSV",
        lambda: _csv(record),
        "scored-article.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )


def _csv(record: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    write_csv([record], stream)
    return stream.getvalue()


def _add_to_project(tried: Tried) -> None:
    opened = navigation.context()
    if opened is None:
        st.caption("To keep this text, make a project first (Project page).")
        return
    with (
        st.expander(f"Add to project “{plain(opened.project.title)}”", icon=":material/add:"),
        st.form("add_text", border=False),
    ):
        columns = st.columns(3)
        title = columns[0].text_input("Title", value=tried.document.display_title)
        outlet = columns[1].text_input("Outlet")
        published = columns[2].text_input("Published", placeholder="2026-03-14")
        if not st.form_submit_button("Add the article and its suggestions", type="primary"):
            return
    try:
        document = described(opened.store, opened.project.id, tried.document, title=title, outlet=outlet, day=published)
        outcome = next(opened.store.add_documents(opened.project.id, [document]))
        if outcome.outcome == "refused":
            st.error(plain(outcome.reason), icon="⛔")
            return
        if outcome.outcome == "duplicate":
            st.info(f"The project already has this very text, as “{plain(str(outcome.duplicate_of))}”.", icon="♻️")
            return
        if tried.codebook.ref == opened.codebook.ref:
            found = [replace(one, document_id=document.id) for one in tried.suggestions]
            opened.store.put_suggestions(opened.project.id, found)
    except AnnotatorError as error:
        st.error(plain(str(error)), icon="⛔")
        return
    st.session_state[session.DOCUMENT] = document.id
    st.success("Added. It is open on the Annotate page.", icon="✅")


def described(store: Store, project_id: str, document: Document, *, title: str, outlet: str, day: str) -> Document:
    """Return ``document`` as it is to be added, under an id that no other article of the project has.

    Raises:
        DocumentError: If ``day`` is no date.
    """
    published = clean_date(day)
    if day.strip() and published is None:
        raise DocumentError(f"'{day.strip()[:40]}' is no date. Write it like 2026-03-14, 2026-03 or 2026.")
    identity = document.id
    try:
        store.document(project_id, identity)
    except StoreError:
        is_free = identity != PASTED
    else:
        is_free = False  # a file of that name came before: adding this one must not replace its text
    return replace(
        document,
        id=identity if is_free else f"{identity[:180]}-{document.text_sha256[:12]}",
        title=clean_field(title).text or None,
        outlet=clean_field(outlet).text or None,
        published=published,
    )
