"""Fast work, a server that dies, a page left at once: every label is saved exactly once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_kit.annotate import AnnotatePage, wait_until_idle
from browser_kit.corpus import Projects, long_article
from browser_kit.kinds import NewContext, Stored
from browser_kit.server import AppServer
from playwright.sync_api import expect

from annotator.segments import words
from annotator.store import open_store
from annotator.store.base import Store

TAGS = 60
INTERVALS_MS = (30, 50, 40)


def test_sixty_tags_in_a_row_are_all_saved_once(
    annotate: AnnotatePage, projects: Projects, store: Store, stored: Stored
) -> None:
    document = long_article(300)
    project = projects.make([document])
    annotate.open(project)
    annotate.article.focus()
    due = time.monotonic()
    for tag in range(TAGS):
        annotate.press("ArrowRight", str(tag % 7 + 1))
        due += INTERVALS_MS[tag % 3] / 1000
        annotate.page.wait_for_timeout(max(0.0, due - time.monotonic()) * 1000)
    annotate.saved()
    expected = [(word.start, word.end) for word in words(document.text)[:TAGS]]
    assert [(span.start, span.end) for span in stored(project, document.id)] == expected
    log = store.history(project, document.id, "ana")
    assert len(log) == TAGS
    expect(annotate.marks()).to_have_count(TAGS)


@pytest.mark.parametrize("page_title", ["Project", "Try a text"])
def test_labels_made_just_before_leaving_the_page_are_saved(
    annotate: AnnotatePage, projects: Projects, stored: Stored, page_title: str
) -> None:
    project = projects.harbour()
    for round_ in range(3):
        annotate.open(project)
        annotate.label("radical", str(round_ * 2 + 1), round_)
        annotate.press("ArrowRight", str(round_ * 2 + 2))
        annotate.go_to_page(page_title)
        expect(annotate.page.locator("h1").first).to_be_visible()
        wait_until_idle(annotate.page)
        annotate.page.wait_for_function("() => !sessionStorage.getItem('framing-annotator.outbox')")
        assert len(stored(project)) == (round_ + 1) * 2


def test_labels_made_just_before_opening_another_article_reach_theirs(
    annotate: AnnotatePage, projects: Projects, stored: Stored
) -> None:
    project = projects.harbour(articles=2)
    annotate.open(project, document="harbour-1")
    annotate.label("betrayal", "7")
    annotate.queue_row("harbour-2").click()
    annotate.ready("harbour-2")
    annotate.label("abyss", "5")
    annotate.saved()
    assert [span.quote for span in stored(project, "harbour-1")] == ["betrayal"]
    assert [span.quote for span in stored(project, "harbour-2")] == ["abyss"]


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[AppServer]:
    """A server that only this test uses, because it will be killed."""
    server = AppServer(tmp_path / "annotator.db", tmp_path)
    open_store(server.database).close()
    server.start()
    yield server
    server.stop()


def quotes(server: AppServer, project: str) -> Counter[str]:
    store = open_store(server.database, read_only=True)
    try:
        return Counter(span.quote for span in store.state(project, "harbour-1", "ana").spans.values())
    finally:
        store.close()


def test_killed_server_loses_nothing_and_doubles_nothing(own_server: AppServer, new_context: NewContext) -> None:
    store = open_store(own_server.database)
    project = Projects(store).harbour()
    store.close()
    page = new_context(address=own_server.address).new_page()
    annotate = AnnotatePage(page, own_server.address).open(project)
    for quote in ("betrayal", "abyss", "Monday"):
        annotate.label(quote, "7")
    own_server.kill()
    for quote in ("illicit", "mayor", "ships"):
        annotate.label(quote, "2")
    expect(annotate.marks()).to_have_count(6)
    expect(annotate.root).not_to_have_attribute("data-save-state", "saved")
    own_server.start()
    annotate.saved(timeout_ms=60_000)
    assert quotes(own_server, project) == Counter(["betrayal", "abyss", "Monday", "illicit", "mayor", "ships"])
    annotate.reload()
    expect(annotate.marks()).to_have_count(6)


def test_labels_made_offline_survive_a_reload_of_the_page(own_server: AppServer, new_context: NewContext) -> None:
    store = open_store(own_server.database)
    project = Projects(store).harbour()
    store.close()
    page = new_context(address=own_server.address).new_page()
    annotate = AnnotatePage(page, own_server.address).open(project)
    own_server.kill()
    annotate.label("betrayal", "7")
    annotate.label("abyss", "5")
    own_server.start()
    annotate.reload()
    annotate.saved(timeout_ms=60_000)
    assert quotes(own_server, project) == Counter(["betrayal", "abyss"])


def test_lost_connection_is_told(own_server: AppServer, new_context: NewContext) -> None:
    store = open_store(own_server.database)
    project = Projects(store).harbour()
    store.close()
    page = new_context(address=own_server.address).new_page()
    annotate = AnnotatePage(page, own_server.address).open(project)
    own_server.kill()
    annotate.label("betrayal", "7")
    expect(annotate.root.get_by_text("Not saved: no connection").first).to_be_visible(timeout=15_000)
    own_server.start()
    annotate.saved(timeout_ms=60_000)
