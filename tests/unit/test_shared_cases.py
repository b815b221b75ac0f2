"""The case tables that Python and the browser code share; ``node --test tests/js`` runs the same ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotator.annotations import LabelledSpan
from annotator.codebook import Codebook, Label
from annotator.errors import AnnotatorError
from annotator.operations import (
    AnnotationState,
    Operation,
    apply_operation,
    inverse,
    parse_operation,
    undo_stacks,
)
from annotator.segments import paragraphs, snap_to_words, words
from annotator.spans import Span, codepoint_offset, trim_span, utf16_offset

DATA = Path(__file__).parents[1] / "data"
OFFSETS = json.loads((DATA / "offsets.json").read_text(encoding="utf-8"))
SEGMENTS = json.loads((DATA / "segments.json").read_text(encoding="utf-8"))
OPERATIONS = json.loads((DATA / "operations.json").read_text(encoding="utf-8"))


def cases(table: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", table, ids=[case["id"] for case in table])


def codebook(case: dict[str, Any]) -> Codebook:
    def labels(*ids: str) -> tuple[Label, ...]:
        return tuple(Label(label_id, label_id, "") for label_id in ids)

    return Codebook(
        id="shared",
        version=1,
        title="Shared cases",
        description="",
        devices=labels("name_calling", "doubt"),
        frames=labels("Political", "Economic", "Morality"),
        voices=labels("own", "quoted"),
        polarities=labels("-", "+"),
        article_frames_max=OPERATIONS["article_frames_max"],
        allow_overlap=case.get("allow_overlap", True),
    )


def state_of(record: dict[str, Any]) -> AnnotationState:
    spans = {key: LabelledSpan.from_record(span) for key, span in record["spans"].items()}
    return AnnotationState(spans, tuple(record["frames"]), record["status"], record["decisions"])


def operation(record: dict[str, Any]) -> Operation:
    return parse_operation(record, document_id="d", annotator="ana")


@cases(OFFSETS)
def test_offset_converts_both_ways(case: dict[str, Any]) -> None:
    assert utf16_offset(case["text"], case["codepoint"]) == case["utf16"]
    assert codepoint_offset(case["text"], case["utf16"]) == case["codepoint"]


@cases(SEGMENTS["words"])
def test_words_match_table(case: dict[str, Any]) -> None:
    assert [case["text"][word.start : word.end] for word in words(case["text"])] == case["words"]


@cases(SEGMENTS["paragraphs"])
def test_paragraphs_match_table(case: dict[str, Any]) -> None:
    assert [case["text"][one.start : one.end] for one in paragraphs(case["text"])] == case["paragraphs"]


@cases(SEGMENTS["snap"])
def test_snap_matches_table(case: dict[str, Any]) -> None:
    span = snap_to_words(case["text"], Span(*case["span"]))
    assert case["text"][span.start : span.end] == case["snapped"]


@cases(SEGMENTS["trim"])
def test_trim_matches_table(case: dict[str, Any]) -> None:
    span = trim_span(case["text"], Span(*case["span"]))
    assert (case["text"][span.start : span.end] if span else None) == case["trimmed"]


@cases(OPERATIONS["apply"])
def test_apply_matches_table(case: dict[str, Any]) -> None:
    state = state_of(case["state"])
    refused = []
    for record in case["operations"]:
        try:
            state = apply_operation(state, operation(record), OPERATIONS["text"], codebook(case))
        except AnnotatorError:
            refused.append(record["id"])
    assert refused == case["refused"]
    assert state == state_of(case["after"])


@cases(OPERATIONS["inverse"])
def test_inverse_matches_table(case: dict[str, Any]) -> None:
    undone = inverse(operation(case["operation"]), id="new")
    expected = operation({"id": "new", **case["inverse"]})
    assert (undone.action, undone.undoes, undone.changes) == (expected.action, expected.undoes, expected.changes)


@cases(OPERATIONS["stacks"])
def test_undo_stacks_match_table(case: dict[str, Any]) -> None:
    log = []
    for entry in case["operations"]:
        identity, undoes, action, *_ = (*entry, "edit") if isinstance(entry, list) else (entry, None, "edit")
        log.append(Operation(identity, "d", "ana", action, (), undoes=undoes))
    undo, redo = undo_stacks(log)
    assert [one.id for one in undo] == case["undo"]
    assert [one.id for one in redo] == case["redo"]
