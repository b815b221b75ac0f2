"""Write scored articles: JSON lines, a table of spans, or nested Parquet; whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from annotator.errors import FormatError
from annotator.formats.csv_ import guard_formula

if TYPE_CHECKING:
    import pyarrow as pa

Record = Mapping[str, Any]
Records = Iterable[Record]

ARTICLE_COLUMNS = ("id", "outlet", "title", "published", "url", "text_sha256", "offset_unit", "model", "codebook")
SUMMARY_COLUMNS = ("words", "loaded_per_1000_words", "own_voice_per_1000_words")
SPAN_COLUMNS = ("start", "end", "quote", "device", "probability", "span_frames", "voice", "target", "polarity", "agent")
COLUMNS = (*ARTICLE_COLUMNS, "article_frames", *SUMMARY_COLUMNS, *SPAN_COLUMNS, "notes")
ROWS_PER_GROUP = 256


def write_jsonl(records: Records, stream: BinaryIO) -> None:
    """Write one JSON object per line, each as soon as it is there."""
    for record in records:
        stream.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        stream.flush()


def write_csv(records: Records, stream: BinaryIO) -> None:
    """Write one row per span; an article without spans has one row with those cells empty.

    Frames are written as ``label:probability``, several divided by ``|``. Cells that a spreadsheet would run
    as formulas begin with ``'``.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for record in records:
        for row in _rows(record):
            writer.writerow(["" if cell is None else guard_formula(cell) if isinstance(cell, str) else cell
                             for cell in map(row.get, COLUMNS)])  # fmt: skip
    text.flush()
    text.detach()


def write_parquet(records: Records, stream: BinaryIO) -> None:
    """Write one row per article, with the columns of the record, nested as they are there."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = arrow_schema()
    remaining = iter(records)
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        while chunk := list(islice(remaining, ROWS_PER_GROUP)):
            writer.write_table(pa.Table.from_pylist([{"notes": [], **record} for record in chunk], schema=schema))


WRITERS = {"jsonl": write_jsonl, "csv": write_csv, "parquet": write_parquet}


def format_of(path: Path) -> str:
    """Return the format an output file's ending asks for; ``jsonl`` when it says nothing."""
    return path.suffix[1:].casefold() if path.suffix[1:].casefold() in WRITERS else "jsonl"


@contextmanager
def whole_file(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Open a file beside ``path`` that takes its name only when all was written.

    Raises:
        FormatError: If ``path`` exists and ``force`` is not set, or nothing can be written there.
    """
    check_target(path, force=force)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part")
        os.close(handle)
    except OSError as error:
        raise FormatError(f"Cannot write in '{path.parent}': {error.strerror}. Choose another folder.") from error
    part = Path(name)
    try:
        with part.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        part.chmod(mode)
        part.replace(path)
    except OSError as error:
        raise FormatError(f"Cannot write '{path}': {error.strerror}. Nothing was written.") from error
    finally:
        part.unlink(missing_ok=True)


def check_target(path: Path, *, force: bool) -> None:
    """Refuse to write to ``path`` before any work is done for it.

    Raises:
        FormatError: If it exists and ``force`` is not set, is no file, or its folder is missing.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise FormatError(f"Cannot write '{path}': it is a device, pipe or socket, which a finished file must not "
                          "replace. Leave out -o and redirect standard output.")  # fmt: skip
    if path.exists() and not force:
        raise FormatError(f"Cannot write '{path}': it exists. Choose another name, or overwrite it with --force.")
    if path.is_dir() or not path.parent.is_dir():
        raise FormatError(f"Cannot write '{path}': {'it is a folder' if path.is_dir() else 'its folder is missing'}. "
                          "Name a file in a folder that exists.")  # fmt: skip


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _rows(record: Record) -> Iterator[dict[str, Any]]:
    common = {key: record[key] for key in ARTICLE_COLUMNS}
    common |= {key: record["summary"][key] for key in SUMMARY_COLUMNS}
    common["article_frames"] = _labels(record["frames"])
    common["notes"] = " ".join(record.get("notes", ()))
    for span in record["spans"] or [{}]:
        row = {**common, **span}
        row["span_frames"] = _labels(span.get("frames", ()))
        yield row


def _labels(labels: Iterable[Record]) -> str:
    return "|".join(f"{label['label']}:{label['probability']}" for label in labels)


def arrow_schema() -> pa.Schema:
    """Return the nested columns of the record."""
    import pyarrow as pa

    text, number, whole = pa.string(), pa.float64(), pa.int64()
    evidence = pa.struct([("start", whole), ("end", whole), ("probability", number)])
    frame = pa.struct([("label", text), ("probability", number)])
    article_frame = pa.struct([("label", text), ("probability", number), ("evidence", pa.list_(evidence))])
    span = pa.struct(
        [("start", whole), ("end", whole), ("quote", text), ("device", text), ("probability", number)]
        + [("frames", pa.list_(frame))]
        + [(key, text) for key in ("voice", "target", "polarity", "agent")]
    )
    summary = pa.struct([("words", whole), *((key, number) for key in SUMMARY_COLUMNS[1:])])
    fields = [(key, text) for key in ARTICLE_COLUMNS]
    fields += [("frames", pa.list_(article_frame)), ("spans", pa.list_(span)), ("summary", summary)]
    return pa.schema([*fields, ("notes", pa.list_(text))], metadata={"offset_unit": "codepoint"})
