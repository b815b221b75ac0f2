"""CSV for spreadsheets: plain tables of articles are read; what we write has one row per document, annotation and span.

Cells that a spreadsheet would run as a formula get a leading ``'`` when written, and lose it when such a file is read.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from annotator.annotations import Annotation
from annotator.errors import AnnotatorError, FormatError
from annotator.formats.base import Article, ReadItem, ReadOptions, Rejected, Source, reason_of, repeatable
from annotator.formats.encoding import check_encoding, detect, guess_warning, marked_encoding, refuse_binary
from annotator.formats.labels import annotation_record
from annotator.formats.records import DETAILS, article_from_record, missing_text

COLUMNS = (
    *("row", "id", *DETAILS, "text", "metadata", "offset_unit", "codebook", "annotator", "status"),
    *("frames", "start", "end", "quote", "device", "voice", "target", "polarity", "note", "suggestion_id"),
)
_OURS = frozenset(("row", "offset_unit", "annotator", "quote", "device"))
_LISTS = "|"
_RISKY = re.compile(r"'*[=+\-@\t\r\n\0＝＋－＠]")
_ESCAPED = re.compile(r"''*[=+\-@\t\r\n\0＝＋－＠]")
MAX_CELL = 32_000_000

SAMPLE = 'id,outlet,published,title,text\na1,Herald,2023-08-29,"Bases, again",They keep illicit bases.\n'


Row = tuple[int, dict[str, str]]
"""Line number and cells by column."""


def guard_formula(cell: str) -> str:
    """Put ``'`` before a cell that a spreadsheet would run, so that it shows the text instead.

    Example:
        >>> guard_formula("=1+1"), guard_formula("-"), guard_formula("'=x"), guard_formula("safe")
        ("'=1+1", "'-", "''=x", 'safe')
    """
    return f"'{cell}" if _RISKY.match(cell) else cell


def unguard_formula(cell: str) -> str:
    """Undo :func:`guard_formula`.

    Example:
        >>> unguard_formula("'-"), unguard_formula("''=x"), unguard_formula("'tis")
        ('-', "'=x", "'tis")
    """
    return cell[1:] if _ESCAPED.match(cell) else cell


def read_csv(source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the articles of a table with a ``text`` column, or of a file that :func:`write_csv` wrote.

    Raises:
        FormatError: If there is no header or no ``text`` column.
    """
    # The limit is the process's, not the reader's, and the default of 128 KB refuses long articles.
    csv.field_size_limit(min(MAX_CELL, sys.maxsize))
    with repeatable(source) as kept:
        encoding, warnings = _encoding(kept, options)
        with kept.open() as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as stream:
            header_line = _first_line(stream)
            delimiter = _delimiter(header_line)
            header = _header(header_line, delimiter)
            rows = _rows(stream, header, delimiter, source.name)
            if set(header) >= _OURS:
                yield from _own_articles(rows, source, options)
            else:
                yield from _plain_articles(rows, source, options, warnings)


def _plain_articles(
    rows: Iterator[Row | Rejected],
    source: Source,
    options: ReadOptions,
    warnings: tuple[str, ...],
) -> Iterator[ReadItem]:
    for row in rows:
        yield row if isinstance(row, Rejected) else _article(row[1], row[0], source, options=options, warnings=warnings)
        if not isinstance(row, Rejected):
            warnings = ()  # said once, with the first article


def _article(
    record: Mapping[str, Any], line: int, source: Source, *, options: ReadOptions, warnings: tuple[str, ...] = ()
) -> ReadItem:
    try:
        article = article_from_record(record, name=source.name, line=line, options=options)
    except AnnotatorError as error:
        return Rejected(source.name, line, reason_of(error, source.name, line))
    if not warnings:
        return article
    return replace(article, warnings=(*warnings, *article.warnings))


def _rows(stream: io.TextIOWrapper, header: list[str], delimiter: str, name: str) -> Iterator[Row | Rejected]:
    reader = csv.reader(_Lines(stream), delimiter=delimiter, strict=True)
    line = 2
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            yield Rejected(name, line, f"not {error.encoding} from here on; the rest of the file was not read. "
                           "Name the encoding with --encoding.")  # fmt: skip
            return
        except csv.Error as error:
            yield Rejected(name, line, f'the row is no CSV: {error}. Is a quote (") missing or not doubled?')
            line = reader.line_num + 2
            continue
        if len(cells) == len(header):
            yield line, dict(zip(header, cells, strict=True))
        elif cells:
            yield Rejected(
                name, line, f"the row has {len(cells)} cells; the header has {len(header)}. Is a quote missing?"
            )
        line = reader.line_num + 2


