"""The tables themselves: as the code expects them, with rules the database enforces on its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, delete, insert, select, text, update
from store_kit.edits import PROJECT, SMALL, TEXT, mark, span_of, suggested

from annotator.documents import text_sha256
from annotator.errors import StoreError
from annotator.store import DocumentQuery, open_store
from annotator.store import schema as t
from annotator.store.codebooks import codebook_to_json
from annotator.store.engine import Database
from annotator.store.migrate import upgrade
from annotator.store.sql_store import SqlStore


def test_migrations_lead_to_the_tables_of_the_code(store: SqlStore) -> None:
    with store.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), t.metadata) == []


def test_check_constraints_are_those_of_the_code(store: SqlStore) -> None:
    expected = {
        str(constraint.name)
        for table in t.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    query = "SELECT conname FROM pg_constraint WHERE contype = 'c'"
    if store.database.is_sqlite:
        query = "SELECT sql FROM sqlite_master WHERE type = 'table'"
    with store.database.read() as connection:
        found = " ".join(str(value) for (value,) in connection.execute(text(query)))
    assert len(expected) >= 10
    assert {name for name in expected if name not in found} == set()


@pytest.mark.parametrize(
    "values",
    [
        {"start_offset": -1, "end_offset": 5},
        {"start_offset": 10, "end_offset": 10},
        {"start_offset": 11, "end_offset": 10},
        {"quote": "stole"},
        {"quote": "stolen🪧"},
        {"document_id": "nope"},
        {"device": None},
    ],
    ids=["negative", "empty", "reversed", "short-quote", "long-quote", "orphan", "no-device"],
)
def test_the_database_refuses_a_span_that_breaks_the_rules(project: SqlStore, values: dict[str, Any]) -> None:
    project.apply(PROJECT, [mark("s1", span_of("stolen"))])
    with pytest.raises(StoreError), project.database.write() as connection:
        connection.execute(update(t.span).values(**values))
    assert project.check() == []


def test_the_database_counts_quotes_in_code_points(project: SqlStore) -> None:
    assert project.apply(PROJECT, [mark("s1", span_of("🪧 Protesters"))])[0].outcome == "applied"


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (t.annotation, {"status": "finished"}),
        (t.decision, {"outcome": "untouched"}),
        (t.suggestion_set, {"agent": "oracle"}),
        (t.suggestion_span, {"probability": 1.01}),
        (t.suggestion_span, {"start_offset": -1}),
        (t.suggestion_span, {"quote": "x"}),
        (t.document, {"words": -1}),
        (t.document, {"revision": 0}),
        (t.document_revision, {"text": ""}),
    ],
    ids=lambda value: getattr(value, "name", None) or next(iter(value)),
)
def test_the_database_refuses_other_impossible_values(project: SqlStore, table: Any, values: dict[str, Any]) -> None:
    project.put_suggestions(PROJECT, [suggested("a")])
    project.apply(PROJECT, [mark("s1", span_of("stolen"))])
    with project.database.write() as connection:
        owner = {"project_id": PROJECT, "document_id": "a", "annotator": "ana"}
        connection.execute(insert(t.decision).values(**owner, suggestion_id="x", outcome="accepted"))
    with pytest.raises(StoreError), project.database.write() as connection:
        connection.execute(update(table).values(**values))


@pytest.mark.parametrize(
    "statement",
    [update(t.operation).values(action="x"), delete(t.operation)],
    ids=["update", "delete"],
)
def test_the_log_can_only_grow(project: SqlStore, statement: Any) -> None:
    operation = mark("s1", span_of("stolen"))
    project.apply(PROJECT, [operation])
    with pytest.raises(StoreError, match="append-only"), project.database.write() as connection:
        connection.execute(statement)
    assert project.history(PROJECT, "a", "ana") == [operation]


def test_a_document_with_annotations_cannot_be_deleted(project: SqlStore) -> None:
    project.apply(PROJECT, [mark("s1", span_of("stolen"))])
    with pytest.raises(StoreError), project.database.write() as connection:
        connection.execute(delete(t.document).where(t.document.c.id == "a"))


def test_a_failed_transaction_leaves_nothing(project: SqlStore) -> None:
    def fail_halfway() -> None:
        with project.database.write() as connection:
            connection.execute(update(t.project).values(title="half"))
            raise KeyError("halfway")

    with pytest.raises(KeyError):
        fail_halfway()
    assert project.project(PROJECT).title == "Syria"
    with project.database.read() as connection:
        assert connection.execute(select(t.project.c.codebook_id)).scalar_one() == SMALL.id


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_filled_database_of_the_first_version_is_upgraded(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = str(tmp_path / "old.db") if kind == "sqlite" else request.getfixturevalue("postgres").empty_database()
    old = Database(address)
    upgrade(old, to="0001")
    key = {"project_id": PROJECT, "document_id": "a", "revision": 1, "text_sha256": text_sha256(TEXT)}
    described = {"id": "a", "number": 1, "display_title": "Ölquellen", "metadata": "{}", "words": 19, "created": ""}
    with old.write() as connection:
        book = {"id": SMALL.id, "version": 1, "body": codebook_to_json(SMALL), "source": "", "created": ""}
        connection.execute(insert(t.codebook).values(**book))
        row = {"id": PROJECT, "title": "", "codebook_id": SMALL.id, "codebook_version": 1, "created": ""}
        connection.execute(insert(t.project).values(**row))
        named = {name: value for name, value in key.items() if name != "document_id"}
        connection.execute(insert(t.document).values(**named, **described))
        connection.execute(insert(t.document_revision).values(**key, text=TEXT, created=""))
    old.close()
    with pytest.raises(StoreError, match="at migration 0001; this version of the package needs 0002"):
        open_store(address, read_only=True)
    store = open_store(address)
    found, _ = store.find_documents(PROJECT, DocumentQuery(text="ÖLQUELLEN"), annotator="ana")
    assert [row.id for row in found] == ["a"]
    assert store.check() == []
    store.close()


def test_a_store_opened_for_reading_reads_and_refuses_to_write(address: str, project: SqlStore) -> None:
    reader = open_store(address, read_only=True)
    assert reader.project(PROJECT) == project.project(PROJECT)
    assert reader.check() == []
    with pytest.raises(StoreError, match="opened for reading only"):
        reader.add_annotator(PROJECT, "carl")
    with pytest.raises(StoreError), reader.database.read() as connection:
        connection.execute(update(t.project).values(title="x"))
    reader.close()
    assert project.project(PROJECT).title == "Syria"
