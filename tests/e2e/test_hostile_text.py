"""Text is text: nothing that an article, a name, a note or a label says can become part of the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_kit.annotate import AnnotatePage, wait_until_idle
from browser_kit.corpus import Mark, Projects, made_up
from browser_kit.kinds import NewContext, Stored
from browser_kit.server import AppServer
from playwright.sync_api import Page, expect

from annotator.documents import Document
from annotator.resources import default_codebook_path

PAYLOADS = (
    "<script>alert('script')</script>",
    "<img src=x onerror=alert('image')>",
    "<img src='http://tracker.example/pixel.gif'>",
    "<svg onload=alert('svg')><a href='javascript:alert(1)'>svg</a></svg>",
    "<a href=\"javascript:alert('link')\">link</a>",
    "</script><script>alert('closed')</script>",
    "<style>body { display: none !important }</style>",
    "<form action='http://tracker.example/'><input name='password' autofocus></form>",
    "<div style='position:fixed;inset:0;background:red'>cover</div>",
    "![pixel](http://tracker.example/pixel.png) [link](javascript:alert('md'))",
    "$x^2$ :material/home: :red[red] **bold** `code`",
    "\u202egnihtyna\u202c \u2066isolated\u2069",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)}",
)
CANARY = "[src*=tracker],[href^='javascript:'],[onerror],[onload],form[action],input[name=password],[style*='inset:0']"


def hostile_document(payload: str, number: int) -> Document:
    """Return an article that says ``payload`` in every field."""
    return Document(
        id=f"hostile-{number}",
        text=f"Before {payload} after.\n\n{payload}\n\nThe brutal end of {number}.",
        title=f"Title {payload}",
        outlet=f"Outlet {payload}",
        published=f"2026 {payload}",
        url=f"javascript:alert('url')//{payload}",
        event=f"Event {payload}",
    )


def hostile_codebook(folder: Path) -> Path:
    """Return a codebook whose names, definitions and guidelines are payloads."""
    source = default_codebook_path().read_text(encoding="utf-8")
    changes = {
        "id: news-framing": "id: hostile",
        "name: Doubt\n": f'name: "Doubt {PAYLOADS[1]}"\n',
        "name: Political\n": f'name: "Political {PAYLOADS[0]}"\n',
        "definition: >-\n      Wording that": f"definition: >-\n      {PAYLOADS[3]} {PAYLOADS[6]} Wording that",
    }
    for old, new in changes.items():
        assert old in source, f"the codebook file no longer holds {old!r}"
        source = source.replace(old, new, 1)
    path = folder / "codebook.yaml"
    path.write_text(source, encoding="utf-8")
    (folder / "guidelines.md").write_text("# Guidelines\n\n" + "\n\n".join(PAYLOADS), encoding="utf-8")
    return path


def assert_inert(page: Page) -> None:
    """Check that no payload made an element, and that the page is still there."""
    wait_until_idle(page)
    assert page.evaluate(f"document.querySelectorAll(`{CANARY}`).length") == 0
    inside = "article.fa-article *, .fa-heading *, .fa-queue-text *"
    made = page.evaluate(f"[...new Set([...document.querySelectorAll(`{inside}`)].map((e) => e.localName))]")
    assert set(made) <= {"p", "mark", "span", "h1", "time"}
    assert page.evaluate("getComputedStyle(document.body).display") != "none"


def test_article_of_payloads_is_shown_as_text(
    new_context: NewContext, server: AppServer, projects: Projects, stored: Stored
) -> None:
    documents = [hostile_document(payload, number) for number, payload in enumerate(PAYLOADS)]
    found = [made_up(document, [Mark("brutal end", "loaded_language", 0.8)]) for document in documents]
    project = projects.make(documents, suggestions=found, title=f"Project {PAYLOADS[1]}", annotators=[PAYLOADS[0]])
    annotate = AnnotatePage(new_context().new_page(), server.address)
    annotate.open(project, annotator=PAYLOADS[0], document="hostile-0")
    for number, payload in enumerate(PAYLOADS):
        if number:
            annotate.queue_row(f"hostile-{number}").click()
            annotate.ready(f"hostile-{number}")
        assert annotate.article.locator("p").nth(1).text_content() == payload
        expect(annotate.root.locator("h1")).to_have_text(f"Title {payload}", use_inner_text=False)
        assert_inert(annotate.page)


@pytest.mark.parametrize("payload", [PAYLOADS[1], PAYLOADS[3], PAYLOADS[5]], ids=["image", "svg", "closed-script"])
def test_note_target_and_quote_are_shown_as_text(
    annotate: AnnotatePage, projects: Projects, stored: Stored, payload: str
) -> None:
    project = projects.make([hostile_document(payload, 1)])
    annotate.open(project)
    annotate.label(payload, "7", 1)
    annotate.panel.get_by_label("Target").fill(payload)
    annotate.press("Enter", "m")
    annotate.page.keyboard.insert_text(payload)
    annotate.press("Enter")
    annotate.saved()
    (span,) = stored(project, "hostile-1")
    assert (span.target, span.note) == (payload, payload)
    annotate.article.locator("mark").first.hover()
    expect(annotate.page.locator(".fa-card")).to_contain_text(payload)
    annotate.reload()
    assert_inert(annotate.page)


def test_codebook_of_payloads_is_shown_as_text(annotate: AnnotatePage, projects: Projects, tmp_path: Path) -> None:
    project = projects.make([hostile_document("plain", 1)], codebook_path=hostile_codebook(tmp_path))
    annotate.open(project)
    annotate.label("brutal", "1")
    expect(annotate.panel.get_by_text(f"Doubt {PAYLOADS[1]}")).to_be_visible()
    annotate.press("g")
    dialog = annotate.page.get_by_role("dialog", name="Guidelines")
    expect(dialog.get_by_text("alert('script')").first).to_be_visible()
    assert dialog.locator("script, img, style, form, iframe, svg:not(.fa-icon)").count() == 0
    annotate.press("Escape")
    annotate.panel.get_by_role("tab", name="Article frames").click()
    expect(annotate.panel.get_by_text(f"Political {PAYLOADS[0]}")).to_be_visible()
    annotate.saved()
    assert_inert(annotate.page)


def test_project_page_shows_payloads_as_text(page: Page, server: AppServer, projects: Projects) -> None:
    documents = [hostile_document(payload, number) for number, payload in enumerate(PAYLOADS)]
    project = projects.make(documents, title=f"Project {PAYLOADS[1]} {PAYLOADS[9]}", annotators=["ana"])
    page.goto(f"{server.address}/project?project={project}&annotator=ana")
    expect(page.get_by_role("tab", name="Overview")).to_be_visible()
    assert_inert(page)


def test_messages_show_payloads_as_text(page: Page, server: AppServer, projects: Projects) -> None:
    """What a person or an address says comes back in messages, which Streamlit reads as Markdown."""
    project = projects.harbour()
    page.goto(f"{server.address}/?project={project}&annotator=ana&document={PAYLOADS[9]}")
    expect(page.get_by_text("has no article")).to_be_visible()
    assert_inert(page)


def test_file_name_and_content_of_an_upload_are_shown_as_text(
    page: Page, server: AppServer, projects: Projects
) -> None:
    project = projects.harbour()
    page.goto(f"{server.address}/project?project={project}&annotator=ana")
    page.get_by_role("tab", name="Add articles").click()
    name = "![p](http:x.example) <img src=x onerror=alert(1)>.txt"
    page.locator('input[type="file"]').first.set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": b"\0binary \xff"}
    )
    page.get_by_text("Suggest labels for the new articles").click()
    page.get_by_role("button", name="Add to the project").click()
    expect(page.get_by_text("Left out", exact=False).first).to_be_visible()
    assert_inert(page)
