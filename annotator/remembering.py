"""Rules over whole texts that remember their last answers, since several suggesters ask the same of one text."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import TypeVar

REMEMBERED = 400_000
"""Code points of text whose answers are kept: those of the articles read together, and a few more."""
LEAST = 100
"""Code points a shorter text counts as, so that the number of texts is bounded too."""

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
