"""A killed actor costs a Ray run nothing, and a killed driver's run goes on to the same parts."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from ray_kit import descendants, ids_in, lexicon_job, parts_in, ranges_of, write_articles

from annotator.scale import local

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra [scale] is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

ARTICLES, PER_PART = 400, 10
PATIENCE_S = 300.0


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_articles(tmp_path_factory.mktemp("in") / "articles.jsonl", ARTICLES)


@pytest.fixture(scope="module")
def undisturbed(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed") / "parts"
    local.run(ranges_of(articles, size=PER_PART), lexicon_job(folder), workers=1, on_part=lambda _: None)
    return parts_in(folder)


@contextmanager
def _driver(articles: Path, output: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a run in a process of its own; whatever it leaves running is ended."""
    support = Path(__file__).resolve().parents[1] / "support"
    # Short, for the paths of Ray's sockets.
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp", ignore_cleanup_errors=True) as short:
        environment = {**os.environ, "PYTHONPATH": str(support), "RAY_TMPDIR": short}
        command = [sys.executable, "-m", "ray_kit.driver", str(articles), str(output), "2"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
            try:
                yield process
            finally:
                process.kill()
                for pid in descendants(process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)


def _first_part(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_killed_actor_costs_nothing(articles: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    with _driver(articles, tmp_path / "out") as process:
        assert _first_part(process)
        actors = [pid for pid, line in descendants(process.pid).items() if "MapWorker" in line]
        os.kill(actors[0], signal.SIGKILL)
        before = len(parts_in(tmp_path / "out"))
        output, _ = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 0
    assert before < len(undisturbed)
    assert len(output.splitlines()) == len(undisturbed) - 1
    assert parts_in(tmp_path / "out") == undisturbed
    assert ids_in(tmp_path / "out") == sorted(f"a{number}" for number in range(ARTICLES))


def test_killed_driver_is_gone_on_with(articles: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    output = tmp_path / "out"
    with _driver(articles, output) as process:
        assert _first_part(process)
        left = {os.pidfd_open(pid): line for pid, line in descendants(process.pid).items()}
        process.kill()
        for descriptor, line in left.items():
            if "Agent" in line:  # these two notice only after a minute that there is nothing left to watch
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            assert select.select([descriptor], [], [], PATIENCE_S)[0], line
            os.close(descriptor)
    whole = {name: content for name, content in parts_in(output).items() if name.startswith("part-")}
    assert whole.items() <= undisturbed.items()
    assert 0 < len(whole) < len(undisturbed)

    with _driver(articles, output) as process:
        told, _ = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 0
    assert told.count("True") == len(whole)
    assert {name: content for name, content in parts_in(output).items() if not name.startswith(".")} == undisturbed
    assert ids_in(output) == sorted(f"a{number}" for number in range(ARTICLES))
