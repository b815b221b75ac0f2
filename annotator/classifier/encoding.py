"""A text as the model sees it: tokens, the words they belong to, sentences and windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from annotator.classifier.pieces import PieceReader
from annotator.classifier.windows import Ints, WindowPlan, plan_windows
from annotator.segments import sentences_of
from annotator.spans import Span


@dataclass(frozen=True, slots=True)
class EncodedText:
    """Tokens of one text; all offsets are code points of that text.

    Attributes:
        ids, starts, ends: shape (tokens,); vocabulary id and ``[start, end)`` of each token.
        unit_starts: shape (units + 1,); unit u, a word or one sign between words, is made of tokens
            ``[unit_starts[u], unit_starts[u + 1])``.
        sentence_tokens: shape (sentences + 1,); sentence s is made of tokens
            ``[sentence_tokens[s], sentence_tokens[s + 1])``.
        sentences: shape (sentences,); the sentences as spans. Those without a token are left out.
        windows: What the encoder reads together.
    """

    ids: Ints
    starts: Ints
    ends: Ints
    unit_starts: Ints
    sentence_tokens: Ints
    sentences: tuple[Span, ...]
    windows: WindowPlan

    def __len__(self) -> int:
        return len(self.ids)


class TextEncoder:
    """Cut texts into tokens and windows.

    Args:
        tokenizer: A fast tokenizer; padding and truncation are switched off.
        size: Longest window in tokens, without the two marks around it.
        context: Tokens repeated from the window before.
    """

    def __init__(self, tokenizer: Tokenizer, *, size: int, context: int) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.tokenizer = tokenizer
        self._pieces = PieceReader(tokenizer)
        self.size = size
        self.context = context
        # The marks the encoder was pre-trained with ([CLS] and [SEP] for BERT), whatever they are called.
        marks = tokenizer.encode("", add_special_tokens=True).ids
        known = (tokenizer.token_to_id(name) for name in ("[MASK]", "<mask>"))
        self.mask = next((token for token in known if token is not None), None)
        self.first, self.last = (marks[0], marks[-1]) if marks else (0, 0)

    def encode(self, text: str) -> EncodedText:
        """Encode one text, whatever its length, as one piece."""
        tokens = self._tokens(text)
        return self._piece(tokens, 0, len(tokens.ids), tokens.sentence_starts)

    def encode_sections(self, text: str, *, longest: int) -> tuple[list[EncodedText], int]:
        """Encode one text in sections of whole sentences, at most ``longest`` tokens each.

        Returns:
            The sections, none without a token, and how many places had to be cut inside a sentence.
        """
        tokens = self._tokens(text)
        total = len(tokens.ids)
        sections: list[EncodedText] = []
        start = cuts = 0
        while start < total:
            limit = start + longest
            last = int(np.searchsorted(tokens.sentence_starts, limit, side="right")) - 1
            end = int(tokens.sentence_starts[last]) if limit < total else total
            if end <= start:
                end = limit
                cuts += 1
            sections.append(self._piece(tokens, start, end, tokens.sentence_starts))
            start = end
        return sections, cuts

    def window_ids(self, encoded: EncodedText) -> list[list[int]]:
        """Return each window's token ids with the marks around them."""
        ids = encoded.ids.tolist()
        bounds = zip(encoded.windows.starts.tolist(), encoded.windows.ends.tolist(), strict=True)
        return [[self.first, *ids[start:end], self.last] for start, end in bounds]

    def _tokens(self, text: str) -> _Tokens:
        ids, starts, ends, is_first = self._pieces.read(text)
        sentence_starts, held = _sentence_starts(starts, ends, sentences_of(text))
        return _Tokens(ids, starts, ends, np.cumsum(is_first) - 1, sentence_starts, held)

    def _piece(self, tokens: _Tokens, start: int, end: int, sentence_starts: Ints) -> EncodedText:
        first = int(np.searchsorted(sentence_starts, start, side="right")) - 1
        last = int(np.searchsorted(sentence_starts, end, side="left"))
        bounds = np.append(np.maximum(sentence_starts[first:last], start), end) - start
        if start == end:
            first = last = 0
            bounds = np.zeros(1, np.int64)
        units = tokens.units[start:end]
        new = np.append(True, units[1:] != units[:-1]) if len(units) else np.zeros(0, bool)
        return EncodedText(
            ids=tokens.ids[start:end],
            starts=tokens.starts[start:end],
            ends=tokens.ends[start:end],
            unit_starts=np.append(np.flatnonzero(new), end - start),
            sentence_tokens=bounds,
            sentences=tokens.sentences[first:last],
            windows=plan_windows(bounds[1:].tolist(), size=self.size, context=self.context),
        )


@dataclass(frozen=True, slots=True)
class _Tokens:
    """All tokens of a text; ``sentence_starts`` holds the first token of each of ``sentences``."""

    ids: Ints
    starts: Ints
    ends: Ints
    units: Ints
    sentence_starts: Ints
    sentences: tuple[Span, ...]


def _sentence_starts(starts: Ints, ends: Ints, found: Sequence[Span]) -> tuple[Ints, tuple[Span, ...]]:
    """Return the first token of each sentence that has any; tokens before the first sentence join it."""
    if not len(starts):
        return np.zeros(0, np.int64), ()
    if not found:
        return np.zeros(1, np.int64), (Span(int(starts[0]), int(ends[-1])),)
    begins = np.array([span.start for span in found], np.int64)
    index = np.maximum(np.searchsorted(begins, starts, side="right") - 1, 0)
    firsts = np.flatnonzero(np.append(True, index[1:] != index[:-1]))
    return firsts, tuple(found[i] for i in index[firsts].tolist())
