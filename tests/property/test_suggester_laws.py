"""What holds for every text: suggestions fit it, do not overlap, and no reader breaks on rubbish."""

from __future__ import annotations

import itertools
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.classifier.lexicon import LexiconSuggester
from annotator.classifier.target import propose_target
from annotator.classifier.voice import propose_voice, voice_ranges
from annotator.codebook_file import load_codebook, parse_codebook
from annotator.documents import Document
from annotator.errors import CodebookError
from annotator.patterns import PatternError, parse_pattern, tokenise
from annotator.resources import default_codebook_path
from annotator.spans import Span

WORDS = """regime militants so - called illicit American bases stolen Syrian oil Assad ’s said that according to The
ISIS Daesh terrorists brutal slammed U.S. al - Sham “ ” " ' ‘ « » , . ( 🪧 é مرحبا""".split()  # noqa: SIM905
PIECES = st.sampled_from([*WORDS, "\n", "\n\n", "e\u0301", "\u200d", "\r\n"])
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=40).map(" ".join)


@cache
def suggester() -> LexiconSuggester:
    return LexiconSuggester.load(default_codebook_path().parent, load_codebook(default_codebook_path()))


@given(TEXTS)
@settings(deadline=None)
def test_suggested_spans_fit_the_text_in_order_without_overlap(text: str) -> None:
    (suggestions,) = suggester().suggest([Document("a", text)], minimum=0.0)
    for span in suggestions.spans:
        assert text[span.start : span.end] == span.quote
        assert span.voice in ("own", "quoted", "attributed")
        assert span.polarity in ("-", "+", "0")
    assert all(one.end <= other.start for one, other in itertools.pairwise(suggestions.spans))


@given(TEXTS)
@settings(deadline=None)
def test_a_higher_minimum_never_adds_probability_below_it(text: str) -> None:
    (suggestions,) = suggester().suggest([Document("a", text)], minimum=0.6)
    assert all(span.probability >= 0.6 for span in suggestions.spans)


@given(TEXTS)
@settings(deadline=None)
def test_tokens_cover_everything_but_white_space(text: str) -> None:
    tokens = tokenise(text)
    covered = {at for token in tokens for at in range(token.start, token.end)}
    assert all(text[at].isspace() for at in range(len(text)) if at not in covered)
    assert all(one.end <= other.start for one, other in itertools.pairwise(tokens))


@given(TEXTS)
@settings(deadline=None)
def test_voice_ranges_lie_in_the_text_in_order(text: str) -> None:
    ranges = [span for span, _ in voice_ranges(text)]
    assert all(span.end <= len(text) for span in ranges)
    assert all(one.end <= other.start for one, other in itertools.pairwise(ranges))


@given(TEXTS, st.data())
@settings(deadline=None)
def test_every_span_gets_a_voice_and_a_polarity(text: str, data: st.DataObject) -> None:
    end = data.draw(st.integers(1, len(text) + 1))
    span = Span(data.draw(st.integers(0, end - 1)), end)
    assert propose_voice(text, span) in ("own", "quoted", "attributed")
    assert propose_target(text, span, "doubt")[1] in ("-", "+")


@given(st.text(alphabet="ab-*()[]|{}NPAME? ", max_size=30))
def test_parse_pattern_reads_or_refuses(pattern: str) -> None:
    try:
        sequences = parse_pattern(pattern)
    except PatternError:
        return
    assert all(sequence.words for sequence in sequences)


@given(st.text(alphabet="ab1:-#\"'[]{},&*!|> \n", max_size=60))
def test_parse_codebook_refuses_rubbish_in_one_line(source: str) -> None:
    with pytest.raises(CodebookError) as caught:
        parse_codebook(source, name="rubbish.yaml")
    assert str(caught.value).startswith("rubbish.yaml, line ")
    assert "\n" not in str(caught.value)
