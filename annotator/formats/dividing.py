"""Where a file can be entered in the middle: at lines (JSON Lines) and at rows (Parquet), without reading articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from annotator.formats.base import Format, Part, ReadOptions, Source
from annotator.formats.encoding import check_encoding
from annotator.formats.jsonl import encoding_of, ends_in_newline_bytes
from annotator.formats.packed import is_packed
from annotator.formats.parquet import open_parquet, row_groups

CHUNK_BYTES = 1 << 20
MAX_GROUP_BYTES = 64_000_000
MAX_GROUP_ROWS = 100_000
"""A row group is read from its start to reach a row in it; larger ones than this are not entered."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much the next part may hold: at least one article, else until either is used up."""

    articles: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Division:
    """A part of a file, about how many bytes it has, and whether it can be read without all that stands before."""

    part: Part
    bytes: int
    is_entered: bool = True


def divide(source: Source, format: Format, options: ReadOptions, room: Callable[[], Room]) -> Iterator[Division]:
    """Yield the parts of a file in order; none at all if it has to be read from its start to its end.

    Args:
        room: Asked before each part.

    Raises:
        AnnotatorError: If the file is not what its name says.
        OSError: If it cannot be read.
    """
    if source.path is None or is_packed(source.name):
        return
    if format.divided == "lines" and _is_entered_at_lines(source, options):
        yield from _line_parts(source, room)
    elif format.divided == "rows":
        yield from _row_parts(source, room)


def _is_entered_at_lines(source: Source, options: ReadOptions) -> bool:
    declared = check_encoding(options.encoding) if options.encoding is not None else None
    with source.open() as stream:
        return ends_in_newline_bytes(encoding_of(stream.read(16), declared))


def _line_parts(source: Source, room: Callable[[], Room]) -> Iterator[Division]:
    """Find the line ends by a scan of the bytes; a line may be empty, and the last one may lack its end."""
    first, count, begin, chunk_begin, end = 1, 0, 0, 0, 0
    wanted = room()
    with source.open() as stream:
        while chunk := stream.read(CHUNK_BYTES):
            at = chunk.find(b"\n")
            while at >= 0:
                count += 1
                end = chunk_begin + at + 1
                if count >= wanted.articles or end - begin >= wanted.bytes:
                    yield Division(Part(first, count, begin), end - begin)
                    first, count, begin = first + count, 0, end
                    wanted = room()
                at = chunk.find(b"\n", at + 1)
            chunk_begin += len(chunk)
    if chunk_begin > end:
        count += 1
    if count:
        yield Division(Part(first, count, begin), chunk_begin - begin)


def _row_parts(source: Source, room: Callable[[], Room]) -> Iterator[Division]:
    with open_parquet(source) as file:
        for number, group in enumerate(row_groups(file)):
            size = max(0, file.metadata.row_group(number).total_byte_size)
            if size > MAX_GROUP_BYTES or group.count > MAX_GROUP_ROWS:
                yield Division(group, size, is_entered=False)
                continue
            row_size = max(1, size // max(1, group.count))
            row = group.first
            while row <= group.last:
                wanted = room()
                count = min(group.last - row + 1, wanted.articles, max(1, wanted.bytes // row_size))
                yield Division(Part(row, count), count * row_size)
                row += count
