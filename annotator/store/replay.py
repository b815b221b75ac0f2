"""Comparing the stored annotations with the texts they mark and with the log they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from sqlalchemy import Connection, select

from annotator.anchoring import context
from annotator.codebook import Codebook
from annotator.errors import AnnotatorError
from annotator.operations import AnnotationState, apply_operation
from annotator.spans import check_quote
from annotator.store import operations as log
from annotator.store import projects
from annotator.store import schema as t
from annotator.store.base import Problem
from annotator.store.states import count_entries, load_states


def check_annotations(connection: Connection) -> Iterator[Problem]:
    """Every span covers its quote, and replaying the log gives exactly what is stored."""
    a, o = t.annotation.c, t.operation.c
    stored = select(a.project_id, a.document_id).distinct()
    logged = select(o.project_id, o.document_id).distinct()
    for project_id, document_id in connection.execute(stored.union(logged)).all():
        r = t.document_revision.c
        texts = connection.execute(
            select(r.revision, r.text)
            .where(r.project_id == project_id, r.document_id == document_id)
            .order_by(r.revision)
        ).all()
        yield from _check_document(connection, project_id, document_id, texts={row.revision: row.text for row in texts})


def _check_document(
    connection: Connection, project_id: str, document_id: str, *, texts: Mapping[int, str]
) -> Iterator[Problem]:
    yield from _check_spans(connection, project_id, document_id, text=texts[max(texts)])
    book = projects.codebook_of(connection, project_id)
    replayed, problems = _replayed(connection, project_id, document_id, texts=texts, book=book)
    yield from problems
    stored = load_states(connection, project_id, document_id)
    for name in sorted({*stored, *replayed} - {problem.annotator for problem in problems}):
        difference = _difference(replayed.get(name, AnnotationState()), stored.get(name, AnnotationState()))
        if difference:
            yield Problem("replay", difference, project_id, document_id, name)
    c = t.annotation.c
    counts = select(c.annotator, c.spans, c.entries).where(c.project_id == project_id, c.document_id == document_id)
    for name, spans, entries in connection.execute(counts):
        expected = (len(stored[name].spans), count_entries(stored[name]))
        if (spans, entries) != expected:
            message = f"Counted are {spans} spans and {entries} entries; there are {expected[0]} and {expected[1]}."
            yield Problem("counts", message, project_id, document_id, name)


def _check_spans(connection: Connection, project_id: str, document_id: str, *, text: str) -> Iterator[Problem]:
    s = t.span.c
    query = select(s.annotator, s.start_offset, s.end_offset, s.quote, s.prefix, s.suffix)
    own = (s.project_id == project_id, s.document_id == document_id)
    for name, start, end, quote, prefix, suffix in connection.execute(query.where(*own)):
        try:
            check_quote(text, start, end, quote)
        except AnnotatorError as error:
            yield Problem("span-quote", str(error), project_id, document_id, name)
            continue
        if (prefix, suffix) != context(text, start, end):
            message = f"Span [{start}, {end}) '{quote[:40]}' is stored with another context than it has."
            yield Problem("span-context", message, project_id, document_id, name)


def _replayed(
    connection: Connection, project_id: str, document_id: str, *, texts: Mapping[int, str], book: Codebook
) -> tuple[dict[str, AnnotationState], list[Problem]]:
    """Fold the log of a document by annotator, each operation on the text of its revision."""
    c = t.operation.c
    rows = connection.execute(
        select(t.operation)
        .where(c.project_id == project_id, c.document_id == document_id)
        .order_by(c.annotator, c.sequence)
    )
    states: dict[str, AnnotationState] = {}
    problems: list[Problem] = []
    for name, group in groupby(rows, key=lambda row: str(row.annotator)):
        state = AnnotationState()
        for row in group:
            try:
                state = apply_operation(state, log.read(row), texts[row.revision], book)
            except AnnotatorError as error:
                message = f"Operation {row.id} of the log cannot be applied again: {error}"
                problems.append(Problem("replay", message, project_id, document_id, name))
                break
        states[name] = state
    return states, problems


def _difference(replayed: AnnotationState, stored: AnnotationState) -> str:
    parts = []
    if dict(replayed.spans) != dict(stored.spans):
        keys = {k for k in {*replayed.spans, *stored.spans} if replayed.spans.get(k) != stored.spans.get(k)}
        parts.append(f"spans {', '.join(sorted(keys)[:5])}")
    for name in ("frames", "status", "decisions"):
        if getattr(replayed, name) != getattr(stored, name):
            parts.append(f"{name} (log: {getattr(replayed, name)!r:.80}, stored: {getattr(stored, name)!r:.80})")
    return f"The log and the stored annotation differ in {'; '.join(parts)}." if parts else ""
