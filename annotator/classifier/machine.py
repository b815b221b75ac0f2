"""The machine a training runs on: processor threads, GPU, number format; and weights moved in and out of a model."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from annotator.classifier.modeling import FramingModel
from annotator.classifier.torch_backend import has_fast_bfloat16
from annotator.classifier.training import Recipe

Weights = dict[str, Tensor]


def prepare_machine(recipe: Recipe, *, threads: int | None = None) -> tuple[Recipe, str]:
    """Return the recipe with bfloat16 only where that is fast, and ``cuda`` or ``cpu``.

    Args:
        threads: Processor threads for PyTorch; ``None`` leaves its choice.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        # Sums over articles are added up in any order otherwise, and a seed would not repeat.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
    return replace(recipe, bf16=recipe.bf16 and has_fast_bfloat16(device)), device


def cpu_copy(model: FramingModel) -> FramingModel:
    """Return a model on the CPU with the same weights: the model itself if it is there already."""
    if model.device.type == "cpu":
        return model
    copied: FramingModel = copy.deepcopy(model).cpu()
    return copied


def weights_of(model: FramingModel) -> Weights:
    """Return a copy of the weights."""
    return {name: weight.detach().cpu().clone() for name, weight in model.state_dict().items()}


def put_weights(model: FramingModel, weights: Mapping[str, Tensor]) -> None:
    """Move a model to the CPU with ``weights`` rounded to half precision, as its folder will hold them."""
    model.cpu()
    model.load_state_dict({name: weight.half().float() for name, weight in weights.items()})
    model.eval()  # type: ignore[no-untyped-call]
