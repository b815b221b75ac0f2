"""The engine for one machine: what it hands out, and what it does about workers that die."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from score_kit import errors, ids, lexicon_job, parts, write_corpus

from annotator.errors import ClassifierError, FormatError
from annotator.formats import ReadOptions
from annotator.scale import local
from annotator.workflows.ranges import Range, plan_ranges
from annotator.workflows.score_job import PartReport

PATCHED = """
import os, sys
sys.path[:0] = [{repository!r}]
from annotator.scale import worker
from annotator.workflows import scoring
real = scoring.score
def score(items, suggesters, **options):
    def seen():
        for item in items:
            {on_item}
            yield item
    return real(seen(), suggesters, **options)
scoring.score = score
worker.main()
"""


def _ranges(corpus: Path, size: int = 4) -> Iterator[Range]:
    return plan_ranges([corpus], options=ReadOptions(annotations=False), input_format=None, size=size)


def _worker(monkeypatch: pytest.MonkeyPatch, repository: Path, on_item: str) -> None:
    program = PATCHED.format(repository=str(repository), on_item=on_item)
    monkeypatch.setattr(local, "WORKER", ("-c", program))


def test_parts_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 30)
    found: dict[int, dict[str, bytes]] = {}
    for workers in (1, 3):
        reports: list[PartReport] = []
        folder = tmp_path / f"out{workers}"
        local.run(_ranges(corpus), lexicon_job(folder), workers=workers, on_part=reports.append)
        assert sorted(report.number for report in reports) == list(range(8))
        assert sum(report.scored for report in reports) == 30
        found[workers] = {name: (folder / name).read_bytes() for name in parts(folder)}
    assert found[1] == found[3]


def test_no_more_ranges_are_taken_than_workers_can_hold(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 80)
    taken = done = most = 0

    def watched() -> Iterator[Range]:
        nonlocal taken, most
        for range_ in _ranges(corpus):
            taken += 1
            most = max(most, taken - done)
            yield range_

    def on_part(report: PartReport) -> None:
        nonlocal done
        done += 1

    local.run(watched(), lexicon_job(tmp_path / "out"), workers=2, on_part=on_part)
    assert (taken, done) == (20, 20)
    assert most <= 2 * (1 + local.AHEAD)


def test_article_that_kills_its_worker_is_listed_and_the_others_are_scored(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 20, words={6: "DEADLY", 7: "DEADLY"})
    _worker(monkeypatch, repository, 'if "DEADLY" in item.document.text: os.kill(os.getpid(), 9)')
    reports: list[PartReport] = []
    local.run(_ranges(corpus), lexicon_job(tmp_path / "out"), workers=2, on_part=reports.append)
    assert ids(tmp_path / "out") == [f"a{number}" for number in range(20) if number not in (6, 7)]
    assert [(e["id"], e["line"], e["reason"]) for e in errors(tmp_path / "out")] == [
        ("a6", 7, "the worker died (signal 9) while scoring it."),
        ("a7", 8, "the worker died (signal 9) while scoring it."),
    ]
    assert sum(report.failed for report in reports) == 2


def test_what_a_worker_prints_does_not_break_the_protocol(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 12)
    _worker(monkeypatch, repository, 'print("{"); os.write(1, b"no JSON\\n")')
    local.run(_ranges(corpus), lexicon_job(tmp_path / "out"), workers=2, on_part=lambda report: None)
    assert len(ids(tmp_path / "out")) == 12


def test_worker_that_cannot_start_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 8)
    monkeypatch.setattr(local, "WORKER", ("-c", "import sys; sys.exit('no libnumber.so here')"))
    with pytest.raises(ClassifierError, match=r"(?s)it ended with exit code 1\. .*no libnumber\.so here"):
        local.run(_ranges(corpus), lexicon_job(tmp_path / "out"), workers=2, on_part=lambda report: None)


def test_worker_that_always_dies_ends_the_run(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 4)
    _worker(monkeypatch, repository, "pass")
    monkeypatch.setattr(
        local, "WORKER", (*local.WORKER[:1], local.WORKER[1].replace("worker.main", _DYING + "worker.main"))
    )
    with pytest.raises(ClassifierError, match=r"Cannot score part 0: 6 workers died of it, the last with signal 9"):
        local.run(_ranges(corpus), lexicon_job(tmp_path / "out"), workers=2, on_part=lambda report: None)


_DYING = "worker.Range.from_record = lambda record: os.kill(os.getpid(), 9)\n"


def test_known_error_of_a_worker_is_the_error_of_the_run(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 8)
    job = lexicon_job(tmp_path / "out", codebook_path=str(tmp_path / "none.yaml"))
    with pytest.raises(ClassifierError, match=r"none\.yaml"):
        local.run(_ranges(corpus), job, workers=2, on_part=lambda report: None)
    (tmp_path / "file").write_text("")
    with pytest.raises(FormatError, match="Cannot make the folder"):
        local.run(_ranges(corpus), lexicon_job(tmp_path / "file"), workers=2, on_part=lambda report: None)


def test_main_module_without_a_guard_is_not_run_again(tmp_path: Path, repository: Path) -> None:
    """With multiprocessing's spawn, each worker would run the whole program."""
    corpus = write_corpus(tmp_path / "corpus.jsonl", 12)
    program = tmp_path / "program.py"
    program.write_text(
        "from pathlib import Path\n"
        "from score_kit import lexicon_job\n"
        "from annotator.formats import ReadOptions\n"
        "from annotator.scale.local import run\n"
        "from annotator.workflows.ranges import plan_ranges\n"
        "print('once')\n"
        f"planned = plan_ranges([{str(corpus)!r}], options=ReadOptions(), input_format=None, size=4)\n"
        f"run(planned, lexicon_job(Path({str(tmp_path / 'out')!r})), workers=2, on_part=lambda report: None)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(repository), str(repository / "tests/support")])}
    done = subprocess.run([sys.executable, str(program)], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "once\n"
    assert len(ids(tmp_path / "out")) == 12


def test_program_in_the_working_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = write_corpus(tmp_path / "corpus.jsonl", 8)
    (tmp_path / "json.py").write_text("raise SystemExit('evil')")
    monkeypatch.chdir(tmp_path)
    local.run(_ranges(corpus), lexicon_job(tmp_path / "out"), workers=2, on_part=lambda report: None)
    assert len(ids(tmp_path / "out")) == 8


@pytest.mark.parametrize(
    ("quota", "cores"), [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1)], ids=["none", "2.5", "0.5"]
)
def test_cores_follow_affinity_and_quota(monkeypatch: pytest.MonkeyPatch, quota: str, cores: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)

    def read_text(path: Path, *_: object) -> str:
        if path.name == "cpu.max":
            return quota
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", read_text)
    assert local.available_cores() == cores


def test_report_passes_through_json() -> None:
    report = PartReport(3, 4, 1, 9, 0, False, 0.1, messages=("Not scored: x",))
    assert PartReport.from_record(json.loads(json.dumps(report.to_record()))) == report
