"""A watch that is killed goes on where it stopped, with nothing half-written; asked to stop, it ends cleanly."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

FILES = 40
PROGRAM = """
import json, sys, threading
from pathlib import Path
from annotator.codebook_file import load_codebook
from annotator.resources import default_codebook_path
from annotator.workflows.part_store import LocalParts
from annotator.workflows.score import load_suggesters
from annotator.workflows.watch import Work, stopped_by_signals, watch

stop = threading.Event()
suggesters = load_suggesters("lexicon", load_codebook(default_codebook_path()))
with stopped_by_signals(stop):
    report = watch(
        Path(sys.argv[1]), Work(LocalParts(Path(sys.argv[2])), suggesters, "key"), stop=stop, interval=0.01,
        on_file=lambda watched: print(json.dumps(watched.to_record()), flush=True),
    )
print(json.dumps(report.to_record()), flush=True)
"""


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.txt").write_text(f"The puppet regime fell for the {number}th time.\n" * 20, "utf-8")
    return folder


def start(inbox: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(inbox), str(out)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def watched_until(inbox: Path, out: Path, *, files: int, by: signal.Signals) -> tuple[int, list[str]]:
    """Send a signal when so many files are said to be done; return the exit code and all that was said."""
    with start(inbox, out) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(files)]
        process.send_signal(by)
        said += process.stdout.readlines()
    return process.returncode, said


def content(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if not path.name.startswith(".")}


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_watch_finishes_the_file_in_hand(inbox: Path, tmp_path: Path, by: signal.Signals) -> None:
    out = tmp_path / "out"
    code, said = watched_until(inbox, out, files=3, by=by)
    assert code == 0
    *files, report = map(json.loads, said)
    assert report["files"] == len(files) >= 3
    assert {one["result"] for one in files} == set(content(out))


def test_a_killed_watch_goes_on_to_the_same_results(inbox: Path, tmp_path: Path) -> None:
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "out"
    watched_until(inbox, undisturbed, files=FILES, by=signal.SIGTERM)
    whole = content(undisturbed)
    assert len(whole) == FILES
    for files in (1, 4, 11):
        code, _ = watched_until(inbox, out, files=files, by=signal.SIGKILL)
        assert code == -signal.SIGKILL
        assert content(out).items() <= whole.items()
    code, said = watched_until(inbox, out, files=FILES, by=signal.SIGTERM)
    assert (code, content(out)) == (0, whole)
    assert json.loads(said[-1])["skipped"] >= 4
    assert [path.name for path in out.iterdir() if path.name.endswith(".tmp")] == []
