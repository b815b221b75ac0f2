"""Tokens put together from stretches are those of the text read whole."""

from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, pre_tokenizers

from annotator.classifier import pieces
from annotator.classifier.pieces import PieceReader
from annotator.resources import default_model_path

ODD = ["“", "’s", "-", ".", "\n", "\r\n", "\t", "\xa0", "\x1c", "\x85", "\u200b", "\u0301", "İ", "ﬁ", "水", "🪧", "\0"]
WORDS = ["the", "U.S.-backed", "re-opened", "don't", "[SEP]", "[MASK]", "stolen", "Tōkyō"]
TEXTS = st.lists(st.sampled_from([*WORDS, *ODD, " ", "  "]) | st.text(max_size=4), max_size=30).map("".join)


@pytest.fixture(scope="module")
def shipped() -> Tokenizer:
    tokenizer: Tokenizer = Tokenizer.from_file(str(default_model_path() / "tokenizer.json"))
    return tokenizer


def _assert_same(reader: PieceReader, text: str) -> None:
    for found, whole in zip(reader.read(text), reader._read_whole(text), strict=True):
        assert np.array_equal(found, whole)


@given(st.lists(TEXTS, max_size=4))
def test_stretches_give_the_tokens_of_the_whole_text(shipped: Tokenizer, texts: list[str]) -> None:
    reader = PieceReader(shipped)
    for text in texts:
        _assert_same(reader, text)


def test_forgetting_changes_nothing(shipped: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "REMEMBERED", 20)
    reader = PieceReader(shipped)
    for word in (*WORDS, *WORDS):
        _assert_same(reader, f"They said {word} twice: {word}.")
    assert reader._size < 100


def test_a_known_stretch_is_not_read_again(tiny_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = PieceReader(tiny_tokenizer)
    asked: list[str] = []
    read_whole = reader._read_whole
    monkeypatch.setattr(reader, "_read_whole", lambda text: asked.append(text) or read_whole(text))  # type: ignore[func-returns-value]
    reader.read("the stolen oil")
    reader.read("the oil said\nstolen")
    assert asked == ["the stolen oil", "said"]


def _with_spaces(tokenizer: Tokenizer) -> None:
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.ByteLevel(add_prefix_space=False)])


def _with_greedy_mark(tokenizer: Tokenizer) -> None:
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])


@pytest.mark.parametrize("change", [_with_spaces, _with_greedy_mark], ids=["byte level", "mark that takes blanks"])
def test_other_tokenizers_read_each_text_whole(tiny_tokenizer: Tokenizer, change: object) -> None:
    assert PieceReader(tiny_tokenizer)._is_local
    change(tiny_tokenizer)  # type: ignore[operator]
    reader = PieceReader(tiny_tokenizer)
    assert not reader._is_local
    _assert_same(reader, "the  oil <mask> said")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=string.ascii_letters + " .-'", max_size=60))
def test_a_unit_begins_with_every_word_and_sign(shipped: Tokenizer, text: str) -> None:
    found = PieceReader(shipped).read(text)
    assert found.is_first[:1].all()
    inside = np.flatnonzero(~found.is_first)
    assert (found.starts[inside] == found.ends[inside - 1]).all()
