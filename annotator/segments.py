"""Words, sentences and paragraphs of a text, as spans.

Words are what analysts count and select, not model tokens. The browser uses the same word pattern
(``ui/frontend/segments.js``); ``tests/data/segments.json`` is the one table both are tested with.
"""

from __future__ import annotations

import regex

from annotator.remembering import remembered
from annotator.spans import Span

SHORT = 40
"""Longest stretch without white space whose number of words is remembered, in code points."""
REMEMBERED = 60_000
"""Most such stretches; then all are forgotten and counted again."""

_WORD = regex.compile(
    r"(?:\p{L}\.){2,}(?:[\-‑][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*"  # U.S., e.g., U.S.-backed
    r"|[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}\u200d_]|[.,'’\-‑&/](?=[\p{L}\p{N}]))*"
)
_PARAGRAPH = regex.compile(r"[^\r\n]+")
_SENTENCE_END = regex.compile(r"(?:[.!?…]+|[。！？؟])[\"'”’»)\]]*(?=\s+|$)")
_ABBREVIATION = regex.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Sgt|Capt|Maj|Adm|Gov|Sen|Rep|St|Jr|Sr|No|vs|etc|Inc|Co|Corp|Ltd"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|approx|e\.g|i\.e)|\b\p{Lu})\.$"
)
_STARTS_SENTENCE = regex.compile(r"\s+[\"'“‘«(\[]*[\p{Lu}\p{Lo}\p{N}\p{So}]")


def words(text: str) -> list[Span]:
    """Return every word of ``text`` in order, without edge punctuation.

    Example:
        >>> [text_ for w in words("The U.S. base’s oil.") for text_ in ["The U.S. base’s oil."[w.start : w.end]]]
        ['The', 'U.S.', 'base’s', 'oil']
    """
    return [Span(*match.span()) for match in _WORD.finditer(text)]


def count_words(text: str) -> int:
    """Return the number of words in ``text``, the base of every per-1,000-words figure."""
    return sum(map(_WORDS_INSIDE.__getitem__, text.split()))


class _WordsInside(dict[str, int]):
    """How many words there are in a stretch without white space; most stretches have been counted before."""

    def __missing__(self, stretch: str) -> int:
        found = len(_WORD.findall(stretch))
        if len(stretch) <= SHORT:
            if len(self) >= REMEMBERED:
                self.clear()
            self[stretch] = found
        return found


_WORDS_INSIDE = _WordsInside()


def paragraphs(text: str) -> list[Span]:
    """Return every run without line breaks that holds something other than white space."""
    return [Span(*m.span()) for m in _PARAGRAPH.finditer(text) if not m.group().isspace()]


def sentences(text: str) -> list[Span]:
    """Return the sentences of ``text``; none crosses a line break, and none is only white space.

    A full stop ends a sentence when white space and something that can start one follow, and the word
    before it is not a common abbreviation or a single capital letter.
    """
    found: list[Span] = []
    for paragraph in paragraphs(text):
        start = paragraph.start
        for end in _SENTENCE_END.finditer(text, paragraph.start, paragraph.end):
            if end.end() < paragraph.end and not _is_sentence_break(text, start, end):
                continue
            found.extend(_stripped(text, start, end.end()))
            start = end.end()
        found.extend(_stripped(text, start, paragraph.end))
    return found


sentences_of = remembered(sentences)
"""The same for whole articles, which several rules read."""


def _is_sentence_break(text: str, start: int, end: regex.Match[str]) -> bool:
    if not _STARTS_SENTENCE.match(text, end.end()):
        return False
    before = text[max(start, end.start() - 12) : end.start() + 1]
    return not (end.group() == "." and _ABBREVIATION.search(before))


def _stripped(text: str, start: int, end: int) -> list[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return [Span(start, end)] if start < end else []


def snap_to_words(text: str, span: Span) -> Span:
    """Widen ``span`` to whole words at both ends; ends inside no word stay where they are."""
    start, end = span.start, span.end
    for match in _WORD.finditer(text, _line_start(text, start)):
        if match.start() >= end:
            break
        if match.start() < span.start < match.end():
            start = match.start()
        if match.start() < span.end < match.end():
            end = match.end()
    return Span(start, end)


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
