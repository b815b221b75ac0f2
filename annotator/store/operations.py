"""The append-only log: operations are checked in memory, logged, and the materialised rows follow.

No statement in this package updates or deletes a row of ``operation``; a trigger refuses it as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from annotator.errors import AnnotatorError, OperationError
from annotator.operations import MAX_ID, REANCHOR, AnnotationState, Change, Operation, apply_operation
from annotator.store import document_queries, projects
from annotator.store import schema as t
from annotator.store.base import Applied, Orphan
from annotator.store.document_queries import chunks
from annotator.store.engine import AnyRow, utc_now
from annotator.store.revisions import lost_spans
from annotator.store.states import Owner, load_state, lock_annotations, write_state


@dataclass(slots=True)
class _Open:
    """One annotation while a batch is applied to it."""

    text: str
    revision: int
    before: AnnotationState
    state: AnnotationState


def apply(connection: Connection, project_id: str, operations: Sequence[Operation]) -> list[Applied]:
    """Apply operations in the transaction of ``connection``; see ``Store.apply``."""
    book = projects.codebook_of(connection, project_id)
    keys = {(operation.document_id, operation.annotator) for operation in operations}
    present = _present(connection, project_id, keys)
    lock_annotations(connection, project_id, present)
    seen = _logged(connection, project_id, [operation.id for operation in operations])
    opened: dict[Owner, _Open] = {}
    results = []
    for operation in operations:
        key = (operation.document_id, operation.annotator)
        try:
            _check(operation, known=key in present)
            if operation.id in seen:
                results.append(_repeated(operation, seen[operation.id]))
                continue
            if key not in opened:
                opened[key] = _open(connection, project_id, key)
            place = opened[key]
            _check_decisions(connection, project_id, operation, state=place.state)
            place.state = apply_operation(place.state, operation, place.text, book)
        except AnnotatorError as error:
            results.append(Applied(operation.id, "refused", str(error)))
            continue
        record(connection, project_id, operation, revision=place.revision)
        seen[operation.id] = operation
        results.append(Applied(operation.id, "applied"))
    for key, place in opened.items():
        if place.state is not place.before:
            write_state(connection, project_id, key, before=place.before, after=place.state, text=place.text)
    return results


def _present(connection: Connection, project_id: str, keys: Iterable[Owner]) -> set[Owner]:
    """Return those of ``keys`` whose document and annotator exist."""
    wanted = list(keys)
    documents: set[str] = set()
    for ids in chunks({document_id for document_id, _ in wanted}):
        query = select(t.document.c.id).where(t.document.c.project_id == project_id, t.document.c.id.in_(ids))
        documents.update(connection.execute(query).scalars())
    names = set(projects.annotators(connection, project_id))
    return {(document_id, name) for document_id, name in wanted if document_id in documents and name in names}


def _open(connection: Connection, project_id: str, key: Owner) -> _Open:
    document = document_queries.document(connection, project_id, key[0])
    state = load_state(connection, project_id, key[0], annotator=key[1])
    return _Open(document.text, document.revision, state, state)


def _logged(connection: Connection, project_id: str, ids: Iterable[str]) -> dict[str, Operation]:
    found: dict[str, Operation] = {}
    for some in chunks(filter(is_storable, ids)):
        query = select(t.operation).where(t.operation.c.project_id == project_id, t.operation.c.id.in_(some))
        found.update((row.id, read(row)) for row in connection.execute(query))
    return found


def _check(operation: Operation, *, known: bool) -> None:
    named = (operation.id, *(change.key for change in operation.changes))
    if operation.action == REANCHOR:
        raise OperationError(f"Operation {operation.id!r:.80}: only a revision of the text may '{REANCHOR}'.")
    if not operation.id or any(len(name) > MAX_ID for name in named):
        raise OperationError(f"Operation {operation.id!r:.80}: an id has 1 to {MAX_ID} characters. Reload the page.")
    if not all(is_storable(text) for text in _texts(asdict(operation))):
        raise OperationError(
            f"Operation {operation.id!r:.80} holds a NUL character or half a character (a lone surrogate), which no "
            "database can keep. Type the text again.",
            id=operation.id,
        )
    if not known:
        raise OperationError(
            f"Cannot store operation {operation.id} by '{operation.annotator}' on document '{operation.document_id}': "
            "this project lacks the document or the annotator. Import the document, and add the annotator by name.",
            id=operation.id,
        )


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def is_storable(text: str) -> bool:
    """Whether both databases can keep ``text``: no NUL, no lone surrogate."""
    if "\0" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _repeated(operation: Operation, logged: Operation) -> Applied:
    same = (
        (operation.document_id, operation.annotator) == (logged.document_id, logged.annotator)
        and _changes_json(operation) == _changes_json(logged)
        and operation.undoes == logged.undoes
    )
    if same:
        return Applied(operation.id, "repeated")
    return Applied(
        operation.id,
        "refused",
        f"Operation id {operation.id} was used before for another edit ({logged.action} by '{logged.annotator}' on "
        f"'{logged.document_id}'). Ids are used once: reload the page and repeat the edit.",
    )


def _check_decisions(connection: Connection, project_id: str, operation: Operation, *, state: AnnotationState) -> None:
    keys = {c.key for c in operation.changes if c.entity == "decision" and c.after and c.key not in state.decisions}
    found: set[str] = set()
    for some in chunks(keys):
        query = (
            select(t.suggestion_span.c.id)
            .join(t.suggestion_set)
            .where(
                t.suggestion_set.c.project_id == project_id,
                t.suggestion_set.c.document_id == operation.document_id,
                t.suggestion_span.c.id.in_(some),
            )
        )
        found.update(connection.execute(query).scalars())
    if keys - found:
        raise OperationError(
            f"Cannot {operation.action or 'decide'}: document '{operation.document_id}' has no suggestion "
            f"{', '.join(sorted(keys - found)[:3])}. Reload the page to see the present suggestions.",
            id=operation.id,
        )


def record(connection: Connection, project_id: str, operation: Operation, *, revision: int) -> None:
    """Append one operation to the log."""
    connection.execute(
        insert(t.operation).values(
            project_id=project_id,
            id=operation.id,
            document_id=operation.document_id,
            revision=revision,
            annotator=operation.annotator,
            server_time=utc_now(),
            client_time=operation.client_time,
            action=operation.action,
            changes=_changes_json(operation),
            undoes=operation.undoes,
            agent_version=operation.agent_version,
        )
    )


def _changes_json(operation: Operation) -> str:
    return json.dumps([asdict(change) for change in operation.changes], ensure_ascii=False, sort_keys=True)


def read(row: AnyRow) -> Operation:
    """Return one row of the log as an operation."""
    return Operation(
        id=row.id,
        document_id=row.document_id,
        annotator=row.annotator,
        action=row.action,
        changes=tuple(Change(**change) for change in json.loads(row.changes)),
        undoes=row.undoes,
        client_time=row.client_time,
        agent_version=row.agent_version,
    )


def history(
    connection: Connection, project_id: str, document_id: str, *, annotator: str, limit: int | None
) -> list[Operation]:
    """Return the last ``limit`` operations of one annotation, oldest first."""
    c = t.operation.c
    query = (
        select(t.operation)
        .where(c.project_id == project_id, c.document_id == document_id, c.annotator == annotator)
        .order_by(c.sequence.desc())
        .limit(limit)
    )
    return [read(row) for row in connection.execute(query)][::-1]


def orphans(connection: Connection, project_id: str, document_id: str) -> list[Orphan]:
    """Return the spans that revisions of the text took away, oldest first."""
    c = t.operation.c
    query = (
        select(t.operation)
        .where(c.project_id == project_id, c.document_id == document_id, c.action == REANCHOR)
        .order_by(c.sequence)
    )
    found: list[Orphan] = []
    for row in connection.execute(query):
        found += lost_spans(read(row))
    return found
