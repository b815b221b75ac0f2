"""Choosing the project, and saying who one is."""

from __future__ import annotations

import getpass

import streamlit as st

from annotator.errors import StoreError
from annotator.store.base import Store
from annotator.ui import session
from annotator.ui.plain import plain

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
    """Draw the menu of names, once somebody has said who they are; every label belongs to the one chosen here."""
    project_id = st.session_state.get(session.PROJECT)
    if not project_id:
        return
    names = store.annotators(project_id)
    current = st.session_state.get(session.ANNOTATOR)
    if current not in names:
        st.session_state.pop(session.ANNOTATOR, None)
        return
    options = [*names, NEW]
    chosen = st.selectbox("You are", options, index=options.index(current), help="Labels are kept apart by annotator.")
    if chosen == NEW:
        st.session_state.pop(session.ANNOTATOR)
        st.rerun()
    elif chosen != current:
        _become(chosen)


def ask_who(store: Store, project_id: str) -> None:
    """Draw the card that asks who is labelling, in the middle of the page."""
    names = store.annotators(project_id)
    _, middle, _ = st.columns([1, 2, 1])
    with middle, st.container(border=True):
        st.title("Who is labelling?", anchor=False)
        st.write("Every label is stored under your name, apart from everybody else's. Use the same name each time.")
        with st.form("annotator_name", border=False):
            name = st.text_input(
                "Your name", value="" if names else _login_name(), placeholder="for example: Mara", max_chars=60
            )
            pressed = st.form_submit_button("Start annotating", type="primary", width="stretch")
        if pressed:
            _join(store, project_id, name)
        if names:
            st.caption("Or continue as")
            with st.container(horizontal=True):
                for known in names:
                    if st.button(plain(known), key=f"continue_{known}"):
                        _become(known)


def _join(store: Store, project_id: str, name: str) -> None:
    if not name.strip():
        st.error("Type a name first.")
        return
    try:
        _become(store.add_annotator(project_id, name.strip()))
    except StoreError as error:
        st.error(plain(str(error)))


def _become(name: str) -> None:
    st.session_state[session.ANNOTATOR] = name
    st.session_state.pop(session.DOCUMENT, None)
    st.rerun()


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
