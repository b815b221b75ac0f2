"""Files that cannot be used: full disk, no permission, wrong kind, too new, damaged. One clear message each."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Connection, event
from store_kit.edits import PROJECT, mark, span_of

from annotator.documents import Document
from annotator.errors import StoreError
from annotator.store import open_store
from annotator.store.maintenance import check_database
from annotator.store.sql_store import SqlStore


def test_a_full_database_keeps_every_acknowledged_edit(sqlite_path: Path) -> None:
    store = open_store(sqlite_path)

    @event.listens_for(store.database.engine, "begin")
    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={sqlite_path.stat().st_size // 4096 + 60}")

    added: list[str] = []
    with pytest.raises(StoreError, match=r"database or disk is full\. Nothing of this step was stored") as caught:
        _fill(store, added)
    assert "Free some disk space" in str(caught.value)
    store.close()
    reopened = open_store(sqlite_path)
    assert reopened.counts()["document"] == 2 + len(added) >= 7
    assert reopened.check() == []
    assert reopened.apply(PROJECT, [mark("s1", span_of("stolen"))])[0].outcome == "applied"
    reopened.close()


def _fill(store: SqlStore, added: list[str]) -> None:
    """Add articles of 4,000 characters until something gives; ``added`` gets the acknowledged ones."""
    articles = (Document(f"x{n}", f"{n} " + "word " * 800) for n in range(2000))
    for outcome in store.add_documents(PROJECT, articles, batch=5):
        assert outcome.outcome == "added"
        added.append(outcome.document_id)


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A folder on a disk of 3 MB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("cannot mount a small disk here (needs root); the page limit above covers the rule")
    return folder


def test_a_full_disk_keeps_every_acknowledged_edit(small_disk: Path, sqlite_path: Path) -> None:
    try:
        path = Path(shutil.copy(sqlite_path, small_disk))
        store = open_store(path)
        added: list[str] = []
        with pytest.raises(StoreError, match="Free some disk space"):
            _fill(store, added)
        store.close()
        reader = open_store(path, read_only=True)
        assert reader.counts()["document"] == 2 + len(added) > 2
        assert reader.check() == []
        reader.close()
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)


READ_ONLY = """
import os, sys
from pathlib import Path
from annotator.errors import StoreError
path, number = Path(sys.argv[1]), int(sys.argv[2])
from annotator.store import open_store
open_store(":memory:").close()  # loads all modules, while they can be read
if os.geteuid() == 0:
    os.setgid(number); os.setuid(number)
store = open_store(path, read_only=True)
print(store.projects()[0].title, len(store.check()))
try:
    store.add_annotator("syria", "carl")
except StoreError as error:
    print(error)
store.close()
try:
    writer = open_store(path)
    writer.add_annotator("syria", "carl")
except StoreError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("file_mode", "folder_mode"), [(0o444, 0o755), (0o444, 0o555)], ids=["read-only-file", "read-only-folder"]
)
def test_a_read_only_database_can_be_read_and_says_why_it_cannot_be_written(
    sqlite_path: Path, file_mode: int, folder_mode: int
) -> None:
    nobody = "65534"  # root may write anywhere, so root becomes somebody else first
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = Path(shutil.copy(sqlite_path, folder))
        path.chmod(file_mode)
        folder.chmod(folder_mode)
        command = [sys.executable, "-c", READ_ONLY, str(path), nobody]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        folder.chmod(0o755)
    assert found.returncode == 0, found.stderr
    lines = found.stdout.splitlines()
    assert lines[0] == "Syria 0"
    assert "opened for reading only" in lines[1]
    assert "You may not write to the file or its folder" in lines[2]


def test_a_database_of_a_newer_version_is_named_and_not_touched(sqlite_path: Path) -> None:
    with closing(sqlite3.connect(sqlite_path)) as connection, connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("UPDATE alembic_version SET version_num = '0123'")
    before = sqlite_path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"made by a newer version .*'0123'; this version knows 0001 to 0002"):
            open_store(sqlite_path, read_only=read_only)
    assert sqlite_path.read_bytes() == before


def test_a_database_of_another_program_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE photo (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is a SQLite database of another program; nothing was changed"):
        open_store(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["photos.db"]


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("Just some notes about the bases.")
    with pytest.raises(StoreError, match=r"not a SQLite database \(it begins with b'Just some notes '\)"):
        open_store(text)
    with pytest.raises(StoreError, match=r"it is a folder\. Name a file in it"):
        open_store(tmp_path)
    with pytest.raises(StoreError, match="Cannot create the folder"):
        open_store(text / "below" / "annotator.db")
    with pytest.raises(StoreError, match="There is no database at"):
        open_store(tmp_path / "none.db", read_only=True)
    assert text.read_text() == "Just some notes about the bases."


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    store = open_store(path)
    assert store.check() == []
    store.close()


@pytest.mark.parametrize("size", [50, 4096, 20_000], ids=["header", "first-page", "some-pages"])
def test_a_cut_off_file_is_reported_and_kept(sqlite_path: Path, size: int) -> None:
    sqlite_path.write_bytes(sqlite_path.read_bytes()[:size])
    before = sqlite_path.read_bytes()
    with pytest.raises(StoreError, match=r"annotator db restore BACKUP|another program"):
        check_database(sqlite_path)
    if size <= 4096:
        assert sqlite_path.read_bytes() == before
