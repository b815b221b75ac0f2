"""Ranges of consecutive articles: the pieces of work that an input of any size is cut into, always the same ones."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from annotator.formats import FORMATS, ReadItem, ReadOptions, Rejected, Source, all_formats, format_named
from annotator.formats.base import Part
from annotator.formats.carried import article_line, article_of_line
from annotator.formats.dividing import Room, divide
from annotator.formats.paths import FAULTS, STDIN, Found, find_sources, list_files, read_sources, rejection

PART_ARTICLES = 256
RANGE_BYTES = 8_000_000
"""A range of long articles ends before it has :data:`PART_ARTICLES`: it is held in memory."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive articles of one source.

    Attributes:
        name: As :attr:`Source.name`: shown, and the id of a one-article file.
        path: File to open; ``None`` when ``lines`` or ``rejected`` has everything.
        format: Name of the format.
        first: First line or row, counted from 1; 1 for a file that is one article.
        count: Lines or rows to read.
        offset: Byte at which line ``first`` begins; 0 for rows.
        lines: Articles of sources that cannot be entered in the middle; see :mod:`annotator.formats.carried`.
        rejected: Something left out that was found while planning.
    """

    name: str
    path: str | None = None
    format: str = ""
    first: int = 1
    count: int = 1
    offset: int = 0
    lines: tuple[str, ...] = ()
    rejected: Rejected | None = None

    def to_record(self) -> dict[str, Any]:
        """Return the piece as JSON values; what is not set is left out."""
        record = {f.name: value for f in fields(self) if (value := getattr(self, f.name)) != f.default}
        if self.lines:
            record["lines"] = list(self.lines)
        if self.rejected is not None:
            record["rejected"] = asdict(self.rejected)
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Piece:
        """Return the piece of a record of :meth:`to_record`."""
        rejected = record.get("rejected")
        return cls(
            **{
                **record,
                "lines": tuple(record.get("lines", ())),
                "rejected": Rejected(**rejected) if rejected is not None else None,
            }
        )


@dataclass(frozen=True, slots=True)
class Range:
    """Consecutive articles of the input, the content of one part of the output; numbered from 0."""

    number: int
    pieces: tuple[Piece, ...]

    def to_record(self) -> dict[str, Any]:
        """Return the range as JSON values."""
        return {"number": self.number, "pieces": [piece.to_record() for piece in self.pieces]}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Range:
        """Return the range of a record of :meth:`to_record`."""
        return cls(record["number"], tuple(Piece.from_record(piece) for piece in record["pieces"]))


def plan_ranges(
    paths: Iterable[str | Path],
    *,
    options: ReadOptions,
    input_format: str | None,
    size: int = PART_ARTICLES,
    stdin_format: str | None = None,
) -> Iterator[Range]:
    """Cut the input into ranges, as far as the caller asks; nothing is held but the range that is being made.

    The same input gives the same ranges. Reading them one after the other gives what
    :func:`annotator.formats.read_paths` gives.

    Args:
        input_format: Name of the format; ``None`` goes by each file's ending.
        size: Most articles of a range.
        stdin_format: Name of the format of ``-`` when ``input_format`` is ``None``.

    Raises:
        FormatError: If a format is unknown, or ``-`` is given without one. Faults of files are in the ranges.
    """
    forced = format_named(input_format) if input_format is not None else None
    piped = format_named(stdin_format) if stdin_format is not None else None
    made = _Making(size)
    for found in find_sources(paths, all_formats(), forced=forced, piped=piped):
        for piece, size_bytes in _pieces(found, options, made):
            made.add(piece, size_bytes)
            if made.is_full:
                yield made.take()
    if made.pieces:
        yield made.take()


class _Making:
    """The range that is being made."""

    def __init__(self, size: int) -> None:
        self.pieces: list[Piece] = []
        self._size = size
        self._number = 0
        self._articles = 0
        self._bytes = 0

    def room(self) -> Room:
        return Room(self._size - self._articles, RANGE_BYTES - self._bytes)

    def add(self, piece: Piece, size_bytes: int) -> None:
        self.pieces.append(piece)
        self._articles += piece.count
        self._bytes += size_bytes

    @property
    def is_full(self) -> bool:
        return self._articles >= self._size or self._bytes >= RANGE_BYTES

    def take(self) -> Range:
        taken = Range(self._number, tuple(self.pieces))
        self.pieces.clear()
        self._number, self._articles, self._bytes = self._number + 1, 0, 0
        return taken


def _pieces(found: Found | Rejected, options: ReadOptions, made: _Making) -> Iterator[tuple[Piece, int]]:
    """Yield the pieces of one source with their bytes, as far as they are known; each fits the room there is."""
    if isinstance(found, Rejected):
        yield Piece(found.name, rejected=found), 0
        return
    source, kind = found.source, found.format
    path = os.path.abspath(source.path) if source.path is not None else None
    if kind.divided == "article" and path is not None:
        yield Piece(source.name, path, kind.name), 0
        return
    is_divided = False
    try:
        for division in divide(source, kind, options, made.room):
            is_divided = True
            part = division.part
            if division.is_entered:
                yield Piece(source.name, path, kind.name, part.first, part.count, part.offset), division.bytes
            else:
                yield from _carried(Found(replace(source, part=part), kind), options, made)
    except FAULTS as error:
        yield Piece(source.name, rejected=rejection(source, error)), 0
        return
    if not is_divided:
        yield from _carried(found, options, made)


def _carried(found: Found, options: ReadOptions, made: _Making) -> Iterator[tuple[Piece, int]]:
    """Read a source and yield its articles themselves."""
    lines: list[str] = []
    first, size = 1, 0

    def piece() -> tuple[Piece, int]:
        taken = Piece(found.source.name, None, found.format.name, first, len(lines), lines=tuple(lines)), size
        lines.clear()
        return taken

    for item in read_sources([found], options):
        if isinstance(item, Rejected):
            if lines:
                yield piece()
            yield Piece(item.name, rejected=item), 0
            continue
        if not lines:
            first, size = item.line or 1, 0
        lines.append(article_line(item))
        size += len(lines[-1])
        room = made.room()
        if len(lines) >= room.articles or size >= room.bytes:
            yield piece()
    if lines:
        yield piece()


def read_range(range_: Range, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield an article or a rejection for every article of a range; a fault of a source is a rejection too."""
    for piece in range_.pieces:
        if piece.rejected is not None:
            yield piece.rejected
        elif piece.path is None:
            yield from map(article_of_line, piece.lines)
        else:
            yield from _read_piece(piece, options)


