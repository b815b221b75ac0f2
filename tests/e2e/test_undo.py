"""Undo and redo restore the exact former state, and survive a reload."""

from __future__ import annotations

from browser_kit.annotate import AnnotatePage
from browser_kit.corpus import Projects
from playwright.sync_api import expect

from annotator.operations import AnnotationState
from annotator.store.base import Store


def state_of(store: Store, project: str) -> AnnotationState:
    return store.state(project, "harbour-1", "ana")


def test_undo_restores_each_former_state_exactly(annotate: AnnotatePage, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    annotate.open(project)
    states = [state_of(store, project)]
    for keys in (["n", "a"], ["x"], ["e"], ["Escape", "4"]):
        annotate.press(*keys)
        annotate.saved()
        states.append(state_of(store, project))
    annotate.label("betrayal", "7")
    annotate.saved()
    states.append(state_of(store, project))
    annotate.press("]")
    annotate.saved()
    states.append(state_of(store, project))
    annotate.press("Delete")
    annotate.saved()
    for former in reversed(states):
        annotate.press("u")
        annotate.saved()
        assert state_of(store, project) == former
    for later in states[1:]:
        annotate.press("Shift+U")
        annotate.saved()
        assert state_of(store, project) == later


def test_undo_and_redo_work_after_a_reload(annotate: AnnotatePage, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    annotate.open(project)
    empty = state_of(store, project)
    annotate.label("betrayal", "7")
    annotate.saved()
    one = state_of(store, project)
    annotate.label("abyss", "5")
    annotate.saved()
    two = state_of(store, project)
    annotate.reload()
    annotate.article.focus()
    annotate.press("u")
    annotate.saved()
    assert state_of(store, project) == one
    annotate.reload()
    annotate.root.get_by_role("button", name="Undo").click()
    annotate.saved()
    assert state_of(store, project) == empty
    expect(annotate.root.get_by_role("button", name="Undo")).to_be_disabled()
    annotate.reload()
    annotate.article.focus()
    annotate.press("Control+Shift+Z", "Control+y")
    annotate.saved()
    assert state_of(store, project) == two
    expect(annotate.root.get_by_role("button", name="Redo")).to_be_disabled()


def test_new_edit_ends_redo(annotate: AnnotatePage, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.label("betrayal", "7")
    annotate.press("u")
    annotate.label("abyss", "5")
    annotate.saved()
    expect(annotate.root.get_by_role("button", name="Redo")).to_be_disabled()
    assert [span.quote for span in state_of(store, project).spans.values()] == ["abyss"]


def test_log_keeps_what_was_undone(annotate: AnnotatePage, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.label("betrayal", "7")
    annotate.press("u", "Shift+U", "u")
    annotate.saved()
    log = store.history(project, "harbour-1", "ana")
    assert [operation.action for operation in log] == ["label", "undo", "redo", "undo"]
    assert [operation.undoes for operation in log[1:]] == [operation.id for operation in log[:-1]]
