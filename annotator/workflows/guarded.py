"""Keep one article that cannot be scored from stopping the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from annotator.errors import AnnotatorError
from annotator.formats.base import printable

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Unscored:
    """Why one article could not be scored."""

    reason: str


def guarded(
    items: Sequence[Item], run: Callable[[Sequence[Item]], Iterable[Result]]
) -> Iterator[tuple[Item, Result | Unscored]]:
    """Yield each item with what ``run`` makes of it, in order, or with the reason why it makes nothing of it.

    Args:
        items: A few, such as the articles of one batch.
        run: Yields one result per item, in order. When it raises, the items it has not answered are given to it
            again, one at a time: whichever fails then is the one.

    Example:
        >>> [result for _, result in guarded([2, 0, 4], lambda some: (8 // item for item in some))]
        [4, Unscored(reason='it cannot be scored: ZeroDivisionError: integer division or modulo by zero'), 2]
    """
    done = 0
    try:
        for item, result in zip(items, run(items), strict=True):
            yield item, result
            done += 1
    except Exception as error:  # noqa: BLE001 - whatever a network makes of a hostile text costs that text only
        if len(items) == 1:
            yield items[0], Unscored(_reason(error))
            return
        for item in items[done:]:
            yield from guarded([item], run)


def _reason(error: Exception) -> str:
    if isinstance(error, AnnotatorError):
        return str(error)
    first = (str(error).splitlines() or [""])[0][:300]
    return printable(f"it cannot be scored: {type(error).__name__}: {first}")