def _read_piece(piece: Piece, options: ReadOptions) -> Iterator[ReadItem]:
    kind = FORMATS.get(piece.format) or format_named(piece.format)
    part = Part(piece.first, piece.count, piece.offset) if kind.divided != "article" else None
    source = Source(piece.name, path=Path(str(piece.path)), part=part)
    reached = piece.first
    for item in read_sources([Found(source, kind)], options):
        if part is not None and isinstance(item, Rejected) and item.line is None:
            # The file failed as a whole: what is missing are the lines of this piece.
            yield replace(item, line=reached, last=part.last)
            return
        yield item
        reached = (item.line or 0) + 1


def fingerprint(paths: Iterable[str | Path]) -> dict[str, Any]:
    """Tell one state of an input from another, by the names, sizes and times of its files; none is opened.

    Returns:
        ``files`` and ``bytes``, how many there are, and ``sha256`` over the names below each path, sizes and times
        of change; all ``None`` when standard input is among the paths.
    """
    listed = [str(path) for path in paths]
    if STDIN in listed:
        return {"files": None, "bytes": None, "sha256": None}
    digest = hashlib.sha256()
    files = size = 0
    for name, status in list_files(listed, all_formats()):
        entry = (name, status.st_size, status.st_mtime_ns) if status is not None else (name, None, None)
        digest.update(json.dumps(entry).encode("ascii") + b"\n")
        files += 1
        size += status.st_size if status is not None else 0
    return {"files": files, "bytes": size, "sha256": digest.hexdigest()}
