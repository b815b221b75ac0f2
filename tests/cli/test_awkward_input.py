"""Awkward surroundings: full disks, devices, closed input, no home, odd codebooks. One message each, no traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotator.cli import main

TEXT = "They keep illicit American bases.\n"
FULL = Path("/dev/full")
LEXICON = ("--suggester", "lexicon")


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def in_process(command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run ``command`` in a shell with ``$1`` … as arguments; ``annotator`` is this checkout's."""
    script = f'annotator() {{ "{sys.executable}" -m annotator "$@"; }}; {command}'
    given = ["bash", "-c", script, "bash", *map(str, arguments)]
    return subprocess.run(given, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("verb", ['score "$1" --suggester lexicon', "info"])
def test_full_disk_under_standard_output_is_one_message(article: Path, verb: str) -> None:
    done = in_process(f"annotator {verb} >/dev/full", article)
    assert done.returncode == 1
    assert done.stderr == (
        "Error: Cannot read or write the output: No space left on device. Check the path, its permissions and the "
        "free space, then try again.\n"
    )


def test_closed_standard_input_is_one_message() -> None:
    done = in_process("annotator score - --suggester lexicon <&-")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: standard input is closed. Pipe the articles in, or name a file.\n",
    )


def test_reader_that_leaves_early_is_no_error_message(article: Path, tmp_path: Path) -> None:
    many = tmp_path / "many.jsonl"
    many.write_text('{"text": "The puppet regime fell."}\n' * 2_000, encoding="utf-8")
    done = in_process('annotator score "$1" --suggester lexicon | head -c 1', many)
    assert (done.stdout, done.stderr) == ("{", "")


def test_name_too_long_for_the_system_is_listed_and_the_rest_scored(article: Path) -> None:
    result = run("score", "x" * 300, article, *LEXICON)
    assert result.exit_code == 3
    assert "it cannot be read: File name too long. Check path and permissions." in result.stderr
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize("verb", ["score", "export"])
def test_device_is_never_replaced_by_a_file(article: Path, tmp_path: Path, verb: str) -> None:
    pipe, database = tmp_path / "pipe", tmp_path / "p.db"
    os.mkfifo(pipe)
    assert run("import", article, "--project", "p", "--create", "--db", database).exit_code == 0
    what = (article, *LEXICON) if verb == "score" else ("--project", "p", "--db", database)
    result = run(verb, *what, "-o", pipe, "--force")
    assert result.exit_code == 1
    assert "it is a device, pipe or socket" in result.stderr
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_lexicon_beside_the_codebook_is_used(article: Path, repository: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(repository / "labels" / "news-framing", folder)
    for name, key in (("codebook.yaml", "id"), ("lexicon.yaml", "codebook")):
        source = (folder / name).read_text(encoding="utf-8")
        assert f"\n{key}: news-framing\n" in source
        (folder / name).write_text(source.replace(f"\n{key}: news-framing\n", f"\n{key}: mine\n"), encoding="utf-8")
    result = run("score", article, *LEXICON, "--codebook", folder)
    assert result.exit_code == 0, result.stderr
    assert '"quote": "illicit American bases"' in result.stdout
    assert '"codebook": "mine@1"' in result.stdout


def test_codebook_without_a_lexicon_says_what_to_write(article: Path, repository: Path, tmp_path: Path) -> None:
    shutil.copy(repository / "labels" / "news-framing" / "codebook.yaml", tmp_path)
    result = run("score", article, *LEXICON, "--codebook", tmp_path)
    assert result.exit_code == 1
    assert f"there is no file {tmp_path / 'lexicon.yaml'}. Write a lexicon.yaml beside the codebook" in result.stderr


def test_user_without_a_home_is_told_to_name_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("ANNOTATOR_DB", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    result = run("info")
    assert result.exit_code == 1
    assert "Name the database with --db or ANNOTATOR_DB." in result.stderr


@pytest.mark.parametrize("name", ["../evil", "/etc/p", "a\\b", "p%2e%2e"])
def test_project_name_is_data_and_never_a_path(article: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    database = folder / "p.db"
    assert run("import", article, "--project", name, "--create", "--db", database).exit_code == 0
    assert run("export", "--project", name, "--db", database, "-o", folder / "o.jsonl").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", "inner"}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_output_is_utf8_whatever_the_locale(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_text("They keep the “stolen” oil — نفط.", encoding="utf-8")
    done = in_process(
        f'export PYTHONUTF8=0 PYTHONIOENCODING={encoding}; annotator import "$1" --project "p→" --create --db "$2" '
        '--json && annotator export --project "p→" --db "$2" -o "$3"$\'\\xff\'.jsonl --json',
        *(tmp_path / name for name in ("a.txt", "p.db", "out")),
    )
    assert done.returncode == 0, done.stderr
    imported, exported = map(json.loads, done.stdout.splitlines())
    assert imported["added"] == ["a.txt"]
    assert exported["output"].endswith("out\udcff.jsonl")


def test_interrupted_scoring_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("old", encoding="utf-8")
    command = [sys.executable, "-m", "annotator", "score", "-", "--input-format", "jsonl", *LEXICON]
    command += ["--part-articles", "1", "--workers", "1"]
    pipe = subprocess.PIPE
    # Whoever runs the tests in the background of a shell has interrupts ignored, and so have its children.
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen([*command, "-o", str(out), "--force"], stdin=pipe, stderr=pipe) as scoring:
        signal.signal(signal.SIGINT, ignored)
        assert scoring.stdin is not None
        assert scoring.stderr is not None
        scoring.stdin.write(b'{"text": "The puppet regime fell."}\n{"no": "text"}\n')
        scoring.stdin.flush()
        assert b"there is no 'text'" in scoring.stderr.readline()  # by now it writes, and waits for more
        scoring.send_signal(signal.SIGINT)
        assert scoring.stderr.read() == b"\nAborted!\n"
    assert scoring.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
    assert out.read_text(encoding="utf-8") == "old"
