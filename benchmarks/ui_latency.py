"""How long from a key press to the screen, and to the saved label.

Starts the real app and a headless Chromium on this machine, labels words by keyboard, and measures inside
the page: *painted* is the time from the key event (its own time stamp) to the second animation frame after
it, *saved* to the moment the page says "saved", which it does after the server's commit.

Example:
    python benchmarks/ui_latency.py --actions 40
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from browser_kit.annotate import AnnotatePage
from browser_kit.corpus import Projects, long_article
from browser_kit.guard import CHROMIUM_ARGUMENTS
from browser_kit.server import AppServer
from playwright.sync_api import Page, sync_playwright

from annotator.documents import Document
from annotator.operations import Change, Operation
from annotator.segments import words
from annotator.store import open_store
from annotator.store.base import Store

CASES = ((1_000, 30), (5_000, 500), (20_000, 500))
RESULT = Path(__file__).parent / "results" / "ui_latency.md"
PAINTED_AIM_MS, SAVED_AIM_MS = 50, 200

_WATCH = """
() => {
  window.measured = [];
  const root = document.querySelector('.fa-root[data-document]');
  let open = null;
  document.addEventListener('keydown', (event) => {
    if (!/^[1-7]$/.test(event.key)) return;
    const action = (open = { start: event.timeStamp });
    requestAnimationFrame(() => requestAnimationFrame(() => { action.painted = performance.now() - action.start; }));
  }, true);
  new MutationObserver(() => {
    if (root.dataset.saveState === 'saved' && open && open.saved === undefined) {
      open.saved = performance.now() - open.start;
      window.measured.push(open);
    }
  }).observe(root, { attributes: true, attributeFilter: ['data-save-state'] });
}
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds of one case, one entry per action."""

    words: int
    spans: int
    painted: list[float]
    saved: list[float]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` (0 to 1) of the values lie, by linear interpolation."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def fill(store: Store, project: str, document: Document, spans: int) -> None:
    """Label ``spans`` words of an article, spread evenly, as one annotator's work so far."""
    places = words(document.text)
    step = max(1, len(places) * 9 // 10 // spans)
    operations = []
    for number, place in enumerate(places[::step][:spans]):
        span = {"start": place.start, "end": place.end, "quote": document.text[place.start : place.end]}
        span |= {"device": ("doubt", "name_calling", "loaded_language")[number % 3], "frames": []}
        span |= {"voice": "own", "target": None, "polarity": None}
        changes = [Change("span", f"s{number}", None, span)]
        if number == 0:
            changes.append(Change("status", "", None, "draft"))
        operations.append(Operation(f"fill-{document.id}-{number}", document.id, "ana", "label", tuple(changes)))
    refused = [applied.reason for applied in store.apply(project, operations) if applied.outcome == "refused"]
    if refused:
        raise ValueError(refused[0])


def measure(page: Page, address: str, project: str, *, document: str, actions: int) -> list[dict[str, float]]:
    """Label ``actions`` words near the middle of what is on the screen, one after the other has been saved."""
    annotate = AnnotatePage(page, address).open(project, document=document)
    annotate.select("Part 2")
    page.evaluate(_WATCH)
    for number in range(actions + 2):
        annotate.press("ArrowRight", "ArrowRight", str(number % 7 + 1))
        page.wait_for_function("(wanted) => window.measured.length === wanted", arg=number + 1)
        page.wait_for_timeout(120)  # a person pauses; without it the next action waits for this one's redraw
    measured: list[dict[str, float]] = page.evaluate("() => window.measured")
    return measured[2:]  # the first two warm caches up


def run(actions: int, chromium: str) -> Iterator[Figures]:
    """Yield the figures of each case."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        server = AppServer(folder / "annotator.db", folder)
        store = open_store(server.database)
        cases = []
        for size, spans in CASES:
            document = long_article(size, id=f"long-{size}")
            project = Projects(store).make([document])
            fill(store, project, document, spans)
            cases.append((size, spans, project, document.id))
        server.start()
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        try:
            for size, spans, project, document_id in cases:
                page = browser.new_page(viewport={"width": 1400, "height": 900})
                found = measure(page, server.address, project, document=document_id, actions=actions)
                page.close()
                yield Figures(size, spans, [one["painted"] for one in found], [one["saved"] for one in found])
        finally:
            browser.close()
            server.stop()
            store.close()


def machine() -> str:
    """Describe the machine without naming it."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{os.cpu_count()} cores, {model}, {platform.system()}, Python {platform.python_version()}"


def table(rows: Sequence[Figures]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| words | spans | actions | painted p50 | painted p95 | saved p50 | saved p95 |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        cells = [percentile(v, share) for v in (row.painted, row.saved) for share in (0.5, 0.95)]
        figures = " | ".join(f"{cell:.0f}" for cell in cells)
        lines.append(f"| {row.words:,} | {row.spans} | {len(row.painted)} | {figures} |")
    return "\n".join(lines)


def report(rows: Sequence[Figures], *, load: tuple[float, float]) -> str:
    """Return the result page."""
    worst_painted = max(percentile(row.painted, 0.95) for row in rows)
    worst_saved = max(percentile(row.saved, 0.95) for row in rows)
    reached = worst_painted <= PAINTED_AIM_MS and worst_saved <= SAVED_AIM_MS
    verdict = "Reached." if reached else "Not reached in this run."
    return f"""# From key press to screen and to saved label

Milliseconds; made by `python benchmarks/ui_latency.py` on {date.today().isoformat()}.
Aim: painted p95 ≤ {PAINTED_AIM_MS}, saved p95 ≤ {SAVED_AIM_MS} on 2 cores. {verdict}

Machine: {machine()}. Server and headless Chromium share it. Load average (1 minute) {load[0]:.1f} before and
{load[1]:.1f} after the run; this benchmark alone makes about 1.

{table(rows)}

*Painted*: from the key event's time stamp to the second animation frame after it. *Saved*: until the page shows
"saved", after the database's commit and the server's answer.
"""


def main() -> None:
    """Measure, print, and write the result page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--actions", type=int, default=40, help="labels per case, at least 30")
    parser.add_argument("--chromium", default=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    parser.add_argument("--json", action="store_true", help="print every measured value, and write no file")
    options = parser.parse_args()
    before = os.getloadavg()[0]
    rows = list(run(options.actions, options.chromium))
    if options.json:
        print(json.dumps([{"words": r.words, "painted": r.painted, "saved": r.saved} for r in rows]))
        return
    page = report(rows, load=(before, os.getloadavg()[0]))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
