"""A process that scores ranges for :mod:`annotator.scale.local`: JSON lines in, JSON lines out.

In: ``{"job": …}`` once, then ``{"range": …, "careful": …, "given_up": {…}}`` for each range. Out: ``{"ready": true}``,
``{"document": n}`` before each article of a careful range, ``{"report": …}`` after each range, ``{"error": …}`` for
what ends the run. Whoever closes the input ends the process at once.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from annotator.errors import AnnotatorError, FormatError
from annotator.workflows.part_store import open_parts
from annotator.workflows.ranges import Range
from annotator.workflows.score_job import Job, Scorer

Tell = Callable[[dict[str, Any]], None]


def main() -> None:
    """Score what comes in until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that hands out the ranges
    tell = _replies()
    messages = _messages()
    try:
        job = Job.from_record(next(messages)["job"])
        scorer, store = Scorer(job), open_parts(job.output)
        tell({"ready": True})
        for message in messages:
            report = scorer.score_range(
                Range.from_record(message["range"]),
                store,
                given_up={int(position): reason for position, reason in message["given_up"].items()},
                on_document=(lambda position: tell({"document": position})) if message["careful"] else None,
            )
            tell({"report": report.to_record()})
    except (AnnotatorError, OSError) as error:
        tell({"error": str(error), "is_format": isinstance(error, FormatError | OSError)})
        next(messages)  # until the one who is told ends it


def _replies() -> Tell:
    """Take standard output for replies; what anybody prints goes to standard error from now on."""
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def tell(message: dict[str, Any]) -> None:
        stream.write(json.dumps(message).encode() + b"\n")
        stream.flush()

    return tell


def _messages() -> Iterator[dict[str, Any]]:
    """Yield the messages; a thread reads them, so that the end of the input is noticed in the middle of scoring."""
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        for line in os.fdopen(0, "rb", closefd=False):
            waiting.put(line)
        os._exit(0)  # parts are whole or not there, so nothing has to be finished

    threading.Thread(target=read, daemon=True).start()
    return (json.loads(waiting.get()) for _ in iter(int, 1))


if __name__ == "__main__":
    main()
