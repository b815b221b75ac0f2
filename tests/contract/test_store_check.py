"""``check``: silent on a sound store, and each check finds what violates it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, text, update
from store_kit.edits import PROJECT, edit, mark, span_of, suggested

from annotator.operations import Change
from annotator.store import schema as t
from annotator.store.sql_store import SqlStore

Breaker = Callable[[Connection], object]


@pytest.fixture
def sound(project: SqlStore) -> SqlStore:
    project.put_suggestions(PROJECT, [suggested("a")])
    key = project.suggestions(PROJECT, "a")[0].id
    project.apply(PROJECT, [mark("s1", span_of("stolen")), mark("s2", span_of("regime"))])
    project.apply(PROJECT, [edit(Change("decision", key, None, "accepted"), Change("frames", "", None, ["economy"]))])
    assert project.check() == []
    return project


def change(table: Any, **values: Any) -> Breaker:
    return lambda connection: connection.execute(update(table).values(**values))


BROKEN: dict[str, tuple[str, Breaker, str]] = {
    "text": ("document-hash", change(t.document_revision, text="Changed"), "it was changed"),
    "document": ("revision", change(t.document, revision=2), "Revision 2, the present one, is not there"),
    "quote": ("span-quote", change(t.span, quote="regimx", start_offset=4, end_offset=10), "the text there reads"),
    "context": ("span-context", change(t.span, prefix="x"), "another context"),
    "suggestion": (
        "suggestion-quote",
        change(t.suggestion_span, quote="xyz", start_offset=0, end_offset=3),
        "model@1: Cannot use span",
    ),
    "decision": ("decision", change(t.decision, suggestion_id="gone"), "Suggestion gone was accepted"),
    "device": ("unknown-label", change(t.span, device="lies"), "Device 'lies' is used 2 times"),
    "voice": ("unknown-label", change(t.span, voice="chorus"), "Voice 'chorus'"),
    "polarity": ("unknown-label", change(t.span, polarity="?"), "Polarity '?'"),
    "span-frame": ("unknown-label", change(t.span, frames='["war"]'), "Frame 'war'"),
    "frame": ("unknown-label", change(t.annotation_frame, frame="war"), "Frame 'war'"),
    "count": ("counts", change(t.annotation, spans=7), "Counted are 7 spans and 4 entries; there are 2 and 4"),
    "status": ("replay", change(t.annotation, status="submitted"), "differ in status"),
    "target": ("replay", change(t.span, target="x"), "differ in spans s1, s2"),
    "lost-span": ("replay", lambda c: c.execute(delete(t.span).where(t.span.c.id == "s1")), "differ in spans s1"),
    "lost-frame": ("replay", lambda c: c.execute(delete(t.annotation_frame)), "differ in frames"),
    "false-log": (
        "replay",
        lambda c: c.execute(
            insert(t.operation).values(
                project_id=PROJECT, id="x", document_id="a", revision=1, annotator="ana", server_time="",
                client_time="", action="label",
                changes='[{"entity": "status", "key": "", "before": "draft", "after": null}]',
                agent_version="",
            )
        ),
        "Operation x of the log cannot be applied again",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_check_finds(sound: SqlStore, name: str) -> None:
    kind, breaker, words = BROKEN[name]
    with sound.database.write() as connection:
        if name in ("quote", "suggestion", "frame"):  # several rows cannot take one place
            table = {"quote": t.span, "suggestion": t.suggestion_span, "frame": t.annotation_frame}[name]
            column = table.c.id if name != "frame" else table.c.frame
            keep = connection.execute(table.select().with_only_columns(column).limit(1)).scalar_one()
            connection.execute(delete(table).where(column != keep))
        breaker(connection)
    found = [problem for problem in sound.check() if problem.check == kind]
    assert found, sound.check()
    assert words in found[0].message
    assert (found[0].project_id, found[0].document_id in ("a", "b")) == (PROJECT, True)


@pytest.mark.parametrize(
    ("sqlite", "postgresql"),
    [("DROP TRIGGER operation_no_delete", "DROP TRIGGER operation_append_only ON operation")],
    ids=["append-only"],
)
def test_check_finds_that_the_log_is_unguarded(sound: SqlStore, sqlite: str, postgresql: str) -> None:
    with sound.database.write() as connection:
        connection.execute(text(sqlite if sound.database.is_sqlite else postgresql))
    assert [problem.check for problem in sound.check()] == ["append-only"]


def test_check_finds_a_missing_table(sound: SqlStore) -> None:
    with sound.database.write() as connection:
        connection.execute(text("DROP TABLE project_setting"))
    (problem,) = sound.check()
    assert (problem.check, "project_setting" in problem.message) == ("tables", True)


def test_check_changes_nothing(sound: SqlStore) -> None:
    before = (sound.counts(), sound.annotations(PROJECT, "a"), sound.history(PROJECT, "a", "ana"))
    sound.check()
    assert (sound.counts(), sound.annotations(PROJECT, "a"), sound.history(PROJECT, "a", "ana")) == before
