"""Migrations run on filled databases: backed up first, nothing lost, nothing dangling, or nothing changed."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from store_kit.edits import PROJECT, TEXT, edit, mark, span_of, suggested

from annotator.errors import StoreError
from annotator.operations import Change
from annotator.store import DocumentQuery, open_store, schema, sqlite
from annotator.store.engine import Database
from annotator.store.migrate import SCRIPTS, upgrade

TABLES = sorted(schema.metadata.tables)
REBUILD = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9001", "0002"
def upgrade():
    with op.batch_alter_table("document", recreate="always") as table:
        table.alter_column("outlet", existing_type=sa.Text(), nullable=True, server_default="")
        table.add_column(sa.Column("language", sa.Text()))
"""
BREAKING = """
from alembic import op
revision, down_revision = "9001", "0002"
def upgrade():
    op.execute("DELETE FROM document_revision")
"""


@pytest.fixture
def filled_path(sqlite_path: Path) -> Path:
    """The common database with annotations and suggestions in it."""
    store = open_store(sqlite_path)
    store.put_suggestions(PROJECT, [suggested("a")])
    key = store.suggestions(PROJECT, "a")[0].id
    store.apply(PROJECT, [mark("s1", span_of("stolen")), edit(Change("decision", key, None, "rejected"))])
    store.apply(PROJECT, [edit(Change("frames", "", None, ["economy"]), Change("status", "", None, "draft"))])
    store.close()
    return sqlite_path


def content(path: Path, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall()
            for name in TABLES
            if name not in without
        }


def scripts_with(tmp_path: Path, source: str) -> Path:
    """A copy of the migrations with one more."""
    folder = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "m9001_more.py").write_text(source)
    return folder


def downgraded(path: Path) -> Path:
    """A database with the same rows, made by the first migration only."""
    old = path.with_name("older.db")
    database = Database(old)
    upgrade(database, to="0001")
    database.close()
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS newer", (str(path),))
        for name in TABLES:
            if name != "document_search":
                columns = ", ".join(column.name for column in schema.metadata.tables[name].columns)
                connection.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM newer.{name}")
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    return old


def test_the_code_knows_exactly_the_migrations_there_are() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [schema.HEAD]
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == schema.KNOWN_REVISIONS


def test_opening_an_older_filled_database_upgrades_it_and_keeps_a_backup(filled_path: Path) -> None:
    before = content(filled_path)
    old = downgraded(filled_path)
    store = open_store(old)
    assert store.check() == []
    rows, _ = store.find_documents(PROJECT, DocumentQuery(text="STOLEN"), annotator="ana")
    assert [row.id for row in rows] == ["a"]
    store.close()
    assert content(old) == before
    (kept,) = old.parent.glob("older.db.before-0002-*.bak")
    assert sqlite.verify(kept).migration == "0001"
    assert content(kept, without=("document_search",)) == {k: v for k, v in before.items() if k != "document_search"}


def test_rebuilding_the_parent_table_loses_no_row(filled_path: Path, tmp_path: Path) -> None:
    before = content(filled_path, without=("document",))
    database = Database(filled_path)
    found, kept = upgrade(database, to="9001", scripts=scripts_with(tmp_path, REBUILD))
    assert (found, kept is not None) == ("0002", True)
    assert content(filled_path, without=("document",)) == before
    with database.read() as connection:
        assert connection.execute(text("SELECT id, outlet, language FROM document ORDER BY id")).all() == [
            ("a", "Agency", None),
            ("b", "Blog", None),
        ]
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    database.close()


def test_foreign_keys_on_would_have_lost_or_refused_it(filled_path: Path) -> None:
    """The reason for the rule: dropping the parent with the keys on is not possible without loss."""
    with closing(sqlite3.connect(filled_path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("DROP TABLE document")


def test_a_migration_that_leaves_dangling_rows_changes_nothing(filled_path: Path, tmp_path: Path) -> None:
    before = content(filled_path)
    database = Database(filled_path)
    with pytest.raises(StoreError, match=r"rows of .* would refer to nothing\. Nothing was changed"):
        upgrade(database, to="9001", scripts=scripts_with(tmp_path, BREAKING))
    database.close()
    assert content(filled_path) == before
    open_store(filled_path).close()


def test_upgrading_again_does_nothing(filled_path: Path) -> None:
    database = Database(filled_path)
    assert upgrade(database) == ("0002", None)
    database.close()
    assert list(filled_path.parent.glob("*.bak")) == []


def test_two_programs_opening_a_new_database_make_it_once(tmp_path: Path) -> None:
    first, second = open_store(tmp_path / "deep" / "new.db"), open_store(tmp_path / "deep" / "new.db")
    assert first.counts() == second.counts()
    first.close()
    second.close()


def test_the_log_stays_guarded_after_the_upgrade(filled_path: Path) -> None:
    old = downgraded(filled_path)
    open_store(old).close()
    with (
        closing(sqlite3.connect(old)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute("DELETE FROM operation")


def test_the_texts_in_the_backup_are_the_same(filled_path: Path) -> None:
    open_store(downgraded(filled_path)).close()
    (kept,) = filled_path.parent.glob("*.bak")
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT text FROM document_revision WHERE document_id = 'a'").fetchone() == (TEXT,)
