"""Stretches of a text inside quotation marks: straight, curly and angled, nested, and over several paragraphs."""

from __future__ import annotations

from itertools import islice, zip_longest

import regex

from annotator.segments import paragraphs
from annotator.spans import Span

WINDOW = 600
"""How far after a single opening mark one that closes it is looked for, in code points."""
CLOSINGS_TRIED = 8
"""How many marks there are looked at."""

_CLOSING = {'"': '"', "“": "”", "«": "»", "„": "“”", "‘": "’", "'": "'"}
_SENTENCE_END = regex.compile(r"[.!?…](?=\s)")
_MARK = regex.compile("[\"“”«»„‘’']")


def quoted_ranges(text: str) -> list[Span]:
    """Return the stretches inside quotation marks, marks left out.

    A quotation that nothing closes runs to the end of its paragraph when the next paragraph begins with the same mark
    (it goes on there), and otherwise only to the end of its sentence. A quotation inside a quotation is part of it.

    Example:
        >>> quoted_ranges("He said “no” twice.")
        [Span(start=9, end=11)]
    """
    found: list[Span] = []
    parts = paragraphs(text)
    for paragraph, following in zip_longest(parts, parts[1:]):
        next_sign = text[following.start] if following else ""
        found.extend(_quotes_of(text, paragraph, next_sign))
    return found


def _quotes_of(text: str, paragraph: Span, next_sign: str) -> list[Span]:
    found: list[Span] = []
    mark, start = "", 0
    for match in _MARK.finditer(text, paragraph.start, paragraph.end):
        here, sign = match.start(), match.group()
        if not mark:
            if _opens(text, here, sign, paragraph):
                mark, start = sign, here + 1
        elif sign in _CLOSING[mark] and _closes(text, here, sign, paragraph):
            if here > start:
                found.append(Span(start, here))
            mark = ""
        elif sign == mark and sign in '"“' and _opens(text, here, sign, paragraph):
            start = here + 1  # the earlier mark was never closed: believe the later one
    if mark and mark not in "‘'" and start < paragraph.end:
        sentence_end = _SENTENCE_END.search(text, start, paragraph.end)
        stops = sentence_end if mark != next_sign else None
        found.append(Span(start, stops.end() if stops else paragraph.end))
    return found


def _opens(text: str, at: int, sign: str, paragraph: Span) -> bool:
    if sign in "”»’":
        return False
    before = text[at - 1] if at > paragraph.start else " "
    after = text[at + 1] if at + 1 < paragraph.end else " "
    if sign in "“«„":
        return True
    outside = before.isspace() or before in "([{—–-/…:"
    if sign == '"':
        return outside or (not after.isspace() and not before.isalnum() and before not in ".,!?;")
    if not (outside and (after.isalnum() or after in "[.…#@")):
        return False
    window = text[at + 1 : min(paragraph.end, at + WINDOW)]
    following = islice(regex.finditer("['’]", window), CLOSINGS_TRIED)
    return any(_closes(window, mark.start(), "’", Span(0, len(window) + 1)) for mark in following)


def _closes(text: str, at: int, sign: str, paragraph: Span) -> bool:
    if sign in "”»“":
        return True
    before = text[at - 1] if at > paragraph.start else " "
    after = text[at + 1] if at + 1 < min(paragraph.end, len(text)) else " "
    if sign == '"':
        return not (before.isspace() and not after.isspace() and after not in ".,;:!?)")
    is_possessive = before == "s" and after == " " and text[at + 2 : at + 3].islower()
    return not before.isspace() and not after.isalnum() and not is_possessive
