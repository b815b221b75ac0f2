"""``annotator import``: exit codes, what is said where, and projects that are not there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotator.cli import main
from annotator.store import open_store

Run = Callable[..., Result]
LINE = '{"id": "a1", "text": "They keep illicit bases."}\n'


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``annotator import … --project p --db …`` in an empty folder."""

    def run(*arguments: str | Path, input: str | bytes | None = None) -> Result:
        given = ["import", *map(str, arguments), "--project", "p", "--db", str(tmp_path / "db" / "a.db")]
        return CliRunner().invoke(main, given, input=input)

    (tmp_path / "db").mkdir()
    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "c.jsonl"
    path.write_text(LINE, encoding="utf-8")
    return path


def ids(tmp_path: Path) -> list[str]:
    store = open_store(tmp_path / "db" / "a.db", read_only=True)
    found = [document.id for document in store.iter_documents("p")]
    store.close()
    return found


def test_import_makes_the_project_and_says_what_it_did(run: Run, file: Path, tmp_path: Path) -> None:
    result = run(file, "--create", "--title", "Bases")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Added 1 article.\n")
    assert ids(tmp_path) == ["a1"]
    store = open_store(tmp_path / "db" / "a.db", read_only=True)
    assert store.project("p").title == "Bases"
    assert store.project("p").codebook_source.startswith(store.project("p").codebook_source[:10])
    store.close()


def test_import_again_reports_duplicates(run: Run, file: Path) -> None:
    run(file, "--create")
    result = run(file)
    assert (result.exit_code, result.stderr) == (0, "Added 0 articles; 1 article already there.\n")


def test_faults_are_listed_and_the_exit_code_is_3(run: Run, file: Path, tmp_path: Path) -> None:
    file.write_text(LINE + "{broken\n" + '{"id": "a2", "text": "Two."}\n')
    result = run(file, "--create")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[0].startswith("Left out: c.jsonl, line 2: the line is no JSON: ")
    assert result.stderr.splitlines()[1] == "Added 2 articles; left out 1 with a fault."
    assert ids(tmp_path) == ["a1", "a2"]


def test_json_report_is_on_standard_output(run: Run, file: Path) -> None:
    file.write_text(LINE + "{broken\n")
    result = run(file, "--create", "--json")
    assert result.exit_code == 3
    report = json.loads(result.stdout)
    assert (report["added"], report["annotations"], report["dry_run"]) == (["a1"], 0, False)
    assert [(item["name"], item["line"]) for item in report["rejected"]] == [("c.jsonl", 2)]


def test_dry_run_changes_nothing_not_even_making_a_database(run: Run, file: Path, tmp_path: Path) -> None:
    result = run(file, "--create", "--dry-run")
    assert (result.exit_code, result.stderr) == (0, "Dry run, nothing changed. Added 1 article.\n")
    assert list((tmp_path / "db").iterdir()) == []


def test_dry_run_on_a_project_knows_what_is_there(run: Run, file: Path, tmp_path: Path) -> None:
    run(file, "--create")
    file.write_text(LINE + '{"id": "a2", "text": "Two."}\n')
    result = run(file, "--dry-run")
    assert result.stderr == "Dry run, nothing changed. Added 1 article; 1 article already there.\n"
    assert ids(tmp_path) == ["a1"]


def test_strict_imports_nothing_when_there_is_a_fault(run: Run, file: Path, tmp_path: Path) -> None:
    file.write_text(LINE + "{broken\n")
    result = run(file, "--create", "--strict")
    assert result.exit_code == 1
    assert "c.jsonl, line 2" in result.stderr
    assert "Nothing was imported, because of --strict." in result.stderr
    store = open_store(tmp_path / "db" / "a.db")
    assert store.projects() == []
    store.close()


