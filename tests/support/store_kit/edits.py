"""A small codebook, and operations to try on a text with it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

from annotator.annotations import LabelledSpan, SpanSuggestion, Suggestions
from annotator.codebook import Codebook, Example, Label
from annotator.operations import AnnotationState, Change, Operation, inverse

PROJECT = "syria"
TEXT = (
    "The stolen Syrian oil left the base. 🪧 Protesters said the stolen Syrian oil was theirs.\r\nThe regime denied it."
)

SMALL = Codebook(
    id="small",
    version=1,
    title="Small",
    description="A codebook for tests",
    devices=(Label("loaded", "Loaded", "Loaded words", "LL", "1"), Label("doubt", "Doubt", "Doubt", "DB", "2")),
    frames=tuple(Label(name, name.title(), "A frame") for name in ("economy", "security", "morality")),
    voices=(Label("own", "Own", ""), Label("quoted", "Quoted", "")),
    polarities=(Label("-", "Against", ""), Label("+", "For", "")),
    crosswalks={"other": {"loaded": ("Loaded_Language",), "doubt": ()}},
    guidelines="# How to mark",
)
SMALL_SOURCE = "id: small\nversion: 1\n"

_ids = itertools.count(1)


def example_codebook() -> Codebook:
    """A codebook with examples in a label, for round trips."""
    label = Label("loaded", "Loaded", "Words", examples=(Example("the stolen oil", "stolen"),))
    return Codebook("rich", 2, "Rich", "", devices=(label,), frames=(), allow_overlap=False)


def span_of(quote: str, text: str = TEXT, *, device: str = "loaded", nth: int = 0, **labels: object) -> LabelledSpan:
    """Return the span of the ``nth`` occurrence of ``quote``."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(quote, start + 1)
    return LabelledSpan(start, start + len(quote), quote, device, **labels)  # type: ignore[arg-type]


def edit(*changes: Change, document_id: str = "a", annotator: str = "ana", id: str = "", **more: str) -> Operation:
    """Return an operation with a fresh id."""
    action = more.pop("action", "label")
    return Operation(id or f"op-{next(_ids)}", document_id, annotator, action, changes, **more)


def mark(key: str, span: LabelledSpan, **more: str) -> Operation:
    """Return the operation that adds a span."""
    return edit(Change("span", key, None, span.to_record()), **more)


def suggested(document_id: str, text: str = TEXT, *, version: str = "model@1", count: int = 3) -> Suggestions:
    """Return suggestions for the first ``count`` words of ``text``."""
    spans = []
    end = 0
    for word in text.split()[:count]:
        start = text.index(word, end)
        end = start + len(word)
        spans.append(SpanSuggestion(start, end, word, "loaded", 0.5))
    return Suggestions(document_id, "model", version, SMALL.ref, tuple(spans))


def random_operation(
    chance: random.Random,
    text: str,
    state: AnnotationState,
    *,
    made: Sequence[Operation],
    suggestion_ids: Sequence[str],
    owner: tuple[str, str],
    prefix: str,
) -> Operation:
    """Return one more edit: a random change or the undoing of a recent one; some are stale on purpose."""
    if made and chance.random() < 0.25:
        return inverse(chance.choice(made[-3:]), id=f"{prefix}-{len(made)}-undo")
    changes = tuple(
        _random_change(chance, text, state, suggestion_ids=suggestion_ids) for _ in range(chance.choice((1, 1, 1, 2)))
    )
    return Operation(f"{prefix}-{len(made)}", *owner, "edit", changes)


def _random_change(
    chance: random.Random, text: str, state: AnnotationState, *, suggestion_ids: Sequence[str]
) -> Change:
    entity = chance.choice(("span", "span", "span", "frames", "status", "decision"))
    if entity == "span":
        return _random_span_change(chance, text, state)
    if entity == "frames":
        frames = chance.sample(SMALL.ids("frame"), chance.randint(0, 3))
        return Change("frames", "", state.value("frames", ""), frames or None)
    if entity == "status":
        return Change("status", "", state.status, chance.choice(("draft", "submitted", "discarded", None)))
    key = chance.choice(suggestion_ids)
    return Change("decision", key, state.value("decision", key), chance.choice(("accepted", "rejected", None)))


def _random_span_change(chance: random.Random, text: str, state: AnnotationState) -> Change:
    keys = sorted(state.spans) if state.spans and chance.random() < 0.5 else [f"s{n}" for n in range(40)]
    key = chance.choice(keys)
    before = state.value("span", key)
    if chance.random() < 0.1:
        before = None if before else {"start": 0, "end": 1, "quote": text[:1], "device": "loaded"}  # stale
    if chance.random() < 0.3:
        return Change("span", key, before, None)
    start = chance.randrange(len(text) - 1)
    end = min(len(text), start + chance.randint(1, 20))
    frames = tuple(chance.sample(SMALL.ids("frame"), chance.randint(0, 2)))
    target = chance.choice((None, "", "Syria"))
    span = LabelledSpan(start, end, text[start:end], chance.choice(SMALL.ids("device")), frames, "own", target, "-")
    return Change("span", key, before, span.to_record())
