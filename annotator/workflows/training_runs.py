"""Trainings that the app has started: each a process of its own, told about by files, so that it outlives the server.

::

    models/.runs/NAME/run.json      what was started, by whom, which process
    models/.runs/NAME/events.jsonl  what the process says
    models/.runs/NAME/errors.log    what it writes to stderr
    models/.runs/NAME/encoder-of-…  the encoder of the model it starts from, if it does
    models/NAME/                    the model, once it is complete; until then only its checkpoints
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from annotator.errors import ClassifierError
from annotator.workflows import processes
from annotator.workflows.model_folders import UNFINISHED, ModelInfo, check_name, list_models
from annotator.workflows.training_log import ASKED_TO_STOP, LAUNCHED, Progress, read_progress

PROGRAM: tuple[str, ...] = (sys.executable, "-m", "annotator", "train")
RUNS = ".runs"
RUN, EVENTS, ERRORS = "run.json", "events.jsonl", "errors.log"
LEAST_EPOCHS, MOST_EPOCHS = 1, 50
KINDNESS = 10
"""By how much a training steps back for other programs, as ``nice`` counts; the pages stay quick."""

_starting = threading.Lock()


@dataclass(frozen=True, slots=True)
class Run:
    """One training.

    Attributes:
        name: Of the model's folder.
        release: ``name@version`` the model gets.
        epochs: Most passes over the articles.
        base: Key of the model it goes on from (``ModelInfo.key``); "" for the bare encoder.
        by, started: Who started it and when; UTC, ISO 8601 to the second.
        pid, born: The process, and when the system says it began: numbers of processes are used again.
    """

    name: str
    project: str
    release: str
    epochs: int
    base: str
    by: str
    started: str
    pid: int = 0
    born: str = ""


def next_release(models: Path, name: str) -> tuple[str, str]:
    """Return folder name and release of the next version of a model called ``name``.

    Raises:
        ClassifierError: If the name is not fit for a folder.
    """
    check_name(name)
    version = 1
    while (models / f"{name}-{version}").exists() or (models / RUNS / f"{name}-{version}").exists():
        version += 1
    return f"{name}-{version}", f"{name}@{version}"


def start(
    models: Path,
    project_id: str,
    *,
    name: str,
    epochs: int,
    database: str,
    by: str,
    base: ModelInfo | None = None,
) -> Run:
    """Start training a model on a project, and return at once.

    Args:
        models: Folder of the models.
        name: Of the model; the next free version is added.
        epochs: From 1 to 50.
        database: Path or address; handed over in the environment, because an address may hold a password.
        by: Annotator who starts it.
        base: Model to go on from; ``None``: the bare encoder, which knows English but no label.

    Raises:
        ClassifierError: If the name or number is not allowed, a training of this project runs, or the folder
            cannot be written. A model that cannot be gone on from is told by the training itself.
    """
    if not LEAST_EPOCHS <= epochs <= MOST_EPOCHS:
        raise ClassifierError(f"Cannot train for {epochs} epochs: choose {LEAST_EPOCHS} to {MOST_EPOCHS}.")
    with _starting:
        _refuse_second(models, project_id)
        folder, release = next_release(models, name)
        run = Run(folder, project_id, release, epochs, base.key if base else "", by, _now())
        try:
            (models / RUNS / folder).mkdir(parents=True)
        except OSError as error:
            raise ClassifierError(
                f"Cannot start a training in '{models}': {error.strerror}. Make the folder writable, or free space."
            ) from error
        try:
            return _launch(models, run, database=database, resume=False)
        except ClassifierError:
            shutil.rmtree(models / RUNS / folder, ignore_errors=True)
            raise


def resume(models: Path, run: Run, *, database: str) -> Run:
    """Go on with a training that was cancelled or stopped, from its last checkpoint.

    Raises:
        ClassifierError: If a training of the project runs, or the process cannot be started.
    """
    with _starting:
        _refuse_second(models, run.project)
        return _launch(models, run, database=database, resume=can_resume(models, run))


def _refuse_second(models: Path, project_id: str) -> None:
    running = next((run for run in runs(models, project_id) if is_alive(run)), None)
    if running:
        raise ClassifierError(
            f"Project '{project_id}' is training {running.release} already, started by {running.by}. Wait until it is "
            "done, or cancel it.",
            project_id=project_id,
        )


def _launch(models: Path, run: Run, *, database: str, resume: bool) -> Run:
    place = models / RUNS / run.name
    command = [
        *PROGRAM,
        f"--project={run.project}",
        f"--output={models / run.name}",
        f"--name={run.release}",
        f"--epochs={run.epochs}",
        *([f"--base-model={_base_folder(models, run.base)}"] if run.base else []),
        *(["--resume"] if resume else []),
        "--json",
    ]
    environment = os.environ | {"ANNOTATOR_DB": database, "PYTHONUNBUFFERED": "1", "HF_HUB_OFFLINE": "1"}
    _write_event(place, {"event": LAUNCHED, "when": _now(), "resume": resume})
    try:
        with (place / EVENTS).open("ab") as events, (place / ERRORS).open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603 (a fixed program; names are checked, no shell)
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=events,
                stderr=errors,
                start_new_session=True,
            )
    except OSError as error:
        raise ClassifierError(f"Cannot start the training: {error.strerror}. Try again.") from error
    processes.adopt(process, kindness=KINDNESS)
    launched = replace(run, pid=process.pid, born=processes.born(process.pid))
    _write_run(place, launched)
    return launched


def _base_folder(models: Path, key: str) -> Path:
    found = next((info.path for info in list_models(models) if info.key == key), None)
    if found is None:
        raise ClassifierError(
            f"Cannot go on from the model '{key.partition('/')[2]}': it is no longer there. Copy its folder back to "
            f"'{models}', or start another training."
        )
    return found


def _write_run(place: Path, run: Run) -> None:
    fresh = place / f"{RUN}.new"
    fresh.write_text(json.dumps(asdict(run), indent=1) + "\n", "utf-8")
    fresh.replace(place / RUN)


def _write_event(place: Path, event: dict[str, object]) -> None:
    # A killed process may have left half a line.
    with (place / EVENTS).open("a", encoding="utf-8") as stream:
        stream.write("\n" + json.dumps(event) + "\n")


def runs(models: Path, project_id: str) -> list[Run]:
    """Return the trainings of a project that have not been put away, the newest first."""
    found = [run for path in (models / RUNS).glob(f"*/{RUN}") if (run := _read_run(path))]
    return sorted((run for run in found if run.project == project_id), key=lambda run: run.started, reverse=True)


def _read_run(path: Path) -> Run | None:
    try:
        record = json.loads(path.read_text("utf-8"))
        run = Run(**record)
        check_name(run.name)
    except (OSError, ValueError, TypeError, ClassifierError):
        return None
    return run if run.name == path.parent.name else None


def is_alive(run: Run) -> bool:
    """Return whether the process of a training still runs."""
    return processes.is_alive(run.pid, born=run.born)


def progress(models: Path, run: Run) -> Progress:
    """Return how far a training is."""
    alive = is_alive(run)  # asked first: what it wrote before it ended is then in the log
    try:
        lines = (models / RUNS / run.name / EVENTS).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return read_progress(lines, is_alive=alive)


def last_errors(models: Path, run: Run, *, characters: int = 3000) -> str:
    """Return the end of what a training wrote to stderr; untrusted text."""
    with suppress(OSError), (models / RUNS / run.name / ERRORS).open("rb") as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - characters))
        return stream.read().decode("utf-8", errors="replace").strip()
    return ""


def cancel(models: Path, run: Run) -> None:
    """Ask a training to stop; it keeps its last checkpoint. One that has ended is left as it is."""
    if is_alive(run):
        _write_event(models / RUNS / run.name, {"event": ASKED_TO_STOP, "when": _now()})
        processes.ask_to_stop(run.pid, born=run.born)


def can_resume(models: Path, run: Run) -> bool:
    """Return whether there is a checkpoint to go on from."""
    return (models / run.name / UNFINISHED).is_dir()


def put_away(models: Path, run: Run) -> None:
    """Forget a training that has ended; a complete model stays, checkpoints go.

    Raises:
        ClassifierError: If it still runs, or something cannot be removed.
    """
    if is_alive(run):
        raise ClassifierError(f"Cannot put away the training of {run.release}: it is running. Cancel it first.")
    output = models / check_name(run.name)
    try:
        for leftover in (output / UNFINISHED, models / RUNS / run.name):
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover)
        if output.is_dir() and not any(output.iterdir()):
            output.rmdir()
    except OSError as error:
        raise ClassifierError(f"Cannot remove what the training of {run.release} left: {error.strerror}.") from error


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
