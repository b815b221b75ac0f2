"""Carrying annotations from one revision of a text to the next; pure, the log and the rows follow elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotator.anchoring import reanchor
from annotator.annotations import LabelledSpan
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import AnnotatorError
from annotator.operations import REANCHOR, AnnotationState, Change, Operation, apply_operation
from annotator.store.base import Orphan


@dataclass(frozen=True, slots=True)
class Move:
    """What a revision does to one annotation: the operation (``None``: nothing), the result, the losses."""

    operation: Operation | None
    state: AnnotationState
    orphans: tuple[Orphan, ...]


def move_annotations(
    state: AnnotationState, revised: Document, *, old_text: str, codebook: Codebook, annotator: str, revision: int
) -> Move:
    """Plan the operation that carries one annotator's spans to the text of ``revised``.

    Spans that change are first taken out, then put back one by one, so that no two collide on the way.
    A submitted annotation that lost a span becomes a draft again: somebody should look.
    """
    found = reanchor(old_text, revised.text, state.spans)
    lost = dict(found.orphans)
    changes = [
        Change("span", key, state.spans[key].to_record(), None)
        for key in state.spans
        if key in lost or found.moved[key] != state.spans[key]
    ]
    if not changes:
        return Move(None, state, ())

    def after(made: Iterable[Change], before: AnnotationState) -> AnnotationState:
        return apply_operation(
            before, Operation("", revised.id, annotator, REANCHOR, tuple(made)), revised.text, codebook
        )

    present = after(changes, state)
    for key, span in _by_place(found.moved):
        if key in present.spans:
            continue
        back = Change("span", key, None, span.to_record())
        try:
            present = after([back], present)
        except AnnotatorError:
            lost[key] = state.spans[key]  # it would overlap where the codebook forbids it
        else:
            changes.append(back)
    if lost and state.status == "submitted":
        changes.append(Change("status", "", "submitted", "draft"))
        present = after(changes[-1:], present)
    operation = Operation(_id(revised, annotator, revision), revised.id, annotator, REANCHOR, tuple(changes))
    return Move(operation, present, tuple(Orphan(annotator, key, span) for key, span in _by_place(lost)))


def _id(revised: Document, annotator: str, revision: int) -> str:
    name = "\n".join((revised.id, annotator, str(revision), revised.text_sha256))
    return "reanchor-" + hashlib.sha256(name.encode("utf-8")).hexdigest()[:32]


def lost_spans(operation: Operation) -> list[Orphan]:
    """Return the spans that a logged re-anchoring took out and did not put back."""
    spans = [change for change in operation.changes if change.entity == "span"]
    back = {change.key for change in spans if change.after is not None}
    return [
        Orphan(operation.annotator, change.key, LabelledSpan.from_record(change.before))
        for change in spans
        if change.before is not None and change.key not in back
    ]


def _by_place(spans: Mapping[str, LabelledSpan]) -> list[tuple[str, LabelledSpan]]:
    return sorted(spans.items(), key=lambda item: (item[1].start, item[1].end, item[0]))
