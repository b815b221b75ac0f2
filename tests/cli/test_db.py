"""``annotator db``: output, exit codes and messages."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from store_kit.edits import PROJECT, mark, span_of
from store_kit.fixtures import filled

from annotator.cli import main
from annotator.store import open_store
from annotator.store.engine import Database
from annotator.store.migrate import upgrade


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "annotator.db"
    store = filled(open_store(path))
    store.apply(PROJECT, [mark("s1", span_of("stolen"))])
    store.close()
    return path


def run(*arguments: object, **variables: str) -> Result:
    return CliRunner().invoke(main, ["db", *map(str, arguments)], env=variables, catch_exceptions=False)


def break_span(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE span SET quote = 'stolem'")


def test_check_prints_counts_and_no_problem(database: Path) -> None:
    result = run("check", "--db", database)
    assert result.exit_code == 0
    first, counts, last = result.stdout.splitlines()
    assert first == f"{database} (SQLite {sqlite3.sqlite_version}, migration 0002)"
    assert "document 2" in counts
    assert "span 1" in counts
    assert last == "no problem found"


def test_check_lists_problems_and_exits_1(database: Path) -> None:
    break_span(database)
    result = run("check", "--db", database)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[2].startswith("span-quote: syria/a/ana: Cannot use span [4, 10): the text there reads 'stolen'")
    assert lines[3].startswith("replay: syria/a/ana: ")
    assert lines[4] == "2 problems found"


def test_check_writes_json(database: Path) -> None:
    break_span(database)
    result = run("check", "--db", database, "--json")
    record = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [problem["check"] for problem in record["problems"]] == ["span-quote", "replay"]
    assert (record["database"], record["rows"]["document"]) == (str(database), 2)


def test_check_warns_on_stderr_about_the_sqlite_version(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.store.sqlite.FIXED_IN", (99, 0, 0))
    result = run("check", "--db", database)
    assert result.exit_code == 0
    assert "WAL-reset bug" in result.stderr
    assert "writer lock" in result.stderr
    assert "WAL-reset bug" not in result.stdout


def test_check_changes_no_byte(database: Path) -> None:
    before = database.read_bytes()
    run("check", "--db", database)
    assert database.read_bytes() == before


def test_the_variable_names_the_database(database: Path) -> None:
    assert run("check", ANNOTATOR_DB=str(database)).exit_code == 0


def test_a_missing_database_is_one_message(tmp_path: Path) -> None:
    result = run("check", "--db", tmp_path / "none.db")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: There is no database at {tmp_path / 'none.db'}, and it was to be opened for reading only. "
        "Name it with --db or ANNOTATOR_DB, or make one with: annotator demo\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_backup_then_restore(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "monday.db"
    made = run("backup", target, "--db", database)
    assert made.exit_code == 0
    assert made.stdout.startswith(f"{target}: ")
    assert made.stdout.endswith("tables, verified\n")
    again = run("backup", target, "--db", database)
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == (
        f"Error: Cannot back up to {target}: it exists. Choose another name, or overwrite it with --force.\n"
    )
    forced = run("backup", target, "--db", database, "--force", "--json")
    assert json.loads(forced.stdout)["rows"]["span"] == 1
    restored = run("restore", target, "--db", database)
    assert restored.exit_code == 0
    assert "rows restored from" in restored.stdout
    assert "annotator.db.before-restore-" in restored.stdout
    assert json.loads(run("restore", target, "--db", database, "--json").stdout)["migration"] == "0002"


def test_upgrade_reports_what_it_did(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = Database(path)
    upgrade(old, to="0001")
    old.close()
    refused = run("check", "--db", path)
    assert refused.exit_code == 1
    assert "is at migration 0001; this version of the package needs 0002" in refused.stderr
    done = run("upgrade", "--db", path)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == f"{path}: migration 0001 → 0002"
    assert "Backup of the database as it was: " in done.stdout
    again = run("upgrade", "--db", path, "--json")
    assert json.loads(again.stdout) == {"database": str(path), "found": "0002", "now": "0002", "backup": None}
    assert run("upgrade", "--db", path).stdout == f"{path} is at migration 0002 already; nothing to do\n"


def test_upgrade_makes_no_new_database(tmp_path: Path) -> None:
    result = run("upgrade", "--db", tmp_path / "none.db")
    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("verb", "command"),
    [
        ("backup", "pg_dump --format=custom --file=x.db postgresql://ana@db.example/news"),
        ("restore", "pg_restore --clean --if-exists --dbname=postgresql://ana@db.example/news x.db"),
    ],
)
def test_postgresql_is_sent_to_its_own_tools(verb: str, command: str) -> None:
    result = run(verb, "x.db", "--db", "postgresql://ana:secret@db.example/news")
    assert result.exit_code == 1
    assert result.stderr.endswith(f"own tools. Run: {command}\n")


@pytest.mark.parametrize("verb", ["check", "backup", "restore", "upgrade"])
def test_help_ends_with_an_example(verb: str) -> None:
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert f"Example:\n      annotator db {verb}" in result.stdout
