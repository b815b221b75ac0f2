"""How a training has gone so far, and what it depends on: both are kept in its checkpoints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from annotator.classifier.modeling import FramingConfig
from annotator.classifier.training import Recipe
from annotator.errors import ClassifierError
from annotator.workflows.train_events import EpochDone
from annotator.workflows.train_material import Example
from annotator.workflows.train_report import DevFigures


@dataclass(slots=True)
class Course:
    """Figures of a training so far.

    Attributes:
        sums: Of the epoch in hand: sum and count of the loss ("loss") and of each head's.
        epochs: One JSON object for each epoch that is over.
        best_epoch: 0 before the first is over. best_score: Of its dev figures.
    """

    sums: dict[str, list[float]] = field(default_factory=dict)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    best_epoch: int = 0
    best_score: float = -1.0
    _began: float = field(default_factory=monotonic)

    def add(self, loss: float, losses: Mapping[str, float]) -> None:
        """Count one step."""
        for name, value in {"loss": loss, **losses}.items():
            total = self.sums.setdefault(name, [0.0, 0])
            total[0] += value
            total[1] += 1

    def end_epoch(self, figures: DevFigures) -> EpochDone:
        """Close the epoch in hand; of equal epochs the first is the best, unless neither found anything."""
        means = {name: round(total / count, 6) for name, (total, count) in self.sums.items()}
        better = figures.score > self.best_score or figures.score == self.best_score == 0
        number = len(self.epochs) + 1
        if better:
            self.best_epoch, self.best_score = number, figures.score
        loss = means.pop("loss")
        done = EpochDone(number, loss, means, figures.to_record(), better, round(monotonic() - self._began, 1))
        self.epochs.append(asdict(done))
        self.sums, self._began = {}, monotonic()
        return done

    def is_over(self, patience: int) -> bool:
        """Whether ``patience`` epochs have gone by without a better one."""
        return bool(self.epochs) and len(self.epochs) - self.best_epoch >= patience

    def to_record(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "sums": self.sums,
            "epochs": self.epochs,
            "best_epoch": self.best_epoch,
            "best_score": self.best_score,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Course:
        """Read what :meth:`to_record` returned; empty for a training that has just begun."""
        return cls(**record)


def options_of(
    config: FramingConfig,
    recipe: Recipe,
    learnt: Sequence[Example],
    *,
    dev: Sequence[Example],
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """Return everything the weights depend on, by a name for people."""
    labels = "/".join(",".join(ids) for ids in (config.devices, config.frames, config.voices, config.polarities))
    return {
        "base model": config.base_model,
        "base model weights": config.base_model_sha256,
        "codebook": config.codebook,
        "labels of the codebook": labels,
        "training articles": digest(map(_name, learnt)),
        "dev articles": digest(map(_name, dev)),
        **{name.replace("_", " "): value for name, value in asdict(recipe).items()},
        **extra,
    }


def _name(example: Example) -> str:
    return f"{example.document.text_sha256} {example.weight} {example.annotation!r}"


def digest(texts: Iterable[str]) -> str:
    """Return a short hash of texts in their order."""
    found = hashlib.sha256()
    for text in texts:
        found.update(hashlib.sha256(text.encode("utf-8")).digest())
    return found.hexdigest()[:32]


def check_same(saved: Mapping[str, Any], present: Mapping[str, Any], output: Path) -> None:
    """Refuse to go on with a training that began otherwise.

    Raises:
        ClassifierError: Naming what differs, and how where that is short.
    """
    differing = [name for name in present if saved.get(name) != present[name]]
    if not differing:
        return
    shown = [
        name if len(str(present[name])) > 24 else f"{name} ({saved.get(name)} then, {present[name]} now)"
        for name in differing
    ]
    raise ClassifierError(
        f"Cannot resume the training in '{output}': it was started with other settings or data: {', '.join(shown)}. "
        "Give the same again, or start anew without --resume.",
        folder=str(output),
        differing=differing,
    )
