"""Selections that are too wide, articles that are too full, files that leave the app."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from browser_kit.annotate import AnnotatePage, wait_until_idle
from browser_kit.corpus import Mark, Projects, harbour, long_article, made_up
from browser_kit.kinds import Stored
from browser_kit.server import AppServer
from playwright.sync_api import Page, expect

from annotator.operations import Change, Operation
from annotator.segments import words
from annotator.store.base import Store

OVER_A_BREAK = """
() => {
  const paragraphs = [...document.querySelectorAll('article.fa-article p.fa-p')];
  const nodes = (p) => { const w = document.createTreeWalker(p, NodeFilter.SHOW_TEXT); const all = [];
    for (let n = w.nextNode(); n; n = w.nextNode()) all.push(n); return all; };
  const last = nodes(paragraphs[0]).at(-1);
  const first = nodes(paragraphs[1])[0];
  getSelection().setBaseAndExtent(last, last.data.indexOf('praised'), first, 'Officials'.length);
}
"""


def test_span_over_a_paragraph_break_is_exact(annotate: AnnotatePage, projects: Projects, stored: Stored) -> None:
    project = projects.make([harbour()])
    annotate.open(project)
    annotate.article.focus()
    annotate.evaluate(OVER_A_BREAK)
    annotate.press("7")
    annotate.saved()
    (span,) = stored(project)
    assert span.quote == "praised it.\n\nOfficials"
    annotate.reload()
    expect(annotate.article.locator("mark[data-span]")).to_have_count(2)  # one piece in each paragraph


def test_accidental_wide_selection_is_undone_without_a_trace(
    annotate: AnnotatePage, projects: Projects, store: Store
) -> None:
    project = projects.make([harbour()])
    annotate.open(project)
    for quote, key in (("betrayal", "7"), ("abyss", "5"), ("illicit cranes", "2")):
        annotate.label(quote, key)
    annotate.saved()
    before = store.state(project, "harbour-1", "ana")
    annotate.article.focus()
    annotate.press("Control+a", "3")
    annotate.press("u")
    annotate.saved()
    assert store.state(project, "harbour-1", "ana") == before
    assert len(before.spans) == 3


def test_5000_words_with_300_labels_stay_usable(
    annotate: AnnotatePage, projects: Projects, store: Store, stored: Stored
) -> None:
    document = long_article(5_000)
    project = projects.make([document])
    places = words(document.text)[5::16][:300]
    devices = store.project(project).codebook.ids("device")
    operations = [
        Operation(
            f"{project}-{n}",
            document.id,
            "ana",
            "label",
            (Change("span", f"s{n}", None, _record(document.text, word.start, word.end, devices[n % len(devices)])),),
        )
        for n, word in enumerate(places)
    ]
    assert {applied.outcome for applied in store.apply(project, operations)} == {"applied"}
    annotate.open(project)
    expect(annotate.marks()).to_have_count(300)
    annotate.label("Part 40", "7")
    annotate.saved()
    annotate.press("u")
    annotate.saved()
    annotate.press("Shift+U")
    annotate.saved()
    assert len(stored(project, "long")) == 301


def _record(text: str, start: int, end: int, device: str) -> dict[str, object]:
    return {"start": start, "end": end, "quote": text[start:end], "device": device, "frames": []}


def test_download_is_an_attachment_with_everything_in_it(
    page: Page, server: AppServer, projects: Projects, tmp_path: Path
) -> None:
    document = harbour()
    project = projects.make([document], suggestions=[made_up(document, [Mark("betrayal", "doubt", 0.5)])])
    sent = []
    page.on("response", lambda answer: sent.append(answer) if urlsplit(answer.url).path.startswith("/media/") else None)
    page.goto(f"{server.address}/project?project={project}&annotator=ana")
    wait_until_idle(page)
    page.get_by_role("tab", name="Export").click()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download").click()
    caught.value.save_as(tmp_path / "out.jsonl")
    assert caught.value.suggested_filename == f"{project}.jsonl"
    assert '"offset_unit": "codepoint"' in (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert [answer.headers["content-disposition"].partition(";")[0] for answer in sent] == ["attachment"]


def test_guidelines_are_one_click_away(annotate: AnnotatePage, projects: Projects) -> None:
    annotate.open(projects.make([harbour()]))
    annotate.root.get_by_role("button", name="Guidelines").click()
    dialog = annotate.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Loaded phrases")
    annotate.press("Escape")
    expect(dialog).to_be_hidden()
    annotate.article.focus()
    annotate.press("g")
    expect(dialog).to_be_visible()
