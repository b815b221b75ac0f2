"""Checkpoints of a training: what is needed to go on after a power cut as if nothing had happened.

::

    state.json               where training stands, and which of the files beside it belong to that
    step-120.safetensors     weights, optimizer and random state after step 120
    best-3.safetensors       weights of the best epoch so far

``state.json`` is replaced last and at once, so whatever moment the process ends, it names files that are whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from annotator.errors import ClassifierError

STATE = "state.json"
LOCK = "lock"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One training at one moment.

    Attributes:
        step: Steps taken. 0: just begun; there are no tensors yet, the seed makes them anew.
        options: What the result depends on, by name; training goes on only with the same.
        progress: Figures so far, as JSON values.
        tensors: What :meth:`annotator.classifier.training.TrainingRun.tensors` returns.
        best: Weights of the best epoch so far; empty before the first epoch is over.
    """

    step: int
    options: Mapping[str, Any]
    progress: Mapping[str, Any] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    best: Mapping[str, Tensor] = field(default_factory=dict)


def save_checkpoint(folder: Path, checkpoint: Checkpoint, *, best_epoch: int = 0) -> None:
    """Write a checkpoint into ``folder``; the one before it stays until this one is complete.

    Args:
        best_epoch: Names the file of the best weights, which is written only where it is not there yet.

    Raises:
        ClassifierError: If it cannot be written; the checkpoint before it is unharmed.
    """
    weights = f"step-{checkpoint.step}.safetensors" if checkpoint.tensors else None
    best = f"best-{best_epoch}.safetensors" if checkpoint.best else None
    state = {
        "version": VERSION,
        "step": checkpoint.step,
        "weights": weights,
        "best": best,
        "options": dict(checkpoint.options),
        "progress": dict(checkpoint.progress),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if weights:
            _write_tensors(folder / weights, checkpoint.tensors)
        # Before the first step another training's files may lie here, under the same names.
        if best and (_named(folder).get("best") != best or not (folder / best).is_file()):
            _write_tensors(folder / best, checkpoint.best)
        write_whole(folder / STATE, json.dumps(state, indent=1) + "\n")
        for path in folder.iterdir():
            if path.name not in {STATE, LOCK, weights, best}:
                path.unlink()
    except (OSError, SafetensorError) as error:
        raise ClassifierError(
            f"Cannot save a checkpoint in '{folder}': {error}. Training stopped; the checkpoint before this one is "
            "unharmed. Free some space, then go on with --resume.",
            folder=str(folder),
        ) from error


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the checkpoint of ``folder``, or ``None`` when there is none.

    Raises:
        ClassifierError: If it is damaged.
    """
    if not (folder / STATE).is_file():
        return None
    try:
        state = json.loads((folder / STATE).read_text("utf-8"))
        if state["version"] != VERSION:
            raise ValueError(f"its version is {state['version']}; expected {VERSION}")
        return Checkpoint(
            step=state["step"],
            options=state["options"],
            progress=state["progress"],
            tensors=_read_tensors(folder, state["weights"]),
            best=_read_tensors(folder, state["best"]),
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ClassifierError(
            f"Cannot resume from '{folder}': the checkpoint is damaged ({error}). Start anew without --resume.",
            folder=str(folder),
        ) from error


def remove_checkpoint(folder: Path) -> None:
    """Delete the files of a checkpoint, ``state.json`` first, and the folder if nothing else lies in it."""
    (folder / STATE).unlink(missing_ok=True)
    for path in [*folder.glob("*.safetensors"), *folder.glob("*.part"), folder / LOCK]:
        path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Keep other trainings out of ``folder`` meanwhile; the system lets go when the process ends, however it ends.

    Raises:
        ClassifierError: If another training is at work there, or the folder cannot be made.
    """
    is_new = not folder.parent.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / LOCK).open("a+")
    except OSError as error:
        raise ClassifierError(
            f"Cannot make the folder '{folder}': {error.strerror}. Choose another one with --output.",
            folder=str(folder),
        ) from error
    with stream:
        _lock(stream.fileno(), folder)
        try:
            yield
        finally:
            if not (folder / STATE).exists():
                remove_checkpoint(folder)
                if is_new and not any(folder.parent.iterdir()):
                    folder.parent.rmdir()


def _lock(handle: int, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows has none; there, two trainings into one folder are not noticed
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise ClassifierError(
            f"Another training is writing to '{folder.parent}'. Wait for it, cancel it, or choose another folder "
            "with --output.",
            folder=str(folder.parent),
        ) from error


def write_whole(path: Path, text: str) -> None:
    """Write a text file beside its place and move it there when it is on the disk."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def _write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    part = path.with_name(path.name + ".part")
    save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, part)
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    part.replace(path)


def _read_tensors(folder: Path, name: str | None) -> dict[str, Tensor]:
    if name is None:
        return {}
    # Copies: training writes into its tensors, and these lie in a mapped file.
    return {key: value.clone() for key, value in load_file(folder / Path(name).name).items()}


def _named(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
