"""Writing whole files or none: a temporary file beside the target, renamed when it is complete."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from annotator.errors import FormatError
from annotator.formats.base import Article, Format
from annotator.formats.datasets_ import is_dataset


def write_stream(articles: Iterable[Article], stream: BinaryIO, *, format: Format) -> None:
    """Write to an open stream, such as standard output.

    Raises:
        FormatError: If the format is not made for that.
    """
    if format.write is None or not format.is_text:
        raise FormatError(
            f"Cannot write {format.name} to standard output. Name a file with -o, or use --format jsonl or csv.",
            format=format.name,
        )
    format.write(articles, stream)
    stream.flush()


def write_file(articles: Iterable[Article], target: Path, *, format: Format, force: bool = False) -> None:
    """Write a file or folder under its final name only once it is complete.

    Args:
        articles: Taken one at a time.
        target: Used as given; ids of documents never become part of a path.
        force: Replace what is there. A folder is replaced only if it is a datasets folder itself.

    Raises:
        FormatError: If the target exists and ``force`` is off, its folder is missing or cannot be written, or the
            format can only be read.
    """
    if format.write is None and format.write_folder is None:
        raise FormatError(f"The format '{format.name}' can be read but not written.", format=format.name)
    _check_target(target, format, force=force)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent) as folder:
            part = Path(folder) / "part"
            _write(articles, part, format)
            _check_target(target, format, force=force)  # somebody may have been faster
            _put_in_place(part, target, Path(folder))
    except OSError as error:
        raise FormatError(
            f"Cannot write {target}: {error.strerror or error}. Nothing was left behind. Check that the folder exists, "
            "can be written and has room.",
            path=str(target),
        ) from error


def _write(articles: Iterable[Article], part: Path, format: Format) -> None:
    if format.write_folder is not None:
        part.mkdir()
        format.write_folder(articles, part)
    elif format.write is not None:
        with part.open("wb") as stream:
            format.write(articles, stream)
            stream.flush()
            os.fsync(stream.fileno())


def _put_in_place(part: Path, target: Path, folder: Path) -> None:
    if part.is_dir():
        if target.exists():
            target.rename(folder / "replaced")  # removed with the temporary folder
        part.rename(target)
        return
    part.replace(target)


def _check_target(target: Path, format: Format, *, force: bool) -> None:
    if not target.parent.is_dir():
        raise FormatError(
            f"Cannot write {target}: there is no folder {target.parent}. Make it first.", path=str(target)
        )
    if not target.exists():
        return
    if not target.is_file() and not target.is_dir():
        raise FormatError(
            f"Cannot write {target}: it is a device, pipe or socket, which a finished file must not replace. Use -o - "
            "and redirect standard output.",
            path=str(target),
        )
    if not force:
        raise FormatError(
            f"Cannot write {target}: it exists. Choose another name, or replace it with --force.", path=str(target)
        )
    if format.write is not None and target.is_dir():
        raise FormatError(f"Cannot write {target}: it is a folder. Name a file in it.", path=str(target))
    if format.write is None and not is_dataset(target):
        raise FormatError(
            f"Cannot replace {target}: it is no datasets folder, and --force does not remove anything else. "
            "Choose another name.",
            path=str(target),
        )
