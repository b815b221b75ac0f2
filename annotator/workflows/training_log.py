"""What a training has come to, read from the JSON lines that ``annotator train --json`` writes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["starting", "running", "stopping", "done", "failed", "cancelled", "stopped"]
ENDED: frozenset[Status] = frozenset({"done", "failed", "cancelled", "stopped"})

LAUNCHED, ASKED_TO_STOP = "launched", "asked_to_stop"
"""Events that the app itself adds to the log."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the training articles.

    Attributes:
        number: 1 for the first.
        loss: Mean over the epoch; ``None`` when it was not told.
        dev: Figures on the articles held back, 0 to 1, by name.
        is_best: Whether it was the best so far.
    """

    number: int
    loss: float | None
    dev: dict[str, float]
    is_best: bool
    seconds: float | None


@dataclass(slots=True)
class Progress:
    """How far a training is.

    Attributes:
        start: What it said at its beginning: documents, train, dev, spans, epochs, device, notes.
        step: Its last step: epoch, epochs, step of all steps, loss, seconds_left; empty before the first.
        message: Why it failed, in one sentence; "" when it did not.
        checkpoint: What a cancelled training has kept, as a path; "" when nothing.
        result: What it said when it was done: output, model, best_epoch, dev.
    """

    status: Status = "starting"
    start: dict[str, Any] = field(default_factory=dict)
    step: dict[str, Any] = field(default_factory=dict)
    epochs: list[Epoch] = field(default_factory=list)
    message: str = ""
    checkpoint: str = ""
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDED

    @property
    def share(self) -> float:
        """Part of all steps that is done, 0 to 1."""
        if self.status == "done":
            return 1.0
        steps = number(self.step.get("steps"))
        return min(max((number(self.step.get("step")) or 0) / steps, 0.0), 1.0) if steps else 0.0

    @property
    def seconds_left(self) -> float | None:
        """The training's own estimate; ``None`` before it has one."""
        return None if self.has_ended else number(self.step.get("seconds_left"))


def read_progress(lines: Iterable[str], *, is_alive: bool) -> Progress:
    """Fold a log into its present state. Lines that are no event, such as one half written, are passed over.

    Args:
        is_alive: Whether the process still runs. One that has ended without a word was stopped.
    """
    progress = Progress()
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            _take(progress, event)
    if not is_alive and not progress.has_ended:
        progress.status = "stopped"
    return progress


def _take(progress: Progress, event: dict[str, Any]) -> None:
    kind = event.get("event")
    if kind == LAUNCHED:
        progress.status, progress.message, progress.checkpoint = "starting", "", ""
    elif kind == ASKED_TO_STOP:
        progress.status = "stopping"
    elif kind in ("start", "step"):
        if kind == "start":
            progress.start = event
        else:
            progress.step = event
        if progress.status == "starting":
            progress.status = "running"
    elif kind == "epoch":
        _take_epoch(progress, event)
    elif kind == "done":
        progress.status, progress.result = "done", event
    elif kind == "error":
        progress.status, progress.message = "failed", str(event.get("message", ""))[:2000]
    elif kind == "cancelled":
        progress.status, progress.checkpoint = "cancelled", str(event.get("checkpoint") or "")


def _take_epoch(progress: Progress, event: dict[str, Any]) -> None:
    count = number(event.get("epoch"))
    if count is None:
        return
    given = event.get("dev")
    dev = (
        {str(name): value for name, found in given.items() if (value := number(found)) is not None}
        if isinstance(given, dict)
        else {}
    )
    epoch = Epoch(int(count), number(event.get("loss")), dev, event.get("best") is True, number(event.get("seconds")))
    # A resumed training may repeat an epoch: the last telling counts.
    progress.epochs = [*(e for e in progress.epochs if e.number < epoch.number), epoch]


def number(value: object) -> float | None:
    """Return a finite JSON number as a float, and ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < float("inf") else None
