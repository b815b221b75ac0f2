"""Rules that remember their answers: about the last texts, which several suggesters ask of, and about words."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import TypeVar

REMEMBERED = 400_000
"""Code points of text whose answers are kept: those of the articles read together, and a few more."""
LEAST = 100
"""Code points a shorter text counts as, so that the number of texts is bounded too."""
WORDS = 50_000
"""Words whose answers are kept; then all are forgotten and found again."""
LONGEST_WORD = 40
"""Longer ones are no words, and not kept."""

T = TypeVar("T")


def remembered(rule: Callable[[str], T]) -> Callable[[str], T]:
    """Return ``rule`` with a memory for the last texts, of bounded size and safe for several threads.

    Every caller gets the same answer object, so it must not be changed.

    Example:
        >>> length = remembered(len)
        >>> length("oil"), length("oil")
        (3, 3)
    """
    known: dict[str, T] = {}
    lock = Lock()
    size = 0

    @wraps(rule)
    def recall(text: str) -> T:
        nonlocal size
        with lock:
            if text in known:
                return known[text]
        found = rule(text)
        with lock:
            if text not in known:
                known[text] = found
                size += max(LEAST, len(text))
            while size > REMEMBERED and len(known) > 1:
                oldest = next(iter(known))
                del known[oldest]
                size -= max(LEAST, len(oldest))
        return found

    return recall


class RememberedWords(dict[str, T]):
    """A rule over single words as a table, filled as it is asked: news repeats its words.

    Example:
        >>> sizes = RememberedWords(len)
        >>> sizes["oil"], sizes["oil"]
        (3, 3)
    """

    def __init__(self, rule: Callable[[str], T]) -> None:
        self._rule = rule

    def __missing__(self, word: str) -> T:
        found = self._rule(word)
        if len(word) <= LONGEST_WORD:
            if len(self) >= WORDS:
                self.clear()
            self[word] = found
        return found
