"""Running the suggesters from a page, with progress."""

from __future__ import annotations

import streamlit as st

from annotator.codebook import Codebook
from annotator.ui.plain import plain
from annotator.ui.session import Context
from annotator.workflows.suggest import SuggestReport, suggest
from annotator.workflows.suggesters import Loaded, load_available


@st.cache_resource(show_spinner=False, max_entries=4)
def _load(ref: str, _codebook: Codebook) -> Loaded:
    return load_available(_codebook)


def load(codebook: Codebook) -> Loaded:
    """Return the suggesters for a codebook; the model is read once per server."""
    with st.spinner("Loading the model …", show_time=True):
        return _load(codebook.ref, codebook)


def suggest_with_progress(opened: Context, document_ids: list[str]) -> SuggestReport:
    """Suggest labels for articles of the open project and store them, drawing a progress bar."""
    loaded = load(opened.codebook)
    for note in loaded.notes:
        st.warning(plain(note), icon="⚠️")
    total = len(document_ids)
    bar = st.progress(0.0, text=f"Suggesting labels for {total} articles …")

    def show(done: int) -> None:
        bar.progress(min(done / total, 1.0), text=f"Suggesting labels: {done} of {total} articles")

    report = suggest(opened.store, opened.project.id, loaded.suggesters, document_ids=document_ids, progress=show)
    bar.empty()
    return report
