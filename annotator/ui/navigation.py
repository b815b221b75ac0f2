"""Which article is open, which comes next, and what the queue shows."""

from __future__ import annotations

from typing import Any, Literal

import streamlit as st

from annotator.documents import Document
from annotator.errors import StoreError
from annotator.store.base import DocumentQuery, QueueEntry, Store
from annotator.ui import session
from annotator.ui.session import Context

RERUN = "rerun_whole_page"
QUERY = "document_query"

Step = Literal["next", "previous", "next_todo"]


def context() -> Context | None:
    """Return the open project and annotator, or ``None`` while either is still to be chosen."""
    store = session.get_store()
    project_id = st.session_state.get(session.PROJECT)
    annotator = st.session_state.get(session.ANNOTATOR)
    if not project_id or not annotator:
        return None
    try:
        project = store.project(project_id)
    except StoreError:
        st.session_state.pop(session.PROJECT, None)
        return None
    return Context(store, project, project.codebook, annotator)


def query() -> DocumentQuery:
    """Return the queue's filters, as last set in this tab."""
    saved: DocumentQuery = st.session_state.get(QUERY) or DocumentQuery()
    return saved


def open_document() -> tuple[Context, Document] | None:
    """Return the open article, choosing where the annotator left off when none is open yet."""
    opened = context()
    if opened is None:
        return None
    document_id = st.session_state.get(session.DOCUMENT)
    if document_id is not None:
        try:
            return opened, opened.store.document(opened.project.id, document_id)
        except StoreError:
            session.say(f"This project has no article '{document_id}'. Opened another one instead.", icon="⚠️")
    chosen = _left_off(opened)
    if chosen is None:
        st.session_state.pop(session.DOCUMENT, None)
        return None
    st.session_state[session.DOCUMENT] = chosen
    return opened, opened.store.document(opened.project.id, chosen)


def _left_off(opened: Context) -> str | None:
    rows = opened.store.queue(opened.project.id, DocumentQuery(), annotator=opened.annotator)
    drafts = [row for row in rows if row.status == "draft"]
    if drafts:
        return max(drafts, key=lambda row: row.updated).id
    todo = [row for row in rows if row.status is None]
    return (todo or rows)[0].id if rows else None


def follow(store: Store, intent: dict[str, Any]) -> None:
    """Do what the browser asked for: open an article, step through the queue, show more, keep a setting."""
    opened = context()
    if opened is None:
        return
    kind = intent.get("kind")
    if kind == "open" and isinstance(intent.get("document_id"), str):
        st.session_state[session.DOCUMENT] = intent["document_id"]
    elif kind in ("next", "previous", "next_todo"):
        _step(opened, kind)
    elif kind == "more":
        st.session_state[session.QUEUE_LIMIT] = queue_limit() + session.QUEUE_STEP
    elif kind == "setting" and intent.get("name") in session.SETTINGS:
        _keep_setting(store, opened, intent)
    st.session_state[RERUN] = True


def _keep_setting(store: Store, opened: Context, intent: dict[str, Any]) -> None:
    name, value = intent["name"], intent.get("value")
    if name == session.SHOW and isinstance(value, bool):
        store.set_project_setting(opened.project.id, name, value)
    elif name == session.MINIMUM and isinstance(value, int | float) and session.LOWEST <= value <= session.HIGHEST:
        store.set_project_setting(opened.project.id, name, round(float(value), 2))


def _step(opened: Context, step: Step) -> None:
    rows = opened.store.queue(opened.project.id, query(), annotator=opened.annotator)
    chosen = step_from(rows, st.session_state.get(session.DOCUMENT), step)
    if chosen is not None:
        st.session_state[session.DOCUMENT] = chosen
    elif step == "next_todo":
        session.say("Saved. Every article in this list is done or skipped.", icon="✅")


def step_from(rows: list[QueueEntry], current: str | None, step: Step) -> str | None:
    """Return the id one step away in the list; ``next_todo`` looks past the end from the start again.

    Returns ``None`` where there is nothing in that direction.
    """
    ids = [row.id for row in rows]
    at = ids.index(current) if current in ids else -1
    if step == "next_todo":
        after = rows[at + 1 :] + rows[: max(at, 0)]
        return next((row.id for row in after if row.status is None), None)
    to = at + (1 if step == "next" else -1)
    return ids[to] if 0 <= to < len(ids) else None


def queue_limit() -> int:
    """Return how many rows the queue shows."""
    limit: int = st.session_state.get(session.QUEUE_LIMIT, session.QUEUE_STEP)
    return limit
