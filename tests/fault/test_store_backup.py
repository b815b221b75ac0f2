"""Backup and restore: complete under load, verified, never over something in use, never losing the old file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from store_kit.edits import PROJECT, edit, mark, span_of

from annotator.errors import StoreError
from annotator.operations import Change
from annotator.store import open_store, sqlite
from annotator.store.maintenance import backup_database, check_database, restore_database, sqlite_warnings


def annotate(path: Path, name: str = "s1", quote: str = "stolen") -> None:
    store = open_store(path)
    assert store.apply(PROJECT, [mark(name, span_of(quote))])[0].outcome == "applied"
    store.close()


def spans(path: Path) -> list[str]:
    store = open_store(path, read_only=True)
    found = sorted(store.state(PROJECT, "a", "ana").spans)
    store.close()
    return found


def test_a_backup_is_one_complete_file(sqlite_path: Path, tmp_path: Path) -> None:
    store = open_store(sqlite_path)
    store.apply(PROJECT, [mark("s1", span_of("stolen"))])  # still in the -wal file
    made = backup_database(sqlite_path, tmp_path / "monday.db")
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == ["monday.db"]
    assert (made.migration, made.rows["span"]) == ("0002", 1)
    assert spans(made.path) == ["s1"]


def test_backups_under_load_are_sound_and_hold_everything_acknowledged_before(
    sqlite_path: Path, tmp_path: Path
) -> None:
    store = open_store(sqlite_path)
    stop = threading.Event()
    acknowledged = 0

    def write() -> None:
        nonlocal acknowledged
        states: list[str | None] = [None, "draft", "submitted"]
        before = None
        while not stop.is_set():
            after = states[1 + acknowledged % 2]
            (applied,) = store.apply(PROJECT, [edit(Change("status", "", before, after), id=f"w{acknowledged}")])
            assert applied.outcome == "applied"
            before = after
            acknowledged += 1

    writer = threading.Thread(target=write)
    writer.start()
    counts = []
    for n in range(8):
        known = acknowledged
        made = backup_database(sqlite_path, tmp_path / f"{n}.db")
        report = check_database(made.path)
        counts.append((known, report.rows["operation"]))
        assert report.problems == []
    stop.set()
    writer.join()
    store.close()
    assert all(known <= found for known, found in counts), counts
    assert counts[-1][1] > counts[0][1]


def test_a_backup_does_not_overwrite_without_force(sqlite_path: Path, tmp_path: Path) -> None:
    target = tmp_path / "monday.db"
    target.write_text("precious")
    with pytest.raises(StoreError, match=r"it exists\. Choose another name, or overwrite it with --force"):
        backup_database(sqlite_path, target)
    assert target.read_text() == "precious"
    backup_database(sqlite_path, target, force=True)
    assert spans(target) == []


def test_a_copy_that_does_not_verify_is_not_kept(
    sqlite_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = sqlite._copy

    def lossy(source: Path, target: Path) -> dict[str, int]:
        rows = copy(source, target)
        with closing(sqlite3.connect(target)) as connection, connection:
            connection.execute("DELETE FROM annotator WHERE name = 'ben'")
        return rows

    monkeypatch.setattr(sqlite, "_copy", lossy)
    with pytest.raises(StoreError, match=r"the copy has .* the database .*The copy was removed"):
        backup_database(sqlite_path, tmp_path / "monday.db")
    assert list(tmp_path.iterdir()) == []


def test_restore_puts_the_backup_in_place_and_keeps_the_old_file(sqlite_path: Path, tmp_path: Path) -> None:
    annotate(sqlite_path, "s1")
    backup_database(sqlite_path, tmp_path / "monday.db")
    annotate(sqlite_path, "s2", "regime")
    restored, aside = restore_database(tmp_path / "monday.db", sqlite_path)
    assert restored.rows["span"] == 1
    assert spans(sqlite_path) == ["s1"]
    assert aside is not None
    assert spans(aside) == ["s1", "s2"]
    for end in ("-wal", "-shm"):
        assert not sqlite_path.with_name(sqlite_path.name + end).exists()


def test_restore_into_a_new_place_needs_no_old_file(sqlite_path: Path, tmp_path: Path) -> None:
    annotate(sqlite_path)
    backup_database(sqlite_path, tmp_path / "monday.db")
    restored, aside = restore_database(tmp_path / "monday.db", tmp_path / "new" / "annotator.db")
    assert (spans(restored.path), aside) == (["s1"], None)


def test_restore_refuses_while_this_or_another_process_has_it_open(sqlite_path: Path, tmp_path: Path) -> None:
    backup_database(sqlite_path, tmp_path / "monday.db")
    annotate(sqlite_path)
    store = open_store(sqlite_path)
    with pytest.raises(StoreError, match=r"another program has it open\. Stop the app"):
        restore_database(tmp_path / "monday.db", sqlite_path)
    store.close()
    code = (
        "import sys; from annotator.store import open_store\n"
        "store = open_store(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(sqlite_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match=r"another program has it open\. Stop the app"):
            restore_database(tmp_path / "monday.db", sqlite_path)
        holder.kill()
    assert spans(sqlite_path) == ["s1"]
    restore_database(tmp_path / "monday.db", sqlite_path)
    assert spans(sqlite_path) == []


def test_restore_over_a_damaged_database_keeps_it_as_it_was(sqlite_path: Path, tmp_path: Path) -> None:
    backup_database(sqlite_path, tmp_path / "monday.db")
    sqlite_path.write_bytes(b"not a database any more")
    _, aside = restore_database(tmp_path / "monday.db", sqlite_path)
    assert aside is not None
    assert aside.read_bytes() == b"not a database any more"
    assert check_database(sqlite_path).problems == []


def test_restore_refuses_an_unsound_backup_and_touches_nothing(sqlite_path: Path, tmp_path: Path) -> None:
    annotate(sqlite_path)
    bad = tmp_path / "bad.db"
    with closing(sqlite3.connect(bad)) as connection, connection:
        connection.execute("CREATE TABLE x (y)")
    with pytest.raises(StoreError, match="is not a sound annotator database: it holds other tables"):
        restore_database(bad, sqlite_path)
    dangling = backup_database(sqlite_path, tmp_path / "dangling.db").path
    with closing(sqlite3.connect(dangling)) as connection, connection:
        connection.execute("DELETE FROM document WHERE id = 'a'")
    with pytest.raises(StoreError, match="dangling reference in"):
        restore_database(dangling, sqlite_path)
    assert spans(sqlite_path) == ["s1"]


def test_restore_refuses_a_backup_of_a_newer_version(sqlite_path: Path, tmp_path: Path) -> None:
    newer = backup_database(sqlite_path, tmp_path / "newer.db").path
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(StoreError, match="made by a newer version"):
        restore_database(newer, sqlite_path)


@pytest.mark.parametrize(
    ("version", "warned"), [((3, 40, 1), True), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 54, 1), False)]
)
def test_the_wal_reset_bug_is_named_where_it_may_be(version: tuple[int, ...], warned: bool) -> None:
    assert bool(sqlite_warnings(version)) is warned
    assert not warned or "WAL-reset bug" in sqlite_warnings(version)[0]


def test_a_backup_never_overwrites_a_database_in_use(tmp_path: Path) -> None:
    path, other = tmp_path / "a.db", tmp_path / "other.db"
    for each in (path, other):
        open_store(each).close()
    with closing(open_store(other)) as in_use:
        in_use.projects()
        for target, found in ((path, "the database itself"), (other, "a database in use")):
            before = target.read_bytes()
            with pytest.raises(StoreError, match=found):
                backup_database(path, target, force=True)
            assert target.read_bytes() == before
