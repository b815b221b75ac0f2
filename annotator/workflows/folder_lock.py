"""A lock file that says who writes into a folder; the system frees it when that process ends, however it ends."""

from __future__ import annotations

import os
from pathlib import Path

from annotator.errors import FormatError


def locked(path: Path) -> int:
    """Return the open lock file at ``path``, with our process number in it; closing it frees the lock.

    Raises:
        FormatError: If another process holds it.
    """
    while True:
        path.parent.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock(descriptor):
            owner = os.read(descriptor, 20).decode("ascii", "replace")
            os.close(descriptor)
            raise FormatError(
                f"Cannot score into '{path.parent}': process {owner or '(unknown)'} is writing there. Wait for it, or "
                "stop it, or choose another output.",
                path=str(path.parent),
                pid=owner,
            )
        if os.fstat(descriptor).st_nlink:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            return descriptor
        os.close(descriptor)  # whoever was there before has just removed the folder


def _lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows has none; there, two runs into one folder are not noticed
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
