"""The lexicon as a suggester: explainable, linear in the length of the text, and the baseline a model must beat."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from annotator.annotations import Agent, LabelProbability, SpanSuggestion, Suggestions
from annotator.classifier.phrases import name_after, name_before, noun_phrase
from annotator.classifier.target import propose_target
from annotator.classifier.voice import propose_voice
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.lexicon_file import Entry, Lexicon, load_lexicon
from annotator.patterns import Sequence, Token, tokenise
from annotator.spans import Span


@dataclass(slots=True)
class _Node:
    """A place in the trie of word sequences; ``lengths``: lengths of the stems that leave it, longest first."""

    words: dict[str, _Node] = field(default_factory=dict)
    stems: dict[str, _Node] = field(default_factory=dict)
    lengths: list[int] = field(default_factory=list)
    ends: list[tuple[Entry | None, Sequence]] = field(default_factory=list)

    def step(self, form: str) -> list[_Node]:
        """Return the places one word leads to from here."""
        found = [self.words[form]] if form in self.words else []
        for length in self.lengths:
            node = self.stems.get(form[:length])
            if node is not None:
                found.append(node)
        return found


@dataclass(frozen=True, slots=True)
class Match:
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
        self._trie = _build(lexicon)

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
        tokens = tokenise(text)
        found: list[Match] = []
        blocked: list[Span] = []
        first_steps: dict[str, list[_Node]] = {}
        for at, token in enumerate(tokens):
            nodes = first_steps.get(token.form)
            if nodes is None:
                nodes = first_steps[token.form] = self._trie.step(token.form)
            if not nodes:
                continue
            for entry, sequence, stop in _walk(nodes, tokens, at + 1):
                if entry is None:
                    blocked.append(Span(tokens[at].start, tokens[stop - 1].end))
                elif entry.probability >= minimum:
                    span = _extent(tokens, at, stop, sequence)
                    if span and _is_allowed(tokens, span, entry):
                        found.append(Match(Span(tokens[span[0]].start, tokens[span[1] - 1].end), entry))
        return _without_overlap([m for m in found if not _is_blocked(m.span, blocked)])

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


def _walk(nodes: list[_Node], tokens: list[Token], at: int) -> list[tuple[Entry | None, Sequence, int]]:
    """Return each entry that can be read on from ``nodes``, with its sequence and the token after its last word."""
    found: list[tuple[Entry | None, Sequence, int]] = []
    while nodes:
        found.extend((entry, sequence, at) for node in nodes for entry, sequence in node.ends)
        if at == len(tokens):
            break
        form = tokens[at].form
        nodes = [following for node in nodes for following in node.step(form)]
        at += 1
    return found


def _build(lexicon: Lexicon) -> _Node:
    root = _Node()
    for name in lexicon.names:
        _insert(root, None, Sequence(name))
    for entry in lexicon.entries:
        for sequence in entry.sequences:
            _insert(root, entry, sequence)
    return root


def _insert(root: _Node, entry: Entry | None, sequence: Sequence) -> None:
    node = root
    for word in sequence.words:
        if word.endswith("*") and len(word) > 1:
            stem = word[:-1]
            if len(stem) not in node.lengths:
                node.lengths.append(len(stem))
            node = node.stems.setdefault(stem, _Node())
        else:
            node = node.words.setdefault(word, _Node())
    node.ends.append((entry, sequence))


def _extent(tokens: list[Token], start: int, stop: int, sequence: Sequence) -> tuple[int, int] | None:
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


def _is_allowed(tokens: list[Token], extent: tuple[int, int], entry: Entry) -> bool:
    start, stop = extent
    if start and tokens[start - 1].form in entry.unless_previous:
        return False
    following = tokens[stop].form if stop < len(tokens) else ""
    if following == "-" and stop + 1 < len(tokens) and "-" not in entry.unless_next:
        following = tokens[stop + 1].form
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
