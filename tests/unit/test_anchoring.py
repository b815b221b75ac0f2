"""Re-anchoring: a span goes where its words and surroundings went, or is an orphan; never a guess."""

from __future__ import annotations

import pytest

from annotator.anchoring import CONTEXT, context, reanchor
from annotator.annotations import LabelledSpan

OLD = (
    "The ministry said on Tuesday that convoys had left.\r\n"
    "They carry the stolen Syrian oil across the border. A second report of stolen oil followed.\r\n"
    "The Damascus regime denied it. 🪧"
)


def span(quote: str, text: str = OLD, *, nth: int = 0, device: str = "loaded") -> LabelledSpan:
    start = -1
    for _ in range(nth + 1):
        start = text.index(quote, start + 1)
    return LabelledSpan(start, start + len(quote), quote, device)


@pytest.mark.parametrize(
    ("new", "quote"),
    [
        (OLD, "stolen Syrian oil"),
        ("Update: " + OLD, "stolen Syrian oil"),
        ("🪧🪧 " + OLD, "🪧"),
        (OLD.replace("\r\n", "\n"), "Damascus regime"),
        (OLD.replace("They carry", "Trucks carry"), "stolen Syrian oil"),
        (OLD.replace("on Tuesday ", ""), "convoys had left"),
        (OLD.replace(" across the border", ""), "stolen Syrian oil"),
        (OLD.split("\r\n")[2], "Damascus regime"),
        ("  ".join(OLD.split(" ")), "Damascus"),
    ],
    ids="same before-it emoji line-ends word-before shortened after-it paragraph-only wider-spaces".split(),  # noqa: SIM905
)
def test_a_span_moves_with_its_words(new: str, quote: str) -> None:
    result = reanchor(OLD, new, {"s": span(quote)})
    assert result.orphans == {}
    start = new.rindex(quote)
    assert result.moved["s"] == LabelledSpan(start, start + len(quote), quote, "loaded")


@pytest.mark.parametrize(
    ("new", "quote"),
    [
        (OLD.replace("stolen Syrian oil", "Syrian oil"), "stolen Syrian oil"),
        (OLD.replace("regime", "Regime"), "Damascus regime"),
        ("Nothing of it is left but oil.", "oil"),
        ("Elsewhere a regime fell.", "regime"),
    ],
    ids=["word-gone", "case-changed", "short-quote-elsewhere", "word-in-another-sentence"],
)
def test_a_span_without_a_sure_place_is_an_orphan(new: str, quote: str) -> None:
    given = span(quote)
    result = reanchor(OLD, new, {"s": given})
    assert (dict(result.moved), dict(result.orphans)) == ({}, {"s": given})


def test_context_decides_between_equal_quotes() -> None:
    new = "A second report of stolen oil followed. They carry the stolen Syrian oil across the border."
    result = reanchor(OLD, new, {"s1": span("stolen"), "s2": span("stolen", nth=1)})
    assert {key: found.start for key, found in result.moved.items()} == {
        "s1": new.rindex("stolen"),
        "s2": new.index("stolen"),
    }


def test_equal_surroundings_keep_their_rank_or_are_orphans() -> None:
    line = "Again the stolen oil was named in the very same words, over and over.\n"
    third = span("stolen oil", line * 4, nth=2)
    assert reanchor(line * 4, "New.\n" + line * 4, {"s": third}).moved["s"].start == 5 + third.start
    assert reanchor(line * 4, line * 3, {"s": third}).orphans == {"s": third}


def test_a_quote_across_lines_takes_the_new_white_space() -> None:
    given = span("left.\r\nThey carry")
    moved = reanchor(OLD, OLD.replace("\r\n", "\n\n"), {"s": given}).moved["s"]
    assert moved.quote == "left.\n\nThey carry"


def test_two_spans_that_meet_leave_the_better_placed_one() -> None:
    old = "They took the stolen oil by night. Nobody asked who then sold the stolen oil."
    new = "They took the stolen oil by night."
    given = {
        "a": span("stolen oil", old, nth=1),
        "b": span("stolen oil", old),
        "c": span("stolen oil", old, device="x"),
    }
    result = reanchor(old, new, given)
    assert (sorted(result.moved), sorted(result.orphans)) == (["b", "c"], ["a"])


def test_labels_stay_with_the_span() -> None:
    given = LabelledSpan(4, 12, "ministry", "x", ("f",), "own", "US", "-", "note", "sid")
    moved = reanchor(OLD, "Yes. " + OLD, {"s": given}).moved["s"]
    assert moved == LabelledSpan(9, 17, "ministry", "x", ("f",), "own", "US", "-", "note", "sid")


def test_context_stops_at_both_ends() -> None:
    assert context("abc", 1, 2) == ("a", "c")
    before, after = context("x" * 100 + "QUOTE" + "y" * 100, 100, 105)
    assert (before, after) == ("x" * CONTEXT, "y" * CONTEXT)
