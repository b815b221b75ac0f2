"""Corpora to score and the command that scores them in a process of its own, in small parts."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from annotator.workflows.score_job import Job

PART = 4
"""Articles in a part."""
SENTENCES = (
    "The puppet regime keeps illicit bases.",
    "Officials of the regime said nothing.",
    "The council met on Monday.",
    "They keep stolen oil in the north.",
)


def write_corpus(path: Path, count: int, *, words: dict[int, str] | None = None) -> Path:
    """Write articles as JSON lines; ``words`` are added to the articles of these numbers."""
    by_lot = random.Random(count)
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            text = " ".join([*by_lot.choices(SENTENCES, k=6), (words or {}).get(number, "")])
            stream.write(json.dumps({"id": f"a{number}", "outlet": "Herald", "text": text}) + "\n")
    return path


def command(*arguments: object) -> list[str]:
    """Return ``annotator score`` with the lexicon and small parts."""
    options = ["--suggester", "lexicon", "--part-articles", str(PART)]
    return [sys.executable, "-m", "annotator", "score", *map(str, arguments), *options]


def score(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command to its end and check its exit code."""
    done = subprocess.run(command(*arguments), capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done


def parts(folder: Path) -> list[str]:
    """Return the names of the parts in a folder that need not be there."""
    with suppress(FileNotFoundError):
        return sorted(path.name for path in folder.iterdir() if path.name.startswith("part-"))
    return []


def wait_for_parts(process: subprocess.Popen[Any], folder: Path, count: int) -> bool:
    """Wait until so many parts are there; returns whether the process still runs."""
    while process.poll() is None and len(parts(folder)) < count:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.002)
    return process.poll() is None


def children(pid: int) -> list[int]:
    """Return the process numbers of a process's children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def ids(folder: Path) -> list[str]:
    """Return the ids of all records in a folder of JSON-lines parts, as often as they stand there."""
    return [json.loads(line)["id"] for name in parts(folder) for line in (folder / name).read_text().splitlines()]


def lexicon_job(output: Path, **changes: Any) -> Job:
    """Return a job for the lexicon."""
    given = {
        "output": str(output),
        "format": "jsonl",
        "suggester": "lexicon",
        "model_folder": None,
        "codebook_path": None,
        "all_frames": False,
        "minimum": None,
        "backend": "",
        "threads": 1,
        "encoding": None,
        "input_format": None,
        "key": "k",
    }
    return Job(**{**given, **changes})


def errors(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what the lists of failures say."""
    for path in sorted(folder.glob("errors-*.jsonl")):
        yield from map(json.loads, path.read_text("utf-8").splitlines())
