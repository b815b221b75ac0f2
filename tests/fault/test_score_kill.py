"""Scoring killed at any moment goes on to the very file an undisturbed run makes; nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from score_kit import children, command, parts, score, wait_for_parts, write_corpus

ARTICLES = 320
LINUX = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the workers")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("given") / "corpus.jsonl", ARTICLES)


@pytest.fixture(scope="module")
def undisturbed(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("undisturbed") / "scored.jsonl"
    score(corpus, "-o", out, "--workers", 1)
    content = out.read_bytes()
    assert content.count(b"\n") == ARTICLES
    return content


def _kill_once(given: list[str], folder: Path, by_lot: random.Random) -> int:
    """Kill a run when a few more parts are there and a short moment has passed, or at its very beginning."""
    pipe = subprocess.DEVNULL
    with subprocess.Popen(given, stdout=pipe, stderr=pipe) as process:
        if by_lot.random() < 0.8:
            wait_for_parts(process, folder, len(parts(folder)) + by_lot.randint(1, 5))
            moment = by_lot.uniform(0, 0.01)
        else:
            moment = by_lot.uniform(0, 0.6)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=moment)
        process.kill()
    return process.returncode


@pytest.mark.parametrize(("workers", "kills"), [(1, 12), (2, 8)], ids=["in process", "two workers"])
def test_run_killed_at_random_moments_resumes_to_the_same_file(
    corpus: Path, undisturbed: bytes, tmp_path: Path, workers: int, kills: int
) -> None:
    out, folder = tmp_path / "scored.jsonl", tmp_path / ".scored.jsonl.parts"
    given = [corpus, "-o", out, "--workers", workers, "--resume"]
    by_lot = random.Random(workers)
    killed = 0
    for _ in range(kills):
        killed += _kill_once(command(*given), folder, by_lot) == -signal.SIGKILL
        if out.exists():  # this one was too quick for us
            assert out.read_bytes() == undisturbed
            out.unlink()
    assert killed >= kills - 2
    score(*given)
    assert out.read_bytes() == undisturbed
    assert [path.name for path in tmp_path.iterdir()] == ["scored.jsonl"]


@LINUX
def test_killed_workers_are_replaced_and_their_ranges_scored_again(
    corpus: Path, undisturbed: bytes, tmp_path: Path
) -> None:
    out, folder = tmp_path / "scored.jsonl", tmp_path / ".scored.jsonl.parts"
    by_lot = random.Random(3)
    with subprocess.Popen(command(corpus, "-o", out, "--workers", 2), stderr=subprocess.PIPE) as process:
        for count in (1, 12, 30):
            assert wait_for_parts(process, folder, count)
            with suppress(ProcessLookupError):
                os.kill(by_lot.choice(children(process.pid)), signal.SIGKILL)
        assert process.stderr is not None
        told = process.stderr.read()
    assert (process.returncode, told) == (0, b"")
    assert out.read_bytes() == undisturbed


BUSY = """
import sys
from pathlib import Path
from score_kit import lexicon_job
from annotator.formats import ReadOptions
from annotator.scale import local
from annotator.workflows.ranges import plan_ranges
local.WORKER = ("-c", sys.argv[3])
ranges = plan_ranges([sys.argv[1]], options=ReadOptions(), input_format=None, size=4)
local.run(ranges, lexicon_job(Path(sys.argv[2])), workers=2, on_part=print)
"""
PATIENT = """
import os, signal
from annotator.scale import worker
from annotator.workflows import scoring
def score(*_, **__):
    with open({pipe!r}, "w") as stream:
        print(os.getpid(), file=stream)
    signal.pause()
scoring.score = score
worker.main()
"""


@LINUX
def test_workers_end_at_once_when_the_one_who_hands_out_is_killed(
    corpus: Path, tmp_path: Path, repository: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    given = [sys.executable, "-c", BUSY, str(corpus), str(tmp_path / "out"), PATIENT.format(pipe=str(pipe))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(repository), str(repository / "tests/support")])}
    watched = select.poll()
    handles: list[int] = []
    with subprocess.Popen(given, stderr=subprocess.DEVNULL, env=environment) as process:
        while len(handles) < 2:  # each worker says when it is in the middle of an article
            for pid in pipe.read_text().split():
                handles.append(os.pidfd_open(int(pid)))
                watched.register(handles[-1], select.POLLIN)
        process.kill()
    ended: set[int] = set()
    while len(ended) < 2:
        found = watched.poll(10_000)
        assert found, "a worker outlived its run by ten seconds"
        for handle, _ in found:
            ended.add(handle)
            watched.unregister(handle)
    for handle in handles:
        os.close(handle)


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("workers", [1, 2], ids=["in process", "two workers"])
def test_interrupted_run_says_how_to_go_on(
    corpus: Path, undisturbed: bytes, tmp_path: Path, by: signal.Signals, code: int, workers: int
) -> None:
    out, folder = tmp_path / "scored.jsonl", tmp_path / ".scored.jsonl.parts"
    given = command(corpus, "-o", out, "--workers", workers)
    # Whoever runs the tests in the background of a shell has interrupts ignored, and so have its children.
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(given, stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGINT, ignored)
        assert wait_for_parts(process, folder, 3)
        process.send_signal(by)
        assert process.stderr is not None
        told = process.stderr.read()
    assert process.returncode == code
    first, _, way = told.partition(" articles are done and kept. Go on with: ")
    assert first.startswith("Interrupted; ")
    assert int(first.removeprefix("Interrupted; ")) >= 8
    assert way == (
        f"annotator score {corpus} -o {out} --suggester lexicon --workers {workers} --part-articles 4 --resume\n"
    )
    assert not out.exists()
    assert not [path for path in folder.iterdir() if path.name.endswith(".tmp")]
    score(corpus, "-o", out, "--resume")
    assert out.read_bytes() == undisturbed
