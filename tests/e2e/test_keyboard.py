"""Labelling without a mouse."""

from __future__ import annotations

from browser_kit.annotate import AnnotatePage
from browser_kit.corpus import HARBOUR, Projects, place_of
from browser_kit.kinds import Stored
from playwright.sync_api import expect

from annotator.store.base import Store

MOST_TABS = 80


def reach_article(annotate: AnnotatePage) -> None:
    """Go to the article with the Tab key alone, from wherever the page has put the focus."""
    for _ in range(MOST_TABS):
        if annotate.evaluate("document.activeElement.matches('article.fa-article')"):
            return
        annotate.press("Tab")
    raise AssertionError(f"the article cannot be reached with {MOST_TABS} presses of Tab")


def test_keys_alone_label_from_page_load_to_saved(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    reach_article(annotate)
    annotate.press("ArrowRight", "ArrowRight", "Shift+ArrowRight")
    assert annotate.selected_text() == "radical council"
    annotate.press("3")
    annotate.saved()
    (span,) = stored(project)
    assert (span.start, span.end, span.device) == (*place_of(HARBOUR, "radical council"), "name_calling")


def test_keys_alone_fill_in_a_span(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    reach_article(annotate)
    annotate.press("ArrowRight", "ArrowRight", "3", "]", "f")
    annotate.page.keyboard.type("econ")
    annotate.press("Enter", "Escape", "w")
    annotate.page.keyboard.type("council")
    annotate.press("Enter", "m")
    annotate.page.keyboard.type("short")
    annotate.press("Enter")
    annotate.saved()
    (span,) = stored(project)
    assert (span.quote, span.frames, span.target, span.note) == ("radical council", ("Economic",), "council", "short")


def test_label_letters_typed_into_a_field_do_nothing_else(
    annotate: AnnotatePage, projects: Projects, stored: Stored
) -> None:
    project = projects.harbour()
    annotate.open(project).label("betrayal", "7")
    annotate.press("m")
    annotate.page.keyboard.type("a1 xu?n jr")
    annotate.press("Enter")
    annotate.saved()
    (span,) = stored(project)
    assert (span.device, span.note) == ("loaded_language", "a1 xu?n jr")


def test_letters_move_by_letter_with_alt(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    reach_article(annotate)
    annotate.press("ArrowRight", "ArrowRight", "Alt+Shift+ArrowLeft", "3")
    annotate.saved()
    assert [span.quote for span in stored(project)] == ["radica"]


def test_number_changes_the_current_span(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.label("betrayal", "7")
    annotate.press("5")
    annotate.saved()
    assert [(span.quote, span.device) for span in stored(project)] == [("betrayal", "appeal_to_fear")]


def test_delete_key_removes_the_current_span(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project).label("betrayal", "7")
    annotate.press("Delete")
    annotate.saved()
    assert stored(project) == []


def test_done_key_opens_the_next_article_to_do(annotate: AnnotatePage, projects: Projects, store: Store) -> None:
    project = projects.harbour(articles=3)
    annotate.open(project, document="harbour-1")
    annotate.press("Control+Enter")
    annotate.ready("harbour-2")
    annotate.saved()
    assert store.state(project, "harbour-1", "ana").status == "submitted"
    assert store.state(project, "harbour-2", "ana").status is None


def test_question_mark_shows_every_key(annotate: AnnotatePage, projects: Projects) -> None:
    annotate.open(projects.harbour())
    reach_article(annotate)
    annotate.press("?")
    dialog = annotate.page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    for text in ("Accept and edit", "Undo", "Done, next article", "Name-calling", "Next suggestion"):
        expect(dialog.get_by_role("definition").filter(has_text=text).first).to_be_visible()
    annotate.press("Escape")
    expect(dialog).to_have_count(0)
    assert annotate.evaluate("document.activeElement.matches('article.fa-article')")


def test_bare_letters_do_not_reach_streamlit(annotate: AnnotatePage, projects: Projects) -> None:
    """Streamlit reruns on "r" and opens a menu on "c"; inside the annotator neither may happen."""
    annotate.open(projects.harbour())
    reach_article(annotate)
    annotate.evaluate(
        "window.reruns = 0, new MutationObserver(() => { window.reruns += 1 }).observe("
        "document.querySelector('.stApp'), {attributes: true, attributeFilter: ['data-test-script-state']})"
    )
    annotate.press("r", "c")
    annotate.press("ArrowRight", "3")
    annotate.saved()
    expect(annotate.page.get_by_role("dialog")).to_have_count(0)
