"""A range whose process died is taken up with care, its article blamed, and not tried for ever."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from annotator.errors import ClassifierError
from annotator.scale.attempts import Attempt, attempt, note_document
from annotator.scale.local import CAREFUL_AFTER, MOST_DEATHS
from annotator.workflows.part_store import LocalParts


class _DeathError(Exception):
    """Stands for the end of the process: what comes after it in the attempt does not happen."""


@pytest.fixture
def notes(tmp_path: Path) -> LocalParts:
    return LocalParts(tmp_path)


def _die(notes: LocalParts, position: int | None = None) -> Attempt:
    with suppress(_DeathError), attempt(7, notes) as now:
        if position is not None:
            note_document(7, notes, now, position)
        raise _DeathError
    return now


def test_note_is_gone_after_a_good_end(notes: LocalParts) -> None:
    with attempt(7, notes) as now:
        assert list(notes.names()) == ["attempt-000007.json"]
    assert now == Attempt()
    assert list(notes.names()) == []


def test_care_is_taken_after_deaths(notes: LocalParts) -> None:
    assert [_die(notes).is_careful for _ in range(CAREFUL_AFTER + 1)] == [False] * CAREFUL_AFTER + [True]
    with attempt(8, notes) as other:
        assert not other.deaths


def test_article_in_hand_is_given_up(notes: LocalParts) -> None:
    _die(notes, 3)
    _die(notes, 5)
    with attempt(7, notes) as now:
        assert now.given_up == dict.fromkeys((3, 5), "the worker died while scoring it.")
        assert now.document is None


def test_range_that_nobody_survives_ends_the_run(notes: LocalParts) -> None:
    for _ in range(MOST_DEATHS):
        _die(notes)
    with pytest.raises(ClassifierError, match=f"part 7: {MOST_DEATHS} workers died"), attempt(7, notes):
        pass
