"""Parquet: one row per article, labels as nested columns; read batch by batch, written in row groups."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from annotator.errors import AnnotatorError, FormatError
from annotator.formats.base import Article, ReadItem, ReadOptions, Rejected, Source, reason_of
from annotator.formats.records import DETAILS, article_from_record, article_record, missing_text

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_BATCH = 64
ROWS_PER_GROUP = 512

SAMPLE = (
    '{"id": "a1", "outlet": "Herald", "published": "2023-08-29", "text": "They keep illicit bases.", '
    '"offset_unit": "codepoint", "annotations": [{"annotator": "ana", "status": "submitted", "frames": [], '
    '"spans": [{"start": 10, "end": 23, "quote": "illicit bases", "device": "loaded_language", "frames": []}]}]}\n'
)


def read_parquet(source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield one item per row; memory holds one batch of :data:`ROWS_PER_BATCH` rows.

    Raises:
        FormatError: If the file is no Parquet file, or has no ``text`` column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with source.open() as opened:
        # Standard input cannot seek, and a Parquet file starts at its end.
        stream = opened if source.is_repeatable else pa.BufferReader(opened.read())
        try:
            file = pq.ParquetFile(stream)
            check_columns(file.schema_arrow.names)
            yield from rows_to_items(file.iter_batches(batch_size=ROWS_PER_BATCH), source, options)
        except (pa.ArrowException, OSError) as error:
            raise FormatError(
                f"the file is no readable Parquet file: {str(error).splitlines()[0]:.200} Write it again, or export it "
                "as .jsonl."
            ) from error


def check_columns(names: Iterable[str]) -> None:
    """Refuse a table without a ``text`` column.

    Raises:
        FormatError: Listing the columns found.
    """
    listed = list(names)
    if "text" not in listed:
        raise FormatError(missing_text(listed))


def rows_to_items(batches: Iterable[pa.RecordBatch], source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield one item per row of Arrow record batches; rows are counted from 1."""
    rows = itertools.chain.from_iterable(_row_list(batch) for batch in batches)
    for number, row in enumerate(rows, start=1):
        try:
            yield article_from_record(row, name=source.name, line=number, options=options)
        except AnnotatorError as error:
            yield Rejected(source.name, number, reason_of(error, source.name, number))


def _row_list(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = batch.to_pylist()
    return rows


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
