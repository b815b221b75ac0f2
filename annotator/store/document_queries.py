"""Reading documents: one, many as a stream, the queue with its filters, and what the filters can offer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from annotator.annotations import STATUSES
from annotator.documents import Document
from annotator.errors import StoreError
from annotator.store import projects
from annotator.store import schema as t
from annotator.store.base import ORDERS, TODO, DocumentQuery, DocumentSummary, QueueEntry
from annotator.store.engine import AnyRow

CHUNK = 200
"""Names per IN list and documents per page: far below every limit on SQL variables."""

_DOCUMENT = select(
    t.document.c.id,
    t.document.c.number,
    t.document.c.title,
    t.document.c.outlet,
    t.document.c.published,
    t.document.c.url,
    t.document.c.event,
    t.document.c.metadata,
    t.document_revision.c.revision,
    t.document_revision.c.text,
    t.document_revision.c.original,
).join(
    t.document_revision,
    and_(
        t.document_revision.c.project_id == t.document.c.project_id,
        t.document_revision.c.document_id == t.document.c.id,
    ),
)
_PRESENT = t.document_revision.c.revision == t.document.c.revision


def _document(row: AnyRow) -> Document:
    return Document(
        id=row.id,
        text=row.text,
        title=row.title,
        outlet=row.outlet,
        published=row.published,
        url=row.url,
        event=row.event,
        metadata=json.loads(row.metadata),
        original=row.original,
        revision=row.revision,
    )


def document(connection: Connection, project_id: str, document_id: str, *, revision: int | None = None) -> Document:
    """Return one document.

    Raises:
        StoreError: If the project, the document or the revision does not exist.
    """
    which = _PRESENT if revision is None else t.document_revision.c.revision == revision
    query = _DOCUMENT.where(t.document.c.project_id == project_id, t.document.c.id == document_id, which)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise missing(connection, project_id, document_id, revision=revision)
    return _document(row)


def missing(connection: Connection, project_id: str, document_id: str, *, revision: int | None = None) -> StoreError:
    """Return the error that says which of project, document and revision is not there."""
    projects.codebook_of(connection, project_id)
    c = t.document.c
    newest = connection.execute(select(c.revision).where(c.project_id == project_id, c.id == document_id)).scalar()
    if newest is not None:
        return StoreError(
            f"Document '{document_id}' has no revision {revision}; it has 1 to {newest}.", document_id=document_id
        )
    total = connection.execute(select(func.count()).where(c.project_id == project_id)).scalar_one()
    return StoreError(
        f"Project '{project_id}' has no document '{document_id}' (it has {total}). Was it imported into another "
        "project?",
        project_id=project_id,
        document_id=document_id,
    )


def page_after(connection: Connection, project_id: str, number: int) -> list[tuple[int, Document]]:
    """Return the next documents added after ``number``, with their numbers."""
    query = (
        _DOCUMENT.where(t.document.c.project_id == project_id, _PRESENT, t.document.c.number > number)
        .order_by(t.document.c.number)
        .limit(CHUNK)
    )
    return [(row.number, _document(row)) for row in connection.execute(query)]


def page_of(connection: Connection, project_id: str, ids: Sequence[str]) -> list[Document]:
    """Return the documents ``ids`` in that order.

    Raises:
        StoreError: If one does not exist.
    """
    query = _DOCUMENT.where(t.document.c.project_id == project_id, _PRESENT, t.document.c.id.in_(ids))
    found = {row.id: _document(row) for row in connection.execute(query)}
    for name in ids:
        if name not in found:
            raise missing(connection, project_id, name)
    return [found[name] for name in ids]


def lacking_page(
    connection: Connection,
    project_id: str,
    lacks: ColumnElement[bool],
    *,
    after: int = 0,
    ids: Sequence[str] | None = None,
) -> list[tuple[int, Document]]:
    """Return documents that ``lacks`` is true of, with their numbers: of ``ids``, or the next ones after ``after``.

    Raises:
        StoreError: If one of ``ids`` does not exist.
    """
    c = t.document.c
    query = _DOCUMENT.where(c.project_id == project_id, _PRESENT, lacks)
    if ids is None:
        rows = connection.execute(query.where(c.number > after).order_by(c.number).limit(CHUNK))
        return [(row.number, _document(row)) for row in rows]
    known = set(connection.execute(select(c.id).where(c.project_id == project_id, c.id.in_(ids))).scalars())
    for name in ids:
        if name not in known:
            raise missing(connection, project_id, name)
    found = {row.id: (row.number, _document(row)) for row in connection.execute(query.where(c.id.in_(ids)))}
    return [found[name] for name in ids if name in found]


def chunks(items: Iterable[str], size: int = CHUNK) -> Iterator[list[str]]:
    """Yield ``items`` in lists of at most ``size``."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


_STATUS = case(
    (t.annotation.c.status.is_not(None), t.annotation.c.status),
    (t.annotation.c.entries > 0, "draft"),
    else_=None,
)


