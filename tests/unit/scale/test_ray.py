"""The Ray engine makes the parts of the local engine, and a Ray of this machine is closed to others."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from ray_kit import PHRASE, descendants, lexicon_job, listening_addresses, parts_in, ranges_of, write_articles

from annotator.errors import ClassifierError
from annotator.scale import local, ray_
from annotator.scale.ray_session import session
from annotator.workflows.score_job import PartReport

WORKERS = 2
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra [scale] is not installed"),
    pytest.mark.filterwarnings("default"),  # Ray's own
]


@pytest.fixture(scope="module", autouse=True)
def _ray() -> Iterator[None]:
    """One Ray for all tests, with no processor more than the actors have threads."""
    with session(WORKERS):
        yield


@pytest.fixture
def inputs(tmp_path: Path) -> list[Path]:
    """Sources that are entered in the middle, carried along, one article each, and missing."""
    folder = tmp_path / "in"
    (folder / "texts").mkdir(parents=True)
    for number in range(30):
        (folder / "texts" / f"{number:02d}-{'long-name-' * 12}.txt").write_text(PHRASE, encoding="utf-8")
    table = folder / "table.csv"
    table.write_text("id,text\n" + "".join(f"c{number},{PHRASE} {number}.\n" for number in range(25)), encoding="utf-8")
    return [write_articles(folder / "rows.jsonl", 45), folder / "texts", table, folder / "missing.txt"]


def _reports(inputs: list[Path], output: Path) -> list[PartReport]:
    reports: list[PartReport] = []
    ray_.run(ranges_of(*inputs), lexicon_job(output), workers=WORKERS, on_part=reports.append)
    return sorted(reports, key=lambda report: report.number)


def test_parts_are_those_of_the_local_engine_byte_for_byte(inputs: list[Path], tmp_path: Path) -> None:
    reports = _reports(inputs, tmp_path / "ray")
    local.run(ranges_of(*inputs), lexicon_job(tmp_path / "local"), workers=1, on_part=lambda _: None)

    assert parts_in(tmp_path / "ray") == parts_in(tmp_path / "local")
    assert [report.number for report in reports] == list(range(len(reports)))
    assert (sum(report.scored for report in reports), sum(report.failed for report in reports)) == (100, 1)
    assert sum(report.spans for report in reports) >= 100
    assert not (tmp_path / "ray" / ray_.SPOOL).exists()


def test_what_is_there_is_not_scored_again(inputs: list[Path], tmp_path: Path) -> None:
    first = _reports(inputs, tmp_path / "out")
    before = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in parts_in(tmp_path / "out")}

    again = _reports(inputs, tmp_path / "out")

    assert [report.skipped for report in again] == [True] * len(first)
    assert [(report.scored, report.failed) for report in again] == [(r.scored, r.failed) for r in first]
    assert {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in parts_in(tmp_path / "out")} == before


def test_error_of_an_actor_is_ours(inputs: list[Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    job = lexicon_job(tmp_path / "out", codebook_path=str(tmp_path / "none.yaml"))
    with pytest.raises(ClassifierError, match=r"none\.yaml"):
        ray_.run(ranges_of(*inputs), job, workers=1, on_part=lambda _: None)
    assert capfd.readouterr().out == ""


def test_what_raises_in_the_driver_passes_through_and_the_next_run_goes_on(inputs: list[Path], tmp_path: Path) -> None:
    def stop(_: PartReport) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ray_.run(ranges_of(*inputs), lexicon_job(tmp_path / "out"), workers=1, on_part=stop)

    reports = _reports(inputs, tmp_path / "out")
    assert any(report.skipped for report in reports)
    assert sum(report.scored for report in reports) == 100
    assert not (tmp_path / "out" / ray_.SPOOL).exists()


def test_empty_input_needs_no_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_, "session", None)
    ray_.run(iter(()), lexicon_job(tmp_path / "out"), workers=1, on_part=lambda _: None)


def test_actor_of_another_version_refuses(tmp_path: Path) -> None:
    actor = ray_.RangeScorer(lexicon_job(tmp_path).to_record(), "0.0.0")
    with pytest.raises(ClassifierError, match="Install the same version on every machine"):
        actor._loaded()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nobody_else_can_reach_it() -> None:
    processes = descendants(os.getpid())
    own = {pid for pid, line in processes.items() if "ray" in line}
    assert any("gcs_server" in line for line in processes.values())
    assert all("--disable-frontend" in line for line in processes.values() if "dashboard/dashboard.py" in line)

    addresses = listening_addresses(own | {os.getpid()})

    assert addresses
    assert addresses <= LOOPBACK


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_its_processes_ask_for_a_token() -> None:
    servers = [pid for pid, line in descendants(os.getpid()).items() if "gcs_server" in line or "raylet/raylet" in line]
    assert len(servers) >= 2
    for pid in servers:
        variables = Path(f"/proc/{pid}/environ").read_text().split("\0")
        assert "RAY_AUTH_MODE=token" in variables
        assert any(variable.startswith("RAY_AUTH_TOKEN=") for variable in variables)


def test_session_that_is_open_is_used_and_left_open() -> None:
    with session(1) as ray:
        assert ray.is_initialized()
    assert ray.is_initialized()
