"""Edits: applied once, refused with a reason, owned by one annotator; what every store does."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from store_kit.edits import PROJECT, TEXT, edit, mark, span_of, suggested

from annotator.annotations import Annotation, LabelledSpan
from annotator.errors import StoreError
from annotator.operations import AnnotationState, Change, Operation, inverse, undo_stacks
from annotator.store import Applied
from annotator.store.sql_store import SqlStore

SPAN = span_of("stolen", frames=("economy",), voice="own", target="Syria", polarity="-", note="é 🪧")


def test_apply_stores_spans_frames_status_and_decisions(project: SqlStore) -> None:
    project.put_suggestions(PROJECT, [suggested("a")])
    key = project.suggestions(PROJECT, "a")[0].id
    operation = edit(
        Change("span", "s1", None, SPAN.to_record()),
        Change("frames", "", None, ["security", "economy"]),
        Change("status", "", None, "draft"),
        Change("decision", key, None, "accepted"),
        action="accept",
        client_time="2026-01-31T12:00:00Z",
        agent_version="model@1",
    )
    assert project.apply(PROJECT, [operation]) == [Applied(operation.id, "applied")]
    expected = AnnotationState({"s1": SPAN}, ("security", "economy"), "draft", {key: "accepted"})
    assert project.state(PROJECT, "a", "ana") == expected
    assert project.history(PROJECT, "a", "ana") == [operation]
    assert project.check() == []


def test_a_repeated_operation_changes_nothing(project: SqlStore) -> None:
    operation = mark("s1", SPAN)
    first = project.apply(PROJECT, [operation, operation])
    later = project.apply(PROJECT, [operation])
    assert [applied.outcome for applied in (*first, *later)] == ["applied", "repeated", "repeated"]
    assert project.history(PROJECT, "a", "ana") == [operation]


def test_a_refused_operation_does_not_stop_the_others(project: SqlStore) -> None:
    operations = [
        mark("s1", replace(SPAN, quote="stoleN")),
        mark("s2", SPAN),
        mark("s3", replace(SPAN, device="loadet")),
        edit(Change("status", "", None, "draft")),
    ]
    applied = project.apply(PROJECT, operations)
    assert [one.outcome for one in applied] == ["refused", "applied", "refused", "applied"]
    assert "the text there reads 'stolen'" in applied[0].reason
    assert "Did you mean 'loaded'?" in applied[2].reason
    assert project.state(PROJECT, "a", "ana") == AnnotationState({"s2": SPAN}, (), "draft")


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (mark("s", SPAN, document_id="nope"), "this project lacks the document or the annotator"),
        (mark("s", SPAN, annotator="carl"), "this project lacks the document or the annotator"),
        (mark("s" * 65, SPAN), "an id has 1 to 64 characters"),
        (mark("s", SPAN, id="x" * 65), "an id has 1 to 64 characters"),
        (mark("s", replace(SPAN, note="a\0b")), "holds a NUL character or half a character"),
        (mark("s", replace(SPAN, target="\ud800")), "holds a NUL character or half a character"),
        (mark("s", SPAN, id="\ud800"), "holds a NUL character or half a character"),
        (edit(Change("decision", "made-up", None, "accepted")), "has no suggestion made-up"),
        (edit(Change("span", "s", SPAN.to_record(), None)), "was changed elsewhere"),
        (mark("s", SPAN, action="re-anchor"), "only a revision of the text may"),
        (mark("s", replace(SPAN, end=10**30)), "the text has 111 code points"),
    ],
    ids="document annotator long-key long-id nul surrogate surrogate-id decision stale re-anchor huge".split(),  # noqa: SIM905
)
def test_a_bad_operation_is_refused_with_its_reason(project: SqlStore, operation: Operation, reason: str) -> None:
    (applied,) = project.apply(PROJECT, [operation])
    assert applied.outcome == "refused"
    assert reason in applied.reason
    assert project.counts()["operation"] == 0


@pytest.mark.parametrize(
    "other",
    [
        lambda first: replace(first, annotator="ben"),
        lambda first: replace(first, document_id="b"),
        lambda first: replace(first, changes=(Change("status", "", None, "draft"),)),
        lambda first: replace(first, undoes="something"),
    ],
    ids=["annotator", "document", "changes", "undoes"],
)
def test_an_id_cannot_be_used_for_another_edit(project: SqlStore, other: Any) -> None:
    first = mark("s1", SPAN)
    project.apply(PROJECT, [first])
    (applied,) = project.apply(PROJECT, [other(first)])
    assert applied.outcome == "refused"
    assert "was used before for another edit (label by 'ana' on 'a')" in applied.reason


def test_annotators_do_not_touch_each_other(project: SqlStore) -> None:
    ours, theirs = mark("s1", SPAN), mark("s1", span_of("regime"), annotator="ben")
    assert [one.outcome for one in project.apply(PROJECT, [ours, theirs])] == ["applied", "applied"]
    project.apply(PROJECT, [edit(Change("span", "s1", span_of("regime").to_record(), None), annotator="ben")])
    assert project.state(PROJECT, "a", "ana").spans == {"s1": SPAN}
    assert project.state(PROJECT, "a", "ben") == AnnotationState()


def test_two_tabs_editing_one_span_one_wins_and_the_other_is_told(project: SqlStore) -> None:
    project.apply(PROJECT, [mark("s1", SPAN)])
    before = SPAN.to_record()
    left = edit(Change("span", "s1", before, replace(SPAN, device="doubt").to_record()))
    right = edit(Change("span", "s1", before, None))
    assert project.apply(PROJECT, [left])[0].outcome == "applied"
    (told,) = project.apply(PROJECT, [right])
    assert told.outcome == "refused"
    assert "changed elsewhere" in told.reason
    assert project.state(PROJECT, "a", "ana").spans["s1"].device == "doubt"


def test_undo_and_redo_survive_reopening_the_history(project: SqlStore) -> None:
    first = mark("s1", SPAN)
    undo = inverse(first, id="undo-1")
    redo = inverse(undo, id="redo-1")
    for operation in (first, undo, redo):
        assert project.apply(PROJECT, [operation])[0].outcome == "applied"
    assert project.history(PROJECT, "a", "ana") == [first, undo, redo]
    assert undo_stacks(project.history(PROJECT, "a", "ana")) == ([redo], [])
    assert project.state(PROJECT, "a", "ana").spans == {"s1": SPAN}


def test_history_keeps_the_last_ones_oldest_first(project: SqlStore) -> None:
    statuses: list[Any] = [None, *(["draft", "submitted"] * 3)]
    made = [edit(Change("status", "", before, after)) for before, after in pairwise(statuses)]
    project.apply(PROJECT, made)
    assert project.history(PROJECT, "a", "ana", limit=2) == made[-2:]
    assert project.history(PROJECT, "a", "ana", limit=None) == made
    assert project.history(PROJECT, "b", "ana") == []


def test_a_span_may_take_the_place_another_leaves_in_one_operation(project: SqlStore) -> None:
    project.apply(PROJECT, [mark("s1", SPAN)])
    project.apply(
        PROJECT, [edit(Change("span", "s1", SPAN.to_record(), None), Change("span", "s2", None, SPAN.to_record()))]
    )
    assert project.state(PROJECT, "a", "ana").spans == {"s2": SPAN}


def test_annotations_are_all_annotators_that_began(project: SqlStore) -> None:
    assert project.annotations(PROJECT, "a") == []
    project.apply(PROJECT, [mark("s2", span_of("regime")), mark("s1", SPAN)])
    project.apply(PROJECT, [edit(Change("status", "", None, "discarded"), annotator="ben")])
    assert project.annotations(PROJECT, "a") == [
        Annotation("ana", "draft", (), (SPAN, span_of("regime"))),
        Annotation("ben", "discarded"),
    ]


def test_targets_are_most_frequent_first(project: SqlStore) -> None:
    for n, target in enumerate(["Syria", "US", "Syria", "", None, "Ägypten"]):
        span = LabelledSpan(n, n + 1, TEXT[n], "loaded", target=target)
        project.apply(PROJECT, [mark(f"s{n}", span)])
    assert project.targets(PROJECT)[0] == "Syria"
    assert sorted(project.targets(PROJECT)) == ["Syria", "US", "Ägypten"]
    assert project.targets(PROJECT, limit=1) == ["Syria"]


def test_unknown_documents_are_named_by_every_reader(project: SqlStore) -> None:
    for call in (project.annotations, project.orphans, project.suggestions, project.frame_suggestions):
        with pytest.raises(StoreError, match="has no document 'zz'"):
            call(PROJECT, "zz")
    for read in (project.state, project.history):
        with pytest.raises(StoreError, match="has no document 'zz'"):
            read(PROJECT, "zz", "ana")


def test_importing_an_annotation_twice_is_harmless(project: SqlStore) -> None:
    given = Annotation("Zoë", "submitted", ("economy",), (SPAN, span_of("regime")))
    outcomes = [
        project.import_annotation(PROJECT, "a", given, operation_id=name).outcome for name in ("i1", "i1", "i2")
    ]
    assert outcomes == ["applied", "repeated", "repeated"]
    assert project.annotations(PROJECT, "a") == [given]
    assert project.annotators(PROJECT) == ["ana", "ben", "Zoë"]
    assert project.check() == []


def test_importing_sets_what_the_file_says_and_keeps_the_rest(project: SqlStore) -> None:
    project.apply(PROJECT, [mark("mine", SPAN), mark("other", span_of("regime"))])
    project.apply(PROJECT, [edit(Change("frames", "", None, ["security"]))])
    changed = replace(SPAN, voice="quoted")
    given = Annotation("ana", "submitted", ("economy",), (changed, span_of("Protesters")))
    assert project.import_annotation(PROJECT, "a", given, operation_id="i").outcome == "applied"
    state = project.state(PROJECT, "a", "ana")
    assert state.spans["mine"] == changed
    assert sorted(span.quote for span in state.spans.values()) == ["Protesters", "regime", "stolen"]
    assert (state.frames, state.status) == (("security", "economy"), "submitted")


def test_importing_a_span_that_does_not_fit_is_refused(project: SqlStore) -> None:
    given = Annotation("ana", "draft", (), (replace(SPAN, start=SPAN.start + 1, end=SPAN.end + 1),))
    applied = project.import_annotation(PROJECT, "a", given, operation_id="i")
    assert (applied.outcome, applied.id) == ("refused", "i")
    assert "the text there reads" in applied.reason
