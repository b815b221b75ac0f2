"""Choosing the project, and saying who one is."""

from __future__ import annotations

import getpass

import streamlit as st

from annotator.errors import StoreError
from annotator.store.base import Store
from annotator.ui import session

NEW = "＋ Someone else…"


def choose_project(store: Store) -> None:
    """Draw the project menu; nothing when there is no project yet."""
    projects = {project.id: project.title for project in store.projects()}
    if not projects:
        st.session_state.pop(session.PROJECT, None)
        return
    current = st.session_state.get(session.PROJECT)
    if current not in projects:
        current = next(reversed(projects))
        st.session_state[session.PROJECT] = current
    ids = list(projects)
    chosen = st.selectbox("Project", ids, index=ids.index(current), format_func=projects.__getitem__)
    if chosen != current:
        st.session_state[session.PROJECT] = chosen
        st.session_state.pop(session.DOCUMENT, None)
        st.rerun()


def choose_annotator(store: Store) -> None:
    """Draw the menu of names; every label belongs to the one chosen here."""
    project_id = st.session_state.get(session.PROJECT)
    if not project_id:
        return
    names = store.annotators(project_id)
    current = st.session_state.get(session.ANNOTATOR)
    if current not in names:
        st.session_state.pop(session.ANNOTATOR, None)
        _ask_name(store, project_id, names)
        return
    options = [*names, NEW]
    chosen = st.selectbox("You are", options, index=options.index(current), help="Labels are kept apart by annotator.")
    if chosen == NEW:
        _ask_name(store, project_id, names)
    elif chosen != current:
        st.session_state[session.ANNOTATOR] = chosen
        st.session_state.pop(session.DOCUMENT, None)
        st.rerun()


def _ask_name(store: Store, project_id: str, names: list[str]) -> None:
    with st.form("annotator_name", border=False):
        name = st.text_input(
            "Your name",
            value="" if names else _login_name(),
            placeholder="Your name",
            max_chars=60,
            help="Every label is stored under this name. Use the same one each time.",
        )
        if st.form_submit_button("Start annotating", type="primary", width="stretch") and name.strip():
            try:
                st.session_state[session.ANNOTATOR] = store.add_annotator(project_id, name.strip())
            except StoreError as error:
                st.error(str(error))
                return
            st.session_state.pop(session.DOCUMENT, None)
            st.rerun()
    if names and session.ANNOTATOR not in st.session_state:
        st.caption("Or continue as:")
        for known in names:
            if st.button(known, key=f"continue_{known}", width="stretch"):
                st.session_state[session.ANNOTATOR] = known
                st.rerun()


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
