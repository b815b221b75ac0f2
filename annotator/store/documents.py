"""Storing documents: duplicates are reported, changed texts become revisions, annotations move along."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
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
from annotator.store.document_queries import chunks, document
from annotator.store.engine import utc_now
from annotator.store.revisions import move_annotations

MAX_ID = 400


def add_batch(connection: Connection, project_id: str, documents: Sequence[Document]) -> list[AddOutcome]:
    """Store some documents in the transaction of ``connection``; see ``Store.add_documents``."""
    projects.lock_project(connection, project_id)
    book = projects.codebook_of(connection, project_id)
    reasons = [_refusal(given) for given in documents]
    sound = [given for given, reason in zip(documents, reasons, strict=True) if not reason]
    present = _Present.load(connection, project_id, sound)
    outcomes: list[AddOutcome] = []
    waiting: list[Document] = []
    for given, reason in zip(documents, reasons, strict=True):
        if reason:
            outcomes.append(AddOutcome(given.id, "refused", reason=reason))
            continue
        same = present.texts.get(given.text_sha256)
        if same is not None:
            outcomes.append(AddOutcome(given.id, "duplicate", present.revisions[same], duplicate_of=same))
            continue
        if given.id in present.revisions:
            _insert(connection, project_id, waiting)
            waiting.clear()
            outcomes.append(_revise(connection, project_id, given, book=book))
        else:
            waiting.append(given)
            outcomes.append(AddOutcome(given.id, "added", revision=1))
        present.note(given, outcomes[-1].revision or 1)
    _insert(connection, project_id, waiting)
    return outcomes


def _refusal(given: Document) -> str:
    try:
        _check(given)
    except DocumentError as error:
        return str(error)
    return ""


@dataclass(slots=True)
class _Present:
    """What of a batch is stored already: document id → revision, and SHA-256 of present texts → document id."""

    revisions: dict[str, int]
    texts: dict[str, str]

    @classmethod
    def load(cls, connection: Connection, project_id: str, documents: Sequence[Document]) -> _Present:
        c = t.document.c
        present = cls({}, {})
        for column, wanted in ((c.id, [d.id for d in documents]), (c.text_sha256, [d.text_sha256 for d in documents])):
            for some in chunks(wanted):
                query = select(c.id, c.revision, c.text_sha256).where(c.project_id == project_id, column.in_(some))
                for name, revision, sha256 in connection.execute(query):
                    present.revisions[name] = revision
                    present.texts[sha256] = name
        return present

    def note(self, given: Document, revision: int) -> None:
        """Remember ``given`` as stored; the text it replaces is free again."""
        self.texts = {sha256: name for sha256, name in self.texts.items() if name != given.id}
        self.texts[given.text_sha256] = given.id
        self.revisions[given.id] = revision


def _insert(connection: Connection, project_id: str, documents: Sequence[Document]) -> None:
    if not documents:
        return
    c = t.document.c
    number = connection.execute(select(func.max(c.number)).where(c.project_id == project_id)).scalar() or 0
    now = utc_now()
    rows = [
        {"project_id": project_id, "id": given.id, "number": number + place, "revision": 1, "created": now}
        | _described(given)
        for place, given in enumerate(documents, start=1)
    ]
    connection.execute(insert(t.document), rows)
    connection.execute(insert(t.document_revision), [_revision(project_id, given, 1) for given in documents])
    texts = [{"project_id": project_id, "document_id": given.id, "folded": _folded(given)} for given in documents]
    connection.execute(insert(t.document_search), texts)


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


def _revision(project_id: str, given: Document, revision: int) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "document_id": given.id,
        "revision": revision,
        "text": given.text,
        "text_sha256": given.text_sha256,
        "original": given.original,
        "created": utc_now(),
    }


def _revise(connection: Connection, project_id: str, given: Document, *, book: Codebook) -> AddOutcome:
    owners = states.owners(connection, project_id, given.id)
    states.lock_annotations(connection, project_id, [(given.id, owner) for owner in owners])
    old = document(connection, project_id, given.id)
    revision = old.revision + 1
    connection.execute(insert(t.document_revision).values(**_revision(project_id, given, revision)))
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
        before = states.load_state(connection, project_id, given.id, annotator=owner)
        move = move_annotations(before, given, old_text=old.text, codebook=book, annotator=owner, revision=revision)
        if move.operation is not None:
            log.record(connection, project_id, move.operation, revision=revision)
        states.write_state(
            connection, project_id, (given.id, owner), before=before, after=move.state, text=given.text, rewrite=True
        )
        moved += len(move.state.spans)
        orphans += move.orphans
    return AddOutcome(given.id, "revised", revision=revision, moved=moved, orphans=tuple(orphans))
