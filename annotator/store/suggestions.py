"""What models and lexicons propose, kept for ever by version; the last proposal of a version is the current one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from annotator.annotations import Evidence, FrameSuggestion, LabelProbability, SpanSuggestion
from annotator.documents import Document
from annotator.store import document_queries, projects
from annotator.store import schema as t
from annotator.store.base import StoredSuggestion, SuggestedBy
from annotator.store.engine import AnyRow


def lacking(
    connection: Connection,
    project_id: str,
    agent_versions: Sequence[str],
    *,
    after: int = 0,
    ids: Sequence[str] | None = None,
) -> list[tuple[int, Document, frozenset[str]]]:
    """Return the next documents whose present text some version has not read; see ``Store.documents_lacking``.

    Args:
        after: Only documents added later than this number.
        ids: Only these, in this order; ``None``: a page of all.
    """
    d, s = t.document.c, t.suggestion_set.c
    page = document_queries.lacking_page(connection, project_id, _lacks(agent_versions), after=after, ids=ids)
    names = [document.id for _, document in page]
    has: dict[str, set[str]] = {name: set() for name in names}
    same = and_(d.project_id == s.project_id, d.id == s.document_id, d.revision == s.revision)
    sets = select(s.document_id, s.agent_version).join(t.document, same)
    where = (s.project_id == project_id, s.document_id.in_(names), s.agent_version.in_(agent_versions))
    for name, version in connection.execute(sets.where(*where)):
        has[name].add(version)
    wanted = frozenset(agent_versions)
    return [(number, document, wanted - has[document.id]) for number, document in page]


def count_lacking(connection: Connection, project_id: str, agent_versions: Sequence[str]) -> tuple[int, int]:
    """Return for how many documents :func:`lacking` has something to say, and how many there are."""
    projects.codebook_of(connection, project_id)
    query = select(func.count()).select_from(t.document).where(t.document.c.project_id == project_id)
    counted = [connection.execute(some).scalar_one() for some in (query.where(_lacks(agent_versions)), query)]
    return counted[0], counted[1]


def _lacks(agent_versions: Sequence[str]) -> ColumnElement[bool]:
    """Whether a version is missing among the sets of a document's present text."""
    d, s = t.document.c, t.suggestion_set.c
    same = (s.project_id == d.project_id, s.document_id == d.id, s.revision == d.revision)
    sets = select(func.count()).select_from(t.suggestion_set).where(*same, s.agent_version.in_(agent_versions))
    return sets.correlate(t.document).scalar_subquery() < len(set(agent_versions))


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
