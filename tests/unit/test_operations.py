"""Edits as data: applying, refusing, undoing."""

from __future__ import annotations

from typing import Any

import pytest

from annotator.annotations import LabelledSpan
from annotator.codebook import Codebook
from annotator.errors import AnnotatorError, CodebookError, OperationError, SpanError
from annotator.operations import (
    AnnotationState,
    Change,
    Operation,
    apply_operation,
    inverse,
    parse_operation,
    replay,
    undo_stacks,
)

TEXT = "They hold the illicit bases and the stolen oil."


def span_record(quote: str, **more: Any) -> dict[str, Any]:
    start = TEXT.index(quote)
    return LabelledSpan(start, start + len(quote), quote, "presupposed_judgement", **more).to_record()


def operation(id: str, *changes: Change, action: str = "label") -> Operation:
    return Operation(id, "a.txt", "ana", action, changes)


def add(id: str, key: str, quote: str) -> Operation:
    return operation(id, Change("span", key, None, span_record(quote)))


def test_apply_sets_every_entity(codebook: Codebook) -> None:
    done = apply_operation(
        AnnotationState(),
        operation(
            "o1",
            Change("span", "s1", None, span_record("illicit bases", suggestion_id="x")),
            Change("decision", "x", None, "accepted"),
            Change("frames", "", None, ["Political"]),
            Change("status", "", None, "draft"),
        ),
        TEXT,
        codebook,
    )
    assert done.spans["s1"].quote == "illicit bases"
    assert (done.frames, done.status, done.decisions) == (("Political",), "draft", {"x": "accepted"})
    assert done.annotation("ana").spans == (done.spans["s1"],)


def test_inverse_restores_the_exact_state(codebook: Codebook) -> None:
    before = replay([add("o1", "s1", "illicit bases")], TEXT, codebook)
    edit = operation(
        "o2", Change("span", "s1", span_record("illicit bases"), None), Change("frames", "", None, ["Economic"])
    )
    after = apply_operation(before, edit, TEXT, codebook)
    assert after != before
    assert apply_operation(after, inverse(edit, id="o3"), TEXT, codebook) == before


def test_stale_before_is_refused(codebook: Codebook) -> None:
    state = replay([add("o1", "s1", "illicit bases")], TEXT, codebook)
    stale = operation("o2", Change("span", "s1", span_record("illicit bases", note="old"), None), action="delete")
    with pytest.raises(OperationError, match="Cannot delete: this span was changed elsewhere"):
        apply_operation(state, stale, TEXT, codebook)


def test_missing_and_null_fields_are_the_same_value(codebook: Codebook) -> None:
    state = replay([add("o1", "s1", "illicit bases")], TEXT, codebook)
    short = {key: value for key, value in span_record("illicit bases").items() if value not in (None, [])}
    assert apply_operation(state, operation("o2", Change("span", "s1", short, None)), TEXT, codebook).spans == {}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            Change("span", "s", None, span_record("illicit bases") | {"quote": "bases"}),
            SpanError,
            "the text there reads",
        ),
        (
            Change("span", "s", None, span_record("illicit bases") | {"device": "dout"}),
            CodebookError,
            "Did you mean 'doubt'",
        ),
        (
            Change("span", "s", None, span_record("illicit bases") | {"end": "9"}),
            SpanError,
            "'end' is '9'; expected int",
        ),
        (Change("span", "s", None, span_record("illicit bases") | {"start": True}), SpanError, "'start' is True"),
        (
            Change("span", "s", None, span_record("illicit bases") | {"frames": "Economic"}),
            SpanError,
            "list of frame ids",
        ),
        (Change("span", "s", None, span_record("illicit bases") | {"voice": 3}), SpanError, "'voice' is 3"),
        (Change("span", "s", None, "x"), OperationError, "expected an object"),
        (Change("frames", "", None, ["Economic"] * 2), CodebookError, "named twice"),
        (Change("frames", "", None, "Economic"), OperationError, "list of frame ids"),
        (Change("status", "", None, "done"), OperationError, "draft, submitted, discarded"),
        (Change("decision", "x", None, "untouched"), OperationError, "accepted, edited, rejected"),
    ],
    ids=[
        "quote",
        "device",
        "offset",
        "bool",
        "frames-text",
        "voice",
        "not-object",
        "twice",
        "frames",
        "status",
        "decision",
    ],
)
def test_bad_value_is_refused(change: Change, error: type[AnnotatorError], message: str, codebook: Codebook) -> None:
    with pytest.raises(error, match=message):
        apply_operation(AnnotationState(), operation("o", change), TEXT, codebook)


def test_limit_of_frames_names_the_limit(codebook: Codebook) -> None:
    frames = list(codebook.ids("frame"))[: codebook.article_frames_max + 1]
    with pytest.raises(CodebookError, match=f"allows {codebook.article_frames_max}"):
        apply_operation(AnnotationState(), operation("o", Change("frames", "", None, frames)), TEXT, codebook)


def test_same_span_with_same_device_is_refused_but_overlap_is_not(codebook: Codebook) -> None:
    state = replay([add("o1", "s1", "illicit bases"), add("o2", "s2", "bases and the stolen")], TEXT, codebook)
    assert len(state.spans) == 2
    with pytest.raises(OperationError, match="already marked as presupposed_judgement"):
        apply_operation(state, add("o3", "s3", "illicit bases"), TEXT, codebook)


def test_overlap_is_refused_where_the_codebook_says_so(codebook: Codebook) -> None:
    from dataclasses import replace

    strict = replace(codebook, allow_overlap=False)
    state = replay([add("o1", "s1", "illicit bases"), add("o2", "s2", "stolen oil")], TEXT, strict)
    with pytest.raises(OperationError, match=r"overlaps span \[14, 27\) 'illicit bases'.*allow_overlap: true"):
        apply_operation(state, add("o3", "s3", "bases and"), TEXT, strict)


def test_undo_stacks_follow_the_log() -> None:
    first, second = add("o1", "s1", "illicit bases"), add("o2", "s2", "stolen oil")
    undo_second = inverse(second, id="o3")
    assert undo_stacks([first, second]) == ([first, second], [])
    assert undo_stacks([first, second, undo_second]) == ([first], [undo_second])
    redo = inverse(undo_second, id="o4")
    assert redo.action == "redo"
    assert undo_stacks([first, second, undo_second, redo]) == ([first, redo], [])
    third = add("o5", "s3", "bases")
    assert undo_stacks([first, second, undo_second, third]) == ([first, third], [])


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (None, "expected an object"),
        ({"id": ""}, "1 to 64 characters"),
        ({"id": "o", "changes": []}, "1 to 2000 changes"),
        ({"id": "o", "changes": [{"entity": "article"}]}, "unknown entity"),
        ({"id": "o", "changes": [{"entity": "span", "key": ""}]}, "is not an id"),
        ({"id": "o", "changes": [{"entity": "status", "key": ""}], "undoes": 4}, "expected an operation id"),
    ],
    ids=["null", "no-id", "no-changes", "entity", "no-key", "undoes"],
)
def test_malformed_operation_is_refused(record: Any, message: str) -> None:
    with pytest.raises(OperationError, match=message):
        parse_operation(record, document_id="a", annotator="ana")


def test_operation_never_takes_its_owner_from_the_record() -> None:
    record = {
        "id": "o",
        "action": "label",
        "annotator": "eve",
        "document_id": "other",
        "changes": [{"entity": "status", "before": None, "after": "draft"}],
    }
    parsed = parse_operation(record, document_id="a", annotator="ana")
    assert (parsed.annotator, parsed.document_id) == ("ana", "a")
