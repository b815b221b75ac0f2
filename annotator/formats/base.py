"""What every format reads and writes: a stream of articles, and of what had to be left out."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Literal

from annotator.annotations import Annotation
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.errors import FormatError
from annotator.formats.packed import unpacked

GOLD = "gold"
"""Annotator name that stands for adjudicated labels wherever a list of annotators is kept."""

OffsetUnit = Literal["codepoint", "utf16"]
OFFSET_UNITS: tuple[OffsetUnit, ...] = ("codepoint", "utf16")

Keep = Literal["details", "metadata", "original", "annotations", "overlap", "gold", "suggestions", "empty_target"]
"""What a format may keep beside the text; :func:`annotator.formats.losses.count_losses` counts the rest."""


@dataclass(frozen=True, slots=True)
class Article:
    """A document as a file holds it, with everything the file says about it.

    Attributes:
        gold: Labels after adjudication; its annotator is :data:`GOLD`.
        name: File the article was read from, as shown to people; "" when it was not read.
        line: Line (JSONL, CSV) or row (Parquet) in it, counted from 1; ``None`` for one article per file.
        warnings: What was unusual and how it was settled ("read as cp1252").
        codebook: Codebook ref the labels were made with, or ``None``.
        suggestions: What suggesters proposed and what became of it, as JSON objects; only ever written.
    """

    document: Document
    annotations: tuple[Annotation, ...] = ()
    gold: Annotation | None = None
    name: str = ""
    line: int | None = None
    warnings: tuple[str, ...] = ()
    codebook: str | None = None
    suggestions: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file or row that was left out, and why; the rest of the input goes on.

    Attributes:
        line: As for :class:`Article`; ``None`` when it is the whole file.
        skipped: Whether it was left out by rule (files of other kinds in a folder) rather than for a fault.
        last: Last line or row of several that were left out together, from ``line`` on.
    """

    name: str
    line: int | None
    reason: str
    skipped: bool = False
    last: int | None = None

    @property
    def message(self) -> str:
        """Place and reason in one line of text."""
        if self.line is not None and self.last is not None and self.last > self.line:
            return f"{printable(self.name)}, lines {self.line} to {self.last}: {self.reason}"
        return f"{place(self.name, self.line)}: {self.reason}"

    @property
    def count(self) -> int:
        """How many articles are missing, as far as it is known: 1 for a whole file."""
        return self.last - self.line + 1 if self.line is not None and self.last is not None else 1


ReadItem = Article | Rejected


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        encoding: Declared encoding of text files; ``None`` detects it.
        offsets: Unit of span offsets in rows; ``None`` believes each row's ``offset_unit`` (code points if absent).
        codebook: Checks every label when given; without it only offsets and quotes are checked.
        annotator: Name for annotations that name nobody; ``None`` refuses those.
        annotations: Whether labels are read at all; scoring needs none.
    """

    encoding: str | None = None
    offsets: OffsetUnit | None = None
    codebook: Codebook | None = None
    annotator: str | None = None
    annotations: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive lines or rows of a source: ``count`` of them from ``first``, counted from 1.

    Attributes:
        offset: Byte at which line ``first`` begins; 0 for rows.
    """

    first: int
    count: int
    offset: int = 0

    @property
    def last(self) -> int:
        """The last line or row."""
        return self.first + self.count - 1


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read: a file on disk, uploaded bytes, or standard input (neither path nor content).

    Attributes:
        name: Relative file name. Data only: shown, and the id of a one-article file; never opened.
        part: What to read of it, for formats that can be entered in the middle; ``None``: everything.
    """

    name: str
    path: Path | None = None
    content: bytes | None = None
    part: Part | None = None

    @property
    def is_repeatable(self) -> bool:
        """Whether it can be opened more than once."""
        return self.path is not None or self.content is not None

    @property
    def size(self) -> int | None:
        """Bytes as stored, or ``None`` when unknown (standard input)."""
        if self.content is not None:
            return len(self.content)
        return self.path.stat().st_size if self.path is not None else None

    def open(self) -> BinaryIO:
        """Open for reading bytes; ``.gz`` and ``.zst`` are unpacked on the way."""
        if self.content is not None:
            raw: BinaryIO = io.BytesIO(self.content)
        elif self.path is not None:
            raw = self.path.open("rb")
        else:
            raw = standard_input()
        return unpacked(raw, self.name)

    def read(self, limit: int, *, what: str) -> bytes:
        """Return all bytes.

        Args:
            limit: Most bytes to accept.
            what: Why there is a limit, for the message.

        Raises:
            FormatError: If there are more than ``limit`` bytes; nothing is read when the size is known.
        """
        size = self.size
        if size is None or size <= limit:
            with self.open() as stream:
                content = stream.read(limit + 1)
            if len(content) <= limit:
                return content
            size = None
        found = f"the file has {size:,} bytes" if size else f"there are more than {limit:,} bytes"
        raise FormatError(f"{found}; {what}. Split it into articles (one per line as .jsonl).", name=self.name)


@contextmanager
def repeatable(source: Source) -> Iterator[Source]:
    """Give a source that can be opened more than once: standard input is copied to a temporary file meanwhile."""
    if source.is_repeatable:
        yield source
        return
    with TemporaryDirectory(prefix="annotator-") as folder:
        path = Path(folder, "input")
        with source.open() as stream, path.open("wb") as copy:
            shutil.copyfileobj(stream, copy)
        yield replace(source, path=path)


def standard_input() -> BinaryIO:
    """Return the bytes of standard input.

    Raises:
        FormatError: If it is closed.
    """
    if sys.stdin is None:  # as in `command - <&-`, and in services
        raise FormatError("standard input is closed. Pipe the articles in, or name a file.")
    return sys.stdin.buffer


Divided = Literal["lines", "rows", "article"]

Reader = Callable[[Source, ReadOptions], Iterator[ReadItem]]
Writer = Callable[[Iterable[Article], BinaryIO], None]
FolderWriter = Callable[[Iterable[Article], Path], None]


@dataclass(frozen=True, slots=True)
class Format:
    """One file format.

    Attributes:
        name: As in ``--format``.
        extensions: File endings it is known by, in lower case, with the dot.
        read: Yields articles and rejections; raises only for faults of the whole file.
        write: Writes articles to an open file, or ``None``.
        write_folder: Writes articles into a new empty folder, or ``None``.
        keeps: What survives writing and reading, beside the text.
        sample: What a file looks like; for binary formats, one row of it as JSON.
        is_text: Whether it may be written to standard output.
        divided: How a file of it can be entered in the middle (:class:`Part`), or that it is one article; ``None``:
            only read from its start to its end.
    """

    name: str
    extensions: tuple[str, ...]
    read: Reader
    sample: str
    write: Writer | None = None
    write_folder: FolderWriter | None = None
    keeps: frozenset[Keep] = frozenset()
    is_text: bool = True
    divided: Divided | None = None


def place(name: str, line: int | None) -> str:
    """Return ``name`` or ``name, line N``, with control characters escaped."""
    shown = printable(name)
    return shown if line is None else f"{shown}, line {line}"


def printable(text: str) -> str:
    """Escape what could forge or break a line of output: control characters and lone surrogates."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def reason_of(error: Exception, name: str, line: int | None = None) -> str:
    """Return the message of ``error`` without the place it may start with."""
    return str(error).removeprefix(f"{place(name, line)}: ")
