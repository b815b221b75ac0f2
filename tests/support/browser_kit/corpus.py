"""Invented articles and made-up suggestions, put into a project through the store; no model is loaded."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from annotator.annotations import Evidence, FrameSuggestion, LabelProbability, SpanSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.codebook_file import load_codebook
from annotator.documents import Document
from annotator.resources import default_codebook_path
from annotator.segments import paragraphs
from annotator.store.base import Store

AGENT_VERSION = "made-up@1"

HARBOUR = (
    "The radical council slammed the harbour plan on Monday, and the radical paper praised it.\n\n"
    "Officials of the Quayside regime said that the illicit cranes would stay. “The so-called reform is a "
    "betrayal of our valiant dockers,” the union leader told reporters.\n\n"
    "A radical change, the mayor wrote, would plunge the port into the abyss. Nobody counted the ships."
)

UNICODE = (
    "🎉🎉 The party’s radical plan passed, the 👩🏽‍🚒 union of fire fighters said.\r\n"
    "The old re\u0301gime in Zu\u0308rich fell under flags 🇩🇪🇫🇷 and cheers.\r\n\r\n"
    "قال المتحدث إن النظام الفاسد سقط 🎉 في المدينة أمس.\r\n"
    "דובר הממשלה אמר כי the brutal משטר נפל אתמול.\r\n"
    "𝔄 last line after it all: the stolen grain 🌾 came back."
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A suggestion to make up: the ``nth`` occurrence of ``quote`` (0 the first)."""

    quote: str
    device: str
    probability: float
    nth: int = 0


def place_of(text: str, quote: str, nth: int = 0) -> tuple[int, int]:
    """Return the ``nth`` occurrence of ``quote`` as ``[start, end)`` in code points.

    Raises:
        ValueError: If the text does not hold it.
    """
    start = -1
    for _ in range(nth + 1):
        start = text.index(quote, start + 1)
    return start, start + len(quote)


def made_up(document: Document, marks: Iterable[Mark], *, frames: Sequence[str] = ()) -> Suggestions:
    """Return suggestions for ``document``: the marks, and article frames carried by its first paragraphs."""
    spans = []
    for mark in marks:
        start, end = place_of(document.text, mark.quote, mark.nth)
        spans.append(
            SpanSuggestion(
                start,
                end,
                mark.quote,
                mark.device,
                mark.probability,
                frames=(LabelProbability("Political", 0.7), LabelProbability("Economic", 0.4)),
                voice="own",
                target="the council",
                polarity="-",
            )
        )
    lines = list(paragraphs(document.text))
    evidence = tuple(Evidence(line.start, line.end, 0.8 - 0.1 * i) for i, line in enumerate(lines[:2]))
    proposed = tuple(FrameSuggestion(frame, 0.9 - 0.2 * i, evidence) for i, frame in enumerate(frames))
    return Suggestions(document.id, "model", AGENT_VERSION, "news-framing@1", tuple(spans), proposed)


HARBOUR_MARKS = (
    Mark("radical council", "name_calling", 0.91),
    Mark("slammed", "loaded_language", 0.64),
    Mark("Quayside regime", "name_calling", 0.83),
    Mark("illicit cranes", "presupposed_judgement", 0.72),
    Mark("so-called reform", "doubt", 0.35),
    Mark("Nobody counted", "loaded_language", 0.12),
)


def harbour(number: int = 1, **fields: str) -> Document:
    """Return a short article, a different one for each number."""
    given: dict[str, str] = {
        "id": f"harbour-{number}",
        "text": f"{HARBOUR}\n\nThis is report number {number}.",
        "title": f"Harbour report {number}",
        "outlet": ("Quay Post", "Port Herald", "Channel Nine")[number % 3],
        "published": f"2026-03-{number % 28 + 1:02}",
        "event": ("Harbour plan", "Crane strike")[number % 2],
        **fields,
    }
    return Document(**given)  # type: ignore[arg-type]


def unicode_article() -> Document:
    """Return an article of everything that shifts offsets."""
    return Document(id="unicode", text=UNICODE, title="Emoji 🎉 and عربي", outlet="Sample")


_SENTENCES = (
    "The council met on the quay and heard the report of the port office.",
    "Nobody had asked the brutal question about the price of the new cranes.",
    "“We will not be moved,” a docker said, and the hall fell silent.",
    "Figures for the third quarter showed slightly more grain than a year before.",
    "The governor’s allies called the vote a stolen one, his critics a reckless gamble.",
)


def long_article(words: int, *, id: str = "long") -> Document:
    """Return an article of at least ``words`` words, in paragraphs of five sentences."""
    paragraph = " ".join(_SENTENCES)
    count = words // len(paragraph.split()) + 1
    text = "\n\n".join(f"Part {n + 1}. {paragraph}" for n in range(count))
    return Document(id=id, text=text, title=f"A long report of {words:,} words", outlet="Quay Post")


@cache
def _read_codebook(path: Path) -> tuple[Codebook, str]:
    return load_codebook(path), path.read_text(encoding="utf-8")


class Projects:
    """Makes projects of their own in one store, so that tests do not meet."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def make(
        self,
        documents: Iterable[Document],
        *,
        suggestions: Iterable[Suggestions] = (),
        annotators: Sequence[str] = ("ana",),
        codebook_path: Path | None = None,
        title: str = "Test project",
    ) -> str:
        """Make a project and return its id."""
        path = codebook_path or default_codebook_path()
        codebook, source = _read_codebook(path)
        project = f"p-{uuid.uuid4().hex[:12]}"
        self.store.create_project(project, title=title, codebook=codebook, codebook_source=source)
        for name in annotators:
            self.store.add_annotator(project, name)
        for outcome in self.store.add_documents(project, documents):
            if outcome.outcome != "added":
                raise ValueError(f"{outcome.document_id}: {outcome.outcome} {outcome.reason}")
        self.store.put_suggestions(project, suggestions)
        return project

    def harbour(self, *, articles: int = 1, annotators: Sequence[str] = ("ana",)) -> str:
        """Make a project of short articles, each with the same six suggestions."""
        documents = [harbour(number) for number in range(1, articles + 1)]
        frames = ("Political", "Economic")
        found = [made_up(document, HARBOUR_MARKS, frames=frames) for document in documents]
        return self.make(documents, suggestions=found, annotators=annotators)
