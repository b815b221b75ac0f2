"""The engine for one machine: processes that score ranges, and one that hands them out and outlives their deaths."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import annotator
from annotator.errors import ClassifierError, FormatError
from annotator.workflows.part_store import open_parts
from annotator.workflows.ranges import Range
from annotator.workflows.score_job import Job, PartReport, Scorer

OnPart = Callable[[PartReport], None]

WORKER = ("-P", "-m", "annotator.scale.worker")
"""What Python is told to run; -P: a file called json.py in the working folder must not run there."""
AHEAD = 1
"""Ranges a worker has waiting beside the one it scores, so that it never waits itself."""
CAREFUL_AFTER = 2
"""Deaths over one range after which its articles are announced one by one."""
MOST_DEATHS = 6
"""Deaths over one range, without an article to blame, after which the run ends."""
MOST_FAILED_STARTS = 3
COMPLAINT_LINES = 40
STOP_SECONDS = 10.0


def run(ranges: Iterator[Range], job: Job, *, workers: int, on_part: OnPart) -> None:
    """Score ranges and write their parts; the parts do not depend on the number of workers.

    Args:
        workers: Processes; 1 scores in this one.
        on_part: Told of each part, in the order in which they are finished.

    Raises:
        AnnotatorError: If a part cannot be written, or workers cannot be started or keep dying.
    """
    if workers > 1:
        with closing(_Crew(job, workers)) as crew:
            crew.run(ranges, on_part)
        return
    first = next(ranges, None)
    if first is None:
        return
    scorer, store = Scorer(job), open_parts(job.output)
    on_part(scorer.score_range(first, store))
    for range_ in ranges:
        on_part(scorer.score_range(range_, store))


def available_cores() -> int:
    """Return how many processor cores this process may use, by affinity and by the quota of its container."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota()
    return cores if quota is None else max(1, min(cores, quota))


def _quota() -> int | None:
    """Return the cores a control group grants, version 2 or 1, rounded down; ``None`` without a limit."""
    with suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
        return int(quota) // int(period)
    with suppress(OSError, ValueError):
        quota, period = (Path(f"/sys/fs/cgroup/cpu/cpu.cfs_{kind}_us").read_text("ascii") for kind in _V1)
        return int(quota) // int(period) if int(quota) > 0 else None
    return None


_V1 = ("quota", "period")


@dataclass(slots=True)
class _Task:
    """A range and what has happened to those who scored it."""

    range_: Range
    deaths: int = 0
    given_up: dict[int, str] = field(default_factory=dict)


class _Worker:
    """One process and its two pipes; threads of this process listen to it."""

    def __init__(self, job: Job, tell: Callable[[_Worker, dict[str, Any] | None], None]) -> None:
        self.tasks: deque[_Task] = deque()
        self.is_ready = False
        self.document: int | None = None
        self._complaints: deque[str] = deque(maxlen=COMPLAINT_LINES)
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, *WORKER], stdin=pipe, stdout=pipe, stderr=pipe, env=_environment(job)
        )
        self._threads = [
            threading.Thread(target=self._listen, args=(tell,), daemon=True),
            threading.Thread(target=self._note_complaints, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._send({"job": job.to_record()})

    def give(self, task: _Task) -> None:
        """Add a range to what the process has to do."""
        self.tasks.append(task)
        careful = task.deaths >= CAREFUL_AFTER
        self._send({"range": task.range_.to_record(), "careful": careful, "given_up": task.given_up})

    def end(self) -> str:
        """Stop the process, if it still runs; return how it ended."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        for thread in self._threads:
            thread.join()
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    @property
    def complaints(self) -> str:
        """The last lines of its standard error; complete only after its end."""
        return "\n".join(self._complaints)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # its death is told by the end of its output
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def _listen(self, tell: Callable[[_Worker, dict[str, Any] | None], None]) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                try:
                    tell(self, json.loads(line))
                except ValueError:  # half a line of a killed process; nothing after it could be trusted
                    self._complaints.append(line.decode("utf-8", "replace").rstrip())
                    break
        tell(self, None)

    def _note_complaints(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            for line in stream:
                self._complaints.append(line.decode("utf-8", "replace").rstrip())


class _Crew:
    """The workers of one run, started when there is something for them to do and replaced when they die."""

    def __init__(self, job: Job, size: int) -> None:
        self._job = job
        self._size = size
        self._workers: list[_Worker] = []
        self._messages: queue.SimpleQueue[tuple[_Worker, dict[str, Any] | None]] = queue.SimpleQueue()
        self._again: deque[_Task] = deque()
        self._failed_starts = 0

    def run(self, ranges: Iterator[Range], on_part: OnPart) -> None:
        self._hand_out(ranges)
        while any(worker.tasks for worker in self._workers):
            worker, message = self._messages.get()
            if message is None:
                self._bury(worker)
            elif "report" in message:
                worker.tasks.popleft()
                worker.document = None
                on_part(PartReport.from_record(message["report"]))
            elif "document" in message:
                worker.document = message["document"]
            elif "error" in message:
                raise (FormatError if message["is_format"] else ClassifierError)(message["error"])
            else:
                worker.is_ready = True
            self._hand_out(ranges)

    def close(self) -> None:
        """Stop all workers at once; what they have in hand is not written."""
        while self._workers:
            self._workers.pop().end()

    def _hand_out(self, ranges: Iterator[Range]) -> None:
        for most in range(1, AHEAD + 2):
            for worker in self._workers:
                if len(worker.tasks) < most and (task := self._next(ranges)):
                    worker.give(task)
            while len(self._workers) < self._size and (task := self._next(ranges)):
                self._workers.append(_Worker(self._job, lambda who, what: self._messages.put((who, what))))
                self._workers[-1].give(task)

    def _next(self, ranges: Iterator[Range]) -> _Task | None:
        if self._again:
            return self._again.popleft()
        range_ = next(ranges, None)
        return None if range_ is None else _Task(range_)

    def _bury(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        how = worker.end()
        if not worker.is_ready:
            self._failed_starts += 1
            if how.startswith("exit") or self._failed_starts >= MOST_FAILED_STARTS:
                raise ClassifierError(
                    f"Cannot start a worker: it ended with {how}. Try fewer with --workers; it said:\n"
                    f"{worker.complaints or '(nothing)'}"
                )
        if not worker.tasks:
            return
        task, *others = worker.tasks
        task.deaths += worker.is_ready
        if worker.document is not None:
            task.given_up[worker.document] = f"the worker died ({how}) while scoring it."
        elif task.deaths >= MOST_DEATHS:
            raise ClassifierError(
                f"Cannot score part {task.range_.number}: {task.deaths} workers died of it, the last with {how}. Is "
                f"there too little memory? Try fewer with --workers; the last one said:\n{worker.complaints}"
            )
        self._again.extendleft(reversed([task, *others]))


def _environment(job: Job) -> dict[str, str]:
    """Return the environment of a worker: this very package, and threads for its number libraries."""
    place = str(Path(annotator.__file__).resolve().parents[1])
    given = os.environ.get("PYTHONPATH")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([place, given] if given else [place])}
    environment["TOKENIZERS_PARALLELISM"] = "false"
    if job.threads is not None:
        environment |= {"OMP_NUM_THREADS": str(job.threads), "MKL_NUM_THREADS": str(job.threads)}
    return environment
