"""What models and lexicons propose, kept for ever by version; the last proposal of a version is the current one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, insert, select, update

from annotator.annotations import Evidence, FrameSuggestion, LabelProbability, SpanSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import CodebookError, SpanError, StoreError
from annotator.spans import check_quote
from annotator.store import document_queries, projects
from annotator.store import schema as t
from annotator.store.base import StoredSuggestion, SuggestedBy
from annotator.store.engine import AnyRow, insert_or_ignore, utc_now


def suggestion_id(document: Document, agent_version: str, span: SpanSuggestion) -> str:
    """Return the stable id of a suggested span; see :class:`StoredSuggestion`."""
    name = json.dumps([document.id, document.text_sha256, agent_version, span.start, span.end, span.device])
    return hashlib.sha256(name.encode("utf-8")).hexdigest()[:32]


def put(connection: Connection, project_id: str, batch: Sequence[Suggestions]) -> int:
    """Store some suggestions in the transaction of ``connection``; see ``Store.put_suggestions``."""
    book = projects.codebook_of(connection, project_id)
    for given in batch:
        document = document_queries.document(connection, project_id, given.document_id)
        _check(given, document, book)
        number = _set_number(connection, project_id, document, given=given)
        _put_spans(connection, number, document, given=given)
        _put_frames(connection, number, given)
    return len(batch)


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


def _set_number(connection: Connection, project_id: str, document: Document, *, given: Suggestions) -> int:
    key = {
        "project_id": project_id,
        "document_id": document.id,
        "revision": document.revision,
        "agent_version": given.agent_version,
    }
    values = {
        "agent": given.agent,
        "codebook": given.codebook,
        "notes": json.dumps(list(given.notes), ensure_ascii=False),
        "stored": utc_now(),
    }
    insert_or_ignore(connection, t.suggestion_set, key | values)
    where = [t.suggestion_set.c[name] == value for name, value in key.items()]
    connection.execute(update(t.suggestion_set).where(*where).values(**values))
    return int(connection.execute(select(t.suggestion_set.c.number).where(*where)).scalar_one())


def _put_spans(connection: Connection, number: int, document: Document, *, given: Suggestions) -> None:
    best: dict[str, SpanSuggestion] = {}
    for span in given.spans:
        key = suggestion_id(document, given.agent_version, span)
        if key not in best or best[key].probability < span.probability:
            best[key] = span
    c = t.suggestion_span.c
    connection.execute(update(t.suggestion_span).where(c.set_number == number).values(is_current=False))
    known = set(connection.execute(select(c.id).where(c.set_number == number)).scalars())
    new = [{"set_number": number, "id": key} | _span_values(span) for key, span in best.items() if key not in known]
    if new:
        connection.execute(insert(t.suggestion_span), new)
    for key in known & best.keys():
        where = (c.set_number == number, c.id == key)
        connection.execute(update(t.suggestion_span).where(*where).values(**_span_values(best[key])))


def _span_values(span: SpanSuggestion) -> dict[str, Any]:
    return {
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


def _put_frames(connection: Connection, number: int, given: Suggestions) -> None:
    c = t.suggestion_frame.c
    connection.execute(update(t.suggestion_frame).where(c.set_number == number).values(is_current=False))
    for frame in given.frames:
        key = {"set_number": number, "label": frame.label}
        values = {
            "is_current": True,
            "probability": frame.probability,
            "evidence": json.dumps([[e.start, e.end, e.probability] for e in frame.evidence]),
        }
        if not insert_or_ignore(connection, t.suggestion_frame, key | values):
            where = (c.set_number == number, c.label == frame.label)
            connection.execute(update(t.suggestion_frame).where(*where).values(**values))


def _sets(project_id: str, document_id: str, agent_versions: Iterable[str] | None) -> Select[tuple[int]]:
    """Numbers of the suggestion sets in question, for the present text."""
    c = t.suggestion_set.c
    present = and_(
        t.document.c.project_id == c.project_id,
        t.document.c.id == c.document_id,
        t.document.c.revision == c.revision,
    )
    own = (c.project_id == project_id, c.document_id == document_id)
    if agent_versions is not None:
        return select(c.number).join(t.document, present).where(*own, c.agent_version.in_(list(agent_versions)))
    rank = func.row_number().over(partition_by=c.agent, order_by=(c.stored.desc(), c.number.desc()))
    ranked = select(c.number, rank.label("rank")).join(t.document, present).where(*own).subquery()
    return select(ranked.c.number).where(ranked.c.rank == 1)


def spans(
    connection: Connection, project_id: str, document_id: str, *, agent_versions: Iterable[str] | None
) -> list[StoredSuggestion]:
    """Return current suggested spans in text order; see ``Store.suggestions``."""
    c = t.suggestion_span.c
    query = (
        select(t.suggestion_span, t.suggestion_set.c.agent, t.suggestion_set.c.agent_version)
        .join(t.suggestion_set)
        .where(c.set_number.in_(_sets(project_id, document_id, agent_versions)), c.is_current)
        .order_by(c.start_offset, c.end_offset, c.device, c.id)
    )
    found = [_stored(row) for row in connection.execute(query)]
    return found or _none(connection, project_id, document_id)


def _none(connection: Connection, project_id: str, document_id: str) -> list[Any]:
    document_queries.check_exists(connection, project_id, document_id)
    return []


def _stored(row: AnyRow) -> StoredSuggestion:
    span = SpanSuggestion(
        start=row.start_offset,
        end=row.end_offset,
        quote=row.quote,
        device=row.device,
        probability=row.probability,
        frames=tuple(LabelProbability(*pair) for pair in json.loads(row.frames)),
        voice=row.voice,
        target=row.target,
        polarity=row.polarity,
        agent=row.agent,
        rule=row.rule,
    )
    return StoredSuggestion(row.id, row.agent_version, span)


def frames(
    connection: Connection, project_id: str, document_id: str, *, agent_versions: Iterable[str] | None
) -> list[tuple[str, FrameSuggestion]]:
    """Return current suggested article frames, best first; see ``Store.frame_suggestions``."""
    c = t.suggestion_frame.c
    query = (
        select(t.suggestion_frame, t.suggestion_set.c.agent_version)
        .join(t.suggestion_set)
        .where(c.set_number.in_(_sets(project_id, document_id, agent_versions)), c.is_current)
        .order_by(c.probability.desc(), c.label)
    )
    found = [
        (
            row.agent_version,
            FrameSuggestion(row.label, row.probability, tuple(Evidence(*e) for e in json.loads(row.evidence))),
        )
        for row in connection.execute(query)
    ]
    return found or _none(connection, project_id, document_id)


def suggested_by(connection: Connection, project_id: str) -> list[SuggestedBy]:
    """Count suggestions by the version that made them; see ``Store.suggested_by``."""
    projects.codebook_of(connection, project_id)
    sets, document = t.suggestion_set.c, t.document.c
    spans = select(func.count()).where(t.suggestion_span.c.set_number == sets.number, t.suggestion_span.c.is_current)
    rank = func.row_number().over(
        partition_by=(sets.document_id, sets.revision, sets.agent), order_by=(sets.stored.desc(), sets.number.desc())
    )
    is_present = and_(document.project_id == sets.project_id, document.id == sets.document_id)
    each = (
        select(
            sets.agent,
            sets.agent_version,
            sets.document_id,
            sets.stored,
            spans.scalar_subquery().label("spans"),
            case((and_(rank == 1, document.revision == sets.revision), 1), else_=0).label("shown"),
        )
        .join(t.document, is_present)
        .where(sets.project_id == project_id)
        .subquery()
    )
    c = each.c
    latest = func.max(c.stored)
    query = (
        select(
            c.agent, c.agent_version, func.count(c.document_id.distinct()), func.sum(c.spans), func.sum(c.shown), latest
        )
        .group_by(c.agent, c.agent_version)
        .order_by(latest.desc(), c.agent_version)
    )
    return [
        SuggestedBy(agent, version, int(documents), int(count), int(shown), stored)
        for agent, version, documents, count, shown, stored in connection.execute(query)
    ]


def targets(connection: Connection, project_id: str, *, limit: int) -> list[str]:
    """Return the targets annotators use, most frequent first."""
    projects.codebook_of(connection, project_id)
    c = t.span.c
    query = (
        select(c.target)
        .where(c.project_id == project_id, c.target.is_not(None), c.target != "")
        .group_by(c.target)
        .order_by(func.count().desc(), c.target)
        .limit(limit)
    )
    return [target for (target,) in connection.execute(query)]
