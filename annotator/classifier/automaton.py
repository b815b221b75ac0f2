"""All word sequences of a lexicon read at once: a trie, made deterministic as far as texts need it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from annotator import patterns
from annotator.lexicon_file import Entry

REMEMBERED_STEPS = 100_000
"""Steps kept; then all are forgotten and found again, so that memory does not grow with the corpus."""

Found = tuple[int, int, Entry | None, patterns.Sequence]
"""First token, one past the last, and what was inserted."""


@dataclass(slots=True)
class _Node:
    """A place in the trie; ``lengths``: lengths of the stems that leave it, in the order they were inserted."""

    words: dict[str, _Node] = field(default_factory=dict)
    stems: dict[str, _Node] = field(default_factory=dict)
    lengths: list[int] = field(default_factory=list)
    ends: list[tuple[Entry | None, patterns.Sequence]] = field(default_factory=list)

    def step(self, form: str) -> list[_Node]:
        """Return the places one word leads to from here."""
        stems = (self.stems.get(form[:length]) for length in self.lengths)
        return [node for node in (self.words.get(form), *stems) if node is not None]


class _State(dict[str, "_State | None"]):
    """The places some words lead to together; what a further word leads to, if anywhere, is found once."""

    def __init__(self, nodes: Sequence[_Node], automaton: Automaton) -> None:
        self.nodes = nodes
        self.ends = [end for node in nodes for end in node.ends]
        self.automaton = automaton

    def __missing__(self, form: str) -> _State | None:
        self.automaton.count_step()
        nodes = [following for node in self.nodes for following in node.step(form)]
        self[form] = _State(nodes, self.automaton) if nodes else None
        return self[form]


class Automaton:
    """Finds every inserted sequence in a list of word forms, in time linear in their number."""

    def __init__(self) -> None:
        self._root = _Node()
        self._start = _State([self._root], self)
        self._steps = 0

    def insert(self, entry: Entry | None, sequence: patterns.Sequence) -> None:
        """Add a sequence of ``entry``. All are inserted before the first text is read."""
        node = self._root
        for word in sequence.words:
            if word.endswith("*") and len(word) > 1:
                stem = word[:-1]
                if len(stem) not in node.lengths:
                    node.lengths.append(len(stem))
                node = node.stems.setdefault(stem, _Node())
            else:
                node = node.words.setdefault(word, _Node())
        node.ends.append((entry, sequence))

    def find(self, forms: Sequence[str]) -> Iterator[Found]:
        """Yield what was inserted and stands in ``forms``, by first word and then by length."""
        for at, state in enumerate(list(map(self._start.__getitem__, forms))):
            stop = at + 1
            while state is not None:
                for entry, sequence in state.ends:
                    yield at, stop, entry, sequence
                if stop == len(forms):
                    break
                state, stop = state[forms[stop]], stop + 1

    def count_step(self) -> None:
        """Count one more remembered step, and forget them all when there are too many."""
        self._steps += 1
        if self._steps > REMEMBERED_STEPS:
            self._start.clear()
            self._steps = 0
