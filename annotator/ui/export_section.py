"""Downloading the open project, in every format the tool writes."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import streamlit as st

from annotator.annotations import STATUSES
from annotator.formats import format_named
from annotator.ui.session import Context
from annotator.workflows.export import Selection, export_project

FORMATS = {
    "jsonl": (
        "JSON Lines",
        "Everything: texts, all annotators' labels, suggestions and decisions. Texts and labels read back.",
    ),
    "csv": ("CSV", "A row per span, for spreadsheets. Cells that look like formulas get a leading apostrophe."),
    "parquet": ("Parquet", "Everything, as nested columns, for pandas, R, DuckDB and Spark."),
    "datasets": ("Hugging Face dataset", "A zipped folder that `datasets.load_from_disk` opens."),
}
STATUS_NAMES = {"draft": "Drafts", "submitted": "Done", "discarded": "Skipped"}


def draw(opened: Context) -> None:
    """Draw the choice of what to download."""
    st.write("Offsets are Unicode code points, half-open; every file says so and carries each span's quote.")
    name = st.radio(
        "Format", list(FORMATS), format_func=lambda f: FORMATS[f][0], captions=[c for _, c in FORMATS.values()]
    )
    left, right = st.columns(2)
    people = opened.store.annotators(opened.project.id)
    annotators = left.multiselect("Annotators", people, placeholder="Everybody")
    statuses = right.multiselect("Status", STATUSES, format_func=STATUS_NAMES.__getitem__, placeholder="Any")
    selection = Selection(annotators=tuple(annotators), statuses=tuple(statuses))
    suffix = "zip" if name == "datasets" else name
    st.download_button(
        "Download",
        lambda: export_bytes(opened, name, selection),
        re.sub(r"[^\w-]+", "-", opened.project.id).strip("-") + f".{suffix}",
        "application/octet-stream",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption("Large projects: `annotator export --project NAME -o FILE` writes without holding the file in memory.")


def export_bytes(opened: Context, name: str, selection: Selection) -> bytes:
    """Return the project as one file; a folder format is zipped.

    Raises:
        StoreError, FormatError: As for :func:`annotator.workflows.export.export_project`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "project"  # never a path made from a name
        chosen = format_named(name)
        export_project(opened.store, opened.project.id, target, format=chosen, selection=selection)
        if target.is_dir():
            target = Path(shutil.make_archive(str(Path(scratch) / "export"), "zip", scratch, target.name))
        return target.read_bytes()
