"""A suggester that needs no model, and a process that scores a project with it; tests kill it.

Run as ``python -m store_kit.marker DATABASE``; prints the number of articles done after each batch, and begins the
next one when it is given a line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from annotator.annotations import Agent, FrameSuggestion, SpanSuggestion, Suggestions
from annotator.documents import Document
from annotator.store import open_store
from annotator.workflows.score_project import score_project
from store_kit.edits import PROJECT, SMALL


class Marker:
    """Marks the first word of each text; remembers whose; fails at texts that hold ``poison``."""

    codebook = SMALL.ref

    def __init__(self, version: str = "m@1", agent: Agent = "model", *, probability: float = 0.5) -> None:
        self.version = version
        self.agent: Agent = agent
        self.probability = probability
        self.seen: list[str] = []

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        for document in documents:
            if "poison" in document.text:
                raise ValueError("no such word\nin the vocabulary")
            self.seen.append(document.id)
            word = document.text.split()[0]
            spans = (SpanSuggestion(0, len(word), word, "loaded", self.probability, agent=self.agent),)
            frames = (FrameSuggestion("economy", 0.25),) if self.agent == "model" else ()
            yield Suggestions(document.id, self.agent, self.version, self.codebook, spans, frames, ("odd",))


def score(database: str, *, wait: bool = False) -> None:
    """Score everything that is missing.

    Args:
        wait: Whether to say when a batch is done and wait for a line before the next.
    """

    def tell(done: int, _: int) -> None:
        print(done, flush=True)
        sys.stdin.readline()

    suggesters = [Marker(), Marker("lex@1", "lexicon")]
    store = open_store(database)
    score_project(store, PROJECT, suggesters, progress=tell if wait else None)
    store.close()


if __name__ == "__main__":
    score(sys.argv[1], wait=True)
