"""Reading and writing files, one module per format; :data:`FORMATS` lists them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

from annotator.errors import FormatError, near_match
from annotator.formats import corpora, csv_, datasets_, html, jsonl, parquet, text
from annotator.formats.base import (
    GOLD,
    Article,
    Format,
    ReadItem,
    ReadOptions,
    Rejected,
    Source,
)
from annotator.formats.losses import count_losses
from annotator.formats.output import write_file, write_stream
from annotator.formats.paths import Found, find_format, find_sources, read_sources

ENTRY_POINTS = "annotator.formats"

# To add a format: write a module with its reader and writer, and add it here. Packages of others add an entry
# point of the group `annotator.formats` that loads a `Format`.
FORMATS: dict[str, Format] = {
    "txt": Format("txt", (".txt",), text.read_text, sample="They keep illicit bases.\n", divided="article"),
    "md": Format(
        "md",
        (".md", ".markdown"),
        text.read_markdown,
        sample="# Bases, again\n\nThey keep illicit bases.\n",
        divided="article",
    ),
    "html": Format("html", (".html", ".htm", ".xhtml"), html.read_html, sample=html.SAMPLE, divided="article"),
    "jsonl": Format(
        "jsonl",
        (".jsonl", ".ndjson"),
        jsonl.read_jsonl,
        sample=jsonl.SAMPLE,
        divided="lines",
        write=jsonl.write_jsonl,
        keeps=frozenset(
            ("details", "metadata", "original", "annotations", "overlap", "gold", "suggestions", "empty_target")
        ),
    ),
    "csv": Format(
        "csv",
        (".csv", ".tsv"),
        csv_.read_csv,
        sample=csv_.SAMPLE,
        write=csv_.write_csv,
        keeps=frozenset(("details", "metadata", "annotations", "overlap", "gold")),
    ),
    "parquet": Format(
        "parquet",
        (".parquet",),
        parquet.read_parquet,
        sample=parquet.SAMPLE,
        divided="rows",
        write=parquet.write_parquet,
        keeps=frozenset(
            ("details", "metadata", "original", "annotations", "overlap", "gold", "suggestions", "empty_target")
        ),
        is_text=False,
    ),
    "datasets": Format(
        "datasets",
        (),
        datasets_.read_dataset,
        sample=datasets_.SAMPLE,
        write_folder=datasets_.write_dataset,
        keeps=frozenset(
            ("details", "metadata", "original", "annotations", "overlap", "gold", "suggestions", "empty_target")
        ),
        is_text=False,
    ),
    # Research corpora are .jsonl files too: they are read when named, never by their ending.
    "ptc2020": Format("ptc2020", (), corpora.read_ptc2020, sample=corpora.SAMPLES["ptc2020"], divided="lines"),
    "babe": Format("babe", (), corpora.read_babe, sample=corpora.SAMPLES["babe"], divided="lines"),
    "basil": Format("basil", (), corpora.read_basil, sample=corpora.SAMPLES["basil"], divided="lines"),
}


def all_formats() -> dict[str, Format]:
    """Return :data:`FORMATS` and those that installed packages add.

    Raises:
        FormatError: If two are registered under one name.
    """
    known = dict(FORMATS)
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in known:
            raise FormatError(
                f"Format '{entry.name}' is registered twice, the second time by {entry.value}. "
                "Uninstall one of the packages.",
                name=entry.name,
            )
        known[entry.name] = entry.load()
    return known


def format_named(name: str) -> Format:
    """Return one format.

    Raises:
        FormatError: If there is none of that name; the message lists those there are.
    """
    known = all_formats()
    if name not in known:
        raise FormatError(f"Unknown format '{name}'. Known: {', '.join(known)}.{near_match(name, known)}", name=name)
    return known[name]


def read_paths(
    paths: Iterable[str | Path], *, options: ReadOptions | None = None, format: str | None = None
) -> Iterator[ReadItem]:
    """Read files, folders (recursively, sorted, without hidden files) and ``-``, one article at a time.

    Args:
        paths: What to read.
        options: Encoding, offset unit and checks; see :class:`ReadOptions`.
        format: Name of the format; ``None`` goes by each file's ending. Needed for ``-``.

    Yields:
        An :class:`Article`, or a :class:`Rejected` for each file or row that was left out.

    Raises:
        FormatError: If the format is unknown, or ``-`` is given without one. Faults of files are yielded.
    """
    forced = format_named(format) if format is not None else None
    return read_sources(find_sources(paths, all_formats(), forced=forced), options or ReadOptions())


def read_path(path: str | Path, *, options: ReadOptions | None = None, format: str | None = None) -> Iterator[ReadItem]:
    """Read one file, folder or ``-``; see :func:`read_paths`."""
    return read_paths([path], options=options, format=format)


def read_source(source: Source, *, options: ReadOptions | None = None, format: str | None = None) -> Iterator[ReadItem]:
    """Read one source, such as an uploaded file; see :func:`read_paths`.

    Raises:
        FormatError: If the format is unknown. Faults of the source are yielded.
    """
    try:
        found: Found | Rejected = Found(
            source, format_named(format) if format is not None else find_format(source.name, all_formats())
        )
    except FormatError as error:
        if format is not None:
            raise
        found = Rejected(source.name, None, str(error))
    return read_sources([found], options or ReadOptions())


def read_uploads(files: Iterable[tuple[str, bytes]], *, options: ReadOptions | None = None) -> Iterator[ReadItem]:
    """Read files held in memory, as (name, content); see :func:`read_paths`."""
    for name, content in files:
        yield from read_source(Source(name, content=content), options=options)


__all__ = [
    "FORMATS",
    "GOLD",
    "Article",
    "Format",
    "ReadItem",
    "ReadOptions",
    "Rejected",
    "Source",
    "all_formats",
    "count_losses",
    "format_named",
    "read_path",
    "read_paths",
    "read_source",
    "read_uploads",
    "write_file",
    "write_stream",
]
