"""Token vectors of texts: windows of many articles together in one pass, similar lengths side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from annotator.classifier.backend import Backend, Floats, Windows
from annotator.classifier.encoding import EncodedText, TextEncoder
from annotator.classifier.windows import WindowPlan

Ids = tuple[int, ...]


class WindowEncoder:
    """Run an encoder over the windows of texts.

    Args:
        backend: Runs the encoder.
        texts: Cuts texts into windows.
        pad: Id of the padding token.
    """

    def __init__(self, backend: Backend, texts: TextEncoder, *, pad: int) -> None:
        self._backend = backend
        self._texts = texts
        self._pad = pad
        self._recent: dict[Ids, Floats] = {}

    def forget(self) -> None:
        """Forget what was read, so that nothing read next depends on it, not even in the last bit."""
        self._recent = {}

    def vectors(self, sections: Sequence[EncodedText]) -> Floats:
        """Return the token vectors of sections end to end, shape (T, H).

        Equal windows, also those of the call before, are read once.
        """
        windows = [[tuple(ids) for ids in self._texts.window_ids(section)] for section in sections]
        every = dict.fromkeys(chain.from_iterable(windows))
        vectors = {ids: self._recent[ids] for ids in every if ids in self._recent}
        batches = batched([ids for ids in every if ids not in vectors], self._backend.batch_tokens)
        encoded = self._backend.encode(pad_windows(batch, pad=self._pad) for batch in batches)
        for batch, found in zip(batches, encoded, strict=True):
            vectors.update(zip(batch, found, strict=True))
        self._recent = vectors
        own = (
            _own_tokens(section.windows, index, vectors[ids])
            for section, mine in zip(sections, windows, strict=True)
            for index, ids in enumerate(mine)
        )
        return np.concatenate(list(own))


def batched(windows: Sequence[Ids], tokens: int) -> list[list[Ids]]:
    """Put windows of similar length together, at most ``tokens`` with padding, or one window that is longer."""
    found: list[list[Ids]] = []
    for ids in sorted(windows, key=len):
        if found and (len(found[-1]) + 1) * len(ids) <= tokens:
            found[-1].append(ids)
        else:
            found.append([ids])
    return found


def pad_windows(windows: Sequence[Ids], *, pad: int) -> Windows:
    """Return ids and attention mask of shape (windows, longest window)."""
    lengths = np.array([len(ids) for ids in windows], np.int64)
    mask = np.arange(lengths.max()) < lengths[:, None]
    input_ids = np.full(mask.shape, pad, np.int64)
    input_ids[mask] = np.fromiter(chain.from_iterable(windows), np.int64, int(lengths.sum()))
    return Windows(input_ids, mask.astype(np.int64))


def _own_tokens(plan: WindowPlan, index: int, vectors: Floats) -> Floats:
    """Return the vectors of the tokens that are read from one window; they are neighbours, in order."""
    first, last = np.searchsorted(plan.window, [index, index + 1])
    start = plan.position[first] + 1 if first < last else 0
    own: Floats = vectors[start : start + last - first]
    return own
