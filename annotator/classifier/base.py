"""The protocol every suggester follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from annotator.annotations import Agent, Suggestions
from annotator.documents import Document


class Suggester(Protocol):
    """Something that proposes labels for documents.

    Attributes:
        agent: ``model`` or ``lexicon``.
        version: Name and version, such as ``news-framing-minilm@1.0.0``; stored with every suggestion.
        codebook: Codebook ref its labels belong to.
    """

    @property
    def agent(self) -> Agent: ...

    @property
    def version(self) -> str: ...

    @property
    def codebook(self) -> str: ...

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        """Yield the suggestions for each document, in order, lazily.

        Args:
            documents: Read as needed; never collected whole.
            minimum: Lowest probability to report, for spans and frames alike, 0 to 1. ``None``: the
                suggester's own threshold of each label.
        """
        ...
