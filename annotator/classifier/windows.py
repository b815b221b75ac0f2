"""Windows: which tokens the encoder sees together, and from which window each token's vector is taken.

An encoder reads at most a few hundred tokens at once. Windows are made of whole sentences, each window begins
with the end of the one before it, and every token takes its vector from the window where it stands farthest
from an edge. Spans are decoded on the whole text afterwards, so no window edge can cut one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """Windows over ``total`` tokens.

    Attributes:
        starts, ends: shape (windows,); window w covers tokens ``[starts[w], ends[w])``.
        window, position: shape (tokens,); token t is read from ``position[t]`` of window ``window[t]``.
    """

    starts: Ints
    ends: Ints
    window: Ints
    position: Ints

    def __len__(self) -> int:
        return len(self.starts)


def plan_windows(sentence_ends: Sequence[int], *, size: int, context: int) -> WindowPlan:
    """Cover a text with overlapping windows of whole sentences.

    Args:
        sentence_ends: For each sentence, one past its last token, ascending; the last is the token count.
        size: Longest window, in tokens, at least 2.
        context: How many tokens of the window before it a window repeats, at most; one whole sentence (or
            half a window of an overlong sentence) is repeated in any case. Negative: windows do not overlap, for
            training, where a repeated sentence would be learned from twice.

    Returns:
        The plan; it has no window when there is no token.
    """
    pieces = _pieces(sentence_ends, longest=max(1, size // 2))
    total = pieces[-1] if len(pieces) else 0
    starts: list[int] = []
    ends: list[int] = []
    begin = 0
    while begin < len(pieces) and (not ends or ends[-1] < total):
        start = pieces[begin - 1] if begin else 0
        last = int(np.searchsorted(pieces, start + size, side="right")) - 1
        starts.append(start)
        ends.append(int(pieces[last]))
        overlap = int(np.searchsorted(pieces, ends[-1] - context, side="left")) + 1
        begin = last + 1 if context < 0 else max(begin + 1, min(last, overlap))
    return _assign(np.array(starts, np.int64), np.array(ends, np.int64), int(total))


def _pieces(sentence_ends: Sequence[int], *, longest: int) -> Ints:
    """Return the ends of sentences, those longer than ``longest`` tokens cut into pieces of that length."""
    found: list[int] = []
    start = 0
    for end in sentence_ends:
        found.extend(range(start + longest, end, longest))
        if end > start:
            found.append(end)
        start = end
    return np.array(found, np.int64)


def _assign(starts: Ints, ends: Ints, total: int) -> WindowPlan:
    """Give each token to the window where it stands farthest from an inner edge."""
    best = np.full(total, -1, np.int64)
    window = np.zeros(total, np.int64)
    for index, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        place = np.arange(start, end)
        left = place - start if start else np.full(end - start, total)
        right = end - 1 - place if end < total else np.full(end - start, total)
        margin = np.minimum(left, right)
        better = margin > best[start:end]
        window[start:end][better] = index
        best[start:end][better] = margin[better]
    position = np.arange(total) - (starts[window] if total else 0)
    return WindowPlan(starts, ends, window, position)
