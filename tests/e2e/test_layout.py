"""Windows, articles and codebooks of other sizes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from browser_kit.annotate import AnnotatePage, wait_until_idle
from browser_kit.corpus import Projects, harbour, long_article
from browser_kit.kinds import NewContext, Stored
from browser_kit.server import AppServer
from playwright.sync_api import Page, expect

from annotator.resources import default_codebook_path

NARROW = {"width": 900, "height": 800}
_OVERFLOW = """
() => {
  const inner = document.querySelector('[data-testid="stMain"]') ?? document.documentElement;
  return Math.max(document.documentElement.scrollWidth - innerWidth, inner.scrollWidth - inner.clientWidth);
}
"""


@pytest.mark.parametrize("path", ["", "try", "project"], ids=["annotate", "try", "project"])
def test_narrow_window_needs_no_sideways_scrolling(
    new_context: NewContext, server: AppServer, projects: Projects, path: str
) -> None:
    page = new_context(viewport=NARROW).new_page()
    page.goto(f"{server.address}/{path}?project={projects.harbour(articles=3)}&annotator=ana")
    expect(page.locator("h1").first).to_be_visible()
    wait_until_idle(page)
    assert page.evaluate(_OVERFLOW) <= 0


def test_narrow_window_labels_and_edits(
    new_context: NewContext, server: AppServer, projects: Projects, stored: Stored
) -> None:
    project = projects.harbour()
    annotate = AnnotatePage(new_context(viewport=NARROW).new_page(), server.address).open(project)
    annotate.drag("betrayal")
    annotate.page.locator('.fa-palette [data-device="loaded_language"]').click()
    annotate.panel.get_by_role("button", name="Flag-waving", exact=True).click()
    annotate.saved()
    assert [(span.quote, span.device) for span in stored(project)] == [("betrayal", "flag_waving")]


def test_article_of_100_000_words_opens_and_can_be_labelled_to_its_end(
    annotate: AnnotatePage, projects: Projects, stored: Stored
) -> None:
    document = long_article(100_000)
    project = projects.make([document])
    annotate.open(project)
    last = document.text.rpartition("Part ")[2].partition(".")[0]
    annotate.label(f"Part {last}", "7")
    annotate.saved()
    (span,) = stored(project, "long")
    assert span.quote == f"Part {last}"
    assert span.end > 500_000


@pytest.fixture
def large_codebook(tmp_path: Path) -> Path:
    """A codebook with 40 devices in five groups and 60 frames in six."""
    book = yaml.safe_load(default_codebook_path().read_text(encoding="utf-8"))
    book |= {"id": "large", "title": "Many labels", "crosswalks": {}}
    device = book["devices"][0]
    frame = book["frames"][0]
    for kind, label, count in (("devices", device, 40), ("frames", frame, 60)):
        book[kind] = [
            {key: value for key, value in label.items() if key not in ("key", "code", "examples")}
            | {
                "id": f"{kind[:-1]}_{n}",
                "name": f"{kind[:-1].title()} number {n}",
                "definition": f"Use it for case {n}.",
                "group": f"Group {n % 6 + 1}",
            }
            | ({"code": "ABCDE"[n // 10] + "QRSTUVWXYZ"[n % 10]} if kind == "devices" else {})
            for n in range(1, count + 1)
        ]
    path = tmp_path / "codebook.yaml"
    path.write_text(json.dumps(book), encoding="utf-8")  # JSON is YAML, without aliases
    return path


def test_many_labels_are_searched_and_grouped(
    annotate: AnnotatePage, projects: Projects, stored: Stored, large_codebook: Path
) -> None:
    project = projects.make([harbour()], codebook_path=large_codebook)
    annotate.open(project)
    annotate.drag("betrayal")
    palette = annotate.page.locator(".fa-palette")
    expect(palette.get_by_text("Group 2", exact=True)).to_be_visible()
    palette.get_by_role("searchbox", name="Search labels").fill("case 37")
    expect(palette.locator("[data-device]")).to_have_count(1)
    annotate.press("Enter")
    annotate.panel.get_by_role("combobox", name="Add to frames").fill("number 59")
    annotate.press("Enter")
    annotate.saved()
    (span,) = stored(project)
    assert (span.quote, span.device, span.frames) == ("betrayal", "device_37", ("frame_59",))
    annotate.panel.get_by_role("tab", name="Article frames").click()
    annotate.panel.get_by_role("searchbox", name="Search frames").fill("number 42")
    expect(annotate.panel.locator("[data-frame]")).to_have_count(1)


def test_palette_stays_inside_the_window(annotate: AnnotatePage, projects: Projects, large_codebook: Path) -> None:
    annotate.open(projects.make([harbour()], codebook_path=large_codebook))
    annotate.drag("report number 1")
    box = annotate.page.locator(".fa-palette").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= 1400
    assert box["y"] + box["height"] <= 900


def test_bar_and_panel_stay_in_view_in_a_long_article(annotate: AnnotatePage, projects: Projects) -> None:
    annotate.open(projects.make([long_article(3_000)]))
    annotate.label("Part 30", "7")
    annotate.saved()
    annotate.middle_of("Part 30")
    expect(annotate.root.get_by_role("button", name="Done, next")).to_be_in_viewport()
    expect(annotate.panel.locator("[data-span-form]")).to_be_in_viewport()


def test_window_made_narrow_keeps_the_labels(page: Page, server: AppServer, projects: Projects) -> None:
    annotate = AnnotatePage(page, server.address).open(projects.harbour())
    annotate.label("betrayal", "7")
    page.set_viewport_size({"width": 900, "height": 800})
    expect(annotate.marks()).to_have_count(1)
    assert page.evaluate(_OVERFLOW) <= 0
