"""Edits as data: the append-only log from which every annotation can be rebuilt.

An operation is a list of changes; each sets one entity from a value ``before`` to a value ``after``
(``None``: absent). Undo is a new operation with the two swapped and ``undoes`` naming the one it
reverses; redo undoes the undo. The browser applies the same rule (``ui/frontend/operations.js``), so that
what is drawn before the server answers is what the server will say.

Entities and their values:

=============  ====================  ==========================================================
``entity``     ``key``               value
=============  ====================  ==========================================================
``span``       span id               :meth:`annotator.annotations.LabelledSpan.to_record`
``frames``     ``""``                list of frame ids, most important first; absent when empty
``status``     ``""``                ``draft``, ``submitted`` or ``discarded``; absent: to do
``decision``   suggestion id         ``accepted``, ``edited`` or ``rejected``; absent: untouched
=============  ====================  ==========================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from annotator.annotations import OUTCOMES, STATUSES, Annotation, LabelledSpan, Status, check_frames
from annotator.codebook import Codebook
from annotator.errors import OperationError

Entity = Literal["span", "frames", "status", "decision"]
ENTITIES: tuple[Entity, ...] = get_args(Entity)

MAX_CHANGES = 2_000
MAX_ID = 64

REANCHOR = "re-anchor"
"""Action of the operations that carry spans to a revised text; nothing before one can be undone."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entity goes from ``before`` to ``after``; both are JSON values, ``None`` means absent."""

    entity: Entity
    key: str
    before: Any
    after: Any

    def inverted(self) -> Change:
        """Return the change that reverses this one."""
        return Change(self.entity, self.key, self.after, self.before)


@dataclass(frozen=True, slots=True)
class Operation:
    """One edit by one annotator to one document, applied whole or not at all.

    Attributes:
        id: Made by the client, unique for ever; a second arrival changes nothing.
        action: What the annotator did (``label``, ``accept``, ``delete`` …), for the log and messages.
        undoes: Id of the operation this one reverses, or ``None``.
        client_time: ISO 8601 time by the client's clock, or "".
        agent_version: Suggester whose proposals were in view, or "" when none was.
    """

    id: str
    document_id: str
    annotator: str
    action: str
    changes: tuple[Change, ...]
    undoes: str | None = None
    client_time: str = ""
    agent_version: str = ""


@dataclass(frozen=True, slots=True)
class AnnotationState:
    """What one annotator has said about one document so far: the fold of the operation log."""

    spans: Mapping[str, LabelledSpan] = field(default_factory=dict)
    frames: tuple[str, ...] = ()
    status: Status | None = None
    decisions: Mapping[str, str] = field(default_factory=dict)

    def value(self, entity: Entity, key: str) -> Any:
        """Return the JSON value of one entity, ``None`` when absent."""
        if entity == "span":
            return self.spans[key].to_record() if key in self.spans else None
        if entity == "frames":
            return list(self.frames) or None
        if entity == "status":
            return self.status
        return self.decisions.get(key)

    def annotation(self, annotator: str) -> Annotation:
        """Return the state as an annotation, spans in text order."""
        ordered = sorted(self.spans.values(), key=lambda span: (span.start, span.end, span.device))
        return Annotation(annotator, self.status or "draft", self.frames, tuple(ordered))


def parse_operation(record: Any, *, document_id: str, annotator: str) -> Operation:
    """Read an operation as the browser sends it.

    Args:
        record: ``{"id", "action", "changes": [{"entity", "key", "before", "after"}], "undoes", …}``.
        document_id, annotator: Known to the server; never taken from the browser.

    Raises:
        OperationError: If a key is missing or a value has the wrong type.
    """
    if not isinstance(record, dict):
        raise OperationError(f"An operation is {type(record).__name__}; expected an object. Reload the page.")
    identity = record.get("id")
    if not isinstance(identity, str) or not 0 < len(identity) <= MAX_ID:
        raise OperationError(f"An operation's id is {identity!r}; expected 1 to {MAX_ID} characters. Reload the page.")
    changes = record.get("changes")
    if not isinstance(changes, list) or not 0 < len(changes) <= MAX_CHANGES:
        raise OperationError(
            f"Operation {identity} needs a list of 1 to {MAX_CHANGES} changes. Reload the page.", id=identity
        )
    undoes = record.get("undoes")
    if not isinstance(undoes, str | None):
        raise OperationError(f"Operation {identity}: 'undoes' is {undoes!r}; expected an operation id.", id=identity)
    return Operation(
        id=identity,
        document_id=document_id,
        annotator=annotator,
        action=str(record.get("action", ""))[:40],
        changes=tuple(_parse_change(change, identity) for change in changes),
        undoes=undoes,
        client_time=str(record.get("client_time", ""))[:40],
        agent_version=str(record.get("agent_version", ""))[:200],
    )


def _parse_change(change: Any, identity: str) -> Change:
    if not isinstance(change, dict) or change.get("entity") not in ENTITIES:
        raise OperationError(
            f"Operation {identity} changes an unknown entity {change!r:.80}; expected one of {', '.join(ENTITIES)}.",
            id=identity,
        )
    key = change.get("key", "")
    if not isinstance(key, str) or len(key) > MAX_ID or (change["entity"] in ("span", "decision") and not key):
        raise OperationError(f"Operation {identity}: key {key!r:.80} is not an id.", id=identity)
    return Change(change["entity"], key, change.get("before"), change.get("after"))


