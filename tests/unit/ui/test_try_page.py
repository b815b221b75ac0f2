"""What a tried text becomes when it is added to a project."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import DocumentError
from annotator.store import Store, open_store
from annotator.ui.try_page import PASTED, described


@pytest.fixture
def store(codebook: Codebook) -> Iterator[Store]:
    """A project with an article that came from a file ``a.txt``."""
    opened = open_store(":memory:")
    opened.create_project("p", title="P", codebook=codebook, codebook_source="")
    list(opened.add_documents("p", [Document(id="a.txt", text="The first text.")]))
    yield opened
    opened.close()


def add(store: Store, id: str, *, title: str = "", outlet: str = "", day: str = "") -> Document:
    document = described(store, "p", Document(id=id, text="Another text."), title=title, outlet=outlet, day=day)
    assert [one.outcome for one in store.add_documents("p", [document])] == ["added"]
    return document


@pytest.mark.parametrize("id", ["a.txt", PASTED], ids=["name of another article", "pasted"])
def test_added_text_never_replaces_another(store: Store, id: str) -> None:
    assert add(store, id).id == f"{id}-{Document(id='', text='Another text.').text_sha256[:12]}"
    assert store.document("p", "a.txt").text == "The first text."


def test_free_file_name_is_kept_and_details_are_cleaned(store: Store) -> None:
    added = add(store, "b.txt", title=" Dam\u202e\nnews ", outlet="", day="2026-03-14")
    assert (added.id, added.title, added.outlet, added.published) == ("b.txt", "Dam news", None, "2026-03-14")


def test_day_that_is_no_date_is_refused_with_an_example(store: Store) -> None:
    with pytest.raises(DocumentError, match=r"'last week' is no date\. Write it like 2026-03-14"):
        add(store, "b.txt", day="last week")
