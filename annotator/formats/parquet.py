"""Parquet: one row per article, labels as nested columns; read batch by batch, written in row groups."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from annotator.errors import AnnotatorError, FormatError
from annotator.formats.base import Article, Part, ReadItem, ReadOptions, Rejected, Source, reason_of, repeatable
from annotator.formats.packed import is_packed
from annotator.formats.records import DETAILS, article_from_record, article_record, missing_text

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROWS_PER_BATCH = 64
BATCH_BYTES = 16_000_000
"""A batch of rows is smaller where this would be more."""
MAX_ROW_BYTES = 64_000_000
BUFFER_BYTES = 1 << 20
ROWS_PER_GROUP = 512

SAMPLE = (
    '{"id": "a1", "outlet": "Herald", "published": "2023-08-29", "text": "They keep illicit bases.", '
    '"offset_unit": "codepoint", "annotations": [{"annotator": "ana", "status": "submitted", "frames": [], '
    '"spans": [{"start": 10, "end": 23, "quote": "illicit bases", "device": "loaded_language", "frames": []}]}]}\n'
)


def read_parquet(source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield one item per row; memory holds one batch of at most :data:`ROWS_PER_BATCH` rows.

    A row group that cannot be read is one rejection, and the next one is read.

    Raises:
        FormatError: If the file is no Parquet file, or has no ``text`` column.
    """
    with open_parquet(source) as file:
        groups = list(row_groups(file))
        part = source.part or Part(1, groups[-1].last if groups else 0)
        for number, group in enumerate(groups):
            first, last = max(part.first, group.first), min(part.last, group.last)
            if first <= last:
                yield from _group_items(file, number, group, Part(first, last - first + 1), source, options)
        end = groups[-1].last if groups else 0
        if end < part.last:
            gone = max(part.first, end + 1)
            yield Rejected(source.name, gone, "the file became shorter; the row is gone.", last=part.last)


@contextmanager
def open_parquet(source: Source) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file; its pages are read as they are asked for.

    Raises:
        FormatError: If the file is no Parquet file, or has no ``text`` column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if is_packed(source.name):
        raise FormatError("a Parquet file is packed inside, and cannot be read through another packing. Unpack it.")
    with repeatable(source) as kept, kept.open() as stream:
        try:
            file = pq.ParquetFile(stream, buffer_size=BUFFER_BYTES, page_checksum_verification=True)
            check_columns(file.schema_arrow.names)
        except (pa.ArrowException, OSError) as error:
            raise FormatError(
                f"the file is no readable Parquet file: {_first_line(error)} Write it again, or export it as .jsonl."
            ) from error
        yield file


def row_groups(file: pq.ParquetFile) -> Iterator[Part]:
    """Yield the rows of each row group, as the file's own table of contents states them."""
    first = 1
    for number in range(file.metadata.num_row_groups):
        count = max(0, file.metadata.row_group(number).num_rows)
        yield Part(first, count)
        first += count


def _group_items(
    file: pq.ParquetFile, number: int, group: Part, wanted: Part, source: Source, options: ReadOptions
) -> Iterator[ReadItem]:
    """Yield the wanted rows of one row group, from its start: Parquet has no way in between."""
    import pyarrow as pa

    row = group.first
    try:
        for batch in file.iter_batches(_batch_rows(file, number), row_groups=[number], use_threads=False):
            skipped = max(0, wanted.first - row)
            kept = min(batch.num_rows, wanted.last - row + 1) - skipped
            if kept > 0:
                yield from batch_items(batch.slice(skipped, kept), row + skipped, source, options)
            row += batch.num_rows
            if row > wanted.last:
                return
        reason = "it holds fewer rows than it states"
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = _first_line(error)
    yield Rejected(
        source.name,
        max(row, wanted.first),
        f"row group {number + 1} cannot be read: {reason.rstrip('.')}. Write the file again.",
        last=wanted.last,
    )


