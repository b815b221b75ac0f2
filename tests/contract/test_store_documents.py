"""Documents: stored exactly, never doubled, found again; what every store does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from store_kit.edits import PROJECT, TEXT, edit, mark, span_of
from store_kit.fixtures import NewAddress, filled

from annotator.documents import Document
from annotator.errors import StoreError
from annotator.operations import Change
from annotator.store import AddOutcome, DocumentQuery, open_store
from annotator.store.document_queries import CHUNK
from annotator.store.sql_store import SqlStore


def add(store: SqlStore, *documents: Document, batch: int = 200) -> list[AddOutcome]:
    return list(store.add_documents(PROJECT, documents, batch=batch))


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffA\r\nB\rC\n",
        "👩‍👩‍👧 🇸🇾 e\u0301 \U0001f9ff",
        "النظام ‏المزعوم\u202e abc",
        " \t x \u00a0\n\n",
        "x" * 500_000,
    ],
    ids=["bom-crlf", "emoji", "arabic", "white-space", "long"],
)
def test_text_comes_back_exactly(project: SqlStore, text: str) -> None:
    given = Document(
        "t", text, "T", "O", "2023", "https://example.org/?a=1", "E", {"k": "v 🪧"}, original="<p>x\r\n</p>"
    )
    assert add(project, given) == [AddOutcome("t", "added", revision=1)]
    assert project.document(PROJECT, "t") == given


def test_the_same_text_is_reported_and_not_doubled(project: SqlStore) -> None:
    outcomes = add(project, Document("a", TEXT), Document("copy", TEXT), Document("new", "New"), Document("n2", "New"))
    assert outcomes == [
        AddOutcome("a", "duplicate", revision=1, duplicate_of="a"),
        AddOutcome("copy", "duplicate", revision=1, duplicate_of="a"),
        AddOutcome("new", "added", revision=1),
        AddOutcome("n2", "duplicate", revision=1, duplicate_of="new"),
    ]
    assert [document.id for document in project.iter_documents(PROJECT)] == ["a", "b", "new"]


def test_the_same_text_may_stand_in_two_projects(project: SqlStore) -> None:
    book = project.project(PROJECT).codebook
    project.create_project("other", title="", codebook=book, codebook_source="")
    (outcome,) = project.add_documents("other", [Document("a", TEXT)])
    assert outcome.outcome == "added"


@pytest.mark.parametrize("batch", [1, 2, 100], ids=["one-by-one", "pairs", "one-batch"])
def test_a_changed_text_is_a_new_revision_wherever_batches_end(project: SqlStore, batch: int) -> None:
    outcomes = add(
        project,
        Document("c", "One"),
        Document("c", "Two"),
        Document("d", "One"),
        Document("c", "One"),
        Document("c", "Three"),
        batch=batch,
    )
    assert [(o.outcome, o.revision, o.duplicate_of) for o in outcomes] == [
        ("added", 1, None),
        ("revised", 2, None),
        ("added", 1, None),
        ("duplicate", 1, "d"),
        ("revised", 3, None),
    ]
    assert [project.document(PROJECT, "c", revision=n).text for n in (1, 2, 3)] == ["One", "Two", "Three"]
    assert project.document(PROJECT, "c").revision == 3
    assert project.check() == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (Document("x", " \n"), "the text is empty"),
        (Document("x", "a\0b"), "NUL character at offset 1"),
        (Document("x", "a\ud83e"), "lone surrogate"),
        (Document("", "text"), "1 to 400 printable characters"),
        (Document("a\nb", "text"), "1 to 400 printable characters"),
        (Document("x", "text", title="a\0"), "holds NUL or half a character"),
        (Document("x", "text", metadata={"k": "\udc00"}), "holds NUL or half a character"),
    ],
    ids=["empty", "nul", "surrogate", "no-id", "control-id", "nul-title", "surrogate-metadata"],
)
def test_a_bad_document_is_refused_and_the_others_are_in(project: SqlStore, given: Document, reason: str) -> None:
    bad, good = add(project, given, Document("good", "Good text"))
    assert (bad.outcome, bad.revision) == ("refused", None)
    assert reason in bad.reason
    assert good.outcome == "added"


def test_unknown_document_and_revision_say_what_there_is(project: SqlStore) -> None:
    with pytest.raises(StoreError, match=r"Project 'syria' has no document 'z' \(it has 2\)"):
        project.document(PROJECT, "z")
    with pytest.raises(StoreError, match=r"Document 'a' has no revision 7; it has 1 to 1\."):
        project.document(PROJECT, "a", revision=7)


def find(store: SqlStore, annotator: str = "ana", **query: Any) -> list[str]:
    found, total = store.find_documents(PROJECT, DocumentQuery(**query), annotator=annotator)
    assert total == len(found)
    queue = store.queue(PROJECT, DocumentQuery(**query | {"limit": 1}), annotator=annotator)
    assert [(e.id, e.status, e.updated) for e in queue] == [(row.id, row.status, row.updated) for row in found]
    return [summary.id for summary in found]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def library(request: pytest.FixtureRequest, new_address: NewAddress) -> Iterator[SqlStore]:
    """Five documents in several states; read by many tests, changed by none."""
    project = filled(open_store(new_address(request.param)))
    add(
        project,
        Document("c", "100% of the oil_fields", title="élan", outlet="Blog", published="2022"),
        Document("d", "Straßenkampf in ÀLEPPO", title="Zulu", event="siege"),
        Document("e", "back\\slash and 100 fields"),
    )
    project.apply(PROJECT, [mark("s", span_of("stolen"))])
    project.apply(PROJECT, [edit(Change("status", "", None, "submitted"), document_id="b")])
    project.apply(PROJECT, [edit(Change("status", "", None, "discarded"), document_id="d", annotator="ben")])
    yield project
    project.close()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["a", "b", "c", "d", "e"]),
        ({"text": "STOLEN syrian"}, ["a"]),
        ({"text": "100%"}, ["c"]),
        ({"text": "oil_f"}, ["c"]),
        ({"text": "oil f"}, []),
        ({"text": "k\\s"}, ["e"]),
        ({"text": "ÉLAN"}, ["c"]),
        ({"text": "STRASSEN"}, ["d"]),
        ({"text": "àleppo"}, ["d"]),
        ({"text": "  "}, ["a", "b", "c", "d", "e"]),
        ({"outlet": ("Blog", "Agency")}, ["a", "b", "c"]),
        ({"event": ("oil",)}, ["a", "b"]),
        ({"status": ("todo",)}, ["c", "d", "e"]),
        ({"status": ("draft", "submitted")}, ["a", "b"]),
        ({"status": ("todo", "draft")}, ["a", "c", "d", "e"]),
        ({"status": ("todo",), "outlet": ("Blog",)}, ["c"]),
        ({"order": "title"}, ["b", "e", "a", "d", "c"]),
        ({"order": "published"}, ["c", "b", "a", "d", "e"]),
        ({"order": "outlet"}, ["a", "b", "c", "d", "e"]),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_find_documents_restricts_and_orders(library: SqlStore, query: dict[str, Any], expected: list[str]) -> None:
    found = find(library, **query)
    if query.get("order") == "title":  # how databases collate "é" differs
        found, expected = [name for name in found if name != "c"], [name for name in expected if name != "c"]
    assert found == expected


def test_find_documents_shows_each_annotator_only_their_own_work(library: SqlStore) -> None:
    assert find(library, annotator="ben", status=("discarded",)) == ["d"]
    (row,), _ = library.find_documents(PROJECT, DocumentQuery(text="stolen"), annotator="ana")
    assert (row.id, row.title, row.outlet, row.published, row.event) == ("a", "Bases", "Agency", "2023-08-29", "oil")
    assert (row.words, row.status, row.spans, bool(row.updated)) == (19, "draft", 1, True)
    (row,), _ = library.find_documents(PROJECT, DocumentQuery(text="stolen"), annotator="ben")
    assert (row.status, row.spans, row.updated) == (None, 0, "")


def test_find_documents_pages_and_counts_all(library: SqlStore) -> None:
    rows, total = library.find_documents(PROJECT, DocumentQuery(limit=2, offset=3), annotator="ana")
    assert ([row.id for row in rows], total) == (["d", "e"], 5)


@pytest.mark.parametrize(
    "query", [{"status": ("finished",)}, {"order": "id; DROP TABLE document"}], ids=["status", "order"]
)
def test_find_documents_refuses_unknown_values(project: SqlStore, query: dict[str, Any]) -> None:
    with pytest.raises(StoreError, match="expected one of"):
        find(project, **query)


def test_undoing_everything_makes_a_document_to_do_again(project: SqlStore) -> None:
    span = span_of("stolen")
    project.apply(PROJECT, [mark("s", span)])
    project.apply(PROJECT, [edit(Change("span", "s", span.to_record(), None))])
    assert find(project, status=("todo",)) == ["a", "b"]


def test_facets_and_progress_count(library: SqlStore) -> None:
    assert library.facets(PROJECT) == {"outlet": [("Blog", 2), ("Agency", 1)], "event": [("oil", 2), ("siege", 1)]}
    assert library.progress(PROJECT, "ana") == {"todo": 3, "draft": 1, "submitted": 1, "discarded": 0, "total": 5}
    assert library.progress(PROJECT, "nobody") == {"todo": 5, "draft": 0, "submitted": 0, "discarded": 0, "total": 5}


def test_iter_documents_streams_all_in_order_and_by_name(project: SqlStore) -> None:
    many = [Document(f"m{n}", f"Text number {n}") for n in range(2 * CHUNK + 7)]
    add(project, *many)
    assert [d.id for d in project.iter_documents(PROJECT)] == ["a", "b", *(d.id for d in many)]
    wanted = [d.id for d in reversed(many)]
    assert [d.id for d in project.iter_documents(PROJECT, ids=iter(wanted))] == wanted
    with pytest.raises(StoreError, match="no document 'zz'"):
        list(project.iter_documents(PROJECT, ids=["a", "zz"]))


def test_iter_documents_lets_others_write_meanwhile(project: SqlStore) -> None:
    def while_reading() -> Iterable[str]:
        for document in project.iter_documents(PROJECT):
            project.apply(PROJECT, [edit(Change("status", "", None, "draft"), document_id=document.id)])
            yield document.id

    assert list(while_reading()) == ["a", "b"]
    assert project.progress(PROJECT, "ana")["draft"] == 2
