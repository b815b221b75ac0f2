"""A training killed at any moment goes on to the same model; a full disk costs no more than the step in hand."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from train_kit import articles, write_base, write_rows

from annotator.classifier.checkpoint import STATE

EPOCHS = 2


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command, without --output."""
    folder = tmp_path_factory.mktemp("given")
    corpus, base = write_rows(folder / "corpus.jsonl", articles(36)), write_base(folder / "base")
    options = ["--data", str(corpus), "--base-model", str(base), "--epochs", str(EPOCHS), "--checkpoint-steps", "1"]
    more = ["--threads", "1", "--learning-rate", "0.01", "--name", "killed@1", "--json"]
    return [sys.executable, "-m", "annotator", "train", *options, *more]


@pytest.fixture(scope="module")
def undisturbed(given: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("undisturbed") / "model"
    subprocess.run([*given, "--output", str(output)], check=True, capture_output=True)
    return output


Events = list[dict[str, object]]


def _stop_after(command: list[str], event: str, *, count: int, by: signal.Signals) -> tuple[int, Events]:
    """Send a signal when ``event`` has come ``count`` times; return exit code and all events."""
    events: Events = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            events.append(json.loads(line))
            if sum(one["event"] == event for one in events) == count:
                process.send_signal(by)
                count = -1
    return process.returncode, events


def _kill_at_checkpoint(command: list[str], state: Path, *, step: int) -> int:
    """Kill when the checkpoint of ``step`` or a later one is there; events come too seldom to count steps by."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and _saved_step(state) < step:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.005)
        process.kill()
    return process.returncode


def _saved_step(state: Path) -> int:
    return int(json.loads(state.read_text())["step"]) if state.is_file() else 0


@pytest.mark.parametrize("within", [True, False], ids=["within an epoch", "between epochs"])
def test_killed_training_resumes_to_the_same_model(
    given: list[str], undisturbed: Path, tmp_path: Path, within: bool
) -> None:
    output = tmp_path / "model"
    command = [*given, "--output", str(output)]
    if within:
        code = _kill_at_checkpoint(command, output / ".training" / STATE, step=3)
    else:
        code, _ = _stop_after(command, "epoch", count=1, by=signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert not (output / "config.json").exists()
    step = json.loads((output / ".training" / STATE).read_text())["step"]
    assert step > 0
    done = subprocess.run([*given, "--output", str(output), "--resume"], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout.splitlines()[0])["step"] == step
    for name in ("model.safetensors", "metrics.json", "README.md"):
        assert (output / name).read_bytes() == (undisturbed / name).read_bytes(), name
    configs = [json.loads((folder / "config.json").read_text("utf-8")) for folder in (output, undisturbed)]
    assert configs[0] == configs[1]
    assert not (output / ".training").exists()


@pytest.mark.parametrize(("by", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"])
def test_stopped_training_says_where_its_checkpoint_is(
    given: list[str], tmp_path: Path, by: signal.Signals, code: int
) -> None:
    output = tmp_path / "model"
    found, events = _stop_after([*given, "--output", str(output)], "step", count=1, by=by)
    assert found == code
    assert events[-1] == {"event": "cancelled", "checkpoint": str(output / ".training")}
    assert (output / ".training" / STATE).is_file()
