"""Storing documents: duplicates are reported, changed texts become revisions, annotations move along."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from annotator.codebook import Codebook
from annotator.documents import Document, check_text
from annotator.errors import DocumentError
from annotator.segments import count_words
from annotator.store import operations as log
from annotator.store import projects, states
from annotator.store import schema as t
from annotator.store.base import AddOutcome, Orphan
from annotator.store.document_queries import document
from annotator.store.engine import utc_now
from annotator.store.revisions import move_annotations

MAX_ID = 400


def add_batch(connection: Connection, project_id: str, documents: Sequence[Document]) -> list[AddOutcome]:
    """Store some documents in the transaction of ``connection``; see ``Store.add_documents``."""
    projects.lock_project(connection, project_id)
    book = projects.codebook_of(connection, project_id)
    return [_add(connection, project_id, document, book) for document in documents]


def _add(connection: Connection, project_id: str, given: Document, book: Codebook) -> AddOutcome:
    try:
        _check(given)
    except DocumentError as error:
        return AddOutcome(given.id, "refused", reason=str(error))
    c = t.document.c
    same = connection.execute(
        select(c.id, c.revision).where(c.project_id == project_id, c.text_sha256 == given.text_sha256)
    ).one_or_none()
    if same is not None:
        return AddOutcome(given.id, "duplicate", revision=same.revision, duplicate_of=same.id)
    present = connection.execute(
        select(c.revision).where(c.project_id == project_id, c.id == given.id)
    ).scalar_one_or_none()
    if present is not None:
        return _revise(connection, project_id, given, book)
    number = connection.execute(select(func.max(c.number)).where(c.project_id == project_id)).scalar() or 0
    row = {"project_id": project_id, "id": given.id, "number": number + 1, "revision": 1, "created": utc_now()}
    connection.execute(insert(t.document).values(**row, **_described(given)))
    _insert_revision(connection, project_id, given, revision=1)
    key = {"project_id": project_id, "document_id": given.id}
    connection.execute(insert(t.document_search).values(**key, folded=_folded(given)))
    return AddOutcome(given.id, "added", revision=1)


def _check(given: Document) -> None:
    check_text(given.text, name=f"document '{given.id:.80}'")
    if not 0 < len(given.id) <= MAX_ID or not given.id.isprintable():
        raise DocumentError(
            f"Document id {given.id!r:.120} cannot be used: expected 1 to {MAX_ID} printable characters. Rename it."
        )
    fields = (given.title, given.outlet, given.published, given.url, given.event, given.original)
    for value in (*fields, *given.metadata.keys(), *given.metadata.values()):
        if value is not None and not log.is_storable(value):
            raise DocumentError(
                f"document '{given.id}': {value[:40]!r} holds NUL or half a character (a lone surrogate), which no "
                "database can keep. Re-export the file as UTF-8.",
                document_id=given.id,
            )


def _described(given: Document) -> dict[str, Any]:
    return {
        "text_sha256": given.text_sha256,
        "title": given.title,
        "display_title": given.display_title,
        "outlet": given.outlet,
        "published": given.published,
        "url": given.url,
        "event": given.event,
        "metadata": json.dumps(dict(given.metadata), ensure_ascii=False),
        "words": count_words(given.text),
    }


def _folded(given: Document) -> str:
    return f"{given.display_title}\n{given.text}".casefold()


def _insert_revision(connection: Connection, project_id: str, given: Document, *, revision: int) -> None:
    connection.execute(
        insert(t.document_revision).values(
            project_id=project_id,
            document_id=given.id,
            revision=revision,
            text=given.text,
            text_sha256=given.text_sha256,
            original=given.original,
            created=utc_now(),
        )
    )


def _revise(connection: Connection, project_id: str, given: Document, book: Codebook) -> AddOutcome:
    owners = states.owners(connection, project_id, given.id)
    states.lock_annotations(connection, project_id, [(given.id, owner) for owner in owners])
    old = document(connection, project_id, given.id)
    revision = old.revision + 1
    _insert_revision(connection, project_id, given, revision=revision)
    c, s = t.document.c, t.document_search.c
    connection.execute(
        update(t.document)
        .where(c.project_id == project_id, c.id == given.id)
        .values(revision=revision, **_described(given))
    )
    connection.execute(
        update(t.document_search)
        .where(s.project_id == project_id, s.document_id == given.id)
        .values(folded=_folded(given))
    )
    moved = 0
    orphans: list[Orphan] = []
    for owner in owners:
        before = states.load_state(connection, project_id, given.id, owner)
        move = move_annotations(before, given, old_text=old.text, codebook=book, annotator=owner, revision=revision)
        if move.operation is not None:
            log.record(connection, project_id, move.operation, revision=revision)
        states.write_state(
            connection, project_id, (given.id, owner), before=before, after=move.state, text=given.text, rewrite=True
        )
        moved += len(move.state.spans)
        orphans += move.orphans
    return AddOutcome(given.id, "revised", revision=revision, moved=moved, orphans=tuple(orphans))
