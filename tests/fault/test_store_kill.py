"""A killed process loses nothing it acknowledged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from store_kit.edits import PROJECT

from annotator.store import open_store

KILLS = 5
SUPPORT = Path(__file__).parents[1] / "support"


@pytest.mark.parametrize("writers", [1, 3], ids=["one-writer", "three-writers"])
def test_kill_9_loses_no_acknowledged_edit(sqlite_path: Path, writers: int) -> None:
    acknowledged: set[str] = set()
    for kill in range(KILLS):
        acknowledged |= _write_until_killed(
            sqlite_path, [f"{kill}{name}" for name in "abc"[:writers]], edits=4 + 3 * kill
        )
        store = open_store(sqlite_path)
        logged = {operation.id for operation in store.history(PROJECT, "a", "ana", limit=None)}
        assert acknowledged <= logged
        assert store.check() == []
        store.close()
    assert len(acknowledged) >= KILLS


def _write_until_killed(database: Path, names: list[str], *, edits: int) -> set[str]:
    """Start one process per name, let the first acknowledge some edits, kill all; return what was acknowledged."""
    environment = os.environ | {"PYTHONPATH": str(SUPPORT)}
    command = [sys.executable, "-m", "store_kit.writer", str(database)]
    running = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True, env=environment) for name in names]
    found: set[str] = set()
    for process in running[:1]:
        assert process.stdout is not None
        found |= {process.stdout.readline().strip() for _ in range(edits)}
    for process in running:
        process.kill()
    for process in running:
        rest, _ = process.communicate()
        found |= {line for line in rest.split("\n")[:-1] if line}
    return found
