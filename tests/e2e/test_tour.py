"""Every page once, from the very first start; the guard of each test fails it if anything leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_kit.annotate import AnnotatePage, wait_until_idle
from browser_kit.corpus import HARBOUR, Projects
from browser_kit.guard import Guard
from browser_kit.kinds import NewContext
from browser_kit.server import AppServer
from playwright.sync_api import Browser, Page, expect

from annotator.store import open_store


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[AppServer]:
    """A server whose database has nothing in it yet."""
    server = AppServer(tmp_path / "annotator.db", tmp_path)
    server.start()
    yield server
    server.stop()


def test_first_start_leads_from_nothing_to_the_first_label(fresh: AppServer, new_context: NewContext) -> None:
    page = new_context(address=fresh.address).new_page()
    page.goto(fresh.address)
    expect(page.get_by_text("No project yet")).to_be_visible()
    page.get_by_role("button", name="Go to the Project page").click()
    page.get_by_role("textbox", name="Name of the project").fill("Harbour coverage")
    page.get_by_role("button", name="Make the project").click()
    expect(page.get_by_text("Who is labelling?").first).to_be_visible()
    page.get_by_role("textbox", name="Your name").fill("Ana")
    page.get_by_role("button", name="Start annotating").click()
    page.get_by_role("tab", name="Add articles").click()
    page.locator('input[type="file"]').first.set_input_files(
        {"name": "harbour.txt", "mimeType": "text/plain", "buffer": HARBOUR.encode()}
    )
    page.get_by_text("Suggest labels for the new articles").click()
    page.get_by_role("button", name="Add to the project").click()
    annotate = AnnotatePage(page, fresh.address)
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    annotate.go_to_page("Annotate")
    annotate.ready()
    annotate.label("illicit cranes", "2")
    annotate.saved()
    store = open_store(fresh.database, read_only=True)
    (project,) = store.projects()
    (document,) = store.iter_documents(project.id)
    assert document.text == HARBOUR
    assert [span.quote for span in store.state(project.id, document.id, "Ana").spans.values()] == ["illicit cranes"]
    store.close()


def test_project_without_articles_says_what_to_do(annotate: AnnotatePage, projects: Projects) -> None:
    project = projects.make([])
    annotate.page.goto(f"{annotate.address}/?project={project}&annotator=ana")
    expect(annotate.page.get_by_text("No articles yet").first).to_be_visible()
    annotate.page.get_by_role("button", name="Go to the Project page").click()
    expect(annotate.page.get_by_role("tab", name="Add articles")).to_have_attribute("aria-selected", "true")


def test_nobody_chosen_asks_for_a_name(page: Page, server: AppServer, projects: Projects) -> None:
    project = projects.harbour(annotators=("ana", "ben"))
    page.goto(f"{server.address}/?project={project}")
    expect(page.get_by_text("Who is labelling?").first).to_be_visible()
    page.get_by_role("button", name="ben", exact=True).click()
    AnnotatePage(page, server.address).ready()
    assert "annotator=ben" in page.url


def test_whole_tour_stays_on_the_machine(page: Page, server: AppServer, projects: Projects) -> None:
    annotate = AnnotatePage(page, server.address).open(projects.harbour(articles=2))
    annotate.label("betrayal", "7")
    annotate.saved()
    annotate.go_to_page("Try a text")
    expect(page.get_by_role("heading", name="Try a text")).to_be_visible()
    annotate.go_to_page("Project")
    for tab in ("Overview", "Add articles", "Suggestions", "Export", "New project"):
        page.get_by_role("tab", name=tab).click()
        wait_until_idle(page)
    annotate.go_to_page("Annotate")
    annotate.ready()


def test_guard_notices_what_leaves_the_machine(browser: Browser, server: AppServer) -> None:
    context = browser.new_context()
    guard = Guard(server.address.removeprefix("http://"))
    guard.watch(context)
    page = context.new_page()
    page.goto("about:blank")
    page.set_content("<img src='http://tracker.example/pixel.gif'><script>alert('x'); throw new Error('y')</script>")
    page.wait_for_function("() => true")
    context.close()
    assert guard.foreign == ["http://tracker.example/pixel.gif"]
    assert guard.dialogs == ["x"]
    assert guard.errors == ["uncaught: y"]
