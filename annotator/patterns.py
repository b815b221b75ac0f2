"""The phrase patterns of a lexicon: their small syntax, and the tokens they are matched on.

A pattern is words, matched whatever their case. Besides plain words it may hold:

===============  ==================================================================================
``stem*``        any word that begins with ``stem`` (at least three letters)
``(a|b c)``      one of several
``[a]``          may be there or not
``so[-]called``  with a hyphen or without one
``{NP}``         at the end: the noun phrase that follows, up to its head ("illicit American bases")
``{NAME}``       at either end: a run of capitalised words ("Assad regime", "regime of Bashar al-Assad")
``{NP?}``        and ``{NAME?}``: taken along when there
===============  ==================================================================================

A pattern unfolds into plain word sequences, of which a trie is built, so matching takes time linear in the text
whatever the pattern: there is no backtracking, and no user-written regular expression anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import regex

from annotator.remembering import remembered

MAX_SEQUENCES = 1000
MAX_ITEMS = 12
MIN_STEM = 3

Slot = Literal["", "NP", "NP?", "NAME", "NAME?"]

_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}_]+|[\r\n]+|[^\s]")
_FOLD = {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "«": '"', "»": '"', "„": '"', "‑": "-"}
_PIECE = regex.compile(
    r"\{(?P<slot>[A-Z]+\??)\}|(?P<mark>[()|\[\]])|(?P<word>[\p{L}\p{M}\p{N}'’,%$&.]+\*?)|(?P<hyphen>-)"
)


class Token(NamedTuple):
    """A word, a sign or a line break: ``[start, end)`` in code points; ``form`` is what patterns are compared with."""

    start: int
    end: int
    form: str
    is_word: bool
    is_capital: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """One way a pattern can read: words (a trailing ``*`` marks a stem) between two slots."""

    words: tuple[str, ...]
    before: Slot = ""
    after: Slot = ""


class PatternError(ValueError):
    """A pattern that cannot be read; the message says what was found and expected."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text in order: their places and forms as columns, each as a whole when asked for."""

    text: str
    bounds: list[tuple[int, int]]
    forms: list[str]

    def __len__(self) -> int:
        return len(self.forms)

    def __getitem__(self, at: int) -> Token:
        start, end = self.bounds[at]
        first = self.text[start]
        is_word = first.isalnum()
        return Token(start, end, self.forms[at], is_word, is_word and first.isupper())

    def is_capital(self, at: int) -> bool:
        """Whether token ``at`` is a word with a capital."""
        first = self.text[self.bounds[at][0]]
        return first.isupper() and first.isalnum()

    def __iter__(self) -> Iterator[Token]:
        return map(self.__getitem__, range(len(self)))


def tokenise(text: str) -> Tokens:
    """Return the tokens of ``text`` in order; white space other than line breaks is no token."""
    bounds = [match.span() for match in _TOKEN.finditer(text)]
    return Tokens(text, bounds, [_form(text[start:end]) for start, end in bounds])


tokens_of = remembered(tokenise)
"""The same for whole articles, which several rules read."""


def _form(raw: str) -> str:
    if raw[0].isalnum():
        return raw.lower()
    return "\n" if raw[0] in "\r\n" else _FOLD.get(raw, raw)


def word_trie(words: Iterable[str]) -> str:
    """Return a regular expression for one of ``words`` that reads each letter once, however many words there are.

    Example:
        >>> word_trie(["said", "says", "say"])
        'sa(?:id|y(?:s)?)'
    """
    rest: dict[str, list[str]] = {}
    ends = False
    for word in words:
        if word:
            rest.setdefault(word[0], []).append(word[1:])
        else:
            ends = True
    if not rest:
        return ""
    readings = [regex.escape(first) + word_trie(following) for first, following in rest.items()]
    if len(readings) == 1 and not ends:
        return readings[0]
    return f"(?:{'|'.join(readings)})" + "?" * ends


