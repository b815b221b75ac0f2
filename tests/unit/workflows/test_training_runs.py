"""Trainings as processes: started, read from their log, cancelled, resumed, put away. No model is trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from model_kit import trainer
from model_kit.folders import described_model

from annotator.errors import ClassifierError
from annotator.workflows import processes, training_runs
from annotator.workflows.model_folders import read_model
from annotator.workflows.training_log import Progress, read_progress
from annotator.workflows.training_runs import Run

PROJECT = "harbour"
DATABASE = "postgresql://ana:secret@db/framing"


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_runs, "PROGRAM", trainer.PROGRAM)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def start(models: Path, name: str, *, epochs: int = 4) -> Run:
    return training_runs.start(models, PROJECT, name=name, epochs=epochs, database=DATABASE, by="ana")


def wait(run: Run) -> None:
    processes._children[run.pid].wait(30)


def wait_for_epoch(models: Path, run: Run) -> Progress:
    """Return once the stand-in waits to be stopped."""
    while True:
        found = training_runs.progress(models, run)
        assert found.status in ("starting", "running"), found
        if found.epochs and found.step.get("epoch") == 2:
            return found


def test_training_tells_its_progress_and_ends_with_a_model(models: Path) -> None:
    run = start(models, "quick")
    wait(run)
    found = training_runs.progress(models, run)
    assert (found.status, found.share, found.seconds_left) == ("done", 1.0, None)
    assert found.start["documents"] == 40
    assert [(e.number, e.loss, e.is_best) for e in found.epochs] == [(1, 1.25, True), (2, 0.9, True)]
    assert found.epochs[1].dev["spans_partial_f1"] == 0.58
    assert json.loads((models / "quick-1" / "config.json").read_text())["release"] == "quick@1"


def test_address_of_the_database_is_not_on_the_command_line(models: Path) -> None:
    run = start(models, "slow")
    wait_for_epoch(models, run)
    assert b"secret" not in Path(f"/proc/{run.pid}/cmdline").read_bytes()
    assert "secret" not in (models / ".runs" / "slow-1" / "run.json").read_text()
    training_runs.cancel(models, run)
    wait(run)


def test_cancelled_training_keeps_its_checkpoint_and_can_go_on(models: Path) -> None:
    run = start(models, "slow")
    found = wait_for_epoch(models, run)
    assert found.status == "running"
    assert found.share == pytest.approx(35 / 136)
    assert found.seconds_left == 60
    training_runs.cancel(models, run)
    wait(run)
    found = training_runs.progress(models, run)
    assert found.status == "cancelled"
    assert found.checkpoint.endswith("slow-1/.training")
    assert training_runs.can_resume(models, run)
    again = training_runs.resume(models, run, database=DATABASE)
    wait(again)
    found = training_runs.progress(models, again)
    assert found.status == "done"
    assert [e.number for e in found.epochs] == [1, 2]


def test_state_is_read_from_files_by_another_process(models: Path) -> None:
    run = start(models, "slow")
    wait_for_epoch(models, run)
    child = processes._children.pop(run.pid)  # as after a restart of the server
    (seen,) = training_runs.runs(models, PROJECT)
    assert seen == run
    assert training_runs.is_alive(seen)
    child.kill()
    while training_runs.is_alive(seen):
        pass
    training_runs.cancel(models, seen)
    assert training_runs.progress(models, seen).status == "stopped"
    child.wait()


def test_number_of_a_process_used_again_is_not_taken_for_the_training(models: Path) -> None:
    run = start(models, "slow")
    wait_for_epoch(models, run)
    child = processes._children.pop(run.pid)
    assert not processes.is_alive(run.pid, born="1")
    assert not processes.ask_to_stop(run.pid, born="1")
    assert child.poll() is None
    child.kill()
    child.wait()


def test_one_training_per_project_at_a_time(models: Path) -> None:
    run = start(models, "slow")
    with pytest.raises(ClassifierError, match=r"training slow@1 already, started by ana"):
        start(models, "other")
    assert [r.name for r in training_runs.runs(models, PROJECT)] == ["slow-1"]
    with pytest.raises(ClassifierError, match="is running"):
        training_runs.put_away(models, run)
    wait_for_epoch(models, run)
    training_runs.cancel(models, run)
    wait(run)


def test_known_error_is_told_in_its_own_words(models: Path) -> None:
    run = start(models, "broken")
    wait(run)
    found = training_runs.progress(models, run)
    assert (found.status, found.message[:14]) == ("failed", "Cannot train: ")


def test_crash_is_shown_as_stopped_with_its_last_words(models: Path) -> None:
    run = start(models, "crash")
    wait(run)
    assert training_runs.progress(models, run).status == "stopped"
    assert "the sky fell" in training_runs.last_errors(models, run)


def test_training_goes_on_from_a_model(models: Path) -> None:
    base = read_model(described_model(models, "spring"))
    run = training_runs.start(models, PROJECT, name="slow", epochs=2, database=DATABASE, by="ana", base=base)
    wait_for_epoch(models, run)
    command = Path(f"/proc/{run.pid}/cmdline").read_bytes().decode().split("\0")
    assert f"--base-model={models / 'spring'}" in command
    training_runs.cancel(models, run)
    wait(run)


def test_model_to_go_on_from_that_is_gone_leaves_nothing_behind(models: Path) -> None:
    base = read_model(described_model(models, "spring"))
    shutil.rmtree(base.path)
    with pytest.raises(ClassifierError, match="'spring': it is no longer there"):
        training_runs.start(models, PROJECT, name="slow", epochs=2, database=DATABASE, by="ana", base=base)
    assert training_runs.runs(models, PROJECT) == []
    assert training_runs.next_release(models, "slow") == ("slow-1", "slow@1")


def test_next_training_gets_the_next_version(models: Path) -> None:
    wait(start(models, "quick"))
    assert training_runs.next_release(models, "quick") == ("quick-2", "quick@2")


def test_putting_away_keeps_the_model_and_removes_the_rest(models: Path) -> None:
    done, broken = start(models, "quick"), None
    wait(done)
    training_runs.put_away(models, done)
    assert (models / "quick-1" / "config.json").exists()
    broken = start(models, "slow")
    wait_for_epoch(models, broken)
    training_runs.cancel(models, broken)
    wait(broken)
    training_runs.put_away(models, broken)
    assert not (models / "slow-1").exists()
    assert training_runs.runs(models, PROJECT) == []


@pytest.mark.parametrize(("name", "epochs"), [("../evil", 3), ("--base-model=x", 3), ("fine", 0), ("fine", 51)])
def test_names_and_numbers_out_of_bounds_start_nothing(models: Path, name: str, epochs: int) -> None:
    with pytest.raises(ClassifierError):
        start(models, name, epochs=epochs)
    assert not models.exists()


@pytest.mark.parametrize("name", ["../../etc", "other"])
def test_run_record_that_names_another_folder_is_passed_over(models: Path, name: str) -> None:
    place = models / ".runs" / "mine"
    place.mkdir(parents=True)
    record = {"name": name, "project": PROJECT, "release": "x@1", "epochs": 1, "base": "", "by": "", "started": ""}
    (place / "run.json").write_text(json.dumps(record))
    assert training_runs.runs(models, PROJECT) == []


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "3", '{"event": 3}', '{"event": "epoch"}', '{"event": "step", "steps": "x"}', '{"event": "start"'],
)
def test_log_with_odd_lines_can_be_read(line: str) -> None:
    found = read_progress([line, '{"event": "epoch", "epoch": 1, "loss": NaN, "dev": []}'], is_alive=True)
    assert [(e.loss, e.dev) for e in found.epochs] == [(None, {})]
    assert found.share == 0.0
    assert not found.has_ended
