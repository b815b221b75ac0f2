"""Running the suggesters from a page, with progress."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from annotator.classifier.base import Suggester
from annotator.codebook import Codebook
from annotator.errors import ClassifierError
from annotator.store.base import Project
from annotator.ui import session
from annotator.ui.plain import plain
from annotator.ui.session import Context
from annotator.workflows.model_folders import ModelInfo
from annotator.workflows.models import active_model
from annotator.workflows.score_project import ProjectReport, score_project
from annotator.workflows.suggesters import Loaded, load_available, load_lexicon, load_model


# What cannot be loaded raises, and is tried anew next time: only what works is kept.
@st.cache_resource(show_spinner=False, max_entries=4)
def _lexicon(ref: str, _codebook: Codebook) -> Suggester:
    return load_lexicon(_codebook)


@st.cache_resource(show_spinner=False, max_entries=4)
def _model(ref: str, folder: str, fingerprint: str, _codebook: Codebook) -> Suggester:
    return load_model(_codebook, Path(folder) if folder else None)


def load(codebook: Codebook, project: Project | None = None) -> Loaded:
    """Return the suggesters for a codebook; each model is read once per server, until its folder changes.

    Args:
        codebook: Names the labels.
        project: Its active model is used; ``None``: the shipped one.
    """
    active = active_model(project, session.models()) if project else None

    def model(book: Codebook, folder: Path | None) -> Suggester:
        if active and active.error:
            raise ClassifierError(active.error)
        return _model(book.ref, str(folder or ""), active.fingerprint if active else "", book)

    folder = active.path if active and not active.is_shipped else None
    with st.spinner("Loading the model …", show_time=True):
        return load_available(codebook, folder, lexicon=one_lexicon, model=model)


def one_model(codebook: Codebook, info: ModelInfo) -> Suggester:
    """Return the model of a folder.

    Raises:
        ClassifierError: If it cannot be loaded.
    """
    return _model(codebook.ref, str(info.path), info.fingerprint, codebook)


def one_lexicon(codebook: Codebook) -> Suggester:
    """Return the lexicon shipped with a codebook.

    Raises:
        AnnotatorError: If there is none, or it is broken.
    """
    return _lexicon(codebook.ref, codebook)


def suggest_with_progress(opened: Context, document_ids: list[str]) -> ProjectReport:
    """Suggest labels for articles of the open project and store them, drawing a progress bar."""
    loaded = load(opened.codebook, opened.project)
    for note in loaded.notes:
        st.warning(plain(note), icon="⚠️")
    total = len(document_ids)
    bar = st.progress(0.0, text=f"Suggesting labels for {total} articles …")

    def show(done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0), text=f"Suggesting labels: {done} of {total} articles")

    failed: list[str] = []
    report = score_project(
        opened.store,
        opened.project.id,
        loaded.suggesters,
        document_ids=document_ids,
        progress=show,
        on_rejected=lambda rejected: failed.append(rejected.message),
    )
    for message in failed[:20]:
        st.warning(plain(f"Not suggested: {message}"), icon="⚠️")
    bar.empty()
    return report