class _Lines:
    """The lines of a table, none longer than :data:`MAX_CELL`: what a small packed file unpacks to has no limit."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = more = self._stream.readline(MAX_CELL)
        if not line:
            raise StopIteration
        if len(line) < MAX_CELL:
            return line
        while len(more) == MAX_CELL and not more.endswith(("\n", "\r")):
            more = self._stream.readline(MAX_CELL)
        raise csv.Error(f"the line is longer than {MAX_CELL:,} characters")


def _own_articles(rows: Iterator[Row | Rejected], source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Put the rows of one document together again; they follow its ``document`` row."""
    record: dict[str, Any] | None = None
    start = 0
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row[0], {key: unguard_formula(cell) for key, cell in row[1].items()}
        if cells["row"] == "document":
            if record is not None:
                yield _article(record, start, source, options=options)
            record, start = _document_record(cells), line
        elif record is None or record["id"] != cells["id"]:
            reason = f"no document row for '{cells['id'][:80]}' stands before this {cells['row'][:40]} row."
            yield Rejected(source.name, line, f"{reason} Sort the rows by document.")
        else:
            problem = _add_row(record, cells)
            if problem:
                yield Rejected(source.name, line, problem)
    if record is not None:
        yield _article(record, start, source, options=options)


def _document_record(cells: Mapping[str, str]) -> dict[str, Any]:
    kept = ("id", *DETAILS, "text", "metadata", "offset_unit", "codebook")
    return {**{key: cells.get(key) or None for key in kept}, "annotations": []}


def _add_row(record: dict[str, Any], cells: Mapping[str, str]) -> str | None:
    frames = [frame for frame in cells["frames"].split(_LISTS) if frame]
    if cells["row"] == "annotation":
        record["annotations"].append(
            {"annotator": cells["annotator"], "status": cells["status"], "frames": frames, "spans": []}
        )
        return None
    if cells["row"] != "span":
        return f"'row' is '{cells['row'][:40]}'; expected document, annotation or span."
    for annotation in record["annotations"]:
        if annotation["annotator"] == cells["annotator"]:
            span: dict[str, Any] = {key: cells.get(key) or None for key in COLUMNS[15:]}
            span |= {"frames": frames, "start": _number(cells["start"]), "end": _number(cells["end"])}
            annotation["spans"].append(span)
            return None
    return f"no annotation row for annotator '{cells['annotator'][:80]}' stands before this span row."


def _number(cell: str) -> int | str:
    return int(cell) if cell.isascii() and cell.isdigit() else cell


def _first_line(stream: io.TextIOWrapper) -> str:
    try:
        return stream.readline(MAX_CELL).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"the file is not {error.encoding}. Leave out --encoding to detect it, or name the right one."
        ) from error


def _header(line: str, delimiter: str) -> list[str]:
    try:
        header = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error as error:
        raise FormatError(f"the first line is no CSV header: {error}.") from error
    lowered = [cell.casefold() for cell in header]
    named = [low if low in COLUMNS or low == "gold" else cell for low, cell in zip(lowered, header, strict=True)]
    if "text" not in named:
        raise FormatError(
            f"{missing_text(header)} The first line must name the columns; id, title, outlet, published, url and event "
            "are understood too."
        )
    doubled = sorted({cell for cell in named if named.count(cell) > 1})
    if doubled:
        raise FormatError(f"column '{doubled[0]}' stands twice in the header. Rename one of them.")
    return named


def _delimiter(header: str) -> str:
    unquoted = re.sub(r'"[^"]*"', "", header)
    return max(",;\t", key=unquoted.count)


def _encoding(source: Source, options: ReadOptions) -> tuple[str, tuple[str, ...]]:
    """Choose the encoding by looking at the whole file once, in pieces."""
    with source.open() as stream:
        head = stream.read(4)
        marked = marked_encoding(head)
        if options.encoding is not None:
            name = check_encoding(options.encoding)
            return (marked or f"{name}-le") if name in ("utf-16", "utf-32") else name, ()
        if marked is not None:
            return marked, ()
        refuse_binary(head + stream.read(12))
    with source.open() as stream:
        decoder = codecs.getincrementaldecoder("utf-8")()
        while piece := stream.read(1 << 20):
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                guessed = detect(piece)
                if guessed is None:
                    raise FormatError(
                        "the file is no text in a known encoding. Is it binary? Otherwise name its encoding with "
                        "--encoding."
                    ) from None
                return guessed, (guess_warning(guessed),)
    return "utf-8", ()


def write_csv(articles: Iterable[Article], stream: BinaryIO) -> None:
    """Write one row per document, per annotation (gold is annotator ``gold``) and per span, in UTF-8."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for article in articles:
        for row in _written_rows(article):
            writer.writerow([guard_formula(str(row.get(column) or "")) for column in COLUMNS])
    text.flush()
    text.detach()


def _written_rows(article: Article) -> Iterator[dict[str, Any]]:
    document = article.document
    common: dict[str, Any] = {"id": document.id, **{key: getattr(document, key) for key in DETAILS}}
    common |= {"offset_unit": "codepoint", "codebook": article.codebook}
    metadata = json.dumps(dict(document.metadata), ensure_ascii=False) if document.metadata else None
    yield {**common, "row": "document", "text": document.text, "metadata": metadata}
    listed: tuple[Annotation, ...] = article.annotations + ((article.gold,) if article.gold else ())
    for annotation in listed:
        record = annotation_record(annotation)
        who = {**common, "annotator": record["annotator"], "status": record["status"]}
        yield {**who, "row": "annotation", "frames": _LISTS.join(record["frames"])}
        for span in record["spans"]:
            numbers = {"start": str(span["start"]), "end": str(span["end"])}
            yield {**who, **span, **numbers, "row": "span", "frames": _LISTS.join(span["frames"])}
