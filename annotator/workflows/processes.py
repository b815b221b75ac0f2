"""Processes that outlive the one that started them: whether one still runs, and asking it to stop.

The number of a process is used again once it has ended, so the moment at which it began is kept too.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Our own children: the system remembers one that has ended until we have asked for its exit code."""

_STATE, _BEGAN = 0, 19
"""Fields of ``/proc/PID/stat`` after the name: state, and start time in clock ticks since the system started.

Source:
    proc_pid_stat(5), fields 3 and 22.
"""


def adopt(process: subprocess.Popen[bytes], *, kindness: int = 0) -> None:
    """Look after a child from now on.

    Args:
        process: Just started.
        kindness: By how much it steps back for other programs, 0 to 19; left out where the system has no such thing.
    """
    _children[process.pid] = process
    if kindness and hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, kindness)


def born(pid: int) -> str:
    """Return when the system says a process began; "" where it does not say."""
    fields = _stat(pid)
    return fields[_BEGAN] if len(fields) > _BEGAN else ""


def is_alive(pid: int, *, born: str = "") -> bool:
    """Return whether a process runs, and is the one that began at ``born``."""
    if pid <= 0:
        return False
    if (child := _children.get(pid)) is not None:
        if child.poll() is None:
            return True
        del _children[pid]
        return False
    if fields := _stat(pid):
        return fields[_STATE] not in "ZX" and fields[_BEGAN] == born
    if Path("/proc/self/stat").exists() or os.name == "nt":  # on Windows the question itself would end the process
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def ask_to_stop(pid: int, *, born: str = "") -> bool:
    """Send SIGTERM to a process, if it is the one meant; returns whether it was sent."""
    if not is_alive(pid, born=born):
        return False
    try:
        os.kill(pid, signal.SIGTERM)
    except OSError:
        return False
    return True


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()  # the name may hold blanks and brackets
