"""Accept, reject, edit-and-accept; a suggestion never becomes a label by itself."""

from __future__ import annotations

import pytest
from browser_kit.annotate import AnnotatePage
from browser_kit.corpus import Projects
from browser_kit.kinds import Stored
from playwright.sync_api import expect

from annotator.store.base import Store

SHOWN = 5
"""Suggestions of a harbour article at or above the default lowest probability, 0.3."""


def first_decision(store: Store, project: str) -> str | None:
    return next(iter(store.state(project, "harbour-1", "ana").decisions.values()), None)


def answer(annotate: AnnotatePage, what: str, key: str | None) -> None:
    """Answer the first suggestion by its button, or by its key."""
    annotate.article.focus()
    annotate.press("n")
    expect(annotate.panel.locator("[data-suggestion-card]")).to_contain_text("radical council")
    if key is None:
        annotate.answer(what).click()
    else:
        annotate.press(key)
    annotate.saved()


@pytest.mark.parametrize("key", [None, "a"], ids=["button", "key"])
def test_accepting_makes_a_label_of_the_annotators_own(
    annotate: AnnotatePage, projects: Projects, stored: Stored, store: Store, key: str | None
) -> None:
    project = projects.harbour()
    annotate.open(project)
    answer(annotate, "accept", key)
    (span,) = stored(project)
    assert (span.quote, span.device, span.voice, span.target) == (
        "radical council",
        "name_calling",
        "own",
        "the council",
    )
    assert span.frames == ("Political", "Economic")
    assert span.suggestion_id == store.suggestions(project, "harbour-1")[0].id
    assert first_decision(store, project) == "accepted"
    expect(annotate.marks("suggestion")).to_have_count(SHOWN - 1)


@pytest.mark.parametrize("key", [None, "x"], ids=["button", "key"])
def test_rejected_stays_rejected_after_reload(
    annotate: AnnotatePage, projects: Projects, stored: Stored, store: Store, key: str | None
) -> None:
    project = projects.harbour()
    annotate.open(project)
    answer(annotate, "reject", key)
    assert stored(project) == []
    assert first_decision(store, project) == "rejected"
    annotate.reload()
    expect(annotate.marks("suggestion")).to_have_count(SHOWN - 1)
    assert "radical council" not in annotate.marks("suggestion").all_text_contents()


@pytest.mark.parametrize("key", [None, "e"], ids=["button", "key"])
def test_edit_accepts_and_opens_the_form(
    annotate: AnnotatePage, projects: Projects, stored: Stored, store: Store, key: str | None
) -> None:
    project = projects.harbour()
    annotate.open(project)
    answer(annotate, "edit", key)
    expect(annotate.panel.locator("[data-span-form]")).to_be_visible()
    annotate.panel.get_by_role("button", name="Loaded language", exact=True).click()
    annotate.saved()
    (span,) = stored(project)
    assert (span.quote, span.device) == ("radical council", "loaded_language")
    assert first_decision(store, project) == "edited"


def test_number_on_a_suggestion_accepts_it_with_that_device(
    annotate: AnnotatePage, projects: Projects, stored: Stored, store: Store
) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.press("n", "1")
    annotate.saved()
    assert [(span.quote, span.device) for span in stored(project)] == [("radical council", "doubt")]
    assert first_decision(store, project) == "edited"


def test_walking_visits_each_pending_suggestion_once(annotate: AnnotatePage, projects: Projects) -> None:
    annotate.open(projects.harbour())
    seen = []
    for _ in range(SHOWN + 1):
        annotate.press("n")
        seen.append(annotate.panel.locator("[data-suggestion-card] blockquote").inner_text())
    assert seen == ["radical council", "slammed", "Quayside regime", "illicit cranes", "so-called reform", seen[0]]
    annotate.press("p")
    expect(annotate.panel.locator("[data-suggestion-card] blockquote")).to_have_text("so-called reform")


def test_answering_all_leaves_none_and_says_so(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.press("n", "a", "x", "a", "x", "a")
    annotate.saved()
    assert [span.quote for span in stored(project)] == ["radical council", "Quayside regime", "so-called reform"]
    expect(annotate.marks("suggestion")).to_have_count(0)
    annotate.panel.get_by_role("tab", name="Suggestions").click()
    expect(annotate.panel.get_by_text("All suggestions are decided.")).to_be_visible()


def test_article_with_suggestions_only_is_not_begun(annotate: AnnotatePage, projects: Projects, store: Store) -> None:
    project = projects.harbour(articles=2)
    annotate.open(project, document="harbour-1")
    expect(annotate.root.locator(".fa-pill")).to_have_attribute("data-status", "todo")
    assert store.progress(project, "ana") == {"todo": 2, "draft": 0, "submitted": 0, "discarded": 0, "total": 2}
    assert store.annotations(project, "harbour-1") == []


def test_suggestions_look_different_from_labels_and_show_their_probability(
    annotate: AnnotatePage, projects: Projects
) -> None:
    annotate.open(projects.harbour())
    annotate.label("betrayal", "7")
    suggested, own = (
        annotate.page.evaluate(
            "(kind) => { const s = getComputedStyle(document.querySelector(`article mark[data-${kind}]`));"
            " return [s.backgroundColor, s.backgroundImage, s.borderStyle, s.outlineStyle].join('|'); }",
            kind,
        )
        for kind in ("suggestion", "span")
    )
    assert suggested != own
    assert annotate.marks("suggestion").first.get_attribute("data-tag") == "NC 91%"
    assert annotate.marks("span").first.get_attribute("data-tag") == "LL"


def test_lowest_probability_is_kept_for_the_project(annotate: AnnotatePage, projects: Projects, store: Store) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.root.locator("details.fa-menu summary").click()
    slider = annotate.root.get_by_role("slider", name="Lowest probability shown")
    slider.focus()
    annotate.press("End")
    expect(annotate.marks("suggestion")).to_have_count(0)
    slider.fill("0.7")
    expect(annotate.marks("suggestion")).to_have_count(3)
    annotate.page.wait_for_function("() => !sessionStorage.getItem('framing-annotator.outbox')")
    annotate.reload()
    expect(annotate.marks("suggestion")).to_have_count(3)
    assert store.project(project).settings["minimum_probability"] == pytest.approx(0.7)


def test_suggestions_can_be_hidden(annotate: AnnotatePage, projects: Projects) -> None:
    annotate.open(projects.harbour())
    expect(annotate.marks("suggestion")).to_have_count(SHOWN)
    annotate.article.focus()
    annotate.press("h")
    expect(annotate.marks("suggestion")).to_have_count(0)
    annotate.press("h")
    expect(annotate.marks("suggestion")).to_have_count(SHOWN)


def test_article_frames_are_suggested_chosen_and_ordered(
    annotate: AnnotatePage, projects: Projects, store: Store
) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.panel.get_by_role("tab", name="Article frames").click()
    row = annotate.panel.locator('[data-frame="Political"]')
    expect(row).to_contain_text("90%")
    row.hover()
    highlighted = "() => [...(CSS.highlights.get('fa-evidence') ?? [])].map((range) => range.toString().slice(0, 11))"
    assert annotate.evaluate(highlighted) == ["The radical", "Officials o"]
    row.get_by_role("checkbox").check()
    annotate.panel.locator('[data-frame="Morality"]').get_by_role("checkbox").check()
    annotate.panel.get_by_role("button", name="Move Morality up").click()
    annotate.saved()
    assert store.state(project, "harbour-1", "ana").frames == ("Morality", "Political")
