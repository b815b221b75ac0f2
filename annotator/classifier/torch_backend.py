"""The encoder run by PyTorch: full precision, bfloat16, or on a GPU."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from annotator.classifier.backend import Concrete, Floats, Windows

CPU_TOKENS = 4_096
"""Padded tokens the encoder sees at once; larger batches are no faster on a CPU."""
CUDA_TOKENS = 65_536
"""The same on a GPU, which wants more to do at once."""
IN_FLIGHT = 2
"""Batches a GPU has been given before the first is asked for, so that copies and computing overlap."""


class TorchBackend:
    """Run an encoder with PyTorch.

    Args:
        encoder: Moved to the device and rounded to the number format that ``name`` says.
        name: ``torch-fp32``, ``torch-bf16`` or ``torch-cuda``.
        threads: Processor threads of this process; ``None`` leaves PyTorch's choice.
        device: Where ``torch-cuda`` runs.
    """

    def __init__(self, encoder: nn.Module, name: Concrete, *, threads: int | None = None, device: str = "cuda") -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        self.name = name
        self.is_gpu = name == "torch-cuda"
        self.device = torch.device(device if self.is_gpu else "cpu")
        half = name == "torch-bf16" or (self.is_gpu and has_fast_bfloat16(self.device.type))
        self.precision = "bf16" if half else "fp32"
        self.batch_tokens = CUDA_TOKENS if self.is_gpu else CPU_TOKENS
        self.encoder = encoder.to(self.device, torch.bfloat16 if half else torch.float32).eval()

    def encode(self, batches: Iterable[Windows]) -> Iterator[Floats]:
        """Yield the vectors of each batch; see :class:`annotator.classifier.backend.Backend`."""
        waiting: deque[tuple[Tensor, torch.cuda.Event | None]] = deque()
        for windows in batches:
            waiting.append(self._start(windows))
            if len(waiting) >= (IN_FLIGHT if self.is_gpu else 1):
                yield _finished(*waiting.popleft())
        while waiting:
            yield _finished(*waiting.popleft())

    @torch.inference_mode()
    def _start(self, windows: Windows) -> tuple[Tensor, torch.cuda.Event | None]:
        """Return the vectors on the CPU, and what says when a GPU has written them."""
        ids, mask = (self._there(torch.from_numpy(part)) for part in windows)
        vectors: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        if self.device.type != "cuda":
            return vectors, None
        copied = torch.empty(vectors.shape, dtype=vectors.dtype, pin_memory=True)
        copied.copy_(vectors, non_blocking=True)
        written = torch.cuda.Event()  # type: ignore[no-untyped-call]
        written.record()
        return copied, written

    def _there(self, part: Tensor) -> Tensor:
        return part.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else part


def _finished(vectors: Tensor, written: torch.cuda.Event | None) -> Floats:
    if written is not None:
        written.synchronize()
    found: Floats = vectors.numpy()
    return found


def has_cuda() -> bool:
    """Whether there is a GPU that PyTorch can use."""
    return torch.cuda.is_available()


def has_fast_bfloat16(device: str) -> bool:
    """Whether bfloat16 products are faster than full ones: GPUs since 2020, processors with AVX-512 BF16 or AMX."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, probe, bool)() for probe in probes)
