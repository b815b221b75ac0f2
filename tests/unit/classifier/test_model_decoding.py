"""Decoding: peaks become spans whose extent does not depend on the threshold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.classifier.decoding import Decoding, mean, unit_means

PROBABILITIES = st.lists(st.floats(0, 1, width=32), max_size=60).map(lambda v: np.array(v, np.float32))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.9, 0.5, 0.1], [(1, 3)]),
        ([0.9, 0.0, 0.8], [(0, 1), (2, 3)]),
        ([0.04, 0.03], []),
        ([0.2, 0.09, 0.06, 0.0], [(0, 2)]),
        ([], []),
    ],
    ids=["around a peak", "two peaks", "below the floor", "the shoulder of a faint peak", "no words"],
)
def test_candidates_stand_around_peaks(values: list[float], expected: list[tuple[int, int]]) -> None:
    found = Decoding(floor=0.05, ratio=0.4).candidates(np.array(values, np.float32))
    assert [(c.start, c.end) for c in found] == expected


@given(PROBABILITIES)
def test_candidates_never_overlap_and_hold_the_highest_word(values: np.ndarray) -> None:
    found = Decoding(floor=0.05).candidates(values)
    assert all(a.end <= b.start for a, b in pairwise(found))
    if len(values) and values.max() >= 0.05:
        assert any(c.start <= values.argmax() < c.end for c in found)


@given(PROBABILITIES)
def test_a_higher_floor_removes_candidates_and_changes_none(values: np.ndarray) -> None:
    few = {(c.start, c.end) for c in Decoding(floor=0.5).candidates(values)}
    many = {(c.start, c.end) for c in Decoding(floor=0.05).candidates(values) if c.peak >= 0.5}
    assert few == many


@given(PROBABILITIES)
def test_asking_for_high_peaks_alone_changes_none_of_them(values: np.ndarray) -> None:
    high = [c for c in Decoding(floor=0.05).candidates(values) if c.peak >= 0.5]
    assert Decoding(floor=0.05).candidates(values, least=0.5) == high


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40))
def test_mean_is_that_of_numpy_to_the_last_bit(values: list[float]) -> None:
    array = np.array(values, np.float32)
    assert mean(array) == float(array.mean())


def test_candidates_are_no_wider_than_allowed() -> None:
    found = Decoding(widest=4).candidates(np.full(10, 0.9, np.float32))
    assert [c.end - c.start for c in found] == [4, 4, 2]


def test_unit_means_average_the_tokens_of_a_word() -> None:
    values = np.array([[0.2], [0.4], [0.9]], np.float32)
    assert unit_means(values, np.array([0, 2, 3]))[:, 0] == pytest.approx([0.3, 0.9])