def apply_operation(state: AnnotationState, operation: Operation, text: str, codebook: Codebook) -> AnnotationState:
    """Return the state after ``operation``; pure.

    Args:
        text: The document text exactly as stored, for the quote check.
        codebook: The project's, for the label checks.

    Raises:
        OperationError: If a ``before`` is not the present value (the entity was changed elsewhere).
        SpanError, CodebookError: If an ``after`` breaks a span or codebook rule.
    """
    for change in operation.changes:
        present = state.value(change.entity, change.key)
        if _comparable(change.entity, present) != _comparable(change.entity, change.before):
            raise OperationError(
                f"Cannot {operation.action or 'apply an edit'}: this {change.entity} was changed elsewhere since (in "
                "another tab?). The page now shows what is saved; please look and repeat your edit.",
                id=operation.id,
                entity=change.entity,
                key=change.key,
            )
        state = _set(state, change, text, codebook)
    return state


def _comparable(entity: Entity, value: Any) -> Any:
    if entity == "span" and isinstance(value, dict):
        return LabelledSpan.from_record(value)
    return value or None


def _set(state: AnnotationState, change: Change, text: str, codebook: Codebook) -> AnnotationState:
    after = change.after
    if change.entity == "span":
        spans = {key: span for key, span in state.spans.items() if key != change.key}
        if after is not None:
            if not isinstance(after, dict):
                raise OperationError(f"A span's value is {after!r:.80}; expected an object.", key=change.key)
            spans[change.key] = LabelledSpan.from_record(after)
            spans[change.key].check(text, codebook)
            _check_overlap(spans, change.key, codebook)
        return replace(state, spans=spans)
    if change.entity == "frames":
        if after is not None and not (isinstance(after, list) and all(isinstance(f, str) for f in after)):
            raise OperationError(f"The article's frames are {after!r:.80}; expected a list of frame ids.")
        frames = tuple(after or ())
        check_frames(frames, codebook, maximum=codebook.article_frames_max, what="the article")
        return replace(state, frames=frames)
    if change.entity == "status":
        if after is not None and after not in STATUSES:
            raise OperationError(f"Unknown status {after!r:.40}; expected one of {', '.join(STATUSES)}.")
        return replace(state, status=after)
    if after is not None and after not in OUTCOMES[1:]:
        raise OperationError(f"Unknown decision {after!r:.40}; expected one of {', '.join(OUTCOMES[1:])}.")
    decisions = {key: value for key, value in state.decisions.items() if key != change.key}
    return replace(state, decisions=decisions | ({change.key: after} if after else {}))


def _check_overlap(spans: Mapping[str, LabelledSpan], key: str, codebook: Codebook) -> None:
    span = spans[key]
    for other_key, other in spans.items():
        if other_key == key:
            continue
        if (other.start, other.end, other.device) == (span.start, span.end, span.device):
            raise OperationError(
                f"'{span.quote[:60]}' is already marked as {span.device}. Edit that span instead.", key=other_key
            )
        if not codebook.allow_overlap and span.start < other.end and other.start < span.end:
            raise OperationError(
                f"Cannot add span [{span.start}, {span.end}) '{span.quote[:60]}' ({span.device}): it overlaps span "
                f"[{other.start}, {other.end}) '{other.quote[:60]}' ({other.device}), and codebook "
                f"'{codebook.ref}' sets allow_overlap: false. Delete or trim one of them, or set allow_overlap: true.",
                key=other_key,
            )


def inverse(operation: Operation, *, id: str) -> Operation:
    """Return the operation that undoes ``operation``, under a new id."""
    changes = tuple(change.inverted() for change in reversed(operation.changes))
    action = "redo" if operation.action == "undo" else "undo"
    return replace(operation, id=id, action=action, changes=changes, undoes=operation.id)


def replay(operations: Iterable[Operation], text: str, codebook: Codebook) -> AnnotationState:
    """Rebuild the state from a whole log, in order."""
    state = AnnotationState()
    for operation in operations:
        state = apply_operation(state, operation, text, codebook)
    return state


def undo_stacks(operations: Iterable[Operation]) -> tuple[list[Operation], list[Operation]]:
    """Return what can be undone and what can be redone, the next one last in each list.

    A new edit empties the redo stack; undoing and redoing move an operation between the two. A revision of
    the text empties both: earlier edits speak of places that are gone. The log may begin in the middle: an
    undo of an edit that is not in it can still be redone.
    """
    undo: list[Operation] = []
    redo: list[Operation] = []
    for operation in operations:
        if undo and operation.undoes == undo[-1].id:
            undo.pop()
            redo.append(operation)
        elif redo and operation.undoes == redo[-1].id:
            redo.pop()
            undo.append(operation)
        elif operation.action == REANCHOR:
            undo, redo = [], []
        elif operation.undoes and operation.action == "undo":
            redo.append(operation)  # of an edit from before the part of the log that is at hand
        else:
            undo.append(operation)
            redo = []
    return undo, redo
