"""The Model page in a browser: its tabs, a foreign card, a training that is watched and cancelled, its width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_kit.annotate import wait_until_idle
from browser_kit.corpus import Projects
from browser_kit.kinds import NewContext
from browser_kit.server import AppServer
from model_kit import trainer
from model_kit.folders import described_model
from playwright.sync_api import Page, expect

from annotator.workflows import processes, training_runs

TABS = ["Quality", "Models", "Compare", "Train"]
OPTIONS = {"rules": {rule: {"enabled": False} for rule in ("region", "presentation-role-conflict")}}
"""Without the two rules that Streamlit's own wrappers and its file field break, which a page cannot change."""

_OVERFLOW = """
() => {
  const inner = document.querySelector('[data-testid="stMain"]');
  return Math.max(document.documentElement.scrollWidth - innerWidth, inner.scrollWidth - inner.clientWidth);
}
"""


@pytest.fixture
def models(server: AppServer) -> Path:
    """Where models lie that belong to the server's database."""
    return server.database.parent / "models"


@pytest.fixture
def no_training_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trainings that the test starts are those of the stand-in, and end with the test."""
    monkeypatch.setattr(training_runs, "PROGRAM", trainer.PROGRAM)
    yield
    for pid in list(processes._children):
        processes._children[pid].kill()
        processes._children.pop(pid).wait()


def open_page(page: Page, server: AppServer, project: str) -> None:
    page.goto(f"{server.address}/model?project={project}&annotator=ana")
    expect(page.get_by_role("heading", name="Model", exact=True)).to_be_visible()
    wait_until_idle(page)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    wait_until_idle(page)


def test_card_of_a_foreign_model_is_text(page: Page, server: AppServer, projects: Projects, models: Path) -> None:
    described_model(models, "foreign")
    open_page(page, server, projects.harbour())
    open_tab(page, "Models")
    row = page.get_by_test_id("stVerticalBlock").filter(has=page.get_by_text("foreign@1", exact=True)).last
    row.get_by_role("button", name="Card").click()
    card = page.get_by_test_id("stPopoverBody")
    expect(card).to_contain_text("<script>alert(1)</script>")
    expect(card.locator("img, script, a:not([href^='#'])")).to_have_count(
        0
    )  # the page watches for requests that leave, too


@pytest.mark.usefixtures("no_training_stays")
def test_training_of_another_process_is_watched_and_cancelled(
    page: Page, server: AppServer, projects: Projects, models: Path
) -> None:
    project = projects.harbour()
    run = training_runs.start(models, project, name="slow", epochs=4, database=str(server.database), by="ana")
    open_page(page, server, project)
    open_tab(page, "Train")
    expect(page.get_by_role("heading", name="Training slow@1")).to_be_visible()
    expect(page.get_by_text("Pass 2 of at most 4 · about 1 minute left")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Cancelled: slow@1")).to_be_visible()
    expect(page.get_by_text("Its last checkpoint is kept")).to_be_visible()
    assert not training_runs.is_alive(run)
    page.get_by_role("button", name="Discard and begin anew").click()
    expect(page.get_by_text("Not yet: 30 more submitted articles")).to_be_visible()
    assert not (models / "slow-1").exists()


def test_tabs_are_reached_by_keyboard(page: Page, server: AppServer, projects: Projects) -> None:
    open_page(page, server, projects.harbour())
    page.get_by_role("tab", name="Quality").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Models")).to_have_attribute("aria-selected", "true")


def test_narrow_window_needs_no_sideways_scrolling(
    new_context: NewContext, server: AppServer, projects: Projects
) -> None:
    page = new_context(viewport={"width": 900, "height": 800}).new_page()
    open_page(page, server, projects.harbour())
    for name in TABS:
        open_tab(page, name)
        assert page.evaluate(_OVERFLOW) <= 0, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_context: NewContext, server: AppServer, projects: Projects, scheme: str) -> None:
    page = new_context(color_scheme=scheme).new_page()
    open_page(page, server, projects.harbour())
    for name in TABS:
        open_tab(page, name)
        page.wait_for_load_state("networkidle")
        found = Axe().run(page, options=OPTIONS).response["violations"]
        assert [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]] == [], name
