"""What a page knows: the store, the open project, who is annotating, and the state of one browser tab.

Nothing durable lives in ``st.session_state``: it is lost with the connection. The address of the page
carries project, annotator and article, so that a reload comes back to the same place.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from annotator.codebook import Codebook
from annotator.store import default_database, open_store
from annotator.store.base import Project, Store
from annotator.ui.launch import DATABASE_VARIABLE, PROJECT_VARIABLE
from annotator.ui.plain import plain
from annotator.workflows.model_folders import models_folder

PROJECT = "project"
ANNOTATOR = "annotator"
DOCUMENT = "document"
IN_ADDRESS = (PROJECT, ANNOTATOR, DOCUMENT)
"""Keys of ``st.session_state`` that are also parameters of the address."""

ANNOTATE_PAGE, PROJECT_PAGE = "annotate_page", "project_page"
"""The pages themselves, because ``st.switch_page`` knows pages made from functions only by their object."""

MESSAGE = "message"
QUEUE_LIMIT = "queue_limit"
QUEUE_STEP = 50

MINIMUM = "minimum_probability"
SHOW = "show_suggestions"
LOWEST, HIGHEST = 0.0, 0.95
"""Bounds of the lowest probability shown; those of the slider in ``frontend/toolbar.js``."""

SETTINGS: dict[str, Any] = {MINIMUM: 0.3, SHOW: True}
"""Per-project settings and their defaults."""


@dataclass(frozen=True, slots=True)
class Context:
    """The project and annotator a page works for."""

    store: Store
    project: Project
    codebook: Codebook
    annotator: str

    def setting(self, name: str) -> Any:
        """Return a project setting, or its default."""
        return self.project.settings.get(name, SETTINGS[name])


@st.cache_resource(show_spinner=False)
def _store(database: str) -> Store:
    return open_store(database)


def get_store() -> Store:
    """Return the one store of this server process.

    Raises:
        StoreError: If the database cannot be opened.
    """
    return _store(database())


def database() -> str:
    """Return the path or address of the database; an address may hold a password, so it is never shown."""
    return os.environ.get(DATABASE_VARIABLE) or str(default_database())


def models() -> Path:
    """Return the folder in which models of this database lie; it need not exist yet."""
    return models_folder(database())


def recall_address() -> None:
    """Fill the session from the page's address, once, when the tab is new."""
    for key in IN_ADDRESS:
        if key not in st.session_state and key in st.query_params:
            st.session_state[key] = st.query_params[key]
    if PROJECT not in st.session_state and PROJECT_VARIABLE in os.environ:
        st.session_state[PROJECT] = os.environ[PROJECT_VARIABLE]


def keep_address() -> None:
    """Write project, annotator and article into the page's address."""
    for key in IN_ADDRESS:
        value = st.session_state.get(key)
        if value and st.query_params.get(key) != value:
            st.query_params[key] = value


def say(message: str, *, icon: str = "ℹ️") -> None:
    """Show a message after the next rerun."""
    st.session_state[MESSAGE] = (message, icon)


def show_message() -> None:
    """Show what :func:`say` left, once."""
    if left := st.session_state.pop(MESSAGE, None):
        st.toast(plain(left[0]), icon=left[1])
