"""``annotator score --project`` and ``--watch``: the options reach the work, and its result is told."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from score_kit import command, write_corpus

from annotator.cli import main
from annotator.store import open_store


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "p.db"
    corpus = write_corpus(tmp_path / "corpus.jsonl", 5)
    assert _run("import", corpus, "--project", "p", "--create", "--db", path).exit_code == 0
    return path


def test_project_gets_its_suggestions_once(database: Path) -> None:
    given = ("score", "--project", "p", "--db", database, "--suggester", "lexicon", "--json")
    first = _run(*given)
    assert (first.exit_code, first.stderr.count("\n")) == (0, 1)
    done = json.loads(first.stdout)
    assert (done["event"], done["scored"], done["skipped"], done["failed"]) == ("done", 5, 0, 0)
    assert done["spans"] > 0
    assert first.stderr == f"5 articles scored with {done['spans']} suggestions; 0 had theirs already.\n"
    with closing(open_store(database, read_only=True)) as store:
        assert store.counts()["suggestion_span"] == done["spans"]
    again = json.loads(_run(*given).stdout)
    assert (again["scored"], again["skipped"]) == (0, 5)
    asked = json.loads(_run(*given, "--again").stdout)
    assert (asked["scored"], asked["skipped"], asked["spans"]) == (5, 0, done["spans"])
    with closing(open_store(database, read_only=True)) as store:
        assert store.counts()["suggestion_span"] == done["spans"]


def test_again_belongs_to_projects(tmp_path: Path) -> None:
    refused = _run("score", tmp_path, "--again")
    assert refused.exit_code == 2
    assert "--again has no use without --project" in refused.stderr


def test_project_or_database_that_is_missing_is_named(database: Path, tmp_path: Path) -> None:
    lexicon = ("--suggester", "lexicon")
    missing = _run("score", "--project", "p", "--db", tmp_path / "none.db", *lexicon)
    assert (missing.exit_code, "There is no database" in missing.stderr) == (1, True)
    assert not (tmp_path / "none.db").exists()
    unknown = _run("score", "--project", "q", "--database", database, *lexicon)
    assert (unknown.exit_code, "'q'" in unknown.stderr) == (1, True)


def test_watched_folder_is_scored_until_somebody_says_stop(tmp_path: Path) -> None:
    arriving, out = tmp_path / "arriving", tmp_path / "out"
    arriving.mkdir()
    write_corpus(arriving / "first.jsonl", 3)
    given = command("--watch", arriving, "-o", out, "--json")
    pipe = subprocess.PIPE
    with subprocess.Popen(given, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        event = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        done = json.loads(process.stdout.read())
        told = process.stderr.read().splitlines()
    assert process.returncode == 0
    assert (event["event"], event["name"], event["scored"]) == ("file", "first.jsonl", 3)
    assert (done["event"], done["files"], done["scored"]) == ("done", 1, 3)
    assert told == [
        f"Watching '{arriving}', results go to '{out}'. Stop with Ctrl-C.",
        "Stopped; 3 articles of 1 files scored, 0 not.",
    ]
    written = (out / event["result"]).read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in written] == ["a0", "a1", "a2"]
