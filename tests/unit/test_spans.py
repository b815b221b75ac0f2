"""Spans and offset conversion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import SpanError
from annotator.segments import count_words, paragraphs, sentences, snap_to_words, words
from annotator.spans import OffsetMap, Span, Utf16, check_quote, codepoint_offset, shorten, trim_span, utf16_offset

FIREFIGHTER = "👨🏻‍🚒 firemen drive firetrucks at work"


@pytest.mark.parametrize(
    ("text", "quote", "codepoints", "utf16"),
    [
        ("\U0001f4a9This is an annotation.", "annotation", (12, 22), (13, 23)),
        (FIREFIGHTER, "firetrucks", (19, 29), (22, 32)),
        ("plain text", "text", (6, 10), (6, 10)),
        ("\ufeffline\r\none", "one", (7, 10), (7, 10)),
        ("re\u0301gime", "re\u0301gime", (0, 7), (0, 7)),
        ("النظام 🎉 سقط", "سقط", (9, 12), (10, 13)),
    ],
    ids=["emoji", "zwj", "ascii", "bom-crlf", "decomposed", "arabic-emoji"],
)
def test_offsets_convert_both_ways(text: str, quote: str, codepoints: tuple[int, int], utf16: tuple[int, int]) -> None:
    assert text[slice(*codepoints)] == quote
    assert (utf16_offset(text, codepoints[0]), utf16_offset(text, codepoints[1])) == utf16
    assert (codepoint_offset(text, utf16[0]), codepoint_offset(text, utf16[1])) == codepoints


@pytest.mark.parametrize("offset", [-1, 4, 99], ids=["negative", "past-end", "far"])
def test_offset_outside_the_text_is_refused(offset: int) -> None:
    with pytest.raises(SpanError, match="outside the text, which has 3 UTF-16 units"):
        OffsetMap("🪧a").to_codepoint(Utf16(offset))


def test_offset_inside_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(SpanError, match="splits the character at code point 0"):
        codepoint_offset("🪧a", 1)


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (-1, 2)], ids=["empty", "reversed", "negative"])
def test_span_needs_a_character(start: int, end: int) -> None:
    with pytest.raises(SpanError, match="expected 0 <= start < end"):
        Span(start, end)


def test_adjacent_spans_do_not_overlap() -> None:
    assert not Span(0, 2).overlaps(Span(2, 4))
    assert Span(0, 3).overlaps(Span(2, 4))
    assert Span(0, 4).contains(Span(2, 4))
    assert len(Span(1, 4)) == 3


@pytest.mark.parametrize(
    ("start", "end", "quote", "remedy"),
    [
        (3, 9, "plan", "stands once, at"),
        (3, 7, "plan", "fit as UTF-16 units"),
        (2, 5, "plan", "fit with an inclusive end"),
        (0, 1, "zebra", "nowhere in the text"),
        (0, 99, "plan", "the text has 13 code points"),
        (7, 8, "a", "stands 2 times"),
    ],
    ids=["moved", "utf16", "inclusive", "absent", "outside", "repeated"],
)
def test_wrong_quote_is_refused_with_a_remedy(start: int, end: int, quote: str, remedy: str) -> None:
    with pytest.raises(SpanError, match=remedy):
        check_quote("🪧 plan today.", start, end, quote)


def test_right_quote_passes() -> None:
    check_quote("🪧 plan", 2, 6, "plan")
    assert shorten("x" * 100, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("the “illicit bases”, they", Span(3, 20), "“illicit bases”"),
        ("…", Span(0, 1), None),
        ("a 🎉 b", Span(1, 4), "🎉"),
    ],
    ids=["quotes", "nothing-left", "emoji"],
)
def test_trim_drops_edges(text: str, span: Span, expected: str | None) -> None:
    trimmed = trim_span(text, span)
    assert (trimmed and text[trimmed.start : trimmed.end]) == expected


def test_snap_widens_to_whole_words() -> None:
    text = "an illicit American base"
    span = snap_to_words(text, Span(5, 13))
    assert text[span.start : span.end] == "illicit American"
    assert snap_to_words(text, Span(2, 3)) == Span(2, 3)


def test_sentences_respect_abbreviations_and_line_breaks() -> None:
    text = "Lt. Gen. Smith met U.S. officials. “It works,” he said.\r\nA headline\nNo. 5 won! Did it? 3 did."
    assert [text[s.start : s.end] for s in sentences(text)] == [
        "Lt. Gen. Smith met U.S. officials.",
        "“It works,” he said.",
        "A headline",
        "No. 5 won!",
        "Did it?",
        "3 did.",
    ]
    assert len(paragraphs(text)) == 3
    assert count_words("") == 0


@given(
    st.lists(
        st.sampled_from(["U.S.", "don't", "1,000", "-", "é\u0301", "\x1c", "\u2028", "水", "a\u200db", " ", "\n"])
    ).map("".join)
)
def test_count_words_counts_the_words(text: str) -> None:
    assert count_words(text) == count_words(text) == len(words(text))
