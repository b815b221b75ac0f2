"""Suggesters made of others: two that speak as one, and one that speaks the words of a research corpus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import tee

from annotator.annotations import Agent, Suggestions
from annotator.classifier.base import Suggester, Whole, suggest_whole
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.schemes import Scheme, to_scheme
from annotator.workflows.score import joined


class Joint:
    """The spans of the first, and those of the second that overlap none of them, as ``annotator score`` writes them.

    Article frames come from the first.
    """

    def __init__(self, first: Suggester, second: Suggester) -> None:
        self.agent: Agent = first.agent
        self.version = f"{first.version} + {second.version}"
        self.codebook = first.codebook
        self._both = first, second

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        """Yield the joined suggestions for each document."""
        return (cut for cut, _ in self.suggest_whole(documents, minimum=minimum))

    def suggest_whole(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Whole]:
        """Yield the joined suggestions and every article frame of the first."""
        first, second = self._both
        one, two = tee(documents)
        for (mine, frames), other in zip(
            suggest_whole(first, one, minimum=minimum), second.suggest(two, minimum=minimum), strict=True
        ):
            yield joined(mine, other), frames


class Translated:
    """A suggester whose labels are put in the words of a research corpus, to be measured against its labels."""

    def __init__(self, suggester: Suggester, codebook: Codebook, scheme: Scheme) -> None:
        self.agent: Agent = suggester.agent
        self.version = suggester.version
        self.codebook = scheme.codebook().ref
        self._suggester = suggester
        self._own = codebook
        self._scheme = scheme

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        """Yield the translated suggestions for each document."""
        return (cut for cut, _ in self.suggest_whole(documents, minimum=minimum))

    def suggest_whole(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Whole]:
        """Yield the translated suggestions, and every article frame that the corpus has too."""
        for cut, frames in suggest_whole(self._suggester, documents, minimum=minimum):
            found = to_scheme(self._scheme, cut, self._own)
            whole = to_scheme(self._scheme, replace(cut, frames=frames), self._own)
            yield found, whole.frames
