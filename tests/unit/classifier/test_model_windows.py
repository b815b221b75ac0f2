"""Windows: whole sentences, overlap, and every token read exactly once."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.classifier.windows import plan_windows

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=40)


@given(LENGTHS, st.integers(4, 40), st.integers(0, 12))
def test_windows_cover_every_token_once(lengths: list[int], size: int, context: int) -> None:
    plan = plan_windows(list(accumulate(lengths)), size=size, context=context)
    total = sum(lengths)
    read = plan.starts[plan.window] + plan.position
    assert read.tolist() == list(range(total))
    assert (plan.position >= 0).all()
    assert (plan.position < (plan.ends - plan.starts)[plan.window]).all()


@given(LENGTHS, st.integers(4, 40), st.integers(0, 12))
def test_windows_are_never_longer_than_their_size(lengths: list[int], size: int, context: int) -> None:
    plan = plan_windows(list(accumulate(lengths)), size=size, context=context)
    assert (plan.ends - plan.starts).max() <= size


@given(LENGTHS, st.integers(4, 40), st.integers(0, 12))
def test_tokens_read_from_one_window_are_neighbours(lengths: list[int], size: int, context: int) -> None:
    window = plan_windows(list(accumulate(lengths)), size=size, context=context).window
    assert (np.diff(window) >= 0).all()


@given(st.lists(st.integers(1, 10), min_size=1, max_size=40), st.integers(0, 12))
def test_no_sentence_that_fits_half_a_window_is_cut(lengths: list[int], context: int) -> None:
    ends = list(accumulate(lengths))
    plan = plan_windows(ends, size=20, context=context)
    bounds = {0, *ends}
    assert set(plan.starts.tolist()) | set(plan.ends.tolist()) <= bounds


def test_windows_repeat_the_end_of_the_one_before() -> None:
    plan = plan_windows([5, 10, 15, 20], size=10, context=0)
    assert list(zip(plan.starts.tolist(), plan.ends.tolist(), strict=True)) == [(0, 10), (5, 15), (10, 20)]


@pytest.mark.parametrize("ends", [[], [0]], ids=["no sentence", "no token"])
def test_windows_of_nothing_are_none(ends: list[int]) -> None:
    assert len(plan_windows(ends, size=10, context=2)) == 0


def test_negative_context_repeats_nothing() -> None:
    plan = plan_windows([5, 10, 15, 20, 23], size=10, context=-1)
    assert list(zip(plan.starts.tolist(), plan.ends.tolist(), strict=True)) == [(0, 10), (10, 20), (20, 23)]


@given(LENGTHS, st.integers(4, 40))
def test_windows_without_overlap_cover_each_token_once(lengths: list[int], size: int) -> None:
    plan = plan_windows(list(accumulate(lengths)), size=size, context=-1)
    assert plan.starts.tolist()[1:] == plan.ends.tolist()[:-1]
    assert len(plan.window) == sum(lengths) == plan.ends[-1]
