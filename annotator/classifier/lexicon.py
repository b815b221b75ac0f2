"""The lexicon as a suggester: explainable, linear in the length of the text, and the baseline a model must beat."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from annotator.annotations import Agent, LabelProbability, SpanSuggestion, Suggestions
from annotator.classifier.automaton import Automaton
from annotator.classifier.phrases import name_after, name_before, noun_phrase
from annotator.classifier.target import propose_target
from annotator.classifier.voice import propose_voice
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.lexicon_file import Entry, Lexicon, load_lexicon
from annotator.patterns import Sequence, Tokens, tokens_of
from annotator.remembering import remembered
from annotator.spans import Span


class Match(NamedTuple):
    """One stretch of a text that an entry covers."""

    span: Span
    entry: Entry


class LexiconSuggester:
    """Suggests the phrases of a lexicon.

    Attributes:
        agent: Always ``lexicon``.
        version: Name and version of the lexicon file.
        codebook: Codebook ref its labels belong to.
    """

    agent: Agent = "lexicon"

    def __init__(self, lexicon: Lexicon, codebook: Codebook) -> None:
        self.lexicon = lexicon
        self.version = lexicon.ref
        self.codebook = codebook.ref
        self._has_voice = bool(codebook.voices)
        self._readings = _readings(lexicon)

    @classmethod
    def load(cls, path: Path, codebook: Codebook) -> LexiconSuggester:
        """Read ``lexicon.yaml``, or the folder that holds it.

        Raises:
            CodebookError: If the file is broken, or written for another codebook.
        """
        return cls(load_lexicon(path, codebook), codebook)

    def suggest(self, documents: Iterable[Document], *, minimum: float | None = None) -> Iterator[Suggestions]:
        """Yield the suggestions for each document, in order, lazily; the lexicon proposes no article frames.

        Args:
            documents: Read as needed.
            minimum: Lowest probability to report, 0 to 1. ``None``: the threshold of the lexicon file.
        """
        lowest = self.lexicon.threshold if minimum is None else minimum
        for document in documents:
            spans = tuple(self._suggestion(document.text, match) for match in self.matches(document.text, lowest))
            yield Suggestions(document.id, "lexicon", self.version, self.codebook, spans)

    def matches(self, text: str, minimum: float = 0.0) -> list[Match]:
        """Return the matches in text order, without overlap: the longer wins, then the more probable."""
        return _without_overlap([match for match in self._readings(text) if match.entry.probability >= minimum])

    def _suggestion(self, text: str, match: Match) -> SpanSuggestion:
        span, entry = match.span, match.entry
        target, polarity = propose_target(text, span, entry.device)
        return SpanSuggestion(
            start=span.start,
            end=span.end,
            quote=text[span.start : span.end],
            device=entry.device,
            probability=entry.probability,
            frames=tuple(LabelProbability(frame, entry.probability) for frame in entry.frames),
            voice=propose_voice(text, span) if self._has_voice else None,
            target=entry.target if entry.target is not None else target,
            polarity=entry.polarity or polarity,
            agent="lexicon",
            rule=entry.pattern,
        )


@lru_cache(maxsize=4)
def _readings(lexicon: Lexicon) -> Callable[[str], list[Match]]:
    """Return what finds all matches in a text, overlapping ones too; equal lexicons share it and what it remembers."""
    automaton = Automaton()
    for name in lexicon.names:
        automaton.insert(None, Sequence(name))
    for entry in lexicon.entries:
        for sequence in entry.sequences:
            automaton.insert(entry, sequence)

    def find(text: str) -> list[Match]:
        tokens = tokens_of(text)
        found: list[Match] = []
        blocked: list[Span] = []
        for at, stop, entry, sequence in automaton.find(tokens.forms):
            if entry is None:
                blocked.append(_span(tokens, at, stop))
                continue
            extent = _extent(tokens, at, stop, sequence)
            if extent and _is_allowed(tokens, extent, entry):
                found.append(Match(_span(tokens, *extent), entry))
        return [match for match in found if not _is_blocked(match.span, blocked)]

    return remembered(find)


def _span(tokens: Tokens, start: int, stop: int) -> Span:
    return Span(tokens.bounds[start][0], tokens.bounds[stop - 1][1])


def _extent(tokens: Tokens, start: int, stop: int, sequence: Sequence) -> tuple[int, int] | None:
    """Return first token and the one after the last, slots included, or ``None`` when a required slot is empty."""
    if sequence.before:
        first = name_before(tokens, start)
        if first == start and not sequence.before.endswith("?"):
            return None
        start = first
    if sequence.after:
        last = noun_phrase(tokens, stop) if sequence.after.startswith("NP") else name_after(tokens, stop)
        if last == stop and not sequence.after.endswith("?"):
            return None
        stop = last
    return start, stop


def _is_allowed(tokens: Tokens, extent: tuple[int, int], entry: Entry) -> bool:
    start, stop = extent
    forms = tokens.forms
    if start and forms[start - 1] in entry.unless_previous:
        return False
    following = forms[stop] if stop < len(forms) else ""
    if following == "-" and stop + 1 < len(forms) and "-" not in entry.unless_next:
        following = forms[stop + 1]
    return following not in entry.unless_next


def _is_blocked(span: Span, blocked: list[Span]) -> bool:
    at = bisect_left(blocked, span.start, key=lambda name: name.end)
    while at < len(blocked) and blocked[at].start <= span.start:
        if blocked[at].contains(span):
            return True
        at += 1
    return False


def _without_overlap(matches: list[Match]) -> list[Match]:
    kept: list[Match] = []
    starts: list[int] = []
    for match in sorted(matches, key=lambda m: (-len(m.span), -m.entry.probability, m.span.start)):
        at = bisect_left(starts, match.span.start)
        clear_right = at == len(kept) or kept[at].span.start >= match.span.end
        if clear_right and (not at or kept[at - 1].span.end <= match.span.start):
            kept.insert(at, match)
            starts.insert(at, match.span.start)
    return kept