def test_standard_input_is_imported(run: Run, tmp_path: Path) -> None:
    result = run("-", "--create", "--format", "jsonl", input=LINE)
    assert (result.exit_code, result.stderr) == (0, "Added 1 article.\n")
    assert ids(tmp_path) == ["a1"]


def test_same_text_under_another_name_is_named(run: Run, file: Path, tmp_path: Path) -> None:
    run(file, "--create")
    (tmp_path / "b.txt").write_text("They keep illicit bases.")
    assert "Already there: b.txt has the same text as a1\n" in run(tmp_path / "b.txt").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.txt"], "'missing.txt' does not exist."),
        ([], "Missing argument 'PATH…'"),
        (["-", "--strict"], "standard input can be read only once"),
        (["-", "--offsets", "bytes"], "'bytes' is not one of 'codepoint', 'utf16'"),
    ],
    ids=["missing file", "no file", "strict stdin", "offsets"],
)
def test_wrong_usage_is_exit_code_2(run: Run, arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--create", "--format", "jsnol"], "Unknown format 'jsnol'. Known: txt, md, html, jsonl"),
        (["--create", "--encoding", "latin-99"], "Unknown encoding 'latin-99'. Use a name such as utf-8"),
        ([], "There is no database "),
    ],
    ids=["format", "encoding", "database"],
)
def test_known_error_is_exit_code_1_in_one_message(
    run: Run, file: Path, arguments: list[str], message: str, tmp_path: Path
) -> None:
    result = run(file, *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {message}")
    assert "Traceback" not in result.output


def test_missing_database_is_not_made_by_a_typing_error(run: Run, file: Path, tmp_path: Path) -> None:
    run(file)
    assert list((tmp_path / "db").iterdir()) == []


def test_unknown_project_lists_the_known_ones(run: Run, file: Path, tmp_path: Path) -> None:
    run(file, "--create")
    result = CliRunner().invoke(main, ["import", str(file), "--project", "q", "--db", str(tmp_path / "db" / "a.db")])
    assert result.exit_code == 1
    assert "There is no project 'q' in " in result.stderr
    assert "it has: p. Check --project, or add --create." in result.stderr


def test_labels_are_checked_against_the_projects_codebook(run: Run, file: Path) -> None:
    line = json.loads(LINE)
    span = {"start": 10, "end": 23, "quote": "illicit bases", "device": "loaded_langauge"}
    file.write_text(json.dumps({**line, "annotations": [{"annotator": "ana", "spans": [span]}]}))
    result = run(file, "--create")
    assert result.exit_code == 3
    assert "c.jsonl, line 1: annotator 'ana': Unknown device 'loaded_langauge'. Codebook 'news-framing@1' has: " in (
        result.stderr
    )
    assert "Did you mean 'loaded_language'?" in result.stderr


def test_utf16_offsets_option_is_what_the_message_asks_for(run: Run, file: Path) -> None:
    span = {"start": 13, "end": 26, "quote": "illicit bases", "device": "loaded_language"}
    row = {"id": "a1", "text": "💩 They keep illicit bases.", "annotations": [{"annotator": "ana", "spans": [span]}]}
    file.write_text(json.dumps(row))
    assert "import with --offsets utf16" in run(file, "--create").stderr
    assert run(file, "--create", "--offsets", "utf16").stderr == "Added 1 article and 1 annotation.\n"


def test_folder_tells_what_it_passed_over(run: Run, file: Path) -> None:
    (file.parent / "x.png").write_bytes(b"x")
    result = run(file.parent, "--create")
    assert result.exit_code == 0
    assert "files of other kinds were passed over: " in result.stderr


def test_long_lists_are_cut_on_the_screen_and_whole_as_json(run: Run, file: Path) -> None:
    file.write_text("{broken\n" * 80)
    result = run(file, "--create", "--json")
    assert result.stderr.count("Left out: c.jsonl") == 50
    assert "Left out: … and 30 more (all with --json)" in result.stderr
    assert len(json.loads(result.stdout)["rejected"]) == 80
