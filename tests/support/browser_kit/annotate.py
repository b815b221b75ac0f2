"""The Annotate page as a person uses it: select, press, look. Every wait is for a condition."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page

TIMEOUT_MS = 20_000

_RANGE = """
([quote, nth]) => {
  const article = document.querySelector('article.fa-article');
  let seen = -1;
  for (const paragraph of article.querySelectorAll('p.fa-p')) {
    const text = paragraph.textContent;
    for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) {
      seen += 1;
      if (seen < nth) continue;
      const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      let passed = 0;
      let started = false;
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const end = passed + node.data.length;
        if (!started && at < end) { range.setStart(node, at - passed); started = true; }
        if (started && at + quote.length <= end) { range.setEnd(node, at + quote.length - passed); return USE(range); }
        passed = end;
      }
    }
  }
  throw new Error('the article does not show ' + JSON.stringify(quote));
}
"""
_SELECT = _RANGE.replace(
    "USE(range)",
    "getSelection().setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset)",
)
_BOXES = _RANGE.replace(
    "USE(range)",
    """(() => {
      range.startContainer.parentElement.scrollIntoView({block: 'center'});
      const boxes = [...range.getClientRects()].filter((box) => box.width);
      const [first, last] = [boxes[0], boxes.at(-1)];
      return [first.left, first.top + first.height / 2, last.right, last.top + last.height / 2];
    })()""",
)


_IS_SAVED = "() => document.querySelector('.fa-root[data-document]')?.dataset.saveState === 'saved'"
_SETTLED = "() => new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done))))"
"""The browser settles its selection after the button is released, and the page after that."""


class AnnotatePage:
    """One browser tab with the Annotate page open."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def open(self, project: str, *, annotator: str = "ana", document: str | None = None) -> AnnotatePage:
        """Go to an article (the one left off at when none is named) and wait until it can be worked on."""
        query = {"project": project, "annotator": annotator} | ({"document": document} if document else {})
        self.page.goto(f"{self.address}/?{urlencode(query)}")
        return self.ready(document)

    def ready(self, document: str | None = None) -> AnnotatePage:
        """Wait until the article (that one, if named) shows the saved labels."""
        which = f'[data-document="{document}"]' if document else "[data-document]"
        self.page.wait_for_selector(f".fa-root{which}:not(.is-waiting) article.fa-article", timeout=TIMEOUT_MS)
        self.page.evaluate("() => document.fonts.ready.then(() => null)")
        wait_until_idle(self.page)
        return self

    def reload(self) -> AnnotatePage:
        """Load the page again."""
        self.page.reload()
        return self.ready()

    @property
    def root(self) -> Locator:
        """The annotator: bar, article, side panel."""
        return self.page.locator(".fa-root[data-document]")

    @property
    def article(self) -> Locator:
        """The text."""
        return self.page.locator("article.fa-article")

    @property
    def panel(self) -> Locator:
        """The side panel."""
        return self.page.locator("aside.fa-panel")

    @property
    def toast(self) -> Locator:
        """The note at the foot of the window."""
        return self.root.locator(".fa-toast")

    def select(self, quote: str, nth: int = 0) -> None:
        """Select words as the browser would after a drag, without the mouse."""
        self.article.focus()
        self.page.evaluate(_SELECT, [quote, nth])

    def drag(self, quote: str, nth: int = 0, *, inset: float = 0.0) -> None:
        """Drag the mouse over words; ``inset`` pixels inside their first and last letter."""
        x0, y0, x1, y1 = self._box(quote, nth)
        self.page.mouse.move(x0 + inset, y0)
        self.page.mouse.down()
        self.page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2, steps=4)
        self.page.mouse.move(x1 - inset, y1, steps=4)
        self.page.mouse.up()
        self.page.evaluate(_SETTLED)

    def middle_of(self, quote: str, nth: int = 0) -> tuple[float, float]:
        """Return a point on the first line of some words, scrolled into view."""
        x0, y0, x1, y1 = self._box(quote, nth)
        return ((x0 + x1) / 2 if abs(y0 - y1) < 4 else x0 + 4, y0)

    def _box(self, quote: str, nth: int) -> list[float]:
        """Return left and middle of the first line, right and middle of the last, once nothing moves any more."""
        before: list[float] = []
        while True:
            now: list[float] = self.page.evaluate(_BOXES, [quote, nth])
            if now == before:
                return now
            before = now
            self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def label(self, quote: str, key: str, nth: int = 0) -> None:
        """Select words and press a device's number."""
        self.select(quote, nth)
        self.press(key)

    def saved(self, *, timeout_ms: float = TIMEOUT_MS) -> None:
        """Wait until the server has acknowledged every edit."""
        # Asks at every frame; `expect` would ask a second later.
        self.page.wait_for_function(_IS_SAVED, timeout=timeout_ms)

    def selected_text(self) -> str:
        """Return what is selected in the browser."""
        return str(self.page.evaluate("() => getSelection().toString()"))

    def marks(self, kind: str = "span") -> Locator:
        """Return the first piece of each drawn span (or ``suggestion``)."""
        return self.article.locator(f"mark.is-start[data-{kind}]")

    def answer(self, what: str) -> Locator:
        """Return the button ``accept``, ``edit`` or ``reject`` of the suggestion shown."""
        return self.panel.locator(f'[data-answer="{what}"]')

    def queue_row(self, document: str) -> Locator:
        """Return an article's row in the queue."""
        return self.page.locator(f'.fa-queue [data-document="{document}"]')

    def go_to_page(self, title: str) -> None:
        """Click a page in the sidebar's navigation."""
        self.page.locator('[data-testid="stSidebarNav"] a', has_text=title).click()

    def until_idle(self) -> None:
        """Wait until Streamlit's script has run."""
        wait_until_idle(self.page)

    def evaluate(self, expression: str) -> Any:
        """Evaluate JavaScript in the tab."""
        return self.page.evaluate(expression)


def wait_until_idle(page: Page) -> None:
    """Wait until Streamlit has drawn the page and its script does not run."""
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=TIMEOUT_MS)
