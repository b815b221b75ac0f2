"""``annotator train``: what it prints, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from train_kit import articles, one_thread, write_base, write_rows

from annotator.cli import main


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train")
    write_base(folder / "base")
    write_rows(folder / "many.jsonl", articles(36))
    write_rows(folder / "few.jsonl", articles(12))
    return folder


def _train(place: Path, *given: str | Path) -> Result:
    quick = ["--base-model", place / "base", "--epochs", "1", "--learning-rate", "0.01", "--threads", "1"]
    return CliRunner().invoke(main, ["train", *map(str, [*given, *quick])])


@pytest.fixture(scope="module")
def trained(place: Path) -> Result:
    """Train ``place/spring`` from a file, for a person."""
    return _train(place, "--data", place / "many.jsonl", "--output", place / "spring")


def _events(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_train_tells_a_person_on_standard_error(trained: Result, place: Path) -> None:
    assert trained.exit_code == 0, trained.stderr
    assert trained.stdout == ""
    held, start, epoch, done = trained.stderr.splitlines()
    assert held.startswith("Held back 4 articles, split by event; numbers in ")
    assert start.endswith("of 36 articles (108 spans in all), at most 1 epochs, on cpu.")
    assert epoch.startswith("Epoch 1: loss ")
    assert epoch.endswith(", best so far")
    assert done.startswith(f"spring@0.1.0 lies in {place / 'spring'}, with the weights of epoch 1.")


@pytest.mark.usefixtures("trained")
def test_trained_model_scores(place: Path) -> None:
    (place / "article.txt").write_text("Town. The minister said the stolen oil. The regime said the town.", "utf-8")
    given = ["score", str(place / "article.txt"), "--suggester", "model", "--model", str(place / "spring")]
    result = CliRunner().invoke(main, given)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["model"] == "spring@0.1.0"


def test_train_takes_more_files_after_data_and_speaks_json(place: Path) -> None:
    more = write_rows(place / "more.jsonl", [{**row, "id": f"m{row['id']}"} for row in articles(4, seed=9)])
    result = _train(place, "--data", place / "many.jsonl", more, "--output", place / "both", "--json")
    assert result.exit_code == 0, result.stderr
    events = _events(result)
    assert [event["event"] for event in events if event["event"] != "step"] == ["start", "epoch", "done"]
    assert events[0] == {
        "event": "start",
        "documents": 40,
        "train": 34,
        "dev": 6,
        "spans": 120,
        "epochs": 1,
        "device": "cpu",
        "step": 0,
        "notes": events[0]["notes"],
    }
    step = next(event for event in events if event["event"] == "step")
    assert set(step) == {"event", "epoch", "epochs", "step", "steps", "loss", "seconds_left"}
    epoch = events[-2]
    assert set(epoch) == {"event", "epoch", "loss", "losses", "dev", "best", "seconds"}
    assert events[-1]["model"] == "both@0.1.0"


def test_too_little_data_is_a_known_error(place: Path) -> None:
    result = _train(place, "--data", place / "few.jsonl", "--output", place / "none", "--json")
    message = (
        "Cannot train yet on files: few.jsonl: found 12 finished articles with 36 spans of 3 devices; expected at "
        "least 30 articles with 100 spans of 2. Still needed: 18 more finished articles, 64 more labelled spans."
    )
    assert result.exit_code == 1
    assert _events(result) == [{"event": "error", "message": message}]
    assert result.stderr == f"Error: {message}\n"
    assert not (place / "none").exists()


def test_project_is_trained_on_what_was_submitted(place: Path) -> None:
    database = str(place / "a.db")
    rows = articles(12)
    rows[0]["annotations"][0]["status"] = "draft"
    rows[1]["annotations"][0]["spans"][0]["suggestion_id"] = "s1"
    write_rows(place / "project.jsonl", rows)
    imported = ["import", str(place / "project.jsonl"), "--project", "spring", "--create", "--db", database]
    assert CliRunner().invoke(main, imported).exit_code == 0
    result = _train(place, "--project", "spring", "--db", database, "--output", place / "none")
    assert result.exit_code == 1
    assert "Cannot train yet on project 'spring': found 11 finished articles with 33 spans" in result.stderr


def test_project_needs_its_database(place: Path) -> None:
    result = _train(place, "--project", "spring", "--db", place / "nowhere.db", "--output", place / "none")
    assert result.exit_code == 1
    assert "There is no database" in result.stderr


USAGE = {
    "no data": ([], "Name the labelled articles with --data, or a project with --project"),
    "both": (["--data", "x", "--project", "p"], "one of the two"),
    "files without data": (["x.jsonl", "--project", "p"], "Put --data before the files"),
    "codebook of a project": (["--project", "p", "--codebook", "c"], "a project has its own"),
    "teacher alone": (["--data", "x", "--teacher", "t"], "need each other"),
    "unlabelled alone": (["--data", "x", "--unlabelled", "u"], "need each other"),
}


@pytest.mark.parametrize(("given", "said"), USAGE.values(), ids=USAGE)
def test_wrong_usage_is_said(place: Path, given: list[str], said: str) -> None:
    result = _train(place, *given, "--output", "out")
    assert result.exit_code == 2
    assert said in result.stderr


def test_encoder_that_is_not_there_is_one_error(place: Path) -> None:
    given = ["train", "--data", str(place / "many.jsonl"), "--output", str(place / "none"), "--base-model"]
    result = CliRunner().invoke(main, [*given, str(place / "nowhere")])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: Cannot start from the encoder '{place / 'nowhere'}': ")
    assert not (place / "none").exists()


@pytest.mark.parametrize("content", ["", '{"id": "a", "text": '], ids=["empty", "broken"])
def test_unlabelled_file_that_holds_nothing_is_one_error(place: Path, content: str) -> None:
    (place / "bad.jsonl").write_text(content)
    teacher: list[str | Path] = ["--unlabelled", place / "bad.jsonl", "--teacher", place / "spring"]
    result = _train(place, "--data", place / "many.jsonl", "--output", place / "none", *teacher)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Cannot use these unlabelled articles: ")
