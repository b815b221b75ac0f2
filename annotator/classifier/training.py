"""Train the network, in one loop that reads from top to bottom.

A loop of our own rather than ``transformers.Trainer``: a batch here is whole articles with spans found by the
model itself, which a collator and ``compute_loss`` would hide in three places.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from annotator.classifier.encoding import TextEncoder
from annotator.classifier.lessons import Lesson, make_lesson
from annotator.classifier.losses import LOSS_WEIGHTS, step_losses
from annotator.classifier.modeling import FramingModel
from annotator.errors import ClassifierError

__all__ = ["CONTINUED", "Lesson", "Progress", "Recipe", "TrainingRun", "make_lesson", "train"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every knob of training, with the value that measured best (benchmarks/quality/README.md).

    Attributes:
        epochs: Passes over the training articles.
        articles: Articles in a batch: about 2,000 tokens.
        encoder_rate, head_rate: Learning rates; the heads start from nothing and may move faster.
        layer_decay: Each encoder layer learns this part as fast as the one above it.
        warm_up: Part of all steps over which the rate climbs before it falls to zero.
        weight_decay: Of matrices, not of biases and norms.
        candidates_after: Part of all steps after which the model's own spans join the span heads' lessons.
        masked: Part of the tokens hidden from the encoder at each step. Measured worse than dropout in the encoder.
        frozen_layers: How many of the lowest encoder layers keep their weights, and with them the embeddings.
        bf16: Run matrix products in bfloat16, about half as long on processors that have it.
        seed: Same seed, same threads, same machine: same weights.
    """

    epochs: int = 8
    articles: int = 4
    encoder_rate: float = 2e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.85
    warm_up: float = 0.1
    weight_decay: float = 0.01
    candidates_after: float = 0.25
    masked: float = 0.0
    frozen_layers: int = 0
    bf16: bool = True
    seed: int = 13


CONTINUED = Recipe(encoder_rate=1e-4, head_rate=5e-4, candidates_after=0.0)
"""For a model that has learned before: gentler, and its own spans are worth learning from at once."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where training stands after one step; ``losses`` are unweighted, by head. Steps count over all epochs."""

    epoch: int
    step: int
    steps: int
    loss: float
    losses: dict[str, float]


class TrainingRun:
    """One training, which can be left after any step and taken up again from its tensors.

    Everything that is drawn by lot follows from the recipe's seed: the order of the lessons is drawn before the
    first step, and the random numbers of dropout are part of :meth:`tensors`.

    Args:
        model: Trained in place, on ``device``.
        lessons: From people's labels.
        teacher: Lessons from a model's; each batch is then half one, half the other.
        device: ``cpu`` or ``cuda``.

    Raises:
        ClassifierError: If there is nothing to learn from.
    """

    def __init__(
        self,
        model: FramingModel,
        encoder: TextEncoder,
        lessons: Sequence[Lesson],
        *,
        recipe: Recipe,
        teacher: Sequence[Lesson] = (),
        device: str = "cpu",
    ) -> None:
        if not any(len(lesson.spans) for lesson in lessons):
            raise ClassifierError(
                f"Cannot train: none of the {len(lessons)} articles has a labelled span. Submit some annotations first."
            )
        self.model: FramingModel = model.to(device)  # type: ignore[arg-type]
        self.encoder = encoder
        self.recipe = recipe
        self.device = device
        self._lessons = [*lessons, *teacher]
        self._batches = plan_batches(len(lessons), len(teacher), recipe)
        self.steps = len(self._batches)
        self.step = 0
        torch.manual_seed(recipe.seed)
        _freeze(model, recipe.frozen_layers)
        self._optimizer = _optimizer(model, recipe)

    @property
    def steps_per_epoch(self) -> int:
        """Steps in one pass over the labelled lessons."""
        return self.steps // self.recipe.epochs

    def advance(self) -> Progress:
        """Take one step.

        Raises:
            ClassifierError: If the loss or its slope is no longer a number; the weights are then as they were.
        """
        self.model.train()
        chosen = [self._lessons[i] for i in self._batches[self.step]]
        own_spans = self.step >= self.recipe.candidates_after * self.steps
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.recipe.bf16), _attention(self.device):
            losses = step_losses(
                self.model, self.encoder, chosen, own_spans=own_spans, masked=self.recipe.masked, device=self.device
            )
        loss = torch.stack([LOSS_WEIGHTS[name] * value for name, value in losses.items()]).sum()
        self._check(loss, "loss")
        loss.backward()  # type: ignore[no-untyped-call]
        self._check(torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0), "slope of the loss")
        for group in self._optimizer.param_groups:
            group["lr"] = group["full_rate"] * _rate(self.step, self.steps, self.recipe)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.step += 1
        epoch = (self.step - 1) // self.steps_per_epoch + 1
        return Progress(epoch, self.step, self.steps, loss.item(), {k: v.item() for k, v in losses.items()})

    def _check(self, value: Tensor, what: str) -> None:
        if not torch.isfinite(value):
            epoch = self.step // self.steps_per_epoch + 1
            raise ClassifierError(
                f"Training stopped at epoch {epoch}, step {self.step + 1}: the {what} is {value.item()}. "
                "Train anew with a lower learning rate; the last checkpoint is unharmed.",
                epoch=epoch,
                step=self.step + 1,
            )

    def tensors(self) -> dict[str, Tensor]:
        """Return everything that later steps depend on, beside the step itself: weights, optimizer, random state."""
        found = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for index, values in self._optimizer.state_dict()["state"].items():
            found |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
        found["random.cpu"] = torch.get_rng_state()
        if self.device == "cuda":
            found["random.cuda"] = torch.cuda.get_rng_state()
        return found

    def restore(self, step: int, tensors: dict[str, Tensor]) -> None:
        """Go on after ``step``, from what :meth:`tensors` returned then.

        Raises:
            RuntimeError, KeyError: If the tensors are of another model.
        """
        weights = {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
        self.model.load_state_dict(weights)
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, index, key = name.split(".")
                state.setdefault(int(index), {})[key] = value
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": state, "param_groups": groups})
        torch.set_rng_state(tensors["random.cpu"])
        if self.device == "cuda" and "random.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random.cuda"])
        self.step = step