def parse_pattern(pattern: str) -> tuple[Sequence, ...]:
    """Unfold a pattern into the sequences it stands for.

    Raises:
        PatternError: If the syntax is broken, a slot stands in the middle, or it unfolds into too many.

    Example:
        >>> [s.words for s in parse_pattern("(illicit|illegal) base*")]
        [('illicit', 'base*'), ('illegal', 'base*')]
    """
    pieces, at = [], 0
    while at < len(pattern):
        if pattern[at].isspace():
            at += 1
            continue
        match = _PIECE.match(pattern, at)
        if not match:
            raise PatternError(
                f"'{pattern[at]}' at place {at + 1} of '{pattern}'; expected words, *, (a|b), [a] or a slot"
            )
        pieces.append(match)
        at = match.end()
    found, rest = _alternatives(pieces, 0, pattern)
    if rest != len(pieces):
        raise PatternError(
            f"'{pieces[rest].group()}' in '{pattern}' closes nothing; expected its opening bracket before it"
        )
    return tuple(_sequence(items, pattern) for items in dict.fromkeys(found))


def _alternatives(pieces: list[regex.Match[str]], at: int, pattern: str) -> tuple[list[tuple[str, ...]], int]:
    """Read ``a|b|c`` from piece ``at``; return every reading, and the place after the last piece used."""
    whole: list[tuple[str, ...]] = []
    readings: list[tuple[str, ...]] = [()]
    while at < len(pieces) and pieces[at].group() not in ")]":
        piece = pieces[at].group()
        if piece == "|":
            whole, readings = whole + readings, [()]
        elif piece in "([":
            inner, at = _alternatives(pieces, at + 1, pattern)
            if at >= len(pieces) or pieces[at].group() != {"(": ")", "[": "]"}[piece]:
                raise PatternError(f"'{piece}' in '{pattern}' without its closing bracket; expected one")
            readings = _product(readings, [*inner, *([()] if piece == "[" else [])], pattern)
        else:
            readings = _product(readings, [_words(pieces[at])], pattern)
        at += 1
    return whole + readings, at


def _words(piece: regex.Match[str]) -> tuple[str, ...]:
    if piece["slot"] or piece["hyphen"]:
        return (piece.group(),)
    word = piece["word"]
    stem = word.removesuffix("*")
    forms = tokenise(stem).forms
    if stem != word:
        if len(stem) < MIN_STEM:
            raise PatternError(f"the stem '{word}'; expected at least {MIN_STEM} letters before *")
        forms[-1] += "*"
    return tuple(forms)


def _product(left: list[tuple[str, ...]], right: list[tuple[str, ...]], pattern: str) -> list[tuple[str, ...]]:
    if len(left) * len(right) > MAX_SEQUENCES:
        raise PatternError(f"'{pattern}' unfolds into more than {MAX_SEQUENCES} sequences; expected fewer: split it")
    return [first + second for first in left for second in right]


def _sequence(items: tuple[str, ...], pattern: str) -> Sequence:
    slots = [at for at, item in enumerate(items) if item.startswith("{")]
    before = items[0] if slots and slots[0] == 0 else ""
    after = items[-1] if slots and slots[-1] == len(items) - 1 and len(items) > 1 else ""
    words = items[bool(before) : len(items) - bool(after)]
    if before[1:3] == "NP" or any(word.startswith("{") for word in words):
        raise PatternError(f"a slot in the middle of '{pattern}'; expected {{NAME}} at an end or {{NP}} at the end")
    for slot in (before, after):
        if slot and slot not in ("{NP}", "{NP?}", "{NAME}", "{NAME?}"):
            raise PatternError(f"the slot {slot} in '{pattern}'; expected {{NP}}, {{NP?}}, {{NAME}} or {{NAME?}}")
    if not words or len(words) > MAX_ITEMS:
        raise PatternError(f"{len(words)} words in a reading of '{pattern}'; expected 1 to {MAX_ITEMS}")
    return Sequence(words, before.strip("{}"), after.strip("{}"))  # type: ignore[arg-type]
