"""Hugging Face ``datasets`` folders, as ``load_from_disk`` opens them; reading one needs only pyarrow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.errors import FormatError
from annotator.formats.base import Article, ReadItem, ReadOptions, Source
from annotator.formats.parquet import ROWS_PER_BATCH, SAMPLE, arrow_schema, batch_items, check_columns, record_batches

if TYPE_CHECKING:
    import pyarrow as pa

STATE = "state.json"
INFO = "dataset_info.json"

__all__ = ["INFO", "SAMPLE", "STATE", "is_dataset", "read_dataset", "write_dataset"]


def is_dataset(folder: Path) -> bool:
    """Whether ``folder`` is what ``Dataset.save_to_disk`` writes."""
    return (folder / STATE).is_file() and (folder / INFO).is_file()


def read_dataset(source: Source, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield one item per row, batch by batch.

    Raises:
        FormatError: If the folder is no such dataset or a part of it is broken.
    """
    import pyarrow as pa

    folder = source.path
    if folder is None or not is_dataset(folder):
        raise FormatError("this is no datasets folder; expected state.json and dataset_info.json in it.")
    row = 1
    try:
        for batch in _batches(folder):
            yield from batch_items(batch, row, source, options)
            row += batch.num_rows
    except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise FormatError(
            f"the datasets folder is broken: {type(error).__name__}: {str(error)[:200]}. Save it again."
        ) from error


def _batches(folder: Path) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    for part in state["_data_files"]:
        # Only the last part of the stated name: a folder from elsewhere must not make us open other files.
        with pa.memory_map(str(folder / Path(part["filename"]).name)) as mapped, pa.ipc.open_stream(mapped) as stream:
            check_columns(stream.schema.names)
            for batch in stream:
                yield from (batch.slice(row, ROWS_PER_BATCH) for row in range(0, batch.num_rows, ROWS_PER_BATCH))


def write_dataset(articles: Iterable[Article], folder: Path) -> None:
    """Write a folder that ``datasets.load_from_disk`` opens.

    Args:
        folder: New and empty; an Arrow file beside it is used on the way and removed.

    Raises:
        FormatError: If the package ``datasets`` is not installed.
    """
    import pyarrow as pa

    try:
        import datasets
    except ImportError as error:
        raise FormatError(
            "Cannot write a datasets folder: the package 'datasets' is not installed. Install it with: "
            "pip install 'framing-annotator[train]', or export as parquet."
        ) from error
    table = folder.with_name(folder.name + ".arrow")
    try:
        with pa.OSFile(str(table), "wb") as sink, pa.ipc.new_stream(sink, arrow_schema()) as writer:
            for batch in record_batches(articles):
                writer.write_batch(batch)
        datasets.disable_progress_bars()
        datasets.Dataset.from_file(str(table)).save_to_disk(folder)
    finally:
        table.unlink(missing_ok=True)
