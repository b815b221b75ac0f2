"""Token vectors of texts: windows of many articles together in one pass, similar lengths side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from annotator.classifier.batches import pad_windows
from annotator.classifier.encoding import EncodedText, TextEncoder
from annotator.classifier.windows import WindowPlan

BATCH_TOKENS = 4_096
"""Padded tokens the encoder sees at once; larger batches are no faster on a CPU."""

Encode = Callable[[Tensor, Tensor], Tensor]
"""Ids and attention mask of shape (W, L) in, vectors of shape (W, L, H) out."""


class WindowEncoder:
    """Run an encoder over the windows of texts.

    Args:
        encode: The encoder.
        texts: Cuts texts into windows.
        pad: Id of the padding token.
    """

    def __init__(self, encode: Encode, texts: TextEncoder, *, pad: int) -> None:
        self._encode = encode
        self._texts = texts
        self._pad = pad
        self._recent: dict[tuple[int, ...], Tensor] = {}

    def vectors(self, sections: Sequence[EncodedText]) -> Iterator[Tensor]:
        """Yield token vectors of each section. Equal windows are read once; similar lengths share a batch."""
        windows = [tuple(ids) for section in sections for ids in self._texts.window_ids(section)]
        vectors = {ids: self._recent[ids] for ids in windows if ids in self._recent}
        unread = sorted((ids for ids in dict.fromkeys(windows) if ids not in vectors), key=len)
        first = 0
        while first < len(unread):
            last = first + 1
            while last < len(unread) and (last + 1 - first) * len(unread[last]) <= BATCH_TOKENS:
                last += 1
            together = unread[first:last]
            output = self._encode(*pad_windows(together, pad=self._pad))
            vectors.update(zip(together, output.float(), strict=True))
            first = last
        self._recent = vectors
        start = 0
        for section in sections:
            mine = windows[start : start + len(section.windows)]
            start += len(mine)
            yield torch.cat([_own_tokens(section.windows, index, vectors[ids]) for index, ids in enumerate(mine)])


def _own_tokens(plan: WindowPlan, index: int, vectors: Tensor) -> Tensor:
    """Return the vectors of the tokens that are read from one window; they are neighbours, in order."""
    first, last = np.searchsorted(plan.window, [index, index + 1])
    return vectors[torch.from_numpy(plan.position[first:last] + 1)]
