"""Everything people may drop in by accident or malice: each is listed with a reason, and the good file is in."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotator.cli import main
from annotator.documents import Document
from annotator.store import open_store

SPAN = {"start": 10, "end": 23, "quote": "illicit bases", "device": "loaded_language"}


def coded(**changes: object) -> bytes:
    annotations = [{"annotator": "ana", "spans": [{**SPAN, **changes}]}]
    return json.dumps({"id": "bad", "text": "They keep illicit bases.", "annotations": annotations}).encode()


BAD = {
    "empty file": ("bad.txt", b"", "the text is empty"),
    "20 MB file": ("bad.txt", b"word " * 4_000_000, "the file has 20,000,000 bytes"),
    "binary file": ("bad.txt", bytes(range(256)) * 100, "no text in a known encoding"),
    "binary file called html": ("bad.html", b"\x89PNG\r\n\x1a\n\0\0", "a PNG image"),
    "nul": ("bad.txt", b"They\0keep", "NUL character at offset 4"),
    "lone surrogate in json": ("bad.jsonl", b'{"text": "a\\ud800"}', "lone surrogate (U+D800) at offset 1"),
    "lone surrogate in a file": ("bad.txt", b"They \xed\xa0\x80", "lone surrogate"),
    "page of scripts": ("bad.html", b"<script>alert(1)</script>", "the page shows no text"),
    "broken line": ("bad.jsonl", b'{"text": "One."', "line 1: the line is no JSON"),
    "no text column": ("bad.csv", b"id,body\na,b\n", "there is no 'text'; found id, body."),
    "broken parquet": ("bad.parquet", b"PAR1 PAR1", "no readable Parquet file"),
    "wrong quote": ("bad.jsonl", coded(quote="illicit oil"), "the text there reads 'illicit bases'"),
    "offsets outside": ("bad.jsonl", coded(end=99), "the text has 24 code points"),
    "unknown label": ("bad.jsonl", coded(device="loaded_langauge"), "Did you mean 'loaded_language'?"),
    "unknown kind": ("bad.pdf", b"%PDF-1.7", "the ending '.pdf' is unknown"),
    "hostile id": ("bad.jsonl", b'{"id": "a\\u001b[2J", "text": "One."}', "'a\\x1b[2J' holds control characters"),
}


def put(database: Path, *paths: Path, options: tuple[str, ...] = ()) -> Result:
    given = ["import", *map(str, paths), "--project", "p", "--create", "--db", str(database), *options]
    return CliRunner().invoke(main, given)


def documents(database: Path) -> list[Document]:
    with closing(open_store(database, read_only=True)) as store:
        return list(store.iter_documents("p"))


@pytest.mark.parametrize(("name", "content", "reason"), BAD.values(), ids=BAD)
def test_bad_file_is_listed_and_the_good_one_is_in(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    bad, good = tmp_path / name, tmp_path / "good.txt"
    bad.write_bytes(content)
    good.write_text("Good.", encoding="utf-8")
    result = put(tmp_path / "a.db", bad, good)
    assert result.exit_code == 3
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("Left out: ")]
    assert line.startswith(f"Left out: {name}")
    assert reason in line
    assert line.isprintable()
    assert [document.id for document in documents(tmp_path / "a.db")] == ["good.txt"]


GOOD = {
    "crlf and bom": "\ufeffOne.\r\nTwo.\r",
    "emoji, joiners and flags": "👨🏻\u200d🚒 in 🇸🇾 💩",
    "decomposed accents": "cafe\u0301 cafe\u0301",
    "arabic and hebrew": "القواعد \u200fהבסיסים\u200e",
    "100,000 words": "word " * 100_000,
    "markup as text": "<img src=x onerror=alert(1)>",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_odd_text_is_stored_and_exported_to_the_character(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.txt"
    path.write_bytes(text.encode("utf-8"))
    assert put(tmp_path / "a.db", path).exit_code == 0
    assert documents(tmp_path / "a.db")[0].text == text
    given = ["export", "--project", "p", "--db", str(tmp_path / "a.db"), "-o", str(tmp_path / "out.jsonl")]
    assert CliRunner().invoke(main, given).exit_code == 0
    assert json.loads((tmp_path / "out.jsonl").read_bytes())["text"] == text


def test_file_in_another_encoding_is_read_and_said(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes("Le café du ministère était fermé.".encode("cp1252"))
    result = put(tmp_path / "a.db", path)
    assert result.exit_code == 0
    assert "Good to know: old.txt: not UTF-8; read as cp1252 (detected)." in result.stderr
    assert documents(tmp_path / "a.db")[0].text == "Le café du ministère était fermé."


def test_wrong_encoding_option_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes("café".encode("cp1252"))
    result = put(tmp_path / "a.db", path, options=("--encoding", "utf-8"))
    assert result.exit_code == 3
    assert "old.txt: the file is not utf-8: byte 0xE9 at 3 does not fit." in result.stderr


def test_broken_line_in_the_middle_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"id": "a", "text": "One."}\n{"id": "b", "te\n{"id": "c", "text": "Three."}\n')
    result = put(tmp_path / "a.db", path)
    assert result.exit_code == 3
    assert "Left out: c.jsonl, line 2: " in result.stderr
    assert [document.id for document in documents(tmp_path / "a.db")] == ["a", "c"]


def test_csv_with_a_cell_of_1_mb_is_in(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("id,text\na," + "word " * 200_000 + "\n")
    assert put(tmp_path / "a.db", path).exit_code == 0
    assert len(documents(tmp_path / "a.db")[0].text) == 1_000_000


def test_page_with_scripts_gives_only_its_text(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<article><p>They keep illicit bases, the ministry said.</p></article><script>steal()</script>")
    assert put(tmp_path / "a.db", path).exit_code == 0
    (document,) = documents(tmp_path / "a.db")
    assert document.text == "They keep illicit bases, the ministry said."
    assert document.original is not None


@pytest.fixture
def locked() -> Iterator[Path]:
    """A database that may not be written, in a folder that may not, outside the private folder of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        database, good = Path(folder) / "a.db", Path(folder) / "good.txt"
        good.write_text("Good.")
        put(database, good)
        export(database)  # what is imported late is imported before the rights are given up
        database.chmod(0o444)
        Path(folder).chmod(0o555)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)  # no permission stops root
        try:
            yield database
        finally:
            if is_root:
                os.seteuid(0)
            Path(folder).chmod(0o755)


def export(database: Path) -> Result:
    return CliRunner().invoke(main, ["export", "--project", "p", "--db", str(database), "-o", "-"])


def test_read_only_database_is_one_message(locked: Path) -> None:
    result = put(locked, locked.with_name("good.txt"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert str(locked) in result.stderr


def test_read_only_database_can_be_exported(locked: Path) -> None:
    result = export(locked)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["text"] == "Good."


@pytest.mark.parametrize("command", ["import", "export"])
def test_database_of_a_newer_version_is_one_message(tmp_path: Path, command: str) -> None:
    good, database = tmp_path / "good.txt", tmp_path / "a.db"
    good.write_text("Good.")
    put(database, good)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    given = [str(good)] if command == "import" else ["-o", "-"]
    result = CliRunner().invoke(main, [command, *given, "--project", "p", "--db", str(database)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "newer" in result.stderr


def test_file_that_is_no_database_is_one_message(tmp_path: Path) -> None:
    good, database = tmp_path / "good.txt", tmp_path / "a.db"
    good.write_text("Good.")
    database.write_text("this is my shopping list")
    result = put(database, good)
    assert result.exit_code == 1
    assert "is not a SQLite database" in result.stderr
    assert database.read_text() == "this is my shopping list"
