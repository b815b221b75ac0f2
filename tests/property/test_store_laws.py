"""Laws of the store: the log tells everything, undoing all leaves nothing, re-anchoring never misquotes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_kit.edits import PROJECT, SMALL, TEXT, random_operation, suggested
from store_kit.fixtures import filled

from annotator.anchoring import reanchor
from annotator.annotations import LabelledSpan
from annotator.documents import Document
from annotator.operations import AnnotationState, Operation, inverse, replay
from annotator.store import open_store
from annotator.store.sql_store import SqlStore

OWNER = ("a", "ana")


def edit_randomly(store: SqlStore, seed: int, *, count: int, text: str) -> list[Operation]:
    """Send ``count`` random edits, several per transaction; returns those that were applied."""
    chance = random.Random(seed)
    keys = [found.id for found in store.suggestions(PROJECT, "a")]
    made: list[Operation] = []
    applied: list[Operation] = []
    while len(made) < count:
        state = store.state(PROJECT, *OWNER)
        batch: list[Operation] = []
        for _ in range(chance.choice((1, 1, 3, 10))):
            batch.append(
                random_operation(chance, text, state, made=made, suggestion_ids=keys, owner=OWNER, prefix=str(seed))
            )
            made.append(batch[-1])
        results = store.apply(PROJECT, batch)
        applied += [operation for operation, result in zip(batch, results, strict=True) if result.outcome == "applied"]
    return applied


@pytest.mark.parametrize("seed", [1, 2])
def test_1000_random_edits_replay_to_the_stored_state_and_undo_to_nothing(seed: int) -> None:
    store = filled(open_store(":memory:"))
    store.put_suggestions(PROJECT, [suggested("a", count=5)])
    applied = edit_randomly(store, seed, count=1000, text=TEXT)
    assert len(applied) > 300
    assert store.history(PROJECT, *OWNER, limit=None) == applied
    state = store.state(PROJECT, *OWNER)
    assert state.spans
    assert replay(applied, TEXT, SMALL) == state
    assert store.check() == []
    undos = [inverse(operation, id=f"u{n}") for n, operation in enumerate(reversed(applied))]
    assert {result.outcome for result in store.apply(PROJECT, undos)} == {"applied"}
    assert store.state(PROJECT, *OWNER) == AnnotationState()
    assert store.progress(PROJECT, "ana")["todo"] == 2
    assert store.check() == []
    store.close()


def test_random_edits_between_revisions_stay_sound() -> None:
    store = filled(open_store(":memory:"))
    store.put_suggestions(PROJECT, [suggested("a", count=5)])
    chance = random.Random(7)
    words = TEXT.split(" ")
    text = TEXT
    for seed in range(12):
        edit_randomly(store, 100 + seed, count=30, text=text)
        before = store.state(PROJECT, *OWNER)
        words.pop(chance.randrange(len(words)))
        words.insert(chance.randrange(len(words)), f"new{seed}")
        text = " ".join(words)
        (outcome,) = store.add_documents(PROJECT, [Document("a", text)])
        assert outcome.moved + len(outcome.orphans) == len(before.spans)
        assert store.check() == []
        store.put_suggestions(PROJECT, [suggested("a", text, count=5)])
    store.close()


TEXTS = st.text(alphabet="ab \n🪧é", min_size=1, max_size=120)


@given(TEXTS, TEXTS, st.data())
def test_reanchoring_places_or_orphans_every_span_and_never_misquotes(old: str, new: str, data: st.DataObject) -> None:
    starts = data.draw(st.lists(st.integers(0, len(old) - 1), max_size=6, unique=True))
    spans = {}
    for number, start in enumerate(starts):
        end = data.draw(st.integers(start + 1, len(old)))
        spans[str(number)] = LabelledSpan(start, end, old[start:end], "loaded")
    result = reanchor(old, new, spans)
    assert sorted([*result.moved, *result.orphans]) == sorted(spans)
    assert dict(result.orphans).items() <= spans.items()
    for key, moved in result.moved.items():
        assert new[moved.start : moved.end] == moved.quote
        assert moved.quote.split() == spans[key].quote.split()
    assert len({(s.start, s.end, s.device) for s in result.moved.values()}) == len(result.moved)


@given(TEXTS, st.data())
def test_reanchoring_in_the_same_text_moves_nothing(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    span = LabelledSpan(start, end, text[start:end], "loaded")
    result = reanchor(text, text, {"s": span})
    assert result.moved.get("s", span) == span
