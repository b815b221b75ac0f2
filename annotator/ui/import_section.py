"""Adding articles to the open project by dropping files on the page."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.errors import AnnotatorError
from annotator.ui.plain import plain
from annotator.ui.session import Context
from annotator.ui.suggesting import suggest_with_progress
from annotator.workflows.import_ import import_uploads
from annotator.workflows.import_report import ImportReport

TYPES = ["txt", "md", "html", "htm", "jsonl", "csv", "parquet", "gz"]
LAST = "last_import"
ROUND = "upload_round"
LISTED = 200


def draw(opened: Context) -> None:
    """Draw the drop area and what became of the last files."""
    st.write(
        "Drop articles here: one per file (`.txt`, `.md`, `.html`), or many in one file (`.jsonl`, `.csv`, "
        "`.parquet` with a column `text`, and if you have them `id`, `title`, `outlet`, `published`, `url`, `event`)."
    )
    key = f"upload_{st.session_state.get(ROUND, 0)}"
    uploads = st.file_uploader("Files", type=TYPES, accept_multiple_files=True, key=key, label_visibility="collapsed")
    suggest = st.checkbox("Suggest labels for the new articles", value=True)
    if st.button("Add to the project", type="primary", disabled=not uploads, icon=":material/upload_file:"):
        with st.spinner("Reading the files …", show_time=True):
            report = import_uploads(
                opened.store,
                opened.project.id,
                [(upload.name, upload.getvalue()) for upload in uploads],
                codebook=opened.codebook,
            )
        if suggest and report.new_ids:
            suggest_with_progress(opened, list(report.new_ids))
        st.session_state[LAST] = report
        st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
        st.rerun()
    last: ImportReport | None = st.session_state.get(LAST)
    if last is not None:
        _report(last)


def _report(report: ImportReport) -> None:
    summary = plain(report.summary())
    st.success(summary, icon="✅") if report.new_ids else st.info(summary, icon="ℹ️")
    _table("Left out", [{"where": r.name, "line": r.line, "reason": r.reason} for r in report.rejected])
    _table("Already there", [{"article": a, "same text as": b} for a, b in report.duplicates])
    _table("Good to know", [{"note": note} for note in report.warnings])


def _table(title: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    with st.expander(f"{title} ({len(rows)})", expanded=title == "Left out"):
        st.dataframe(rows[:LISTED], width="stretch", hide_index=True)
        if len(rows) > LISTED:
            st.caption(f"… and {len(rows) - LISTED} more.")


def read_codebook(upload: Any) -> Codebook:
    """Check an uploaded codebook file; its name stands in the messages.

    Raises:
        CodebookError: If it is broken.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "codebook.yaml"
        path.write_bytes(upload.getvalue())
        try:
            return load_codebook(path)
        except AnnotatorError as error:
            raise type(error)(str(error).replace(str(path), str(upload.name))) from error
