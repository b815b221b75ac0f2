"""The Annotate page: the queue in the sidebar, the article with its labels in the middle."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from annotator.classifier.voice import voice_ranges
from annotator.documents import Document
from annotator.store.base import DocumentQuery
from annotator.ui import component, navigation, session
from annotator.ui.chooser import ask_who
from annotator.ui.payloads import (
    Json,
    distinct_suggestions,
    document_payload,
    frame_suggestions_payload,
    instance_name,
    labels_payload,
    span_suggestion_payload,
)
from annotator.ui.session import Context
from annotator.ui.suggesting import suggest_with_progress

STATUS_NAMES = {"todo": "To do", "draft": "Draft", "submitted": "Done", "discarded": "Skipped"}


def page() -> None:
    """Draw the page."""
    if not session.get_store().projects():
        _empty("No project yet", "A project holds the articles and the labels. Make one, or run `annotator demo`.")
        return
    opened = navigation.context()
    if opened is None:
        ask_who(session.get_store(), st.session_state[session.PROJECT])
        return
    article = navigation.open_document()
    if article is None:
        _empty("No articles yet", "Add some: drop files on the Project page, or run `annotator import`.")
        return
    with st.sidebar:
        _queue(opened)
    _article(opened, article[1])


def _empty(title: str, what_to_do: str) -> None:
    _, middle, _ = st.columns([1, 2, 1])
    with middle, st.container(border=True):
        st.title(title, anchor=False)
        st.write(what_to_do)
        if st.button("Go to the Project page", type="primary", icon=":material/folder_open:"):
            st.switch_page(st.session_state[session.PROJECT_PAGE])


def _queue(opened: Context) -> None:
    counts = opened.store.progress(opened.project.id, opened.annotator)
    settled = counts["submitted"] + counts["discarded"]
    st.progress(
        settled / counts["total"] if counts["total"] else 0.0,
        text=f"**{counts['submitted']}** done, {counts['discarded']} skipped of {counts['total']}",
    )
    query = _filters(opened, counts)
    rows, total = opened.store.find_documents(
        opened.project.id, replace(query, limit=navigation.queue_limit()), annotator=opened.annotator
    )
    current = st.session_state.get(session.DOCUMENT)
    component.mount_queue(
        {
            "total": total,
            "filtered": query != DocumentQuery(),
            "rows": [
                {
                    "id": row.id,
                    "title": row.title,
                    "outlet": row.outlet,
                    "published": row.published,
                    "status": row.status,
                    "spans": row.spans,
                    "current": row.id == current,
                }
                for row in rows
            ],
        }
    )


def _filters(opened: Context, counts: dict[str, int]) -> DocumentQuery:
    before = navigation.query()
    facets = opened.store.facets(opened.project.id)
    text = st.text_input(
        "Search",
        value=before.text,
        placeholder="Search title and text",
        label_visibility="collapsed",
        icon=":material/search:",
        key="queue_search",  # without keys, a new default would make new fields and drop the focus
    )
    status = st.pills(
        "Status",
        list(STATUS_NAMES),
        default=list(before.status),
        selection_mode="multi",
        format_func=lambda s: f"{STATUS_NAMES[s]} {counts[s]}",
        label_visibility="collapsed",
        key="queue_status",
    )
    outlets = [name for name, _ in facets["outlet"]]
    events = [name for name, _ in facets["event"]]
    outlet, event = list(before.outlet), list(before.event)
    if len(outlets) > 1 or len(events) > 1:
        with st.expander("Outlet and event", expanded=bool(before.outlet or before.event)):
            outlet = st.multiselect(
                "Outlet", outlets, default=[o for o in before.outlet if o in outlets], key="queue_outlet"
            )
            event = st.multiselect("Event", events, default=[e for e in before.event if e in events], key="queue_event")
    query = DocumentQuery(text=text.strip(), status=tuple(status), outlet=tuple(outlet), event=tuple(event))
    st.session_state[navigation.QUERY] = query
    return query


def _article(opened: Context, document: Document) -> None:
    store, project_id = opened.store, opened.project.id
    spans = distinct_suggestions(store.suggestions(project_id, document.id), opened.setting(session.MINIMUM))
    frames = store.frame_suggestions(project_id, document.id)
    if not spans and not frames:
        _offer_suggestions(opened, document)
    component.mount_editor(
        {
            "instance": instance_name(project_id, document, opened.annotator),
            "document": document_payload(document),
            "labels": labels_payload(opened.codebook),
            "suggestions": {
                "spans": [span_suggestion_payload(span) for span in spans],
                "frames": frame_suggestions_payload(frames),
            },
            "voice_ranges": _voice_ranges(opened, document),
            "targets": store.targets(project_id),
            "settings": {name: opened.setting(name) for name in session.SETTINGS},
            "guidelines": opened.codebook.guidelines,
            "position": _position(opened),
            "annotator": opened.annotator,
        }
    )


def _voice_ranges(opened: Context, document: Document) -> list[Json]:
    known = set(opened.codebook.ids("voice"))
    return [
        {"start": span.start, "end": span.end, "voice": voice}
        for span, voice in voice_ranges(document.text)
        if voice in known
    ]


def _position(opened: Context) -> Json:
    rows = opened.store.queue(opened.project.id, navigation.query(), annotator=opened.annotator)
    ids = [row.id for row in rows]
    current = st.session_state.get(session.DOCUMENT)
    index = ids.index(current) + 1 if current in ids else 0
    return {"index": index, "total": len(rows), "todo": sum(row.status is None for row in rows)}


def _offer_suggestions(opened: Context, document: Document) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("This article has no suggestions yet.")
        if st.button("Suggest labels", icon=":material/auto_awesome:", key=f"suggest_{document.id}"):
            suggest_with_progress(opened, [document.id])
            st.rerun()
