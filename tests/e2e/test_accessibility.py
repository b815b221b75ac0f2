"""axe-core finds nothing, on every page, in light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_kit.annotate import AnnotatePage, wait_until_idle
from browser_kit.corpus import Projects
from browser_kit.kinds import NewContext
from browser_kit.server import AppServer
from playwright.sync_api import Page, expect

SCHEMES = ["light", "dark"]
OPTIONS = {"rules": {rule: {"enabled": False} for rule in ("region", "presentation-role-conflict")}}
"""Without the two rules that Streamlit's own wrappers and its file field break, which a page cannot change."""


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, one line per element."""
    wait_until_idle(page)
    page.wait_for_load_state("networkidle")  # Streamlit loads the code for our style rules late
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.fixture(params=SCHEMES)
def themed(request: pytest.FixtureRequest, new_context: NewContext) -> Page:
    """A tab in the operating system's light or dark mode."""
    return new_context(color_scheme=request.param).new_page()


def test_annotate_page_with_labels_and_suggestions(themed: Page, server: AppServer, projects: Projects) -> None:
    annotate = AnnotatePage(themed, server.address).open(projects.harbour(articles=3))
    for quote, key in (("betrayal", "7"), ("valiant dockers", "4"), ("abyss", "5"), ("our valiant", "1")):
        annotate.label(quote, key)
    annotate.saved()
    assert violations(themed) == []


def test_suggestion_card(themed: Page, server: AppServer, projects: Projects) -> None:
    annotate = AnnotatePage(themed, server.address).open(projects.harbour())
    annotate.press("n")
    expect(annotate.panel.locator("[data-suggestion-card]")).to_be_visible()
    annotate.panel.get_by_role("tab", name="Suggestions").click()
    assert violations(themed) == []


def test_article_frames_and_settings(themed: Page, server: AppServer, projects: Projects) -> None:
    annotate = AnnotatePage(themed, server.address).open(projects.harbour())
    annotate.panel.get_by_role("tab", name="Article frames").click()
    annotate.panel.locator('[data-frame="Political"]').get_by_role("checkbox").check()
    annotate.root.locator("details.fa-menu summary").click()
    annotate.saved()
    assert violations(themed) == []


@pytest.mark.parametrize("key", ["?", "g"], ids=["keys", "guidelines"])
def test_dialogs(themed: Page, server: AppServer, projects: Projects, key: str) -> None:
    annotate = AnnotatePage(themed, server.address).open(projects.harbour())
    annotate.article.focus()
    annotate.press(key)
    expect(themed.get_by_role("dialog")).to_be_visible()
    assert violations(themed) == []


@pytest.mark.parametrize("path", ["project", "try"])
def test_other_pages(themed: Page, server: AppServer, projects: Projects, path: str) -> None:
    project = projects.harbour(articles=3)
    themed.goto(f"{server.address}/{path}?project={project}&annotator=ana")
    expect(themed.locator("h1").first).to_be_visible()
    assert violations(themed) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_theme_follows_the_operating_system(
    new_context: NewContext, server: AppServer, projects: Projects, scheme: str
) -> None:
    page = new_context(color_scheme=scheme).new_page()
    annotate = AnnotatePage(page, server.address).open(projects.harbour())
    expect(annotate.root).to_have_attribute("data-theme", scheme)
    color: str = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    brightness = sum(int(part) for part in color.strip("rgba()").split(",")[:3]) / 765
    assert brightness < 0.3 if scheme == "dark" else brightness > 0.7
