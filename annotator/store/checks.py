"""``annotator db check``: read-only checks of everything the store promises; each has a test that violates it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from sqlalchemy import Connection, and_, func, inspect, not_, select, text

from annotator.documents import text_sha256
from annotator.errors import AnnotatorError
from annotator.spans import check_quote
from annotator.store import projects
from annotator.store import schema as t
from annotator.store.base import Problem
from annotator.store.document_queries import CHUNK
from annotator.store.replay import check_annotations


def check(connection: Connection) -> list[Problem]:
    """Return every finding; empty when all is well. A damaged file is reported and not read further."""
    damage = list(check_file(connection))
    if damage:
        return damage
    return [problem for run in CHECKS for problem in run(connection)]


def check_file(connection: Connection) -> Iterator[Problem]:
    """The database's own checks of pages, references and the guard of the log."""
    if connection.dialect.name != "sqlite":
        guards = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'operation'::regclass AND NOT tgisinternal"
        expected = 1
    else:
        for (finding,) in connection.execute(text("PRAGMA integrity_check")):
            if finding != "ok":
                yield Problem("integrity", f"SQLite finds: {finding}. Restore a backup: annotator db restore BACKUP.")
        for row in connection.execute(text("PRAGMA foreign_key_check")):
            yield Problem(
                "references", f"Row {row[1]} of table {row[0]} refers to a row of {row[2]} that is not there."
            )
        guards = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'operation'"
        expected = 2
    missing = {name for name in t.metadata.tables if not inspect(connection).has_table(name)}
    if missing:
        yield Problem("tables", f"These tables are not there: {', '.join(sorted(missing))}. Restore a backup.")
    elif connection.execute(text(guards)).scalar_one() < expected:
        yield Problem("append-only", "The trigger that keeps the operation log from being changed is gone.")


def check_documents(connection: Connection) -> Iterator[Problem]:
    """Every text has its stored hash, and every document its present revision."""
    d, r = t.document.c, t.document_revision.c
    query = select(r.project_id, r.document_id, r.revision, r.text, r.text_sha256)
    order = (r.project_id, r.document_id, r.revision)
    for project_id, document_id, revision, stored, sha256 in connection.execute(
        query.order_by(*order).execution_options(yield_per=CHUNK)
    ):
        found = text_sha256(stored)
        if found != sha256:
            message = (
                f"The text of revision {revision} has SHA-256 {found[:12]}…, stored is {sha256[:12]}…: it was changed."
            )
            yield Problem("document-hash", message, project_id, document_id)
    present = and_(r.project_id == d.project_id, r.document_id == d.id, r.revision == d.revision)
    lost = select(d.project_id, d.id, d.revision, r.text_sha256).outerjoin(t.document_revision, present)
    for project_id, document_id, revision, sha256 in connection.execute(
        lost.where((r.revision.is_(None)) | (r.text_sha256 != d.text_sha256))
    ):
        found = "is not there" if sha256 is None else "has another hash than the document"
        yield Problem("revision", f"Revision {revision}, the present one, {found}.", project_id, document_id)


def check_suggestions(connection: Connection) -> Iterator[Problem]:
    """Every suggestion covers its quote in the text it was made for, and every decision has its suggestion."""
    s, u, r = t.suggestion_set.c, t.suggestion_span.c, t.document_revision.c
    text_of = and_(r.project_id == s.project_id, r.document_id == s.document_id, r.revision == s.revision)
    sets = select(s.number, s.project_id, s.document_id, s.agent_version, r.text).join(t.document_revision, text_of)
    for number, project_id, document_id, agent, stored in connection.execute(sets.execution_options(yield_per=CHUNK)):
        spans = select(u.start_offset, u.end_offset, u.quote).where(u.set_number == number)
        for start, end, quote in connection.execute(spans):
            try:
                check_quote(stored, start, end, quote)
            except AnnotatorError as error:
                yield Problem("suggestion-quote", f"{agent}: {error}", project_id, document_id)
    d = t.decision.c
    made = (
        select(u.id)
        .join(t.suggestion_set)
        .where(u.id == d.suggestion_id, s.project_id == d.project_id, s.document_id == d.document_id)
    )
    for row in connection.execute(select(t.decision).where(not_(made.exists()))):
        message = f"Suggestion {row.suggestion_id} was {row.outcome}, but it is not there."
        yield Problem("decision", message, row.project_id, row.document_id, row.annotator)


def check_labels(connection: Connection) -> Iterator[Problem]:
    """Every label in use is in the project's codebook."""
    uses = (
        ("device", t.span.c.device),
        ("voice", t.span.c.voice),
        ("polarity", t.span.c.polarity),
        ("frame", t.span.c.frames),
        ("frame", t.annotation_frame.c.frame),
    )
    for kind, column in uses:
        c = column.table.c
        query = select(c.project_id, column, func.count(), func.min(c.document_id)).where(column.is_not(None))
        for project_id, value, count, document_id in connection.execute(query.group_by(c.project_id, column)):
            book = projects.codebook_of(connection, project_id)
            labels = json.loads(value) if column is t.span.c.frames else [value]
            for label in sorted({*labels} - {*book.ids(kind)}):
                message = f"{kind.capitalize()} '{label}' is used {count} times, but codebook '{book.ref}' lacks it."
                yield Problem("unknown-label", message, project_id, document_id)


CHECKS: tuple[Callable[[Connection], Iterator[Problem]], ...] = (
    check_documents,
    check_suggestions,
    check_labels,
    check_annotations,
)
