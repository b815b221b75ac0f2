"""Downloads from the Project page: whole, in every format, and never empty."""

from __future__ import annotations

import io
import zipfile

import pytest

from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.store import Store, open_store
from annotator.ui.export_section import FORMATS, export_bytes
from annotator.ui.session import Context
from annotator.workflows.export import Selection

TEXT = "They keep the stolen oil."


@pytest.fixture(params=["p", "../evil"])
def opened(request: pytest.FixtureRequest, codebook: Codebook) -> Context:
    """A project with one article; its name may look like a path."""
    store: Store = open_store(":memory:")
    project = store.create_project(request.param, title="P", codebook=codebook, codebook_source="id: p")
    assert [one.outcome for one in store.add_documents(project.id, [Document(id="../a", text=TEXT)])] == ["added"]
    return Context(store, project, project.codebook, store.add_annotator(project.id, "ana"))


@pytest.mark.parametrize("name", ["jsonl", "csv", "parquet", "datasets"])
def test_download_holds_the_article(opened: Context, name: str) -> None:
    content = export_bytes(opened, name, Selection())
    assert set(FORMATS) == {"jsonl", "csv", "parquet", "datasets"}
    if name != "datasets":
        assert TEXT.encode() in content or content.startswith(b"PAR1")
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert {entry.partition("/")[0] for entry in names} == {"project"}
    assert any(entry.endswith(".arrow") for entry in names)
    assert not any(".." in entry for entry in names)
