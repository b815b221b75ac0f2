"""Which files of a folder have arrived: looked at again and again, by any file system, a bounded number in hand."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

IN_HAND = 1000
"""Files that may wait to be scored between two looks, and as many that are watched until they stand still."""

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".swp", "~")


class Stamp(NamedTuple):
    """What changes when a file is written, replaced, renamed or made readable; times in nanoseconds."""

    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, stat: os.stat_result) -> Stamp:
        """Return the stamp of a file."""
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that stands still.

    Attributes:
        name: Relative to the folder, with ``/``.
    """

    name: str
    path: Path
    stamp: Stamp

    def is_unchanged(self) -> bool:
        """Whether the file is still the one that was seen."""
        return _stamp(self.path) == self.stamp


class Arrivals:
    """What arrives in a folder and the folders in it; close it when done.

    A file has arrived when two looks find it the same. Hidden names and those of unfinished downloads are passed
    over, and so are links to folders. The folder is gone through piece by piece, and again from the beginning when
    the end is reached; of a file that is done, some 100 bytes are kept.

    Args:
        folder: Watched from now on.
        avoid: A folder in it that is passed over, such as that of the results.
        in_hand: How many files :meth:`look` returns at most, and how many are watched for standing still.
        on_trouble: Told once of each folder that cannot be read.
    """

    def __init__(
        self, folder: Path, *, avoid: Path | None = None, in_hand: int = IN_HAND, on_trouble: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._avoid = avoid.resolve() if avoid else None
        self._in_hand = in_hand
        self._on_trouble = on_trouble
        self._troubles: set[str] = set()
        self._unsettled: dict[str, Arrival] = {}
        self._pass: Generator[Arrival] | None = None
        self._done: set[int] = set()
        self._met: set[int] = set()

    def close(self) -> None:
        """Let go of the folder."""
        if self._pass is not None:
            self._pass.close()
            self._pass = None

    def look(self) -> list[Arrival]:
        """Return files that have arrived and are not done, at most ``in_hand``."""
        settled: list[Arrival] = []
        unsettled: dict[str, Arrival] = {}
        for seen in self._unsettled.values():
            now = _stamp(seen.path)
            if now == seen.stamp:
                settled.append(seen)
            elif now is not None:
                unsettled[seen.name] = replace(seen, stamp=now)
        known = {*unsettled, *(arrival.name for arrival in settled)}
        while len(unsettled) < self._in_hand and (arrival := self._next()) is not None:
            mark = _mark(arrival)
            if mark in self._done:
                self._met.add(mark)
            elif arrival.name not in known:
                unsettled[arrival.name] = arrival
        self._unsettled = unsettled
        return settled

    def done(self, arrival: Arrival) -> None:
        """Pass the file over from now on, until it changes."""
        for known in (self._done, self._met):
            known.add(_mark(arrival))

    def _next(self) -> Arrival | None:
        """Return the next file of this pass through the folder; ``None`` when it ends."""
        if self._pass is None:
            self._pass = self._files()
        arrival = next(self._pass, None)
        if arrival is None:
            self._pass = None
            self._done, self._met = self._met, set()  # files that are gone need not be remembered
        return arrival

    def _files(self) -> Generator[Arrival]:
        waiting = [(self._folder, "")]
        while waiting:
            folder, prefix = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if is_passed_over(entry.name):
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            if self._avoid is None or Path(entry.path).resolve() != self._avoid:
                                waiting.append((Path(entry.path), f"{prefix}{entry.name}/"))
                        elif found := _regular(entry):
                            yield Arrival(prefix + entry.name, Path(entry.path), found)
            except OSError as error:
                self._tell(f"{prefix or folder}: the folder cannot be read: {error.strerror or error}.")

    def _tell(self, message: str) -> None:
        if message not in self._troubles:
            self._troubles.add(message)
            self._on_trouble(message)


def is_passed_over(name: str) -> bool:
    """Whether a name is hidden, or that of a file somebody is still writing.

    Example:
        >>> [is_passed_over(name) for name in (".x", "a.txt.part", "a.txt~", "~$a.txt", "a.txt")]
        [True, True, True, True, False]
    """
    return name.startswith((".", "~")) or name.casefold().endswith(_UNFINISHED)


def _regular(entry: os.DirEntry[str]) -> Stamp | None:
    try:
        return Stamp.of(entry.stat()) if entry.is_file() else None
    except OSError:  # gone again, or a link that leads nowhere: it may come back
        return None


def _stamp(path: Path) -> Stamp | None:
    try:
        return Stamp.of(path.stat())
    except OSError:
        return None


def _mark(arrival: Arrival) -> int:
    content = f"{arrival.name}\0{arrival.stamp}".encode("utf-8", "surrogateescape")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())
