"""Converted models, kept between runs: each made once, whole or not at all, and checked whenever it is read.

::

    <ANNOTATOR_CACHE, or the user's cache folder>/converted/
        <name>.lock        held while an entry is made; the system frees it when its process dies
        <name>/            entry.json with the SHA-256 of every file, and the files
        <name>-x8f2…/      an entry being made; what a killed process left is removed by the next one
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock

from annotator.errors import ClassifierError

ENTRY = "entry.json"
FOLDER = "framing-annotator"

Files = Mapping[str, bytes]
"""Content of each file of an entry, by name."""


def cache_folder() -> Path:
    """Return the folder for what can be made again: ``ANNOTATOR_CACHE``, or the one the system has for this user."""
    named = os.environ.get("ANNOTATOR_CACHE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / FOLDER / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / FOLDER
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / FOLDER


class ModelCache:
    """Converted models in one folder.

    Args:
        folder: Made when something is put into it; ``None``: ``converted`` in :func:`cache_folder`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder() / "converted"

    def find(self, name: str) -> Files | None:
        """Return the files of an entry, or ``None`` when there is none or one of them is not what was written."""
        entry = self.folder / name
        try:
            hashes = json.loads((entry / ENTRY).read_text("utf-8"))["sha256"]
            files = {file: (entry / file).read_bytes() for file in hashes}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        whole = all(hashlib.sha256(content).hexdigest() == hashes[file] for file, content in files.items())
        return files if whole else None

    def get(self, name: str, make: Callable[[Path], None]) -> Files:
        """Return the files of an entry, made first if need be; of several processes one makes it, the rest wait.

        Args:
            make: Writes the files into an empty folder.

        Raises:
            ClassifierError: If the folder cannot be written, or ``make`` writes nothing that can be read again.
        """
        found = self.find(name)
        if found is not None:
            return found
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / f"{name}.lock"):
                found = self.find(name)
                if found is None:
                    self._put(name, make)
                    found = self.find(name)
        except OSError as error:
            raise ClassifierError(
                f"Cannot keep the converted model in '{self.folder}': {error.strerror or error}. Set ANNOTATOR_CACHE "
                "to a folder that can be written, or choose --backend torch.",
                folder=str(self.folder),
            ) from error
        if found is None:
            raise ClassifierError(f"The converted model in '{self.folder / name}' cannot be read again.", name=name)
        return found

    def _put(self, name: str, make: Callable[[Path], None]) -> None:
        for left in self.folder.glob(f"{name}-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=f"{name}-") as place:
            fresh = Path(place) / "entry"
            fresh.mkdir()
            make(fresh)
            seal(fresh)
            shutil.rmtree(self.folder / name, ignore_errors=True)
            fresh.rename(self.folder / name)
            _sync(self.folder)


def seal(folder: Path) -> None:
    """Write the hashes of all files of a folder beside them, everything safe on the disk."""
    files = sorted(folder.iterdir())
    hashes = {}
    for file in files:
        hashes[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
        _sync(file)
    (folder / ENTRY).write_text(json.dumps({"sha256": hashes}, indent=1) + "\n", "utf-8")
    _sync(folder / ENTRY)
    _sync(folder)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # pragma: no cover
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
