"""Laws of offsets, segments and the operation log."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from annotator.annotations import LabelledSpan
from annotator.codebook import Codebook
from annotator.operations import AnnotationState, Change, Operation, apply_operation, inverse, replay, undo_stacks
from annotator.segments import paragraphs, sentences, snap_to_words, words
from annotator.spans import CodePoint, OffsetMap, Span, trim_span

PIECES = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.sampled_from([*"aB .,!?\r\n\t“”'’-", "🪧", "👩🏽\u200d🚒", "e\u0301", "ש", "ق", "🇩🇪"]),
)
TEXTS = st.lists(PIECES, max_size=100).map("".join)


@given(TEXTS)
def test_offsets_survive_the_round_trip(text: str) -> None:
    offsets = OffsetMap(text)
    for codepoint in range(len(text) + 1):
        utf16 = offsets.to_utf16(CodePoint(codepoint))
        assert utf16 == len(text[:codepoint].encode("utf-16-le")) // 2
        assert offsets.to_codepoint(utf16) == codepoint


@given(TEXTS)
def test_segments_are_ordered_disjoint_and_never_blank(text: str) -> None:
    for segment in (words, sentences, paragraphs):
        found = segment(text)
        assert all(a.end <= b.start for a, b in pairwise(found))
        assert all(text[s.start : s.end].strip() for s in found)


@given(TEXTS)
def test_every_letter_lies_in_a_word_and_a_sentence(text: str) -> None:
    for segment in (words, sentences):
        covered = {i for s in segment(text) for i in range(s.start, s.end)}
        assert all(i in covered for i, c in enumerate(text) if c.isalpha())


@given(TEXTS, st.integers(0, 119), st.integers(1, 40))
def test_snapping_only_widens_and_trimming_adds_at_most_one_mark(text: str, start: int, length: int) -> None:
    if start + length > len(text):
        return
    span = Span(start, start + length)
    snapped = snap_to_words(text, span)
    assert snapped.contains(span)
    assert snap_to_words(text, snapped) == snapped
    trimmed = trim_span(text, span)
    if trimmed is not None:
        assert Span(max(start - 1, 0), start + length + 1).contains(trimmed)
        assert text[trimmed.start : trimmed.end].strip()


ARTICLE = "The regime forces hold the illicit bases while the so-called council seized the stolen oil."
QUOTES = ["regime", "illicit bases", "so-called council", "stolen oil", "the illicit"]


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[str, Any]]:
    kinds = st.sampled_from(["toggle", "relabel", "frames", "status", "decide", "undo", "redo"])
    return draw(st.lists(st.tuples(kinds, st.integers(0, 9)), max_size=60))


def next_changes(state: AnnotationState, kind: str, number: int, codebook: Codebook) -> list[Change]:
    quote = QUOTES[number % len(QUOTES)]
    key = f"s{number % len(QUOTES)}"
    present = state.value("span", key)
    if kind == "toggle" or (kind == "relabel" and present is None):
        start = ARTICLE.index(quote)
        fresh = LabelledSpan(start, start + len(quote), quote, codebook.devices[number % 7].id).to_record()
        return [Change("span", key, present, None if present else fresh)]
    if kind == "relabel":
        return [Change("span", key, present, present | {"voice": codebook.voices[number % 3].id})]
    if kind == "frames":
        chosen = [label.id for label in codebook.frames[: number % 4]]
        return [Change("frames", "", state.value("frames", ""), chosen or None)]
    if kind == "status":
        return [Change("status", "", state.status, ["draft", "submitted", None][number % 3])]
    return [Change("decision", key, state.value("decision", key), ["accepted", "rejected", None][number % 3])]


def run(script: list[tuple[str, Any]], codebook: Codebook) -> tuple[list[Operation], AnnotationState]:
    log: list[Operation] = []
    state = AnnotationState()
    for kind, number in script:
        undo, redo = undo_stacks(log)
        if kind in ("undo", "redo"):
            stack = undo if kind == "undo" else redo
            if not stack:
                continue
            operation = inverse(stack[-1], id=f"o{len(log)}")
        else:
            changes = next_changes(state, kind, number, codebook)
            operation = Operation(f"o{len(log)}", "a", "ana", kind, tuple(changes))
        state = apply_operation(state, operation, ARTICLE, codebook)
        log.append(operation)
    return log, state


@given(script=edits())
def test_replaying_the_log_gives_the_state(script: list[tuple[str, Any]], codebook: Codebook) -> None:
    log, state = run(script, codebook)
    assert replay(log, ARTICLE, codebook) == state


@given(script=edits())
def test_undoing_everything_gives_the_empty_state_and_redoing_brings_it_back(
    script: list[tuple[str, Any]], codebook: Codebook
) -> None:
    log, state = run(script, codebook)
    full = state
    while undo_stacks(log)[0]:
        operation = inverse(undo_stacks(log)[0][-1], id=f"o{len(log)}")
        state = apply_operation(state, operation, ARTICLE, codebook)
        log.append(operation)
    assert state == AnnotationState()
    undone = len(undo_stacks(log)[1])
    for _ in range(undone):
        operation = inverse(undo_stacks(log)[1][-1], id=f"o{len(log)}")
        state = apply_operation(state, operation, ARTICLE, codebook)
        log.append(operation)
    if not any(kind in ("undo", "redo") for kind, _ in script):
        assert state == full
