"""JSON Lines: one article per line, read and written line by line."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Protocol

from annotator.documents import MAX_CHARACTERS
from annotator.errors import AnnotatorError, FormatError
from annotator.formats.base import Article, Part, ReadItem, ReadOptions, Rejected, Source, reason_of
from annotator.formats.encoding import check_encoding, marked_encoding, refuse_binary
from annotator.formats.records import article_from_record, article_record

# A character takes at most 12 bytes as JSON escapes; the rest is room for labels and the original page.
MAX_LINE_BYTES = 12 * MAX_CHARACTERS + 40_000_000

_NEWLINES = {"utf-16-le": b"\n\0", "utf-16-be": b"\0\n", "utf-32-le": b"\n\0\0\0", "utf-32-be": b"\0\0\0\n"}

SAMPLE = (
    '{"id": "a1", "outlet": "Herald", "published": "2023-08-29", "title": null, "text": "They keep illicit bases.", '
    '"offset_unit": "codepoint", "annotations": [{"annotator": "ana", "status": "submitted", "frames": [], "spans": '
    '[{"start": 10, "end": 23, "quote": "illicit bases", "device": "loaded_language", "frames": [], "voice": "own", '
    '"target": "", "polarity": "-"}]}]}\n'
)


class FromRecord(Protocol):
    """Makes an article of one JSON value, or raises; :func:`annotator.formats.records.article_from_record` is one."""

    def __call__(self, record: Any, *, name: str, line: int | None, options: ReadOptions) -> Article: ...


def read_jsonl(source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield one item per line of an annotated corpus; see :func:`read_rows`."""
    return read_rows(source, options, article_from_record)


def read_rows(source: Source, options: ReadOptions, convert: FromRecord) -> Iterator[ReadItem]:
    """Yield one item per line that is not blank; a bad line is rejected and the next one read.

    Memory holds one line, at most :data:`MAX_LINE_BYTES`. Lines are UTF-8 unless ``options.encoding`` or a
    byte-order mark says otherwise. A line of ``source.part`` that is no longer there is rejected.

    Raises:
        FormatError: If it is no text, or no line begins any more where the part does.
    """
    declared = check_encoding(options.encoding) if options.encoding is not None else None
    part = source.part
    number = part.first - 1 if part is not None else 0
    with source.open() as stream:
        lines = _lines(stream, declared) if part is None else _lines_of(part, stream, declared)
        for number, content in lines:
            if isinstance(content, FormatError):
                yield Rejected(source.name, number, str(content))
                continue
            if not content.strip("\ufeff \t\r\n"):
                continue
            try:
                yield convert(parse_line(content), name=source.name, line=number, options=options)
            except AnnotatorError as error:
                yield Rejected(source.name, number, reason_of(error, source.name, number))
    if part is not None and number < part.last:
        yield Rejected(source.name, number + 1, "the file became shorter; the line is gone.", last=part.last)


def parse_line(content: str) -> Any:
    """Return the JSON value of one line.

    Raises:
        FormatError: If it is no JSON.
    """
    try:
        return json.loads(content.strip("\ufeff \t\r\n"))
    except RecursionError as error:
        raise FormatError("the line nests too deeply to be an article.") from error
    except json.JSONDecodeError as error:
        near = content[max(error.pos - 20, 0) : error.pos + 20].strip()
        raise FormatError(
            f"the line is no JSON: {error.msg} at character {error.pos + 1}, near '{near}'. "
            "Expected one whole JSON object per line."
        ) from error
    except ValueError as error:  # an integer of more than 4,300 digits
        raise FormatError(f"the line is no JSON this program can read: {error}.") from error


def _lines(stream: BinaryIO, declared: str | None) -> Iterator[tuple[int, str | FormatError]]:
    first = stream.readline(MAX_LINE_BYTES)
    return _decoded_lines(stream, first, encoding_of(first, declared), 1)


def _lines_of(part: Part, stream: BinaryIO, declared: str | None) -> Iterator[tuple[int, str | FormatError]]:
    if part.offset == 0:
        return itertools.islice(_lines(stream, declared), part.count)
    stream.seek(part.offset - 1)
    if stream.read(1) != b"\n":
        raise FormatError("the file was changed since its lines were counted. Start again, with the file at rest.")
    first = stream.readline(MAX_LINE_BYTES)
    return itertools.islice(_decoded_lines(stream, first, declared or "utf-8", part.first), part.count)


def encoding_of(start: bytes, declared: str | None) -> str:
    """Return the encoding of the lines of a file, by what it starts with; see :func:`read_rows`.

    Raises:
        FormatError: If it starts like a well-known binary file.
    """
    refuse_binary(start)
    encoding = declared or marked_encoding(start) or "utf-8"
    if encoding in ("utf-16", "utf-32"):
        encoding = marked_encoding(start) or f"{encoding}-le"
    return encoding


def ends_in_newline_bytes(encoding: str) -> bool:
    """Whether the byte 0x0A ends a line wherever it stands, so that lines can be told without decoding them."""
    return encoding not in _NEWLINES


def _decoded_lines(
    stream: BinaryIO, content: bytes, encoding: str, number: int
) -> Iterator[tuple[int, str | FormatError]]:
    newline = _NEWLINES.get(encoding, b"\n")
    while content:
        if newline != b"\n":
            content = _wide_line(stream, content, newline)
        if len(content) >= MAX_LINE_BYTES and not content.endswith(newline):
            content = b""
            _skip_line(stream)
            yield number, FormatError(f"the line is longer than {MAX_LINE_BYTES:,} bytes. Is it one article per line?")
        else:
            # A large line is held twice as it is, as text and as JSON: its bytes and its end are let go of first.
            line = _decoded(content.rstrip(b"\r\n") if newline == b"\n" else content, encoding)
            content = b""
            yield number, line
            del line
        content = stream.readline(MAX_LINE_BYTES)
        number += 1


def _wide_line(stream: BinaryIO, content: bytes, newline: bytes) -> bytes:
    # readline() stops at the byte 0x0A, which is half or a quarter of a character here.
    width = len(newline)
    while True:
        missing = -len(content) % width
        content += stream.read(missing)
        if content.endswith(newline) or len(content) >= MAX_LINE_BYTES:
            return content
        more = stream.readline(MAX_LINE_BYTES)
        if not more:
            return content
        content += more


def _skip_line(stream: BinaryIO) -> None:
    while True:
        more = stream.readline(1 << 16)
        if not more or more.endswith(b"\n"):
            return


def _decoded(content: bytes, encoding: str) -> str | FormatError:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        return FormatError(
            f"the line is not {encoding}: byte 0x{content[error.start]:02X} at {error.start:,} does not fit. "
            "Save the file as UTF-8, or name its encoding with --encoding."
        )


def write_jsonl(articles: Iterable[Article], stream: BinaryIO) -> None:
    """Write one line per article, in UTF-8 with ``\\n`` line ends."""
    for article in articles:
        line = json.dumps(article_record(article), ensure_ascii=False)
        stream.write(line.encode("utf-8") + b"\n")
