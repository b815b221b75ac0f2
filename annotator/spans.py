"""Spans: half-open stretches of a text, counted in Unicode code points.

Offsets in this package are ``[start, end)`` in code points of ``Document.text``. Browsers, Java and
UIMA count UTF-16 code units; convert once, at the border, with :func:`codepoint_offset` and
:func:`utf16_offset` (or :class:`OffsetMap` for many offsets of one text).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import NewType

from annotator.errors import SpanError

CodePoint = NewType("CodePoint", int)
Utf16 = NewType("Utf16", int)

QUOTE_SHOWN = 80


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A non-empty half-open stretch ``[start, end)`` in code points, ``0 <= start < end``."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise SpanError(
                f"Cannot make span [{self.start}, {self.end}): expected 0 <= start < end. "
                "Select at least one character.",
                start=self.start,
                end=self.end,
            )

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one code point; adjacent spans do not."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end


def shorten(quote: str, limit: int = QUOTE_SHOWN) -> str:
    """Cut ``quote`` to ``limit`` code points for a message, ending in an ellipsis."""
    return quote if len(quote) <= limit else quote[: limit - 1] + "…"


def check_quote(text: str, start: int, end: int, quote: str) -> None:
    """Refuse a span whose stored quote is not the text at its offsets.

    Args:
        text: The document text exactly as stored.
        start: First code point of the span.
        end: One past its last code point, at most ``len(text)``.
        quote: What the span is said to cover.

    Raises:
        SpanError: If the offsets lie outside the text or the quote differs. The message says
            whether the offsets would fit as UTF-16 units or with an inclusive end.
    """
    if not 0 <= start < end <= len(text):
        raise SpanError(
            f"Cannot use span [{start}, {end}) '{shorten(quote)}': the text has {len(text)} code "
            f"points; expected 0 <= start < end <= {len(text)}.{_remedy(text, start, end, quote)}",
            start=start,
            end=end,
        )
    found = text[start:end]
    if found != quote:
        raise SpanError(
            f"Cannot use span [{start}, {end}): the text there reads '{shorten(found)}', but the "
            f"span's quote is '{shorten(quote)}'.{_remedy(text, start, end, quote)}",
            start=start,
            end=end,
        )


def _remedy(text: str, start: int, end: int, quote: str) -> str:
    offsets = OffsetMap(text)
    try:
        as_utf16 = text[offsets.to_codepoint(Utf16(start)) : offsets.to_codepoint(Utf16(end))]
    except SpanError:
        as_utf16 = ""
    if quote and as_utf16 == quote:
        return " They fit as UTF-16 units (JavaScript, Java): convert them, or import with --offsets utf16."
    if quote and text[start : end + 1] == quote:
        return " They fit with an inclusive end: add 1 to 'end'."
    count = text.count(quote) if quote else 0
    if count == 1:
        at = text.index(quote)
        return f" The quote stands once, at [{at}, {at + len(quote)}): correct the offsets."
    if count > 1:
        return f" The quote stands {count} times in the text: correct the offsets by hand."
    return " The quote is nowhere in the text: was the text changed after labelling?"


class OffsetMap:
    """Convert between code points and UTF-16 units of one text, in O(log n) each.

    Args:
        text: The text exactly as stored; lone surrogates count as one unit.

    Example:
        >>> OffsetMap("🪧 grows").to_codepoint(Utf16(3))
        2

    Source:
        ECMA-262, section 6.1.4, "The String Type".
    """

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._wide = [] if text.isascii() else [i for i, c in enumerate(text) if ord(c) > 0xFFFF]
        self._wide_utf16 = [place + rank for rank, place in enumerate(self._wide)]

    def to_codepoint(self, utf16_offset: Utf16) -> CodePoint:
        """Convert a UTF-16 offset, from 0 to the end inclusive.

        Raises:
            SpanError: If the offset lies outside the text or splits a surrogate pair.
        """
        before = bisect_left(self._wide_utf16, utf16_offset)
        offset = utf16_offset - before
        if not 0 <= offset <= self._length:
            raise SpanError(
                f"UTF-16 offset {utf16_offset} lies outside the text, which has "
                f"{self._length + len(self._wide)} UTF-16 units. Reload the page and select again.",
                offset=utf16_offset,
            )
        if before and self._wide_utf16[before - 1] + 1 == utf16_offset:
            raise SpanError(
                f"UTF-16 offset {utf16_offset} splits the character at code point "
                f"{self._wide[before - 1]}. Select whole characters.",
                offset=utf16_offset,
            )
        return CodePoint(offset)

    def to_utf16(self, codepoint: CodePoint) -> Utf16:
        """Convert a code point offset, from 0 to ``len(text)`` inclusive.

        Raises:
            SpanError: If the offset lies outside the text.
        """
        if not 0 <= codepoint <= self._length:
            raise SpanError(
                f"Offset {codepoint} lies outside the text, which has {self._length} code points.",
                offset=codepoint,
            )
        return Utf16(codepoint + bisect_right(self._wide, codepoint - 1))


def codepoint_offset(text: str, utf16_offset: int) -> CodePoint:
    """Convert one browser offset (UTF-16 units) to code points; see :class:`OffsetMap`.

    Example:
        >>> codepoint_offset("🪧 grows", 3)
        2
    """
    return OffsetMap(text).to_codepoint(Utf16(utf16_offset))


def utf16_offset(text: str, codepoint: int) -> Utf16:
    """Convert one code point offset to UTF-16 units; see :class:`OffsetMap`.

    Example:
        >>> utf16_offset("🪧 grows", 2)
        3
    """
    return OffsetMap(text).to_utf16(CodePoint(codepoint))


PAIRS = {"“": "”", "‘": "’", "«": "»", "„": "“", '"': '"', "(": ")", "[": "]"}
"""Opening mark → the mark that closes it."""


def trim_span(text: str, span: Span) -> Span | None:
    """Drop white space and punctuation at both ends, but keep pairs of quotation marks and brackets whole.

    A mark at an end stays when its partner is covered too, and is added when only its partner is. Returns
    ``None`` when nothing but white space and punctuation is covered.

    Example:
        >>> trim_span("the “illicit bases”, they", Span(3, 20))
        Span(start=4, end=19)
        >>> trim_span("so-called “allies” of", Span(0, 17))
        Span(start=0, end=18)
    """
    start, end = span.start, min(span.end, len(text))
    if all(_is_edge(character) for character in text[start:end]):
        return None
    while _is_edge(text[start]) and not (text[start] in PAIRS and PAIRS[text[start]] in text[start + 1 : end]):
        start += 1
    while _is_edge(text[end - 1]) and not any(mark in text[start : end - 1] for mark in _openers(text[end - 1])):
        end -= 1
    return Span(*_with_partners(text, start, end))


def _with_partners(text: str, start: int, end: int) -> tuple[int, int]:
    covered = text[start:end]
    after, before = text[end : end + 1], text[start - 1 : start] if start else ""
    if any(_is_left_open(covered, mark, after) for mark in _openers(after)):
        return start, end + 1
    closing = PAIRS.get(before, before)
    if closing != before and covered.count(closing) > covered.count(before):
        return start - 1, end
    return start, end


def _is_left_open(covered: str, mark: str, closing: str) -> bool:
    if mark == closing:
        return covered.count(mark) % 2 == 1
    return covered.count(mark) > covered.count(closing)


def _openers(closing: str) -> list[str]:
    return [mark for mark, partner in PAIRS.items() if partner == closing]


def _is_edge(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] in "PZC"
