"""Re-anchor spans when a text is revised: find each quote again by itself and by what stands around it.

A span moves only when the new text shows one best place for it. White space may differ (line ends, wrapping);
words may not. Everything else is an orphan, reported and never guessed.

Source:
    The quote-with-prefix-and-suffix selector of the W3C Web Annotation Data Model (2017), section 4.2.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from annotator.annotations import LabelledSpan

CONTEXT = 32
"""Code points kept before and after a quote."""
_EVIDENCE = 16
"""Code points of quote and equal context, white space aside, that must come together to move a span."""


@dataclass(frozen=True, slots=True)
class Reanchored:
    """Spans by id: those with a place in the new text (``moved``, changed or not), and the rest."""

    moved: Mapping[str, LabelledSpan] = field(default_factory=dict)
    orphans: Mapping[str, LabelledSpan] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    shared: int  # code points of context in common
    is_full: bool  # whether all of the old context is there


def context(text: str, start: int, end: int) -> tuple[str, str]:
    """Return up to :data:`CONTEXT` code points before and after ``[start, end)``.

    Example:
        >>> context("the stolen oil", 4, 10)
        ('the ', ' oil')
    """
    return text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]


def reanchor(old: str, new: str, spans: Mapping[str, LabelledSpan]) -> Reanchored:
    """Find the place of each span of ``old`` in ``new``.

    Args:
        old: The text the offsets belong to now.
        new: The revised text.
        spans: Span id → span, each with ``old[start:end] == quote``.

    Returns:
        Every span in exactly one of ``moved`` and ``orphans``; no two moved spans share place and device
        (of two that meet, the one with more of its context stays).
    """
    found: dict[str, _Place] = {}
    orphans: dict[str, LabelledSpan] = {}
    for key, span in spans.items():
        place = _place(old, new, span)
        if place is None:
            orphans[key] = span
        else:
            found[key] = place
    taken: dict[tuple[int, int, str], str] = {}
    for key in sorted(found, key=lambda key: (-found[key].shared, spans[key].start, key)):
        place = found[key]
        if taken.setdefault((place.start, place.end, spans[key].device), key) != key:
            orphans[key] = spans[key]
    moved = {
        key: replace(spans[key], start=p.start, end=p.end, quote=new[p.start : p.end])
        for key, p in found.items()
        if key not in orphans
    }
    return Reanchored(moved, orphans)


def _place(old: str, new: str, span: LabelledSpan) -> _Place | None:
    prefix, suffix = (_squeeze(part) for part in context(old, span.start, span.end))
    places = [_compare(new, start, end, prefix=prefix, suffix=suffix) for start, end in _occurrences(new, span.quote)]
    if not places:
        return None
    most = max(place.shared for place in places)
    best = [place for place in places if place.shared == most]
    if len(best) > 1:
        return _by_rank(old, span, places=places, best=best)
    place = best[0]
    enough = place.is_full or len(_squeeze(span.quote)) + place.shared >= _EVIDENCE
    return place if enough else None


def _by_rank(old: str, span: LabelledSpan, *, places: list[_Place], best: list[_Place]) -> _Place | None:
    """Same words in the same surroundings several times: keep the rank, if their number is unchanged."""
    before = [start for start, _ in _occurrences(old, span.quote)]
    if len(before) != len(places) or span.start not in before:
        return None
    place = places[before.index(span.start)]
    return place if place in best and place.is_full else None


def _occurrences(text: str, quote: str) -> Iterable[tuple[int, int]]:
    words = quote.split()
    if not words:
        return []
    lead = quote[: len(quote) - len(quote.lstrip())]
    trail = quote[len(quote.rstrip()) :]
    body = r"\s+".join(re.escape(word) for word in words)
    pattern = (r"\s+" if lead else "") + body + (r"\s+" if trail else "")
    # A look-ahead finds overlapping occurrences too ("aa" in "aaa").
    return [(m.start(1), m.end(1)) for m in re.finditer(f"(?=({pattern}))", text)]


def _compare(new: str, start: int, end: int, *, prefix: str, suffix: str) -> _Place:
    # White space may have grown: look at twice the context before squeezing it out.
    before = _squeeze(new[max(0, start - 2 * CONTEXT) : start])
    after = _squeeze(new[end : end + 2 * CONTEXT])
    shared = _common(prefix[::-1], before[::-1]) + _common(suffix, after)
    return _Place(start, end, shared, shared == len(prefix) + len(suffix))


def _common(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _squeeze(text: str) -> str:
    return "".join(text.split())
