"""Two tabs of one annotator, and two annotators in one article."""

from __future__ import annotations

from browser_kit.annotate import AnnotatePage
from browser_kit.corpus import Projects
from browser_kit.kinds import NewContext, Stored
from browser_kit.server import AppServer
from playwright.sync_api import expect

from annotator.store.base import Store


def test_second_tab_with_a_stale_span_is_told_and_shows_what_is_saved(
    new_context: NewContext, server: AppServer, projects: Projects, stored: Stored, store: Store
) -> None:
    project = projects.harbour()
    context = new_context()
    first = AnnotatePage(context.new_page(), server.address).open(project)
    first.label("betrayal", "7")
    first.saved()
    second = AnnotatePage(context.new_page(), server.address).open(project)
    second.panel.locator("[data-span-row]").click()

    first.article.focus()
    first.press("4")
    first.saved()
    second.article.focus()
    second.press("5")

    expect(second.toast).to_contain_text("changed elsewhere")
    second.saved()
    assert [(span.quote, span.device) for span in stored(project)] == [("betrayal", "flag_waving")]
    expect(second.marks()).to_have_attribute("data-tag", "FW")
    assert len(store.history(project, "harbour-1", "ana")) == 2


def test_span_deleted_in_one_tab_cannot_be_edited_in_the_other(
    new_context: NewContext, server: AppServer, projects: Projects, stored: Stored
) -> None:
    project = projects.harbour()
    context = new_context()
    first = AnnotatePage(context.new_page(), server.address).open(project)
    first.label("betrayal", "7")
    first.saved()
    second = AnnotatePage(context.new_page(), server.address).open(project)
    second.panel.locator("[data-span-row]").click()
    first.article.focus()
    first.press("Delete")
    first.saved()
    second.article.focus()
    second.press("]")
    expect(second.toast).to_contain_text("changed elsewhere")
    second.saved()
    assert stored(project) == []
    expect(second.marks()).to_have_count(0)


def test_edits_of_different_spans_in_two_tabs_are_both_kept(
    new_context: NewContext, server: AppServer, projects: Projects, stored: Stored
) -> None:
    project = projects.harbour()
    context = new_context()
    first = AnnotatePage(context.new_page(), server.address).open(project)
    first.label("Monday", "7")
    first.saved()
    second = AnnotatePage(context.new_page(), server.address).open(project)
    first.label("betrayal", "7")
    second.label("abyss", "5")
    first.saved()
    second.saved()
    assert [span.quote for span in stored(project)] == ["Monday", "betrayal", "abyss"]


def test_two_annotators_of_one_article_do_not_see_each_other(
    new_context: NewContext, server: AppServer, projects: Projects, stored: Stored, store: Store
) -> None:
    project = projects.harbour(annotators=("ana", "ben"))
    ana = AnnotatePage(new_context().new_page(), server.address).open(project, annotator="ana")
    ben = AnnotatePage(new_context().new_page(), server.address).open(project, annotator="ben")
    ana.label("betrayal", "7")
    ben.label("betrayal", "4")
    ben.label("abyss", "5")
    ana.press("Control+Enter")
    ana.saved()
    ben.saved()
    assert [(s.quote, s.device) for s in stored(project, annotator="ana")] == [("betrayal", "loaded_language")]
    assert [(s.quote, s.device) for s in stored(project, annotator="ben")] == [
        ("betrayal", "flag_waving"),
        ("abyss", "appeal_to_fear"),
    ]
    assert store.state(project, "harbour-1", "ben").status == "draft"
    ben.reload()
    expect(ben.marks()).to_have_count(2)


def test_changing_the_annotator_shows_that_ones_labels(annotate: AnnotatePage, projects: Projects) -> None:
    project = projects.harbour(annotators=("ana", "ben"))
    annotate.open(project)
    annotate.label("betrayal", "7")
    annotate.saved()
    annotate.page.get_by_role("combobox", name="You are").click()
    annotate.page.get_by_role("option", name="ben").click()
    expect(annotate.marks()).to_have_count(0)
    annotate.page.wait_for_url("**annotator=ben**")
