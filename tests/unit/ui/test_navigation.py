"""Stepping through the queue."""

from __future__ import annotations

import pytest

from annotator.annotations import Status
from annotator.store.base import QueueEntry
from annotator.ui.navigation import Step, step_from
from annotator.ui.project_page import id_from


def row(id: str, status: Status | None = None) -> QueueEntry:
    return QueueEntry(id, status, "")


ROWS = [row("a", "submitted"), row("b"), row("c", "draft"), row("d"), row("e", "discarded")]


@pytest.mark.parametrize(
    ("current", "step", "expected"),
    [
        ("a", "next", "b"),
        ("e", "next", None),
        ("a", "previous", None),
        ("c", "previous", "b"),
        ("b", "next_todo", "d"),
        ("d", "next_todo", "b"),
        ("e", "next_todo", "b"),
        (None, "next_todo", "b"),
        ("gone", "next", "a"),
    ],
)
def test_step_goes_where_it_says(current: str | None, step: Step, expected: str | None) -> None:
    assert step_from(ROWS, current, step) == expected


def test_last_open_article_has_no_next_todo() -> None:
    assert step_from([row("a", "submitted"), row("b")], "b", "next_todo") is None


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Dam dispute, 2026", "dam-dispute-2026"), ("  !!  ", "project"), ("Ölpreis 🎉 Übung", "ölpreis-übung")],
)
def test_project_id_is_made_from_the_title(title: str, expected: str) -> None:
    assert id_from(title) == expected
