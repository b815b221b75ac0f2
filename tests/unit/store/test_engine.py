"""Connections: settings, addresses, locks, and what database errors mean to people."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError
from store_kit.edits import PROJECT

from annotator.errors import StoreError
from annotator.store import default_database, open_store
from annotator.store import schema as t
from annotator.store.engine import Database, parse_address, store_error
from annotator.store.locks import WriterLock


def test_every_sqlite_connection_has_our_settings(sqlite_path: Path) -> None:
    database = Database(sqlite_path)
    with database.read() as first, database.read() as second:
        for connection in (first, second):
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
            assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    database.close()


def test_a_write_takes_the_write_lock_before_it_reads(sqlite_path: Path) -> None:
    database = Database(sqlite_path)
    with database.write(), closing(sqlite3.connect(sqlite_path, timeout=0, isolation_level=None)) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM project").fetchone() == (1,)
    database.close()


def test_readers_see_one_moment(sqlite_path: Path) -> None:
    database = Database(sqlite_path)
    with database.read() as reader:
        before = reader.execute(text("SELECT title FROM project")).scalar()
        with database.write() as writer:
            writer.execute(update(t.project).values(title="changed"))
        assert reader.execute(text("SELECT title FROM project")).scalar() == before == "Syria"
    database.close()


def test_stores_on_one_path_share_the_writer_lock(tmp_path: Path) -> None:
    first, second = (WriterLock(tmp_path / "x.db", timeout_s=0.05) for _ in range(2))
    with first.held(), pytest.raises(StoreError, match=r"another writer has held the lock .*x\.db\.lock"):
        second.held().__enter__()
    with second.held():
        assert (tmp_path / "x.db.lock").exists()


def test_every_write_waits_for_the_writer_lock(sqlite_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.store.engine.WriterLock", partial(WriterLock, timeout_s=0.05))
    store = open_store(sqlite_path)
    with WriterLock(sqlite_path).held():
        assert store.project(PROJECT).title == "Syria"
        with pytest.raises(StoreError, match="another writer has held the lock"):
            store.add_annotator(PROJECT, "carl")
    assert store.add_annotator(PROJECT, "carl") == "carl"
    store.close()


def test_another_process_holds_the_lock_until_it_dies(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from annotator.store.locks import WriterLock\n"
        "with WriterLock(Path(sys.argv[1])).held():\n    print('held', flush=True); sys.stdin.read()"
    )
    path = tmp_path / "x.db"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="another writer"):
            WriterLock(path, timeout_s=0.05).held().__enter__()
        holder.kill()
    with WriterLock(path, timeout_s=5).held():
        assert path.with_name("x.db.lock").exists()


def test_a_program_without_our_lock_is_waited_for_and_then_named(
    sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.store.sqlite.BUSY_TIMEOUT_MS", 20)
    store = open_store(sqlite_path)
    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"database is locked\. Another program is writing to it"):
            store.add_annotator(PROJECT, "carl")
        other.execute("ROLLBACK")
    assert store.add_annotator(PROJECT, "carl") == "carl"
    store.close()


def test_a_short_wait_by_another_program_is_no_error(sqlite_path: Path) -> None:
    store = open_store(sqlite_path)
    with closing(sqlite3.connect(sqlite_path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.2, other.execute, ["ROLLBACK"])
        timer.start()
        assert store.add_annotator(PROJECT, "carl") == "carl"
        timer.join()
    store.close()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("notes.db", "sqlite:///notes.db"),
        (Path("/data/notes.db"), "sqlite:////data/notes.db"),
        (":memory:", "sqlite:///%3Amemory%3A"),
        ("sqlite:///notes.db", "sqlite:///notes.db"),
        ("postgresql://ana:secret@db/x", "postgresql+psycopg://ana:***@db/x"),
        ("postgres://db/x", "postgresql+psycopg://db/x"),
        ("postgresql+psycopg://db/x", "postgresql+psycopg://db/x"),
    ],
    ids=["name", "path", "memory", "sqlite", "postgresql", "postgres", "psycopg"],
)
def test_addresses_are_understood(address: str | Path, expected: str) -> None:
    assert str(parse_address(address)) == expected


@pytest.mark.parametrize(
    "address", ["mysql://a:secret@db/x", "postgresql://a:secret@db:port/x"], ids=["mysql", "bad-port"]
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(StoreError, match=r"Cannot (open a 'mysql' database|read the database address)") as caught:
        parse_address(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("cause", "remedy"),
    [
        ("database or disk is full", "Free some disk space"),
        ("attempt to write a readonly database", "Change the permissions"),
        ("database disk image is malformed", "Restore a backup"),
        ("could not extend file: No space left on device", "Free some disk space"),
        ("connection failed: refused", "Check that the server runs"),
        ("something new", "Run: annotator db check"),
    ],
    ids=["full", "readonly", "malformed", "pg-full", "pg-down", "other"],
)
def test_database_errors_say_what_to_do(cause: str, remedy: str) -> None:
    error = store_error(OperationalError("SELECT 1", {}, sqlite3.OperationalError(cause)), name="x.db")
    assert str(error).startswith(f"Database x.db: {cause}. ")
    assert remedy in str(error)
    assert "SELECT" not in str(error)


def test_a_password_never_appears_in_a_message() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://ana:secret@127.0.0.1:1/x?connect_timeout=2")
    assert "secret" not in str(caught.value)
    assert "Check that the server runs" in str(caught.value)


def test_a_store_in_memory_can_be_shared_among_threads() -> None:
    store = open_store(":memory:")
    assert store.projects() == []
    threads = [threading.Thread(target=store.projects) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.check() == []
    store.close()


def test_default_database_is_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANNOTATOR_DB", str(tmp_path / "named.db"))
    assert default_database() == tmp_path / "named.db"
    monkeypatch.delenv("ANNOTATOR_DB")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_database() == tmp_path / "framing-annotator" / "annotator.db"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert default_database() == tmp_path / ".local" / "share" / "framing-annotator" / "annotator.db"


def test_importing_the_store_loads_no_sqlalchemy() -> None:
    code = "import sys, annotator.store, annotator.cli.db_; print(sorted({'sqlalchemy', 'alembic'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
