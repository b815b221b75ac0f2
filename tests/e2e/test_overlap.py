"""Spans that overlap, nest, touch, or cover the same words."""

from __future__ import annotations

from browser_kit.annotate import AnnotatePage
from browser_kit.corpus import Projects, harbour
from browser_kit.kinds import Stored
from playwright.sync_api import expect

PARTS = [
    ("radical council", "3"),
    ("council slammed the harbour", "7"),
    ("harbour", "2"),
    ("slammed", "5"),
    ("slammed", "6"),
]


def test_overlapping_nested_and_identical_spans_are_kept_apart(
    annotate: AnnotatePage, projects: Projects, stored: Stored
) -> None:
    project = projects.harbour()
    annotate.open(project)
    for quote, key in PARTS:
        annotate.label(quote, key)
    annotate.saved()
    assert [(span.quote, span.device) for span in stored(project)] == [
        ("radical council", "name_calling"),
        ("council slammed the harbour", "loaded_language"),
        ("slammed", "appeal_to_fear"),
        ("slammed", "exaggeration_minimisation"),
        ("harbour", "presupposed_judgement"),
    ]
    annotate.reload()
    expect(annotate.marks()).to_have_count(len(PARTS))


def test_adjacent_spans_share_no_letter(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.label("radical", "3")
    annotate.label("council", "7")
    annotate.saved()
    first, second = stored(project)
    assert first.end + 1 == second.start


def test_same_words_and_device_twice_are_one_span(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.harbour()
    annotate.open(project)
    annotate.label("betrayal", "7")
    annotate.label("betrayal", "7")
    annotate.saved()
    assert len(stored(project)) == 1


def test_clicks_cycle_through_the_spans_under_the_pointer(annotate: AnnotatePage, projects: Projects) -> None:
    annotate.open(projects.make([harbour()]))
    for quote, key in PARTS:
        annotate.label(quote, key)
    annotate.press("Escape", "Escape")
    seen: list[str | None] = []
    for _ in range(3):
        annotate.page.mouse.click(*annotate.middle_of("slammed"))
        annotate.page.wait_for_function(
            "(seen) => { const f = document.querySelector('[data-span-form]')?.dataset.spanForm;"
            " return f && !seen.includes(f); }",
            arg=seen,
        )
        seen.append(annotate.panel.locator("[data-span-form]").get_attribute("data-span-form"))
    assert len(set(seen)) == 3


def test_overlapping_spans_have_lines_of_their_own(annotate: AnnotatePage, projects: Projects) -> None:
    annotate.open(projects.make([harbour()]))
    for quote, key in PARTS:
        annotate.label(quote, key)
    annotate.saved()
    lanes = annotate.evaluate(
        "[...document.querySelectorAll('article mark.is-start[data-span]')]"
        ".filter((m) => /^(council|slammed)/.test(m.textContent)).map((m) => m.style.getPropertyValue('--lane'))"
    )
    assert sorted(lanes) == ["0", "1", "2"]
    tags = annotate.evaluate(
        "[...document.querySelectorAll('article mark.is-start[data-span]')].map((m) => m.dataset.tag)"
    )
    assert {"NC", "LL", "PJ", "AF", "EM"} == set(tags)