def _batch_rows(file: pq.ParquetFile, number: int) -> int:
    """Return how many rows of a row group to hold at once: few where they are large."""
    group = file.metadata.row_group(number)
    bytes_per_row: int = group.total_byte_size // max(1, group.num_rows)
    return max(1, min(ROWS_PER_BATCH, BATCH_BYTES // max(1, bytes_per_row)))


def _first_line(error: Exception) -> str:
    return f"{(str(error).splitlines() or [type(error).__name__])[0]:.200}"


def check_columns(names: Iterable[str]) -> None:
    """Refuse a table without a ``text`` column.

    Raises:
        FormatError: Listing the columns found.
    """
    listed = list(names)
    if "text" not in listed:
        raise FormatError(missing_text(listed))


def batch_items(batch: pa.RecordBatch, first: int, source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield one item per row of an Arrow record batch, whose first row is row ``first`` of the source."""
    for number, row in enumerate(_rows(batch), start=first):
        try:
            if isinstance(row, FormatError):
                raise row
            yield article_from_record(row, name=source.name, line=number, options=options)
        except AnnotatorError as error:
            yield Rejected(source.name, number, reason_of(error, source.name, number))


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | FormatError]:
    """Yield the rows as Python's values; one at a time where they are large or one of them is broken."""
    if batch.num_rows > 1 and batch.nbytes < BATCH_BYTES:
        try:
            rows: list[dict[str, Any]] = batch.to_pylist()
        except ValueError:  # bytes that are no UTF-8; told of their row below
            pass
        else:
            yield from rows
            return
    for number in range(batch.num_rows):
        row = batch.slice(number, 1)
        try:
            if row.nbytes > MAX_ROW_BYTES:
                raise ValueError(f"it has {row.nbytes:,} bytes, expected at most {MAX_ROW_BYTES:,}")
            yield row.to_pylist()[0]
        except ValueError as error:
            yield FormatError(f"the row cannot be read: {_first_line(error)}.")


def arrow_schema() -> pa.Schema:
    """Return the columns of a written table; ``metadata`` and each suggestion are JSON text."""
    import pyarrow as pa

    text = pa.string()
    span = pa.struct(
        [("start", pa.int64()), ("end", pa.int64()), ("quote", text), ("device", text), ("frames", pa.list_(text))]
        + [(key, text) for key in ("voice", "target", "polarity", "note", "suggestion_id")]
    )
    labels = [("frames", pa.list_(text)), ("spans", pa.list_(span))]
    annotation = pa.struct([("annotator", text), ("status", text), *labels])
    fields = [(key, text) for key in ("id", *DETAILS, "text", "text_sha256", "offset_unit", "codebook")]
    fields += [("annotations", pa.list_(annotation)), ("gold", pa.struct(labels))]
    fields += [(key, text) for key in ("metadata", "original")]
    fields += [("suggestions", pa.list_(text)), ("revision", pa.int64())]
    return pa.schema(fields, metadata={"offset_unit": "codepoint"})


def record_batches(articles: Iterable[Article]) -> Iterator[pa.RecordBatch]:
    """Yield the articles as Arrow record batches of at most :data:`ROWS_PER_GROUP` rows."""
    import pyarrow as pa

    schema = arrow_schema()
    remaining = iter(articles)
    while rows := [_arrow_row(article) for article in itertools.islice(remaining, ROWS_PER_GROUP)]:
        batch = pa.RecordBatch.from_pylist(rows, schema=schema)
        rows.clear()  # or they would be held while the next ones are read
        yield batch


def _arrow_row(article: Article) -> dict[str, Any]:
    row = article_record(article)
    if "metadata" in row:
        row["metadata"] = json.dumps(row["metadata"], ensure_ascii=False)
    row["suggestions"] = [json.dumps(suggestion, ensure_ascii=False) for suggestion in row.get("suggestions", ())]
    return row


def write_parquet(articles: Iterable[Article], stream: BinaryIO) -> None:
    """Write one row per article."""
    import pyarrow.parquet as pq

    with pq.ParquetWriter(stream, arrow_schema(), compression="zstd") as writer:
        for batch in record_batches(articles):
            writer.write_batch(batch)
