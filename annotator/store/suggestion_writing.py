"""Storing what models and lexicons propose: many documents in a handful of statements."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, and_, or_, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect

from annotator.annotations import SpanSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import CodebookError, SpanError, StoreError
from annotator.spans import check_quote
from annotator.store import document_queries, projects
from annotator.store import schema as t
from annotator.store.document_queries import CHUNK, chunks
from annotator.store.engine import utc_now

Row = dict[str, Any]
_Key = tuple[str, str]
"""Document id and agent version: what a set is known by, at the present text."""


def suggestion_id(document_id: str, text_sha256: str, agent_version: str, span: SpanSuggestion) -> str:
    """Return the stable id of a suggested span; see ``StoredSuggestion``."""
    name = json.dumps([document_id, text_sha256, agent_version, span.start, span.end, span.device])
    return hashlib.sha256(name.encode("utf-8")).hexdigest()[:32]


def put(connection: Connection, project_id: str, batch: Sequence[Suggestions], *, revisions: Mapping[str, int]) -> int:
    """Store some suggestions in the transaction of ``connection``; see ``Store.put_suggestions``."""
    book = projects.codebook_of(connection, project_id)
    for some in _without_repeats(batch):
        documents = _documents(connection, project_id, some)
        for given in some:
            document = documents[given.document_id]
            _check_revision(document, revisions.get(document.id, document.revision))
            _check(given, document, book)
        numbers = _set_numbers(connection, project_id, some, documents=documents)
        for table in (t.suggestion_span, t.suggestion_frame):
            _hide(connection, table, numbers.values())
        spans = [row for given in some for row in _span_rows(given, documents[given.document_id], numbers)]
        _upsert(connection, t.suggestion_span, spans, key=("set_number", "id"))
        frames = [row for given in some for row in _frame_rows(given, numbers)]
        _upsert(connection, t.suggestion_frame, frames, key=("set_number", "label"))
    return len(batch)


def _without_repeats(batch: Iterable[Suggestions]) -> Iterator[list[Suggestions]]:
    """Yield runs in which no version speaks twice of one document: the second replaces what the first shows.

    Sorted, so that two transactions that store the same sets cannot wait for each other.
    """
    some: dict[_Key, Suggestions] = {}
    for given in batch:
        key = (given.document_id, given.agent_version)
        if key in some or len(some) == CHUNK:
            yield [some[known] for known in sorted(some)]
            some = {}
        some[key] = given
    if some:
        yield [some[known] for known in sorted(some)]


def _documents(connection: Connection, project_id: str, some: Sequence[Suggestions]) -> dict[str, Document]:
    ids = list(dict.fromkeys(given.document_id for given in some))
    return {document.id: document for document in document_queries.page_of(connection, project_id, ids)}


def _check_revision(document: Document, read: int) -> None:
    if document.revision != read:
        raise StoreError(
            f"Cannot store suggestions for document '{document.id}': they were made for revision {read} of its text, "
            f"which is at revision {document.revision} by now. Score it again.",
            document_id=document.id,
        )


def _check(given: Suggestions, document: Document, book: Codebook) -> None:
    try:
        for span in given.spans:
            check_quote(document.text, span.start, span.end, span.quote)
            book.label("device", span.device)
            for frame in span.frames:
                book.label("frame", frame.label)
        for proposed in given.frames:
            book.label("frame", proposed.label)
    except (SpanError, CodebookError) as error:
        raise StoreError(
            f"Cannot store the suggestions of {given.agent_version} (codebook '{given.codebook}') for document "
            f"'{document.id}' (codebook '{book.ref}'): {error}",
            document_id=document.id,
            agent_version=given.agent_version,
        ) from error


def _set_numbers(
    connection: Connection, project_id: str, some: Sequence[Suggestions], *, documents: dict[str, Document]
) -> dict[_Key, int]:
    """Make the sets, or note that they were put again, and return their numbers."""
    now = utc_now()
    rows: list[Row] = [
        {
            "project_id": project_id,
            "document_id": given.document_id,
            "revision": documents[given.document_id].revision,
            "agent_version": given.agent_version,
            "agent": given.agent,
            "codebook": given.codebook,
            "notes": json.dumps(list(given.notes), ensure_ascii=False),
            "stored": now,
        }
        for given in some
    ]
    _upsert(connection, t.suggestion_set, rows, key=("project_id", "document_id", "revision", "agent_version"))
    c = t.suggestion_set.c
    versions = sorted({given.agent_version for given in some})
    found: dict[_Key, int] = {}
    for ids in chunks(documents):
        where = (c.project_id == project_id, c.document_id.in_(ids), c.agent_version.in_(versions))
        for row in connection.execute(select(c.document_id, c.revision, c.agent_version, c.number).where(*where)):
            if row.revision == documents[row.document_id].revision:
                found[row.document_id, row.agent_version] = row.number
    return {(given.document_id, given.agent_version): found[given.document_id, given.agent_version] for given in some}


def show(
    connection: Connection, project_id: str, agent_versions: Sequence[str], *, after: int, ids: Sequence[str] | None
) -> list[int]:
    """Make the next sets the ones that are shown, where they are not; see ``Store.show_suggestions``.

    Returns:
        Their numbers, ascending; ``after`` of the next call is the last.
    """
    own, other, d = t.suggestion_set.c, t.suggestion_set.alias().c, t.document.c
    present = and_(d.project_id == own.project_id, d.id == own.document_id, d.revision == own.revision)
    rival = (other.project_id == own.project_id, other.document_id == own.document_id, other.revision == own.revision)
    later = or_(other.stored > own.stored, and_(other.stored == own.stored, other.number > own.number))
    hidden = select(other.number).where(*rival, other.agent == own.agent, later).correlate(t.suggestion_set).exists()
    query = select(own.number).join(t.document, present).where(own.project_id == project_id, own.number > after)
    query = query.where(own.agent_version.in_(agent_versions), hidden).order_by(own.number).limit(CHUNK)
    if ids is not None:
        query = query.where(own.document_id.in_(ids))
    numbers = list(connection.execute(query).scalars())
    connection.execute(update(t.suggestion_set).where(own.number.in_(numbers)).values(stored=utc_now()))
    return numbers


def _hide(connection: Connection, table: Table, numbers: Iterable[int]) -> None:
    """Mark all that the sets have shown so far as no longer proposed; what is put again is shown again."""
    connection.execute(update(table).where(table.c.set_number.in_(list(numbers))).values(is_current=False))


def _upsert(connection: Connection, table: Table, rows: list[Row], *, key: tuple[str, ...]) -> None:
    if not rows:
        return
    dialect = sqlite_dialect if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)


def _span_rows(given: Suggestions, document: Document, numbers: dict[_Key, int]) -> Iterator[Row]:
    best: dict[str, SpanSuggestion] = {}
    sha256 = document.text_sha256
    for span in given.spans:
        key = suggestion_id(document.id, sha256, given.agent_version, span)
        if key not in best or best[key].probability < span.probability:
            best[key] = span
    number = numbers[given.document_id, given.agent_version]
    for key, span in best.items():
        yield {
            "set_number": number,
            "id": key,
            "is_current": True,
            "start_offset": span.start,
            "end_offset": span.end,
            "quote": span.quote,
            "device": span.device,
            "probability": span.probability,
            "frames": json.dumps([[frame.label, frame.probability] for frame in span.frames]),
            "voice": span.voice,
            "target": span.target,
            "polarity": span.polarity,
            "rule": span.rule,
        }


def _frame_rows(given: Suggestions, numbers: dict[_Key, int]) -> Iterator[Row]:
    number = numbers[given.document_id, given.agent_version]
    for frame in {frame.label: frame for frame in given.frames}.values():
        evidence = [[e.start, e.end, e.probability] for e in frame.evidence]
        yield {
            "set_number": number,
            "label": frame.label,
            "is_current": True,
            "probability": frame.probability,
            "evidence": json.dumps(evidence),
        }
