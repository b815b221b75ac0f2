"""Encoding: tokens, words, sentences and sections of a text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from annotator.classifier.encoding import TextEncoder


def test_encoding_keeps_the_tokens_of_a_word_together(tiny_encoder: TextEncoder) -> None:
    text = "The U.S. re-opened bases."
    encoded = tiny_encoder.encode(text)
    starts = encoded.starts[encoded.unit_starts[:-1]]
    ends = encoded.ends[encoded.unit_starts[1:] - 1]
    assert [text[s:e] for s, e in zip(starts, ends, strict=True)] == ["The", "U.S.", "re-opened", "bases", "."]


def test_encoding_counts_offsets_in_code_points(tiny_encoder: TextEncoder) -> None:
    text = "🪧 the oil"
    encoded = tiny_encoder.encode(text)
    assert [text[s:e] for s, e in zip(encoded.starts, encoded.ends, strict=True)] == ["🪧", "the", "oil"]


def test_encoding_gives_every_token_a_sentence(tiny_encoder: TextEncoder) -> None:
    encoded = tiny_encoder.encode("The oil.\n\nStolen oil? The town said.")
    assert len(encoded.sentences) == 3
    assert encoded.sentence_tokens.tolist() == [0, 3, 6, 10]


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b"], ids=["empty", "white space", "zero width"])
def test_encoding_of_nothing_has_no_token(tiny_encoder: TextEncoder, text: str) -> None:
    assert len(tiny_encoder.encode(text)) == 0
    assert tiny_encoder.encode_sections(text, longest=10) == ([], 0)


def test_sections_hold_every_token_in_order(tiny_encoder: TextEncoder, sentence: Callable[[int], str]) -> None:
    text = " ".join(sentence(n) for n in (5, 9, 3, 12, 7, 8))
    whole = tiny_encoder.encode(text)
    sections, cuts = tiny_encoder.encode_sections(text, longest=20)
    assert cuts == 0
    assert len(sections) > 2
    assert np.concatenate([s.starts for s in sections]).tolist() == whole.starts.tolist()
    assert [span for s in sections for span in s.sentences] == list(whole.sentences)


def test_sections_count_the_cuts_inside_a_sentence(tiny_encoder: TextEncoder, sentence: Callable[[int], str]) -> None:
    sections, cuts = tiny_encoder.encode_sections(sentence(50), longest=20)
    assert [len(section) for section in sections] == [20, 20, 11]
    assert cuts == 2