def _with_annotation(query: Select[Any], annotator: str) -> Select[Any]:
    return query.outerjoin(
        t.annotation,
        and_(
            t.annotation.c.project_id == t.document.c.project_id,
            t.annotation.c.document_id == t.document.c.id,
            t.annotation.c.annotator == annotator,
        ),
    )


def find_documents(
    connection: Connection, project_id: str, query: DocumentQuery, *, annotator: str
) -> tuple[list[DocumentSummary], int]:
    """Return one page of the queue and the number of all matches."""
    conditions = [t.document.c.project_id == project_id, *_conditions(query)]
    total_query = _with_annotation(select(func.count()).select_from(t.document), annotator).where(*conditions)
    total = connection.execute(total_query).scalar_one()
    c = t.document.c
    columns = (c.id, c.display_title, c.outlet, c.published, c.event, c.words)
    state = (_STATUS.label("status"), t.annotation.c.spans, t.annotation.c.updated)
    page = (
        _with_annotation(select(*columns, *state).select_from(t.document), annotator)
        .where(*conditions)
        .order_by(*_ordering(query))
        .limit(query.limit)
        .offset(query.offset)
    )
    rows = connection.execute(page).all()
    if not total:
        projects.codebook_of(connection, project_id)
    return [_summary(row) for row in rows], total


def queue(connection: Connection, project_id: str, query: DocumentQuery, *, annotator: str) -> list[QueueEntry]:
    """Return every match in order, in one narrow query."""
    columns = (t.document.c.id, _STATUS.label("status"), t.annotation.c.updated)
    listing = (
        _with_annotation(select(*columns).select_from(t.document), annotator)
        .where(t.document.c.project_id == project_id, *_conditions(query))
        .order_by(*_ordering(query))
    )
    found = [QueueEntry(row.id, row.status, row.updated or "") for row in connection.execute(listing)]
    if not found:
        projects.codebook_of(connection, project_id)
    return found


def _summary(row: AnyRow) -> DocumentSummary:
    return DocumentSummary(
        id=row.id,
        title=row.display_title,
        outlet=row.outlet,
        published=row.published,
        event=row.event,
        words=row.words,
        status=row.status,
        spans=row.spans or 0,
        updated=row.updated or "",
    )


def _conditions(query: DocumentQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.outlet:
        found.append(t.document.c.outlet.in_(query.outlet))
    if query.event:
        found.append(t.document.c.event.in_(query.event))
    if query.status:
        known = (TODO, *STATUSES)
        for status in query.status:
            if status not in known:
                raise StoreError(f"Unknown status {status!r}; expected one of {', '.join(known)}.")
        wanted = [_STATUS.in_([status for status in query.status if status != TODO])]
        found.append(or_(*wanted, _STATUS.is_(None)) if TODO in query.status else wanted[0])
    if query.text.strip():
        pattern = "%" + _escape_like(query.text.strip().casefold()) + "%"
        s = t.document_search.c
        matches = select(s.document_id).where(
            s.project_id == t.document.c.project_id,
            s.document_id == t.document.c.id,
            s.folded.like(pattern, escape="\\"),
        )
        found.append(matches.exists())
    return found


def _escape_like(text: str) -> str:
    return text.replace("\0", "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _ordering(query: DocumentQuery) -> list[ColumnElement[Any]]:
    if query.order not in ORDERS:
        raise StoreError(f"Cannot order documents by {query.order!r}; expected one of {', '.join(ORDERS)}.")
    c = t.document.c
    if query.order == "title":
        return [func.lower(c.display_title), c.number]
    if query.order == "added":
        return [c.number]
    column = c[query.order]
    return [column.is_(None), column, c.number]


def facets(connection: Connection, project_id: str) -> dict[str, list[tuple[str, int]]]:
    """Return outlets and events with their number of documents, most first."""
    projects.codebook_of(connection, project_id)
    found: dict[str, list[tuple[str, int]]] = {}
    for name in ("outlet", "event"):
        column = t.document.c[name]
        query = (
            select(column, func.count())
            .where(t.document.c.project_id == project_id, column.is_not(None), column != "")
            .group_by(column)
            .order_by(func.count().desc(), column)
        )
        found[name] = [(value, count) for value, count in connection.execute(query)]
    return found


def progress(connection: Connection, project_id: str, annotator: str) -> dict[str, int]:
    """Return the number of documents by status for one annotator, ``todo`` and ``total``."""
    projects.codebook_of(connection, project_id)
    each = _with_annotation(select(_STATUS.label("shown")).select_from(t.document), annotator)
    shown = each.where(t.document.c.project_id == project_id).subquery().c.shown
    rows = connection.execute(select(shown, func.count()).group_by(shown)).all()
    counts = {status or TODO: count for status, count in rows}
    found = {name: counts.get(name, 0) for name in (TODO, *STATUSES)}
    return found | {"total": sum(found.values())}


def check_exists(connection: Connection, project_id: str, document_id: str) -> None:
    """Refuse an unknown project or document.

    Raises:
        StoreError: The one :func:`document` raises.
    """
    c = t.document.c
    found = connection.execute(select(c.number).where(c.project_id == project_id, c.id == document_id)).one_or_none()
    if found is None:
        raise missing(connection, project_id, document_id)
