"""About how many articles there are to score, for the time left; a guess that costs next to nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

SAMPLE_BYTES = 1 << 22


def expected_articles(paths: Iterable[str | Path]) -> int | None:
    """Estimate the number of articles in files and folders; ``None`` when it cannot be told (standard input, CSV).

    One file is one article; of JSON lines, the lines of the first megabytes are counted and scaled up.
    """
    total = 0
    for path in map(Path, paths):
        try:
            for file in _files(path) if path.is_dir() else [path]:
                found = _articles(file)
                if found is None:
                    return None
                total += found
        except OSError:
            return None  # whoever reads the file says what is wrong with it
    return total


def _files(folder: Path) -> Iterable[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in names if not name.startswith("."))


def _articles(file: Path) -> int | None:
    ending = file.suffix.casefold()
    if not file.is_file() or ending in {".csv", ".tsv", ".gz", ".zst"}:
        return None if file.is_file() or str(file) == "-" else 0
    if ending == ".parquet":
        return _parquet_rows(file)
    if ending not in {".jsonl", ".ndjson"}:
        return 1
    with file.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    return round(sample.count(b"\n") * file.stat().st_size / max(1, len(sample)))


def _parquet_rows(file: Path) -> int | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.ParquetFile(file).metadata.num_rows)
    except pa.ArrowException:
        return None
