"""The queue: status, filters, search, and what comes next."""

from __future__ import annotations

from browser_kit.annotate import AnnotatePage
from browser_kit.corpus import Projects, harbour
from browser_kit.kinds import Stored
from playwright.sync_api import expect

from annotator.documents import Document
from annotator.store.base import Store


def rows(annotate: AnnotatePage) -> list[str]:
    """Return the ids in the queue, as shown."""
    selector = ".fa-queue [data-document]"
    shown: list[str] = annotate.evaluate(f"[...document.querySelectorAll('{selector}')].map((r) => r.dataset.document)")
    return shown


def test_done_and_skip_change_status_and_open_the_next_to_do(
    annotate: AnnotatePage, projects: Projects, store: Store
) -> None:
    project = projects.harbour(articles=4)
    annotate.open(project, document="harbour-3")
    annotate.root.get_by_role("button", name="Done, next").click()
    annotate.ready("harbour-4")
    annotate.root.get_by_role("button", name="Skip", exact=True).click()
    annotate.ready("harbour-1")
    annotate.saved()
    expect(annotate.queue_row("harbour-3").locator(".fa-glyph")).to_have_attribute("data-status", "submitted")
    expect(annotate.queue_row("harbour-4").locator(".fa-glyph")).to_have_attribute("data-status", "discarded")
    assert store.progress(project, "ana") == {"todo": 2, "draft": 0, "submitted": 1, "discarded": 1, "total": 4}
    expect(annotate.page.get_by_text("1 done, 1 skipped of 4")).to_be_visible()


def test_done_passes_over_articles_already_done(annotate: AnnotatePage, projects: Projects) -> None:
    project = projects.harbour(articles=3)
    annotate.open(project, document="harbour-2")
    annotate.press("Control+Enter")
    annotate.ready("harbour-3")
    annotate.queue_row("harbour-1").click()
    annotate.ready("harbour-1")
    annotate.article.focus()
    annotate.press("Control+Enter")
    annotate.ready("harbour-3")


def test_last_article_done_says_so(annotate: AnnotatePage, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.press("Control+Enter")
    annotate.saved()
    expect(annotate.page.get_by_text("Every article in this list is done or skipped.")).to_be_visible()
    assert store.state(project, "harbour-1", "ana").status == "submitted"


def test_editing_a_done_article_makes_it_a_draft_again(
    annotate: AnnotatePage, projects: Projects, store: Store
) -> None:
    project = projects.harbour(articles=2)
    annotate.open(project, document="harbour-1")
    annotate.press("Control+Enter")
    annotate.ready("harbour-2")
    annotate.queue_row("harbour-1").click()
    annotate.ready("harbour-1")
    annotate.label("betrayal", "7")
    annotate.saved()
    assert store.state(project, "harbour-1", "ana").status == "draft"
    expect(annotate.queue_row("harbour-1").locator(".fa-glyph")).to_have_attribute("data-status", "draft")


def test_article_left_off_at_is_opened_again(annotate: AnnotatePage, projects: Projects) -> None:
    project = projects.harbour(articles=3)
    annotate.open(project, document="harbour-2")
    annotate.label("betrayal", "7")
    annotate.saved()
    annotate.open(project)
    expect(annotate.root).to_have_attribute("data-document", "harbour-2")


def test_status_filter_shows_only_those(annotate: AnnotatePage, projects: Projects) -> None:
    project = projects.harbour(articles=3)
    annotate.open(project, document="harbour-2")
    annotate.press("Control+Enter")
    annotate.ready("harbour-3")
    annotate.page.get_by_role("button", name="Done 1").click()
    annotate.page.wait_for_function("() => document.querySelectorAll('.fa-queue [data-document]').length === 1")
    assert rows(annotate) == ["harbour-2"]


def test_search_looks_into_title_and_text(annotate: AnnotatePage, projects: Projects) -> None:
    documents = [harbour(1), harbour(2), Document(id="other", text="A lighthouse story.", title="Something else")]
    annotate.open(projects.make(documents))
    search = annotate.page.get_by_role("textbox", name="Search")
    search.fill("lighthouse")
    search.press("Enter")
    expect(annotate.queue_row("harbour-1")).to_have_count(0)
    assert rows(annotate) == ["other"]
    search.fill("report 2")
    search.press("Enter")
    expect(annotate.queue_row("harbour-2")).to_be_visible()
    assert rows(annotate) == ["harbour-2"]


def test_filter_without_result_says_what_to_do(annotate: AnnotatePage, projects: Projects) -> None:
    annotate.open(projects.harbour())
    search = annotate.page.get_by_role("textbox", name="Search")
    search.fill("no such words")
    search.press("Enter")
    expect(annotate.page.get_by_text("No article matches these filters.")).to_be_visible()
    expect(annotate.article).to_be_visible()


def test_next_and_previous_walk_the_filtered_list(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour(articles=3)
    annotate.open(project, document="harbour-1")
    annotate.article.focus()
    annotate.press("Shift+N")
    annotate.ready("harbour-2")
    annotate.press("Shift+N")
    annotate.ready("harbour-3")
    annotate.press("Shift+P")
    annotate.ready("harbour-2")
    assert stored(project, "harbour-2") == []


def test_long_queue_shows_more_on_demand(annotate: AnnotatePage, projects: Projects) -> None:
    annotate.open(projects.make([harbour(number) for number in range(1, 61)]))
    assert len(rows(annotate)) == 50
    annotate.page.get_by_role("button", name="Show more (10 left)").click()
    expect(annotate.queue_row("harbour-60")).to_be_attached()
    assert len(rows(annotate)) == 60
