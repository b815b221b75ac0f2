"""Scoring a project, killed at any moment and run again, leaves what an undisturbed run leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from store_kit.edits import PROJECT, edit
from store_kit.marker import score

from annotator.documents import Document
from annotator.operations import Change
from annotator.store import open_store
from annotator.workflows.score_project import BATCH

SUPPORT = Path(__file__).parents[1] / "support"
COUNT = 6 * BATCH


@pytest.fixture
def filled_path(sqlite_path: Path) -> Path:
    """A database with many articles."""
    store = open_store(sqlite_path)
    list(store.add_documents(PROJECT, (Document(f"n{n:04d}", f"Stolen oil {n}") for n in range(COUNT))))
    store.close()
    return sqlite_path


def content(path: Path) -> list[object]:
    store = open_store(path, read_only=True)
    found: list[object] = [
        (store.suggestions(PROJECT, document.id), store.frame_suggestions(PROJECT, document.id))
        for document in store.iter_documents(PROJECT)
    ]
    found += [store.counts(), store.check()]
    store.close()
    return found


def score_until_killed(path: Path, *, batches: int) -> int:
    """Start a process that scores, and kill it while it is at the batch after so many."""
    command = [sys.executable, "-m", "store_kit.marker", str(path)]
    environment = os.environ | {"PYTHONPATH": str(SUPPORT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(batches):
            assert process.stdout.readline()
            process.stdin.write("\n")
        process.kill()
    return process.returncode


def test_killed_scoring_goes_on_to_the_same_suggestions(filled_path: Path, tmp_path: Path) -> None:
    undisturbed = Path(shutil.copy(filled_path, tmp_path / "undisturbed.db"))
    score(str(undisturbed))
    for batches in (1, 2, 1):
        assert score_until_killed(filled_path, batches=batches) == -9
        store = open_store(filled_path)
        lacking, total = store.count_lacking(PROJECT, ["m@1", "lex@1"])
        assert 0 < lacking < total
        store.close()
    score(str(filled_path))
    assert content(filled_path) == content(undisturbed)


def test_killed_scoring_keeps_what_was_decided_meanwhile(filled_path: Path) -> None:
    score_until_killed(filled_path, batches=1)
    store = open_store(filled_path)
    key = store.suggestions(PROJECT, "a")[0].id
    store.apply(PROJECT, [edit(Change("decision", key, None, "rejected"))])
    store.close()
    score(str(filled_path))
    store = open_store(filled_path)
    assert store.state(PROJECT, "a", "ana").decisions == {key: "rejected"}
    assert store.count_lacking(PROJECT, ["m@1", "lex@1"]) == (0, COUNT + 2)
    assert store.check() == []
    store.close()
