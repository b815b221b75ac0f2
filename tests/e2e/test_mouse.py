"""Labelling with the mouse: drag, double-click, the palette, the panel."""

from __future__ import annotations

from browser_kit.annotate import AnnotatePage
from browser_kit.corpus import HARBOUR, Projects, place_of
from browser_kit.kinds import Stored
from playwright.sync_api import expect


def test_drag_and_number_label_what_was_dragged_over(
    annotate: AnnotatePage, projects: Projects, stored: Stored
) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.drag("illicit cranes would stay")
    annotate.press("2")
    annotate.saved()
    (span,) = stored(project)
    assert (span.start, span.end) == place_of(HARBOUR, "illicit cranes would stay")
    assert span.device == "presupposed_judgement"
    expect(annotate.marks()).to_have_count(1)


def test_drag_from_within_words_is_widened_to_whole_words(
    annotate: AnnotatePage, projects: Projects, stored: Stored
) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.drag("icit cran")
    assert annotate.selected_text() == "illicit cranes"
    annotate.press("2")
    annotate.saved()
    assert [span.quote for span in stored(project)] == ["illicit cranes"]


def test_drag_over_quotes_and_spaces_is_trimmed(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.drag("stay. “The so-called reform ")
    assert annotate.selected_text() == "stay. “The so-called reform"
    annotate.press("1")
    annotate.saved()
    assert [span.quote for span in stored(project)] == ["stay. “The so-called reform"]


def test_alt_keeps_the_selection_as_drawn(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.page.keyboard.down("Alt")
    annotate.drag("icit cran")
    annotate.page.keyboard.up("Alt")
    annotate.press("2")
    annotate.saved()
    assert [span.quote for span in stored(project)] == ["icit cran"]


def test_double_click_selects_a_word_and_the_palette_labels_it(
    annotate: AnnotatePage, projects: Projects, stored: Stored
) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.page.mouse.dblclick(*annotate.middle_of("betrayal"))
    palette = annotate.page.locator(".fa-palette")
    expect(palette).to_be_visible()
    palette.locator('[data-device="loaded_language"]').click()
    annotate.saved()
    (span,) = stored(project)
    assert (span.quote, span.device) == ("betrayal", "loaded_language")
    expect(palette).to_be_hidden()


def test_triple_click_labels_the_paragraph_only(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.page.mouse.click(*annotate.middle_of("slammed"), click_count=3)
    annotate.press("7")
    annotate.saved()
    (span,) = stored(project)
    assert span.quote == HARBOUR.split("\n\n")[0].rstrip(".")


def test_panel_edits_every_field_of_a_span(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.label("valiant dockers", "4")
    panel = annotate.panel
    panel.get_by_role("button", name="Loaded language", exact=True).click()
    panel.get_by_role("combobox", name="Add to frames").fill("moral")
    annotate.press("Enter")
    panel.get_by_role("group", name="Voice").get_by_role("button", name="Attributed").click()
    panel.get_by_role("group", name="Polarity").get_by_role("button").first.click()
    panel.get_by_label("Target").fill("the dockers")
    annotate.press("Tab")
    panel.get_by_label("Note").fill("heard <b>twice</b>")
    annotate.press("Tab")
    panel.get_by_role("button", name="Begin one word earlier").click()
    annotate.saved()
    (span,) = stored(project)
    assert (span.quote, span.device, span.voice) == ("our valiant dockers", "loaded_language", "attributed")
    assert span.target == "the dockers"
    assert span.note == "heard <b>twice</b>"
    assert span.frames == ("Morality",)
    assert span.polarity


def test_target_is_proposed_from_the_project(annotate: AnnotatePage, projects: Projects) -> None:
    project = projects.harbour(articles=2)
    annotate.open(project, document="harbour-1").label("radical paper", "3")
    annotate.panel.get_by_label("Target").fill("the Port Gazette")
    annotate.press("Enter")
    annotate.saved()
    annotate.open(project, document="harbour-2").label("radical paper", "3")
    field = annotate.panel.get_by_label("Target")
    field.focus()
    options = annotate.page.locator(f"datalist#{field.get_attribute('list')} option")
    expect(options.locator("xpath=self::*[@value='the Port Gazette']")).to_have_count(1)


def test_deleting_a_span_removes_it(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.label("betrayal", "7")
    annotate.saved()
    annotate.panel.get_by_role("button", name="Delete this span").click()
    annotate.saved()
    assert stored(project) == []
    expect(annotate.marks()).to_have_count(0)
