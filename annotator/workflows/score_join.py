"""Parts of a run put together into one file, and counted, one part in memory at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import BinaryIO

from annotator.workflows.part_store import PartStore
from annotator.workflows.score_output import COLUMNS, arrow_schema


def join_parts(store: PartStore, names: Iterable[str], stream: BinaryIO, *, format: str) -> None:
    """Write the parts one after another, as if they had been written together.

    Args:
        names: Of the parts, in order.
    """
    if format == "parquet":
        _join_parquet(store, names, stream)
        return
    if format == "csv":
        stream.write(_CSV_HEAD)
    for name in names:
        content = store.read(name)
        stream.write(content.removeprefix(_CSV_HEAD) if format == "csv" else content)


def count_written(content: bytes, format: str) -> tuple[int, int]:
    """Return the number of articles and of spans in a part."""
    if format == "parquet":
        return _count_parquet(content)
    if format == "csv":
        return _count_csv(content)
    lines = content.splitlines()
    return len(lines), sum(len(json.loads(line)["spans"]) for line in lines)


_CSV_HEAD = (",".join(COLUMNS) + "\r\n").encode()


def _join_parquet(store: PartStore, names: Iterable[str], stream: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetWriter(stream, arrow_schema(), compression="zstd") as writer:
        for name in names:
            part = pq.ParquetFile(pa.BufferReader(store.read(name)))
            for group in range(part.num_row_groups):
                writer.write_table(part.read_row_group(group))


def _count_parquet(content: bytes) -> tuple[int, int]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    spans = pq.read_table(pa.BufferReader(content), columns=["spans"])["spans"]
    return len(spans), sum(len(listed) for listed in spans)


def _count_csv(content: bytes) -> tuple[int, int]:
    articles = spans = 0
    before: tuple[object, ...] = ()
    for row in csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")):
        if not row["device"]:
            articles, before = articles + 1, ()
            continue
        # Spans of one article ascend; where they do not, the same article stands there twice.
        now = (row["id"], row["text_sha256"], int(row["start"]), int(row["end"]), row["device"])
        articles += now[:2] != before[:2] or now <= before
        spans, before = spans + 1, now
    return articles, spans
