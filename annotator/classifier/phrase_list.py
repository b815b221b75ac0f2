"""The simplest baseline: mark a phrase again wherever it was marked before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from annotator.annotations import Agent, Annotation, SpanSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.segments import words
from annotator.spans import Span

LONGEST = 8
"""Most words in a phrase; longer ones hardly ever recur."""
THRESHOLD = 0.5
"""A phrase is marked when at least this part of its places was."""
DOUBT = 1.0
"""Places counted as unmarked beside those that were seen: one place alone proves little."""

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A phrase of the list: its most frequent labels, and the share of its places that was marked."""

    device: str
    voice: str | None
    polarity: str | None
    share: float


class PhraseList:
    """Suggests every phrase of a list, longest first; no article frames."""

    agent: Agent = "model"
    version = "phrase-list@1"

    def __init__(self, phrases: dict[Phrase, Known], codebook: Codebook) -> None:
        self.codebook = codebook.ref
        self.phrases = phrases
        self._lengths = sorted({len(phrase) for phrase in phrases}, reverse=True)

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        """Yield the suggestions for each document; ``minimum`` as for every suggester."""
        lowest = THRESHOLD if minimum is None else minimum
        for document in documents:
            spans = tuple(self._spans(document.text, lowest))
            yield Suggestions(document.id, self.agent, self.version, self.codebook, spans)

    def _spans(self, text: str, lowest: float) -> Iterator[SpanSuggestion]:
        places = words(text)
        forms = _forms(text, places)
        at = 0
        while at < len(places):
            known, length = next(self._matches(forms, at, lowest), (None, 1))
            if known is not None:
                start, end = places[at].start, places[at + length - 1].end
                yield SpanSuggestion(
                    start,
                    end,
                    text[start:end],
                    known.device,
                    known.share,
                    voice=known.voice,
                    polarity=known.polarity,
                    agent=self.agent,
                )
            at += length

    def _matches(self, forms: Phrase, at: int, lowest: float) -> Iterator[tuple[Known, int]]:
        for length in self._lengths:
            if at + length > len(forms):
                continue
            known = self.phrases.get(forms[at : at + length])
            if known is not None and known.share >= lowest:
                yield known, length


def fit_phrases(articles: Iterable[tuple[Document, Annotation]], codebook: Codebook) -> PhraseList:
    """Return the phrases that were marked, with the share of their places that was."""
    marked: dict[Phrase, list[tuple[str, str | None, str | None]]] = defaultdict(list)
    texts: list[Phrase] = []
    for document, gold in articles:
        places = words(document.text)
        forms = _forms(document.text, places)
        texts.append(forms)
        for span in gold.spans:
            inside = tuple(f for f, p in zip(forms, places, strict=True) if p.start < span.end and p.end > span.start)
            if 0 < len(inside) <= LONGEST:
                marked[inside].append((span.device, span.voice, span.polarity))
    seen = _count(texts, set(marked))
    known = {phrase: _known(labels, max(seen[phrase], len(labels))) for phrase, labels in marked.items()}
    return PhraseList(known, codebook)


def _known(labels: Sequence[tuple[str, str | None, str | None]], seen: int) -> Known:
    device, voice, polarity = (Counter(column).most_common(1)[0][0] for column in zip(*labels, strict=True))
    return Known(str(device), voice, polarity, len(labels) / (seen + DOUBT))


def _count(texts: Iterable[Phrase], phrases: set[Phrase]) -> Counter[Phrase]:
    lengths = sorted({len(phrase) for phrase in phrases})
    found: Counter[Phrase] = Counter()
    for forms in texts:
        for length in lengths:
            windows = (forms[at : at + length] for at in range(len(forms) - length + 1))
            found.update(window for window in windows if window in phrases)
    return found


def _forms(text: str, places: Iterable[Span]) -> Phrase:
    return tuple(text[place.start : place.end].casefold() for place in places)
