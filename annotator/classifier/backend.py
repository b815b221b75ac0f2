"""What runs the encoder: one protocol, the names to choose from, and the choice."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, get_args

import numpy as np
import numpy.typing as npt

from annotator.errors import ClassifierError, near_match

if TYPE_CHECKING:
    from annotator.classifier.modeling import FramingModel

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

Concrete = Literal["torch-fp32", "torch-bf16", "torch-cuda", "openvino"]
"""Everything that changes what a backend says is in its name."""
Choice = Literal["auto", "torch", "torch-fp32", "torch-bf16", "torch-cuda", "openvino"]
"""``auto``: the fastest that is there. ``torch``: the same without OpenVINO."""
CHOICES: tuple[Choice, ...] = get_args(Choice)
CONCRETE: tuple[Concrete, ...] = get_args(Concrete)

OnWarning = Callable[[str], None]
"""Told what the user should know: that the choice was not the one expected, or that something takes a while."""


class Windows(NamedTuple):
    """Windows that are read together; both of shape (W, L). The mask is 1 for tokens and 0 for padding."""

    input_ids: Ints
    attention_mask: Ints


class Backend(Protocol):
    """Runs the encoder of one model. Not for use from several threads at once."""

    @property
    def name(self) -> Concrete: ...

    @property
    def precision(self) -> str:
        """Number formats, such as ``bf16`` or ``int8+bf16``; they too change what it says."""
        ...

    @property
    def batch_tokens(self) -> int:
        """Padded tokens to read at once."""
        ...

    def encode(self, batches: Iterable[Windows]) -> Iterator[Floats]:
        """Yield the token vectors of each batch, shape (W, L, H), in order; what lies under padding means nothing."""
        ...


def check_choice(name: str) -> Choice:
    """Return ``name`` if it is one of :data:`CHOICES`.

    Raises:
        ClassifierError: If it is not.
    """
    if name not in CHOICES:
        raise ClassifierError(
            f"Unknown backend '{name}'. Choose one of: {', '.join(CHOICES)}.{near_match(name, CHOICES)}", backend=name
        )
    return name


def fast_backend(
    choice: Choice,
    folder: Path,
    *,
    threads: int | None = None,
    prepare: bool = False,
    on_warning: OnWarning | None = None,
) -> Backend | None:
    """Return OpenVINO for the model of ``folder``, or ``None`` when PyTorch is to run it.

    Args:
        choice: ``openvino`` must work; with ``auto``, PyTorch is the way out, and the better one on a GPU.
        folder: A model that was checked.
        threads: Processor threads; ``None``: all.
        prepare: Whether ``auto`` may convert the model now if that has not been done. It pays from some hundred
            articles on.
        on_warning: Told that conversion begins, or why ``auto`` goes on with PyTorch.

    Raises:
        ClassifierError: If ``openvino`` is asked for and cannot be had.
    """
    if choice not in ("auto", "openvino") or (choice == "auto" and (not has_openvino() or has_gpu())):
        return None
    forced = choice == "openvino"
    if not has_openvino():
        raise ClassifierError(
            "Backend 'openvino' needs OpenVINO and NNCF. Install them with: pip install 'framing-annotator[fast]'",
            backend=choice,
        )
    try:
        from annotator.classifier.openvino_ import OpenvinoBackend, prepared

        files = prepared(folder, prepare=prepare or forced, on_warning=on_warning)
        return OpenvinoBackend(files, threads=threads) if files else None
    except (ClassifierError, ImportError, RuntimeError) as error:
        if forced:
            raise ClassifierError(f"Cannot use backend 'openvino': {error}", backend=choice) from error
        if on_warning:
            on_warning(f"Going on with PyTorch, which is slower: {error}")
        return None


def concrete_name(
    choice: Choice, folder: Path, *, prepare: bool = False, on_warning: OnWarning | None = None
) -> Concrete:
    """Return the name of what would run the model of ``folder`` here; see :func:`fast_backend`."""
    fast = fast_backend(choice, folder, prepare=prepare, on_warning=on_warning)
    return fast.name if fast else torch_name(choice)


def has_openvino() -> bool:
    """Whether the packages of the extra ``fast`` are installed."""
    return find_spec("openvino") is not None and find_spec("nncf") is not None


def has_gpu() -> bool:
    """Whether PyTorch finds a GPU; it is not asked where there is no driver for one, because it loads slowly."""
    if not Path("/dev/nvidiactl").exists() and shutil.which("nvidia-smi") is None:
        return False
    from annotator.classifier.torch_backend import has_cuda

    return has_cuda()


def torch_name(choice: Choice = "auto") -> Concrete:
    """Return the PyTorch backend that fits the machine, or the one asked for.

    Raises:
        ClassifierError: If a GPU was asked for and there is none.
    """
    from annotator.classifier.torch_backend import has_fast_bfloat16

    if choice == "torch-fp32" or choice == "torch-bf16":
        return choice
    if has_gpu():
        return "torch-cuda"
    if choice == "torch-cuda":
        raise ClassifierError(
            "Cannot use backend 'torch-cuda': PyTorch finds no GPU. Leave out --backend, or choose 'torch'.",
            backend=choice,
        )
    return "torch-bf16" if has_fast_bfloat16("cpu") else "torch-fp32"


def torch_backend(model: FramingModel, choice: Choice = "auto", *, threads: int | None = None) -> Backend:
    """Return a backend that runs a loaded model with PyTorch.

    Args:
        model: Belongs to the backend from now on: its encoder may be moved or rounded.
        choice: ``auto`` and ``torch``: whatever fits the machine.
        threads: Processor threads; ``None``: PyTorch's choice.
    """
    from annotator.classifier.torch_backend import TorchBackend

    return TorchBackend(model.encoder, torch_name(choice), threads=threads)
