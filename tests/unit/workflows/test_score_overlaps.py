"""Spans of several suggesters side by side: a later one gives way, in time that is linear in the spans."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from annotator.annotations import SpanSuggestion, Suggestions
from annotator.workflows.score import without_overlaps

Bounds = tuple[int, int]
BOUNDS = st.tuples(st.integers(0, 40), st.integers(1, 9)).map(lambda place: (place[0], sum(place)))


def _part(bounds: list[Bounds]) -> Suggestions:
    spans = (SpanSuggestion(start, end, "", "doubt", 0.5) for start, end in bounds)
    return Suggestions("a", "lexicon", "small@1", "news-framing@1", tuple(spans))


def _bounds(part: Suggestions) -> list[Bounds]:
    return [(span.start, span.end) for span in part.spans]


@given(st.lists(st.lists(BOUNDS, max_size=8), max_size=4))
def test_a_span_stays_that_overlaps_none_of_an_earlier_part(parts: list[list[Bounds]]) -> None:
    taken: list[Bounds] = []
    for bounds, kept in zip(parts, without_overlaps([_part(bounds) for bounds in parts]), strict=True):
        free = [one for one in bounds if not any(one[0] < end and start < one[1] for start, end in taken)]
        assert _bounds(kept) == free
        taken += free


def test_many_spans_take_linear_time() -> None:
    parts = [_part([(at, at + 2) for at in range(first, 400_000, 4)]) for first in (0, 1, 2)]
    begun = time.process_time()
    kept = without_overlaps(parts)
    assert [len(part.spans) for part in kept] == [100_000, 0, 100_000]
    assert time.process_time() - begun < 10, "takes about half a second; quadratic time would take an hour"
