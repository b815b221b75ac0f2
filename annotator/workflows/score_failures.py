"""Articles that were not scored: the list beside each part, and the ranges that try them again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from annotator.errors import FormatError
from annotator.formats import Rejected, format_named
from annotator.formats.dividing import CHUNK_BYTES
from annotator.workflows.part_store import PartName, PartStore, part_names
from annotator.workflows.ranges import Piece, Range

NO_PIECE = Piece("")
"""Of what nobody will want to read again."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An article, row or file that was not scored.

    Attributes:
        piece: What has to be read again to reach it; of its lines, only ``line``, or ``line`` to ``last``, failed.
    """

    piece: Piece
    name: str
    line: int | None
    reason: str
    id: str | None = None
    last: int | None = None

    @classmethod
    def of(cls, rejected: Rejected, piece: Piece = NO_PIECE) -> Failure:
        """Return what a reader left out as a failure."""
        return cls(piece, rejected.name, rejected.line, rejected.reason, last=rejected.last)

    @property
    def message(self) -> str:
        """What to tell people, in one line of text."""
        return f"Not scored: {Rejected(self.name, self.line, self.reason, last=self.last).message}"

    def to_record(self) -> dict[str, Any]:
        """Return a line of an ``errors-…`` file."""
        record = {"id": self.id, "name": self.name, "line": self.line, "reason": self.reason}
        if self.last is not None:
            record["last"] = self.last
        return {**record, "piece": self.piece.to_record()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Failure:
        """Return what :meth:`to_record` wrote."""
        return cls(**{**record, "piece": Piece.from_record(record["piece"])})


def read_failures(store: PartStore, name: PartName) -> list[Failure]:
    """Return what failed in a part.

    Raises:
        FormatError: If the list cannot be read.
    """
    if not store.exists(name.errors):
        return []
    lines = store.read(name.errors).splitlines()
    try:
        return [Failure.from_record(json.loads(line)) for line in lines]
    except (ValueError, TypeError, KeyError) as error:
        raise FormatError(
            f"Cannot read '{store.place}/{name.errors}': it is damaged ({error}). Delete it together with "
            f"{name.part}, then go on with --resume.",
            path=name.errors,
        ) from error


def failure_lines(failures: Iterable[Failure]) -> bytes:
    """Return the content of an ``errors-…`` file."""
    lines = (json.dumps(failure.to_record(), ensure_ascii=False) + "\n" for failure in failures)
    return "".join(lines).encode("utf-8", "backslashreplace")


def current_lists(store: PartStore, *, format: str) -> tuple[list[PartName], list[PartName]]:
    """Return the lists of failures that count, and those that do not, in order.

    A list counts beside its part, until a later try has made a part of its own from it. The others are left from tries
    that were cut short, or have had their day.
    """
    parts, lists = part_names(store.names(), format=format)
    latest = {name.number: name for name in parts}  # in order, so the last try stays
    counting = [name for name in lists if latest.get(name.number) == name]
    return counting, [name for name in lists if latest.get(name.number) != name]


def retry_ranges(store: PartStore, *, format: str) -> Iterator[Range]:
    """Yield, for each part with failures, the range of just these."""
    for name in current_lists(store, format=format)[0]:
        yield Range(name.number, tuple(_narrowed(failure) for failure in read_failures(store, name)))


def _narrowed(failure: Failure) -> Piece:
    """Return the piece with only the lines that failed."""
    piece, line = failure.piece, failure.line
    if piece.path is None or line is None:
        return piece  # it has only this article, or only this fault
    count = (failure.last or line) - line + 1
    return replace(piece, first=line, count=count, offset=_offset(piece, line))


def _offset(piece: Piece, line: int) -> int:
    """Return the byte where a line of a piece begins; 0 for rows."""
    if format_named(piece.format).divided != "lines":
        return 0
    before = line - piece.first
    with open(str(piece.path), "rb") as stream:
        stream.seek(piece.offset)
        while before > 0 and (content := stream.readline(CHUNK_BYTES)):
            before -= content.endswith(b"\n")
        return stream.tell()
