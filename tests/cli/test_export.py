"""``annotator export``: where it writes, what it refuses, what it says is lost."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from annotator.cli import main

Run = Callable[..., Result]
SPAN = {"start": 10, "end": 23, "quote": "illicit bases", "device": "loaded_language", "target": "", "polarity": "-"}
ROWS = [
    {
        "id": "a1",
        "text": "They keep illicit bases.",
        "annotations": [{"annotator": "ana", "status": "submitted", "spans": [SPAN]}],
    },
    {"id": "a2", "text": "=Two."},
]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``annotator export --project p --db …`` on a project of two documents."""
    database = tmp_path / "a.db"
    corpus = "\n".join(json.dumps(row) for row in ROWS)
    given = ["import", "-", "--format", "jsonl", "--project", "p", "--create", "--db", str(database)]
    assert CliRunner().invoke(main, given, input=corpus).exit_code == 0
    return lambda *arguments: CliRunner().invoke(
        main, ["export", "--project", "p", "--db", str(database), *map(str, arguments)]
    )


def test_jsonl_goes_to_standard_output_and_the_summary_does_not(run: Run) -> None:
    result = run("-o", "-")
    assert result.exit_code == 0
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a1", "a2"]
    assert result.stderr == "Wrote 2 documents, 1 annotations and 1 spans to standard output.\n"


def test_ending_of_the_file_gives_the_format(run: Run, tmp_path: Path) -> None:
    assert run("-o", tmp_path / "x.parquet").exit_code == 0
    assert pq.read_table(tmp_path / "x.parquet").num_rows == 2
    assert run("-o", tmp_path / "x").exit_code == 0
    assert json.loads((tmp_path / "x").read_text().splitlines()[0])["id"] == "a1"


def test_csv_is_safe_for_spreadsheets_and_says_what_is_lost(run: Run) -> None:
    result = run("-o", "-", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert [row["text"] for row in rows if row["row"] == "document"] == ["They keep illicit bases.", "'=Two."]
    assert [row["polarity"] for row in rows if row["row"] == "span"] == ["'-"]
    assert "Not kept by csv: 1 spans whose target is 'nobody'" in result.stderr


def test_datasets_folder_is_written(run: Run, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    result = run("-o", tmp_path / "set", "--format", "datasets")
    assert result.exit_code == 0, result.stderr
    assert datasets.load_from_disk(str(tmp_path / "set"))["id"][:] == ["a1", "a2"]


def test_json_report(run: Run, tmp_path: Path) -> None:
    result = run("-o", tmp_path / "x.csv", "--json", "--status", "submitted")
    report = json.loads(result.stdout)
    assert (report["documents"], report["left_out"], report["offset_unit"]) == (1, 1, "codepoint")
    assert list(report["losses"].values()) == [1]
    assert "Left out: 1 documents without such an annotation." in result.stderr


def test_nothing_is_overwritten_without_force(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "x.jsonl"
    target.write_text("mine")
    result = run("-o", target)
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: Cannot write {target}: it exists. Choose another name, or replace it with --force.\n"
    )
    assert target.read_text() == "mine"
    assert run("-o", target, "--force").exit_code == 0
    assert "a1" in target.read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-o", "-", "--format", "parquet"], 1, "Cannot write parquet to standard output. Name a file with -o"),
        (["-o", "x", "--format", "txt"], 1, "The format 'txt' can be read but not written."),
        (["-o", "x", "--format", "xslx"], 1, "Unknown format 'xslx'. Known: "),
        (["-o", "x", "--annotator", "anna"], 1, "Did you mean 'ana'?"),
        (["-o", "no/such/folder/x"], 1, "there is no folder no/such/folder"),
        (["-o", "x", "--status", "done"], 2, "'done' is not one of 'draft', 'submitted', 'discarded'"),
        (["-o", "-", "--json"], 2, "both write to standard output"),
        ([], 2, "Missing option '-o'"),
    ],
    ids=["binary", "read only", "unknown", "annotator", "folder", "status", "two outputs", "no output"],
)
def test_what_cannot_be_done_is_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert (result.exit_code, message in result.stderr) == (code, True), result.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("project", "database", "message"),
    [("q", "a.db", "There is no project 'q'"), ("p", "b.db", "There is no database ")],
)
def test_unknown_project_or_database_is_said(
    run: Run, tmp_path: Path, project: str, database: str, message: str
) -> None:
    result = CliRunner().invoke(main, ["export", "--project", project, "--db", str(tmp_path / database), "-o", "-"])
    assert result.exit_code == 1
    assert message in result.stderr
    assert not (tmp_path / "b.db").exists()


def test_what_was_exported_is_imported_again(run: Run, tmp_path: Path) -> None:
    run("-o", tmp_path / "x.jsonl")
    given = ["import", str(tmp_path / "x.jsonl"), "--project", "p", "--create", "--db", str(tmp_path / "b.db")]
    assert CliRunner().invoke(main, given).exit_code == 0
    again = CliRunner().invoke(main, ["export", "--project", "p", "--db", str(tmp_path / "b.db"), "-o", "-"])
    assert again.stdout == (tmp_path / "x.jsonl").read_text()
