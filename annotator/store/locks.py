"""The writer lock: one writer at a time, among the threads of this process and among processes.

SQLite's own busy handler is unfair (waits of seconds under load) and cannot close the window of its
WAL-reset bug (SQLite 3.7.0–3.51.2), for which two connections must commit and checkpoint at once. The
operating system frees the file lock when its process dies.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotator.errors import StoreError

TIMEOUT_S = 30.0
_LONGEST_NAP_S = 0.01

if os.name == "nt":  # pragma: no cover
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]

    def _unlock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


_threads: dict[str, threading.Lock] = {}
_threads_guard = threading.Lock()


class WriterLock:
    """One writer at a time for the database at ``path``; the lock file is ``<path>.lock``.

    Stores opened on one path in one process share the thread lock. ``path=None`` (a database in
    memory) locks threads only.
    """

    def __init__(self, path: Path | None, *, timeout_s: float = TIMEOUT_S) -> None:
        self._path = None if path is None else path.with_name(path.name + ".lock")
        self._timeout_s = timeout_s
        if self._path is None:
            self._thread = threading.Lock()
        else:
            with _threads_guard:
                self._thread = _threads.setdefault(os.path.realpath(self._path), threading.Lock())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock. Not re-entrant.

        Raises:
            StoreError: If another writer keeps it longer than the time-out.
        """
        deadline = time.monotonic() + self._timeout_s
        if not self._thread.acquire(timeout=self._timeout_s):
            raise self._too_long()
        try:
            if self._path is None:
                yield
                return
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                self._wait(descriptor, deadline)
                try:
                    yield
                finally:
                    _unlock(descriptor)
            finally:
                os.close(descriptor)
        finally:
            self._thread.release()

    def _wait(self, descriptor: int, deadline: float) -> None:
        nap_s = 0.0005
        while True:
            try:
                _try_lock(descriptor)
            except OSError:
                if time.monotonic() > deadline:
                    raise self._too_long() from None
                time.sleep(nap_s * random.uniform(0.5, 1.0))  # noqa: S311
                nap_s = min(2 * nap_s, _LONGEST_NAP_S)
            else:
                return

    def _too_long(self) -> StoreError:
        return StoreError(
            f"Cannot write: another writer has held the lock {self._path or 'of this database'} for "
            f"{self._timeout_s:.0f} s. Nothing was changed; wait for a running import, backup or upgrade to end and "
            "try again.",
            lock=str(self._path),
        )