def train(
    model: FramingModel, encoder: TextEncoder, lessons: Sequence[Lesson], *, recipe: Recipe
) -> Iterator[Progress]:
    """Train ``model`` in place from beginning to end, yielding after every step.

    Raises:
        ClassifierError: If there is nothing to learn from, or the loss is no longer a number.
    """
    run = TrainingRun(model, encoder, lessons, recipe=recipe)
    while run.step < run.steps:
        yield run.advance()
    model.eval()  # type: ignore[no-untyped-call]


def plan_batches(labelled: int, by_teacher: int, recipe: Recipe) -> list[list[int]]:
    """Return the lessons of every step of every epoch; a teacher's lessons are numbered after the labelled ones.

    With a teacher, half of each batch is labelled and an epoch is one pass over those.

    Example:
        >>> plan_batches(3, 0, Recipe(epochs=1, articles=2))
        [[1, 2], [0]]
    """
    size = max(1, recipe.articles // 2) if by_teacher else recipe.articles
    beside = max(1, recipe.articles - size) if by_teacher else 0
    by_lot, teacher_lot = random.Random(recipe.seed), random.Random(recipe.seed + 1)  # noqa: S311
    steps = recipe.epochs * math.ceil(labelled / size)
    waiting: list[int] = []
    while len(waiting) < steps * beside:
        waiting += teacher_lot.sample(range(labelled, labelled + by_teacher), by_teacher)
    batches: list[list[int]] = []
    for _ in range(recipe.epochs):
        order = by_lot.sample(range(labelled), labelled)
        for first in range(0, labelled, size):
            extra = waiting[len(batches) * beside : (len(batches) + 1) * beside]
            batches.append(order[first : first + size] + extra)
    return batches


def _attention(device: str) -> AbstractContextManager[None]:
    """On a CPU the plain way to compute attention is a tenth faster to train: fused kernels are slow backwards."""
    found: AbstractContextManager[None] = sdpa_kernel(SDPBackend.MATH) if device == "cpu" else nullcontext()
    return found


def _freeze(model: FramingModel, layers: int) -> None:
    for name, parameter in model.named_parameters():
        parts = name.split(".")
        below = "layer" in parts and int(parts[parts.index("layer") + 1]) < layers
        parameter.requires_grad_(not (below or (layers > 0 and name.startswith("encoder.embeddings"))))


def _rate(step: int, steps: int, recipe: Recipe) -> float:
    rising = max(1, int(steps * recipe.warm_up))
    return (step + 1) / rising if step < rising else max(0.0, (steps - step) / max(1, steps - rising))


def _optimizer(model: FramingModel, recipe: Recipe) -> torch.optim.Optimizer:
    layers = model.config.encoder.get("num_hidden_layers", 6)
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        rate = recipe.head_rate
        if name.startswith("encoder."):
            parts = name.split(".")
            depth = int(parts[parts.index("layer") + 1]) + 1 if "layer" in parts else 0
            rate = recipe.encoder_rate * recipe.layer_decay ** (layers - depth)
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": g, "lr": r, "full_rate": r, "weight_decay": d} for (r, d), g in groups.items()], fused=True
    )
