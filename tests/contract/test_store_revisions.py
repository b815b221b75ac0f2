"""A changed text keeps its annotations where they belong, and says which it could not place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_kit.edits import PROJECT, SMALL, SMALL_SOURCE, TEXT, edit, mark, span_of

from annotator.documents import Document
from annotator.operations import Change, inverse, undo_stacks
from annotator.store import AddOutcome, Orphan
from annotator.store.sql_store import SqlStore

REVISED = "Breaking. " + TEXT.replace("The regime denied it.", "The ministry denied it.")


def revise(store: SqlStore, text: str, document_id: str = "a") -> AddOutcome:
    (outcome,) = store.add_documents(PROJECT, [Document(document_id, text, title="New title")])
    return outcome


@pytest.fixture
def marked(project: SqlStore) -> SqlStore:
    project.apply(PROJECT, [mark("s1", span_of("stolen", voice="own")), mark("s2", span_of("regime"))])
    project.apply(PROJECT, [mark("s1", span_of("stolen", nth=1), annotator="ben")])
    project.apply(PROJECT, [edit(Change("frames", "", None, ["economy"]), Change("status", "", None, "submitted"))])
    return project


def test_spans_move_with_their_words_and_orphans_are_listed(marked: SqlStore) -> None:
    lost = Orphan("ana", "s2", span_of("regime"))
    assert revise(marked, REVISED) == AddOutcome("a", "revised", revision=2, moved=2, orphans=(lost,))
    assert marked.state(PROJECT, "a", "ana").spans == {"s1": span_of("stolen", REVISED, voice="own")}
    assert marked.state(PROJECT, "a", "ben").spans == {"s1": span_of("stolen", REVISED, nth=1)}
    assert marked.orphans(PROJECT, "a") == [lost]
    assert marked.check() == []


def test_a_span_that_stays_in_place_gets_its_new_surroundings(marked: SqlStore) -> None:
    revise(marked, TEXT.replace("left the base", "stayed there"))
    assert marked.state(PROJECT, "a", "ana").spans["s1"] == span_of("stolen", voice="own")
    assert marked.check() == []


def test_an_annotation_that_lost_a_span_is_a_draft_again(marked: SqlStore) -> None:
    revise(marked, "Breaking. " + TEXT)
    assert marked.state(PROJECT, "a", "ana").status == "submitted"
    revise(marked, REVISED)
    state = marked.state(PROJECT, "a", "ana")
    assert (state.status, state.frames) == ("draft", ("economy",))


def test_both_texts_stay_and_the_newer_is_searched(marked: SqlStore) -> None:
    revise(marked, REVISED)
    assert marked.document(PROJECT, "a", revision=1).text == TEXT
    assert marked.document(PROJECT, "a") == Document("a", REVISED, title="New title", revision=2)


def test_nothing_before_a_revision_can_be_undone(marked: SqlStore) -> None:
    revise(marked, REVISED)
    history = marked.history(PROJECT, "a", "ana")
    assert undo_stacks(history) == ([], [])
    (refused,) = marked.apply(PROJECT, [inverse(history[0], id="late-undo")])
    assert refused.outcome == "refused"
    assert marked.check() == []


def test_a_text_may_come_back(marked: SqlStore) -> None:
    revise(marked, REVISED)
    assert revise(marked, TEXT).revision == 3
    assert marked.state(PROJECT, "a", "ana").spans == {"s1": span_of("stolen", voice="own")}
    assert marked.check() == []


def test_spans_that_would_overlap_against_the_codebook_are_orphans(store: SqlStore) -> None:
    book = replace(SMALL, id="strict", allow_overlap=False)
    store.create_project(PROJECT, title="", codebook=book, codebook_source=SMALL_SOURCE)
    store.add_annotator(PROJECT, "ana")
    old = "Here they took the stolen oil by night, and further down took the stolen oil by night."
    list(store.add_documents(PROJECT, [Document("a", old)]))
    store.apply(
        PROJECT, [mark("s1", span_of("took the stolen oil", old)), mark("s2", span_of("stolen oil by", old, nth=1))]
    )
    outcome = revise(store, "Here they took the stolen oil by night, and no more.")
    assert (outcome.moved, [orphan.span_id for orphan in outcome.orphans]) == (1, ["s2"])
    assert store.check() == []
