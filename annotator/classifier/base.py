"""The protocol every suggester follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from annotator.annotations import Agent, FrameSuggestion, Suggestions
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


Whole = tuple[Suggestions, tuple[FrameSuggestion, ...]]
"""What is suggested for a document and, beside it, every article frame with its probability."""


@runtime_checkable
class WholeSuggester(Protocol):
    """A suggester that also tells the probability of the article frames that it does not suggest."""

    def suggest_whole(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Whole]:
        """Yield what ``suggest`` yields and, beside it, every article frame with its probability."""
        ...


def suggest_whole(
    suggester: Suggester, documents: Iterable[Document], *, minimum: float | None = None
) -> Iterator[Whole]:
    """Ask any suggester as a :class:`WholeSuggester`; one that is none tells of the frames it suggests."""
    if isinstance(suggester, WholeSuggester):
        yield from suggester.suggest_whole(documents, minimum=minimum)
        return
    for found in suggester.suggest(documents, minimum=minimum):
        yield found, found.frames
