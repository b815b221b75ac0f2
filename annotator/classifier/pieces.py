"""The tokens of a text, put together from those of its stretches between blanks."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import count
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from annotator.classifier.windows import Ints
from annotator.segments import words
from annotator.spans import Span

REMEMBERED = 1_000_000
"""Characters of stretches kept; then all are forgotten and read again, so that memory does not grow."""

_BLANKS = "\t\n\r "


class Pieces(NamedTuple):
    """Columns of shape (tokens,): vocabulary id, ``[start, end)`` in code points, and whether a decision unit (a word,
    or one sign between words) begins with the token."""

    ids: Ints
    starts: Ints
    ends: Ints
    is_first: npt.NDArray[np.bool_]


class PieceReader:
    """Tokenise texts.

    A tokenizer made like BERT's reads what stands between two blanks by itself. Most such stretches have been seen
    before, and their tokens are remembered; that is several times faster than reading every text anew. With any other
    tokenizer each text is read whole.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._is_local = _reads_stretches(tokenizer)
        self._forget()

    def _forget(self) -> None:
        # Stretch number n has the rows [bounds[n], bounds[n + 1]) of a table with the four columns of Pieces.
        self._numbers: dict[str, int] = {}
        self._bounds = array("q", [0])
        self._table = array("q")
        self._size = 0

    def read(self, text: str) -> Pieces:
        """Return the tokens of ``text`` that cover something."""
        if not self._is_local:
            return self._read_whole(text)
        if self._size > REMEMBERED:
            self._forget()
        stretches = text.replace("\n", " ").replace("\r", " ").replace("\t", " ").split(" ")
        self._learn([stretch for stretch in dict.fromkeys(stretches) if stretch not in self._numbers])
        bounds, table = np.frombuffer(self._bounds, np.int64), np.frombuffer(self._table, np.int64).reshape(-1, 4)
        number = np.fromiter(map(self._numbers.__getitem__, stretches), np.int64, len(stretches))
        length = np.fromiter(map(len, stretches), np.int64, len(stretches))
        tokens = bounds[number + 1] - bounds[number]
        ends = np.cumsum(tokens)
        rows = np.repeat(bounds[number] - ends + tokens, tokens) + np.arange(ends[-1])
        begins = np.repeat(np.cumsum(length + 1) - length - 1, tokens)
        ids, first, last, is_first = table[rows].T
        return Pieces(ids, first + begins, last + begins, is_first.astype(bool))

    def _learn(self, stretches: list[str]) -> None:
        """Read stretches, all in one go, and add them to the table."""
        joined = " ".join(stretches)
        ids, starts, ends, is_first = self._read_whole(joined)
        begins = np.cumsum([0, *(len(stretch) + 1 for stretch in stretches)])
        bounds = np.searchsorted(starts, begins)
        begin = np.repeat(begins[:-1], np.diff(bounds))
        self._numbers.update(zip(stretches, count(len(self._numbers)), strict=False))
        self._bounds.extend((bounds[1:] + self._bounds[-1]).tolist())
        self._table.frombytes(np.stack([ids, starts - begin, ends - begin, is_first], axis=1).tobytes())
        self._size += len(joined)

    def _read_whole(self, text: str) -> Pieces:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        offsets = np.array(encoding.offsets, np.int64).reshape(-1, 2)
        kept = offsets[:, 1] > offsets[:, 0]
        starts, ends = offsets[kept].T
        return Pieces(np.array(encoding.ids, np.int64)[kept], starts, ends, _begin_units(starts, words(text)))


def _reads_stretches(tokenizer: Tokenizer) -> bool:
    """Whether what the tokenizer says of a stretch between blanks depends on that stretch alone."""
    marks = tokenizer.get_added_tokens_decoder().values()
    return (
        isinstance(tokenizer.pre_tokenizer, BertPreTokenizer)
        and isinstance(tokenizer.normalizer, BertNormalizer)
        and not any(mark.lstrip or mark.rstrip or set(mark.content) & set(_BLANKS) for mark in marks)
    )


def _begin_units(starts: Ints, found: Iterable[Span]) -> npt.NDArray[np.bool_]:
    """Tell where decision units begin: tokens of one word share a unit, every other token is its own."""
    bounds = np.array([(span.start, span.end) for span in found], np.int64).reshape(-1, 2)
    word = np.searchsorted(bounds[:, 0], starts, side="right") - 1
    inside = word >= 0
    inside[inside] = starts[inside] < bounds[word[inside], 1]
    new = np.ones(len(starts), bool)
    new[1:] = ~(inside[1:] & inside[:-1] & (word[1:] == word[:-1]))
    return new
