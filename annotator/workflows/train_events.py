"""What a training tells while it runs; ``to_record`` is a line of ``annotator train --json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class _Event:
    event: ClassVar[str] = ""

    def to_record(self) -> dict[str, Any]:
        """Return the event as a JSON object."""
        return {"event": self.event, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Started(_Event):
    """Everything is read and the first step follows.

    Attributes:
        documents: Articles in all; ``train`` to learn from, ``dev`` held back.
        spans: In all articles.
        step: Steps taken before, when an earlier training goes on.
        notes: What was left out, counts less or is unusual.
    """

    event: ClassVar[str] = "start"
    documents: int
    train: int
    dev: int
    spans: int
    epochs: int
    device: str
    step: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stepped(_Event):
    """One step was taken; steps count over all epochs. ``seconds_left``: at the rate so far, with dev figures."""

    event: ClassVar[str] = "step"
    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class EpochDone(_Event):
    """One pass over the articles is over.

    Attributes:
        loss: Mean over its steps; ``losses`` by head, unweighted.
        dev: Figures of the dev part by name, ``None`` where undefined.
        best: Whether it is the best epoch so far.
    """

    event: ClassVar[str] = "epoch"
    epoch: int
    loss: float
    losses: dict[str, float]
    dev: dict[str, float | None]
    best: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Done(_Event):
    """The model lies in ``output``; ``dev`` are its figures with cross-fitted calibration."""

    event: ClassVar[str] = "done"
    output: str
    model: str
    best_epoch: int
    dev: dict[str, float | None]


TrainEvent = Started | Stepped | EpochDone | Done
