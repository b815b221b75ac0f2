"""The materialised annotations: read as :class:`AnnotationState`, written as the difference of two states.

They can always be rebuilt from the operation log; ``annotator db check`` compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, insert, select, update

from annotator.anchoring import context
from annotator.annotations import Annotation, LabelledSpan, Status
from annotator.operations import AnnotationState
from annotator.store import schema as t
from annotator.store.engine import AnyRow, insert_or_ignore, utc_now

Owner = tuple[str, str]
"""Document id and annotator: what an annotation belongs to, within a project."""


def owners(connection: Connection, project_id: str, document_id: str) -> list[str]:
    """Return who has an annotation row for a document, by name."""
    c = t.annotation.c
    query = select(c.annotator).where(c.project_id == project_id, c.document_id == document_id).order_by(c.annotator)
    return list(connection.execute(query).scalars())


def lock_annotations(connection: Connection, project_id: str, keys: Iterable[Owner]) -> None:
    """Make the annotation rows where missing and keep other transactions from changing them meanwhile.

    Always in the same order, so that two transactions cannot wait for each other.
    """
    c = t.annotation.c
    for document_id, annotator in sorted(set(keys)):
        row = {"project_id": project_id, "document_id": document_id, "annotator": annotator}
        insert_or_ignore(connection, t.annotation, row | {"status": None, "spans": 0, "entries": 0, "updated": ""})
        where = (c.project_id == project_id, c.document_id == document_id, c.annotator == annotator)
        connection.execute(select(c.spans).where(*where).with_for_update())


def load_state(connection: Connection, project_id: str, document_id: str, *, annotator: str) -> AnnotationState:
    """Return one annotator's state; empty when there is none."""
    found = load_states(connection, project_id, document_id, annotator=annotator)
    return found.get(annotator, AnnotationState())


def load_states(
    connection: Connection, project_id: str, document_id: str, *, annotator: str | None = None
) -> dict[str, AnnotationState]:
    """Return the states of a document by annotator, of all or of one."""

    def rows(table: Table, *columns: str) -> Sequence[AnyRow]:
        c = table.c
        query: Select[Any] = select(c.annotator, *(c[name] for name in columns))
        query = query.where(c.project_id == project_id, c.document_id == document_id)
        if annotator is not None:
            query = query.where(c.annotator == annotator)
        return connection.execute(query.order_by(c.annotator, c[columns[0]])).all()

    statuses: dict[str, Status | None] = dict(map(tuple, rows(t.annotation, "status")))
    spans: dict[str, dict[str, LabelledSpan]] = {name: {} for name in statuses}
    frames: dict[str, list[str]] = {name: [] for name in statuses}
    decisions: dict[str, dict[str, str]] = {name: {} for name in statuses}
    for name, start, end, key, *labels in rows(t.span, "start_offset", "end_offset", "id", *_LABELS):
        spans[name][key] = _span(start, end, labels)
    for name, _, frame in rows(t.annotation_frame, "position", "frame"):
        frames[name].append(frame)
    for name, key, outcome in rows(t.decision, "suggestion_id", "outcome"):
        decisions[name][key] = outcome
    return {
        name: AnnotationState(spans[name], tuple(frames[name]), status, decisions[name])
        for name, status in statuses.items()
    }


_LABELS = ("quote", "device", "frames", "voice", "target", "polarity", "note", "suggestion_id")


def _span(start: int, end: int, labels: Sequence[Any]) -> LabelledSpan:
    quote, device, frames, *rest = labels
    return LabelledSpan(start, end, quote, device, _frames(frames), *rest)


@lru_cache(maxsize=4096)
def _frames(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))


def begun(connection: Connection, project_id: str, document_id: str) -> list[Annotation]:
    """Return every annotation of a document that was begun, by annotator."""
    states = load_states(connection, project_id, document_id)
    return [state.annotation(name) for name, state in states.items() if state != AnnotationState()]


def _span_values(id: str, span: LabelledSpan, text: str) -> dict[str, Any]:
    prefix, suffix = context(text, span.start, span.end)
    return {
        "id": id,
        "start_offset": span.start,
        "end_offset": span.end,
        "quote": span.quote,
        "prefix": prefix,
        "suffix": suffix,
        "device": span.device,
        "frames": json.dumps(list(span.frames), ensure_ascii=False),
        "voice": span.voice,
        "target": span.target,
        "polarity": span.polarity,
        "note": span.note,
        "suggestion_id": span.suggestion_id,
    }


def write_state(
    connection: Connection,
    project_id: str,
    key: Owner,
    *,
    before: AnnotationState,
    after: AnnotationState,
    text: str,
    rewrite: bool = False,
) -> None:
    """Bring the rows of one annotation from ``before`` to ``after``.

    Args:
        text: The present text, for the context around each span.
        rewrite: Write every span again, because the text around it was revised.
    """
    owner = {"project_id": project_id, "document_id": key[0], "annotator": key[1]}
    # "in" compares by identity first: most spans are the very same objects.
    kept = set() if rewrite else {k for k, s in before.spans.items() if after.spans.get(k) in (s,)}
    _delete(connection, t.span, owner, column="id", values=[k for k in before.spans if k not in kept])
    new = [owner | _span_values(k, s, text) for k, s in after.spans.items() if k not in kept]
    if new:
        connection.execute(insert(t.span), new)
    _write_frames(connection, owner, before=before, after=after)
    _write_decisions(connection, owner, before=before, after=after)
    c = t.annotation.c
    connection.execute(
        update(t.annotation)
        .where(*(c[name] == value for name, value in owner.items()))
        .values(status=after.status, spans=len(after.spans), entries=count_entries(after), updated=utc_now())
    )


def _write_frames(
    connection: Connection, owner: dict[str, str], *, before: AnnotationState, after: AnnotationState
) -> None:
    if before.frames != after.frames:
        _delete(connection, t.annotation_frame, owner, column="frame", values=before.frames)
        rows = [owner | {"position": place, "frame": frame} for place, frame in enumerate(after.frames)]
        if rows:
            connection.execute(insert(t.annotation_frame), rows)


def _write_decisions(
    connection: Connection, owner: dict[str, str], *, before: AnnotationState, after: AnnotationState
) -> None:
    settled = {k for k, outcome in before.decisions.items() if after.decisions.get(k) == outcome}
    _delete(
        connection, t.decision, owner, column="suggestion_id", values=[k for k in before.decisions if k not in settled]
    )
    made = {k: outcome for k, outcome in after.decisions.items() if k not in settled}
    if made:
        connection.execute(
            insert(t.decision), [owner | {"suggestion_id": k, "outcome": outcome} for k, outcome in made.items()]
        )


def count_entries(state: AnnotationState) -> int:
    """Return the number of spans, frames and decisions together."""
    return len(state.spans) + len(state.frames) + len(state.decisions)


def _delete(connection: Connection, table: Table, owner: dict[str, str], *, column: str, values: Iterable[str]) -> None:
    listed = list(values)
    own = [table.c[name] == value for name, value in owner.items()]
    for at in range(0, len(listed), 500):
        connection.execute(delete(table).where(*own, table.c[column].in_(listed[at : at + 500])))
