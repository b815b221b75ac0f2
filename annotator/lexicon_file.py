"""Read a lexicon file: phrase patterns with the labels they suggest. Its keys are explained in docs/codebook.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from annotator.codebook import Codebook
from annotator.errors import near_match
from annotator.patterns import PatternError, Sequence, parse_pattern, tokenise
from annotator.yaml_nodes import FILE_ID, LABEL_ID, PROSE, TextRule, YamlFile, compose, read_utf8

FORMAT = 1
LEXICON = "lexicon.yaml"
"""Name of the file, beside a codebook or in the folder of a model that reads it."""
MAX_SEQUENCES = 100_000
"""Most word sequences that all entries together may unfold into."""
PRIOR = 0.3
"""Probability of an entry that gives none: nobody has counted how often annotators mark it."""

_PATTERN: TextRule = (r"[^\n\p{C}]{1,400}", "one line of 1 to 400 characters", "Split it into several entries.")
_NAME: TextRule = (r"[^\n\p{C}]{1,120}", "one line of 1 to 120 characters", "Shorten it.")


@dataclass(frozen=True, slots=True)
class Entry:
    """One pattern and what it suggests.

    Attributes:
        pattern: As written; stored with each suggestion as its rule.
        sequences: The word sequences it unfolds into.
        target: Whom the wording evaluates, when the pattern settles it; ``None`` otherwise.
        polarity: ``None``: decided by :mod:`annotator.classifier.target`.
        probability: Estimated probability that an annotator marks a match with this device, 0 to 1.
        unless_next: Words that, standing right after the match, forbid it.
        unless_previous: Words that, standing right before the match, forbid it.
        line: Line in the file.
    """

    pattern: str
    sequences: tuple[Sequence, ...]
    device: str
    frames: tuple[str, ...]
    polarity: str | None
    target: str | None
    probability: float
    unless_next: frozenset[str]
    unless_previous: frozenset[str]
    line: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All entries of one file.

    Attributes:
        threshold: Lowest probability suggested when nobody asks for another.
        names: Phrases, as tokens, inside which nothing matches.
    """

    id: str
    version: int
    threshold: float
    names: tuple[tuple[str, ...], ...]
    entries: tuple[Entry, ...]

    @property
    def ref(self) -> str:
        """Name and version as stored with suggestions, such as ``news-framing-lexicon@1``."""
        return f"{self.id}@{self.version}"


def load_lexicon(path: Path, codebook: Codebook) -> Lexicon:
    """Read ``lexicon.yaml``.

    Args:
        path: The file, or the folder that holds it as ``lexicon.yaml``.
        codebook: What the labels must be in.

    Raises:
        CodebookError: With file, line, what was found, what was expected and what to do.
    """
    file = path / LEXICON if path.is_dir() else path
    return _LexiconFile(str(file), codebook).lexicon(compose(read_utf8(file), str(file)))


class _LexiconFile(YamlFile):
    """The readers of a lexicon: each takes a node and returns what it holds, or fails with the line."""

    def __init__(self, name: str, codebook: Codebook) -> None:
        super().__init__(name)
        self.codebook = codebook

    def lexicon(self, node: yaml.Node) -> Lexicon:
        required = {"format", "id", "version", "codebook", "entries"}
        top = self.record(node, "the lexicon", required=required, optional={"threshold", "names", "description"})
        if self.whole(top["format"], "format", 1_000) != FORMAT:
            remedy = "It was written for a newer version of this tool: upgrade the tool."
            self.fail(top["format"], f"format {top['format'].value}", f"format {FORMAT}", remedy)
        written_for = self.text(top["codebook"], "codebook", FILE_ID)
        if written_for != self.codebook.id:
            remedy = "Use the lexicon that lies beside the codebook."
            self.fail(top["codebook"], f"a lexicon for codebook '{written_for}'", f"'{self.codebook.id}'", remedy)
        entries = tuple(self.entry(item) for item in self.items(top["entries"], "entries"))
        total = sum(len(entry.sequences) for entry in entries)
        if total > MAX_SEQUENCES:
            self.fail(top["entries"], f"{total:,} word sequences", f"at most {MAX_SEQUENCES:,}", "Split the lexicon.")
        names = self.items(top["names"], "names") if "names" in top else []
        return Lexicon(
            id=self.text(top["id"], "id", FILE_ID),
            version=self.whole(top["version"], "version", 1_000_000),
            threshold=self.fraction(top["threshold"], "threshold") if "threshold" in top else PRIOR,
            names=tuple(tuple(tokenise(self.text(name, "a name", _NAME)).forms) for name in names),
            entries=entries,
        )

    def entry(self, node: yaml.Node) -> Entry:
        optional = {"polarity", "target", "probability", "unless_next", "unless_previous", "note"}
        fields = self.record(node, "an entry", required={"pattern", "device", "frames"}, optional=optional)
        pattern = self.text(fields["pattern"], "pattern", _PATTERN)
        try:
            sequences = parse_pattern(pattern)
        except PatternError as error:
            found, _, expected = str(error).rpartition("; expected ")
            self.fail(fields["pattern"], found, expected, "docs/codebook.md lists the pattern signs.")
        frames = [self.label(item, "frame") for item in self.items(fields["frames"], f"frames of '{pattern}'")]
        maximum = self.codebook.span_frames_max
        if len(frames) > maximum:
            self.fail(fields["frames"], f"{len(frames)} frames", f"at most {maximum}", "Take some out.")
        values: dict[str, Any] = {
            key: self.word_set(fields.get(key), key) for key in ("unless_next", "unless_previous")
        }
        return Entry(
            pattern=pattern,
            sequences=sequences,
            device=self.label(fields["device"], "device"),
            frames=tuple(frames),
            polarity=self.label(fields["polarity"], "polarity") if "polarity" in fields else None,
            target=self.text(fields["target"], "target", _NAME) if "target" in fields else None,
            probability=self.fraction(fields["probability"], "probability") if "probability" in fields else PRIOR,
            line=node.start_mark.line + 1,
            **values,
        )

    def label(self, node: yaml.Node, kind: str) -> str:
        value, known = self.text(node, kind, LABEL_ID), self.codebook.ids(kind)
        if value not in known:
            remedy = near_match(value, known).strip() or f"Add it to the codebook '{self.codebook.ref}', or correct it."
            self.fail(node, f"{kind} '{value}'", f"one of {', '.join(known)}", remedy)
        return value

    def fraction(self, node: yaml.Node, what: str) -> float:
        plain = isinstance(node, yaml.ScalarNode) and node.tag.rpartition(":")[2] in ("int", "float")
        try:
            value = float(node.value) if plain else -1.0
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            self.fail(node, f"'{node.value}' as {what}", "a number from 0 to 1", "Write it like 0.75.")
        return value

    def word_set(self, node: yaml.Node | None, what: str) -> frozenset[str]:
        if node is None:
            return frozenset()
        return frozenset(self.text(item, f"a word of {what}", PROSE).lower() for item in self.items(node, what))
