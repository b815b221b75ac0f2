"""A small scoring job by the lexicon, and the processes that a run by Ray starts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from annotator.formats import ReadOptions
from annotator.workflows.ranges import Range, plan_ranges
from annotator.workflows.score_job import Job

PHRASE = "The puppet regime fell after a brutal crackdown"


def lexicon_job(output: Path | str, **others: object) -> Job:
    settings: dict[str, object] = {
        "output": str(output),
        "format": "jsonl",
        "suggester": "lexicon",
        "model_folder": None,
        "codebook_path": None,
        "all_frames": False,
        "minimum": None,
        "backend": "torch-fp32",
        "threads": 1,
        "encoding": None,
        "input_format": None,
        "key": "key",
    }
    return Job.from_record(settings | others)


def write_articles(path: Path, count: int) -> Path:
    """Write articles as JSON lines, ids ``a0`` to ``a<count - 1>``."""
    rows = ({"id": f"a{number}", "text": f"{PHRASE}, report {number} says. " * 3} for number in range(count))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def ranges_of(*paths: Path, size: int = 10) -> Iterator[Range]:
    return plan_ranges(paths, options=ReadOptions(annotations=False), input_format=None, size=size)


def parts_in(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder of parts, hidden ones too, but not the lock of a run."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def ids_in(folder: Path) -> list[str]:
    lines = b"".join(content for name, content in parts_in(folder).items() if name.startswith("part-")).splitlines()
    return sorted(json.loads(line)["id"] for line in lines)


def descendants(root: int) -> dict[int, str]:
    """Return the living processes below ``root`` with their command lines."""
    found: dict[int, str] = {}
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:  # it has just ended
                continue
            if fields[0] not in "ZX":
                children.setdefault(int(fields[1]), []).append(int(folder.name))
    waiting, below = [root], {}
    while waiting:
        for child in children.get(waiting.pop(), []):
            below[child] = found[child]
            waiting.append(child)
    return below


def listening_addresses(processes: set[int]) -> set[str]:
    """Return the addresses, as the kernel writes them in hexadecimal, at which processes wait for connections."""
    sockets = set()
    for process in processes:
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            try:
                sockets.add(os.readlink(descriptor))
            except OSError:
                continue
    listening = "0A"
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1].partition(":")[0] for row in rows if row[3] == listening and f"socket:[{row[9]}]" in sockets}
