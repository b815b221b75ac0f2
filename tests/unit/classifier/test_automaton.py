"""The automaton finds what looking for every sequence at every place would find."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotator.classifier import automaton
from annotator.classifier.automaton import Automaton
from annotator.patterns import Sequence

FORMS = st.lists(st.sampled_from(["regime", "regimes", "reg", "so", "called", "-", "x"]), max_size=12)
SEQUENCES = st.lists(
    st.lists(st.sampled_from(["regime", "regim*", "reg*", "so", "called", "-"]), min_size=1, max_size=3).map(tuple),
    min_size=1,
    max_size=6,
)


def _made(sequences: list[tuple[str, ...]]) -> Automaton:
    made = Automaton()
    for words in sequences:
        made.insert(None, Sequence(words))
    return made


def _reads(word: str, form: str) -> bool:
    return form.startswith(word[:-1]) if word.endswith("*") else form == word


def _places(sequences: list[tuple[str, ...]], forms: list[str]) -> list[tuple[int, int, tuple[str, ...]]]:
    return sorted(
        (at, at + len(words), words)
        for words in sequences
        for at in range(len(forms) - len(words) + 1)
        if all(map(_reads, words, forms[at:]))
    )


@given(SEQUENCES, st.lists(FORMS, max_size=3))
@example([("regime", "so"), ("reg*", "called")], [["regime", "called"], ["regime", "so"]])
def test_every_sequence_is_found_at_every_place(sequences: list[tuple[str, ...]], texts: list[list[str]]) -> None:
    made = _made(sequences)
    for forms in texts:
        found = [(at, stop, sequence.words) for at, stop, _, sequence in made.find(forms)]
        assert sorted(found) == _places(sequences, forms)
        assert [place[:2] for place in found] == sorted(place[:2] for place in found)


def test_forgotten_steps_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "REMEMBERED_STEPS", 3)
    sequences = [("so", "-", "called"), ("reg*",)]
    made = _made(sequences)
    for _ in range(3):
        forms = ["so", "-", "called", "regimes", "x", "so", "-", "called"]
        assert [(at, stop) for at, stop, _, _ in made.find(forms)] == [(0, 3), (3, 4), (5, 8)]
    assert len(made._start) <= 4
