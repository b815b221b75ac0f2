"""Folders walked lazily and in order, however many files they hold; and names that no two files of a run share."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import NamedTuple


class Entry(NamedTuple):
    """A file below a folder, or a folder that cannot be read (``error``).

    Attributes:
        name: Its path below the folder, with ``/``.
        is_plain: Whether it is known to be a regular file itself; links and pipes are not.
    """

    path: str
    name: str
    is_plain: bool = False
    error: OSError | None = None


class _Listing:
    """The names of one folder, to be taken in order; about 100 bytes each, and less with each that was taken."""

    def __init__(self, folder: str, prefix: str) -> None:
        self.folder, self.prefix = folder, prefix
        self._folders: set[str] = set()
        self._odd: set[str] = set()
        self._names: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                self._names.append(entry.name)
                if not _is_file(entry):
                    (self._folders if _is_folder(entry) else self._odd).add(entry.name)
        self._names.sort(reverse=True)

    def __iter__(self) -> Iterator[tuple[Entry, bool]]:
        """Yield each entry and whether it is a folder."""
        while self._names:
            name = self._names.pop()
            path = os.path.join(self.folder, name)
            yield Entry(path, self.prefix + name, name not in self._odd), name in self._folders


def walk(folder: str) -> Iterator[Entry]:
    """Yield what lies below a folder, sorted, without hidden files; each folder once, however it is linked.

    Links that lead nowhere and pipes are yielded too: they are refused by name, not passed over.
    """
    seen: set[tuple[int, int]] = set()
    waiting = [iter([(Entry(folder, ""), True)])]
    while waiting:
        found = next(waiting[-1], None)
        if found is None:
            waiting.pop()
            continue
        entry, is_folder = found
        if not is_folder:
            yield entry
            continue
        try:
            status = os.stat(entry.path)
            if (status.st_dev, status.st_ino) in seen:
                continue  # a symbolic link back to where we came from, or a second way to the same folder
            seen.add((status.st_dev, status.st_ino))
            waiting.append(iter(_Listing(entry.path, f"{entry.name}/" if entry.name else "")))
        except OSError as error:
            yield Entry(entry.path, entry.name or os.path.basename(folder), error=error)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


class Names:
    """Gives every file of a run a name no earlier one has, by adding folders in front: ids are made from it.

    Args:
        is_needed: Whether two files can have one name at all: not within one folder, and nothing is kept then.
    """

    def __init__(self, *, is_needed: bool) -> None:
        self._is_needed = is_needed
        self._taken: set[bytes] = set()

    def free(self, name: str, path: str) -> str:
        """Return ``name`` or, if it is taken, more of ``path``."""
        if not self._is_needed:
            return name
        key = _key(name)
        if key in self._taken:
            parts = os.path.abspath(path).strip(os.sep).split(os.sep)
            count = len(name.split("/"))
            while key in self._taken and count < len(parts):
                count += 1
                name = "/".join(parts[-count:])
                key = _key(name)
        self._taken.add(key)
        return name


def _key(name: str) -> bytes:
    # A digest takes half the memory of a long name; that two of a billion names share one is all but impossible.
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=12).digest()
