"""A folder of parts: each file is there whole or not at all, and has its final name only once the disk has it."""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from annotator.errors import FormatError
from annotator.workflows.folder_lock import locked

LOCK = ".lock"

_PART = re.compile(r"(part|errors)-(\d{6,})(?:r(\d+))?-([0-9a-f]{12})\.(jsonl|csv|parquet)")
_counter = itertools.count()


class PartStore(Protocol):
    """Where parts are written. Names are plain file names; all methods are safe in several processes at once."""

    @property
    def place(self) -> str:
        """The folder or URI, for messages."""
        ...

    def exists(self, name: str) -> bool:
        """Whether there is a whole file of this name."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all; one of that name is replaced.

        Raises:
            FormatError: If it cannot be written. Nothing is left of it.
        """
        ...

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            FormatError: If it is not there or cannot be read.
        """
        ...

    def names(self) -> Iterable[str]:
        """Return the names of the files, in no order; hidden and unfinished ones are left out."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file; one that is not there is no fault."""
        ...

    def remove(self) -> None:
        """Remove the folder and everything in it."""
        ...

    def claim(self) -> AbstractContextManager[None]:
        """Keep other runs out while the context lasts.

        Raises:
            FormatError: If another one is there already.
        """
        ...


class LocalParts:
    """Parts in a folder of this machine, which is made when it is missing.

    Attributes:
        is_new: Whether it was made just now.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_new = not folder.exists()
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise FormatError(
                f"Cannot make the folder '{folder}': {error.strerror}. Name a folder where one may be made.",
                path=str(folder),
            ) from error

    @property
    def place(self) -> str:
        return str(self.folder)

    def exists(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def write(self, name: str, content: bytes) -> None:
        temporary = self.folder / f".{name}.{os.getpid()}-{next(_counter)}.tmp"
        try:
            try:
                with temporary.open("xb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
                temporary.replace(self.folder / name)
            finally:
                temporary.unlink(missing_ok=True)
            sync_folder(self.folder)
        except OSError as error:
            raise FormatError(
                f"Cannot write '{self.folder / name}': {error.strerror or error}. Nothing of it was left behind, and "
                "the parts before it are kept.",
                path=str(self.folder / name),
                errno=error.errno,
            ) from error

    def read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise FormatError(f"Cannot read '{self.folder / name}': {error.strerror}. Check the path and its "
                              "permissions.", path=str(self.folder / name)) from error  # fmt: skip

    def names(self) -> Iterable[str]:
        return (name for name in os.listdir(self.folder) if not name.startswith("."))

    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Hold the lock of the folder; the system frees it when the process ends, however it ends."""
        descriptor = locked(self.folder / LOCK)
        try:
            yield
        finally:
            os.close(descriptor)

    def sweep(self) -> None:
        """Remove what killed writers left half-written; only for whoever holds the lock of the folder."""
        for entry in os.listdir(self.folder):
            if entry.startswith(".") and entry.endswith(".tmp"):
                (self.folder / entry).unlink(missing_ok=True)

    def leave(self) -> None:
        """Remove the lock, and the folder if it was made for nothing; only for whoever holds that lock."""
        (self.folder / LOCK).unlink(missing_ok=True)
        if self.is_new:
            with suppress(OSError):  # somebody else has put something there
                self.folder.rmdir()


def open_parts(output: str) -> PartStore:
    """Return the store for a local folder, or for a URI such as ``s3://bucket/run``.

    Raises:
        FormatError: If it cannot be opened or made.
    """
    if "://" not in output:
        return LocalParts(Path(output))
    from annotator.workflows.remote_parts import RemoteParts

    return RemoteParts(output)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut; Windows has no such call and needs none."""
    if os.name == "nt":  # pragma: no cover
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True, order=True)
class PartName:
    """The name of a part, or of the list of articles that failed in it.

    Attributes:
        number: Of the range, from 0.
        retry: 0: the first time; n: what the n-th ``--retry-errors`` made of what had failed.
        digest: 12 hexadecimal digits of the SHA-256 of everything that the content depends on.
    """

    number: int
    retry: int
    digest: str
    format: str

    @property
    def part(self) -> str:
        """Name of the file with the records."""
        return f"part-{self._stem}.{self.format}"

    @property
    def errors(self) -> str:
        """Name of the file with the failures; it counts only beside its part."""
        return f"errors-{self._stem}.jsonl"

    @property
    def _stem(self) -> str:
        again = f"r{self.retry}" if self.retry else ""
        return f"{self.number:06d}{again}-{self.digest}"


def part_names(names: Iterable[str], *, format: str) -> tuple[list[PartName], list[PartName]]:
    """Return the parts among file names, in order, and the lists of failures; other names are passed over.

    Args:
        format: Of the parts.
    """
    parts: list[PartName] = []
    errors: list[PartName] = []
    for name in names:
        found = _PART.fullmatch(name)
        if found is None:
            continue
        kind, number, retry, digest, ending = found.groups()
        known = PartName(int(number), int(retry or 0), digest, format)
        if kind == "errors" and ending == "jsonl":
            errors.append(known)
        elif kind == "part" and ending == format:
            parts.append(known)
    return sorted(parts), sorted(errors)
