"""The real app, a real browser, and a page whose every misstep fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_kit.annotate import TIMEOUT_MS, AnnotatePage
from browser_kit.corpus import Projects
from browser_kit.guard import CHROMIUM_ARGUMENTS, Guard
from browser_kit.kinds import NewContext, Stored
from browser_kit.server import AppServer
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from annotator.annotations import LabelledSpan
from annotator.store import open_store
from annotator.store.base import Store

HERE = Path(__file__).parent
DEFAULTS: dict[str, object] = {
    "viewport": {"width": 1400, "height": 900},
    "locale": "en-GB",
    "reduced_motion": "reduce",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def chromium_path(pytestconfig: pytest.Config) -> str:
    """Debian's Chromium, or ``$CHROMIUM``."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        reason = f"no browser at {path}: apt install chromium, or set CHROMIUM=/path/to/chromium"
        if pytestconfig.getoption("--e2e") or os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One browser for all tests; each test has a context of its own."""
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app, on a database of its own."""
    folder = tmp_path_factory.mktemp("app")
    server = AppServer(folder / "annotator.db", folder)
    open_store(server.database).close()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def store(server: AppServer) -> Iterator[Store]:
    """The same database, opened by the test, to fill it and to see what was saved."""
    store = open_store(server.database)
    yield store
    store.close()


@pytest.fixture
def projects(store: Store) -> Projects:
    """Makes projects that no other test touches."""
    return Projects(store)


@pytest.fixture
def stored(store: Store) -> Stored:
    """Ask the database for an annotator's spans, in text order, each checked against the text."""

    def ask(project: str, document: str = "harbour-1", annotator: str = "ana") -> list[LabelledSpan]:
        text = store.document(project, document).text
        spans = store.state(project, document, annotator).annotation(annotator).spans
        for span in spans:
            assert text[span.start : span.end] == span.quote
        return list(spans)

    return ask


@pytest.fixture
def new_context(browser: Browser, server: AppServer) -> Iterator[NewContext]:
    """Make browser contexts (one per annotator or kind of window); all are watched and closed."""
    opened: list[tuple[BrowserContext, Guard]] = []

    def make(*, address: str | None = None, **options: object) -> BrowserContext:
        context = browser.new_context(**(DEFAULTS | options))  # type: ignore[arg-type]
        guard = Guard((address or server.address).removeprefix("http://"))
        guard.watch(context)
        opened.append((context, guard))
        return context

    yield make
    complaints = [complaint for _, guard in opened for complaint in guard.complaints()]
    for context, _ in opened:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="session")
def shared_context(browser: Browser, server: AppServer) -> Iterator[tuple[BrowserContext, Guard]]:
    """The context of all tests that need no other: Streamlit's own code is then loaded once, not each time.

    What the app keeps in a browser, it keeps in the tab, and each test has a tab of its own.
    """
    context = browser.new_context(**DEFAULTS)  # type: ignore[arg-type]
    guard = Guard(server.address.removeprefix("http://"))
    guard.watch(context)
    yield context, guard
    context.close()


@pytest.fixture
def page(shared_context: tuple[BrowserContext, Guard]) -> Iterator[Page]:
    """An empty tab, watched."""
    context, guard = shared_context
    guard.forget()
    page = context.new_page()
    yield page
    complaints = guard.complaints()
    page.close()
    context.clear_cookies()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def annotate(page: Page, server: AppServer) -> AnnotatePage:
    """The Annotate page, not opened yet."""
    return AnnotatePage(page, server.address)
