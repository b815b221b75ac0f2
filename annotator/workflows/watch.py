"""Score what arrives in a folder: each file gets one result, named by its content, until somebody says stop."""

from __future__ import annotations

import hashlib
import io
import json
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count, islice
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

from annotator.classifier.base import Suggester
from annotator.errors import FormatError
from annotator.formats import ReadItem, ReadOptions, Rejected, Source, format_named, read_source
from annotator.formats.base import printable
from annotator.workflows.arrivals import IN_HAND, Arrival, Arrivals
from annotator.workflows.part_store import LocalParts, PartStore
from annotator.workflows.ranges import Piece
from annotator.workflows.score_failures import Failure
from annotator.workflows.score_output import WRITERS
from annotator.workflows.scoring import Scoring

INTERVAL = 2.0
"""Seconds between two looks; a new file waits at most for two of them, and for the files before it."""

ARTICLES_PER_FILE = 4096
"""Articles in one file of results: the result of a larger collection goes into several, so that memory stays flat."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of one file.

    Attributes:
        name: Relative to the watched folder.
        result: File of the results, or of the reasons when nothing could be scored.
        failed: Articles, rows or files that could not be read or scored.
        skipped: Whether it had been scored before.
    """

    name: str
    result: str
    scored: int = 0
    failed: int = 0
    spans: int = 0
    skipped: bool = False
    seconds: float = 0.0

    def to_record(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)


@dataclass(slots=True)
class WatchReport:
    """What was done between start and stop."""

    files: int = 0
    scored: int = 0
    failed: int = 0
    spans: int = 0
    skipped: int = 0

    def add(self, watched: Watched) -> None:
        """Count one file."""
        self.files += 1
        self.scored += watched.scored
        self.failed += watched.failed
        self.spans += watched.spans
        self.skipped += watched.skipped

    def to_record(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Work:
    """How the files of a watched folder are scored.

    Attributes:
        parts: Where results go.
        key: Hash of everything that changes a record, see :class:`annotator.workflows.manifest.Manifest`.
        format: Of the results: ``jsonl``, ``csv`` or ``parquet``.
        minimum: Lowest probability to report; ``None``: the suggesters' own thresholds.
        input_format: Read everything as this; ``None`` goes by each file's ending.
    """

    parts: PartStore
    suggesters: Sequence[Suggester]
    key: str
    format: str = "jsonl"
    minimum: float | None = None
    options: ReadOptions = field(default_factory=lambda: ReadOptions(annotations=False))
    input_format: str | None = None


def watch(
    folder: Path,
    work: Work,
    *,
    stop: threading.Event,
    interval: float = INTERVAL,
    in_hand: int = IN_HAND,
    on_file: Callable[[Watched], None] | None = None,
    on_message: Callable[[str], None] | None = None,
    wait: Callable[[float], object] | None = None,
    clock: Callable[[], float] = monotonic,
) -> WatchReport:
    """Score each file that arrives in ``folder``, until ``stop`` is set; the file in hand is finished first.

    The result of a file is ``NAME-HASH.jsonl`` (or ``.csv``, ``.parquet``), where the hash is of its name, its content
    and ``work.key``; a file that has its result is not scored again, so that a later run goes on where this one
    stopped. What could not be scored of it is listed in ``NAME-HASH.errors``; when nothing could, the reasons are in
    ``NAME-HASH.failed`` and the file is not tried again until it changes.

    Args:
        interval: Seconds between two looks at the folder.
        in_hand: Files taken up per look.
        on_file: Told what became of each file.
        on_message: Told what was unusual.
        wait: Called with seconds to wait before the next look; by default until then or until ``stop`` is set.
        clock: Seconds, for measuring.

    Raises:
        FormatError: If the folder is missing, holds its own results, is watched by somebody else, or a result cannot
            be written. What was written is kept.
    """
    tell = on_message or (lambda message: None)
    _check(folder, work)
    report = WatchReport()
    arrivals = Arrivals(folder, avoid=_local(work.parts), in_hand=in_hand, on_trouble=tell)
    with work.parts.claim(), closing(arrivals):
        if isinstance(work.parts, LocalParts):
            work.parts.sweep()
        while not stop.is_set():
            looked = clock()
            for arrival in arrivals.look():
                if stop.is_set():
                    break
                watched = _score_file(arrival, work, tell, clock)
                if watched is None:
                    continue
                arrivals.done(arrival)
                report.add(watched)
                if on_file:
                    on_file(watched)
            if (pause := interval - (clock() - looked)) > 0 and not stop.is_set():
                (wait or stop.wait)(pause)
    return report


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Set ``stop`` on SIGTERM and SIGINT while the context lasts; a second signal does what it does elsewhere."""
    numbers = (signal.SIGTERM, signal.SIGINT)

    def heard(number: int, frame: FrameType | None) -> None:
        stop.set()
        for one in numbers:
            signal.signal(one, before[one])

    before = {number: signal.signal(number, heard) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check(folder: Path, work: Work) -> None:
    if work.input_format is not None:
        format_named(work.input_format)
    if not folder.is_dir():
        raise FormatError(f"Cannot watch '{folder}': there is no such folder. Make it first.", path=str(folder))
    results = _local(work.parts)
    if results is not None and results.resolve() == folder.resolve():
        raise FormatError(
            f"Cannot watch '{folder}': the results would arrive there too. Name another folder with -o.",
            path=str(folder),
        )


def _local(parts: PartStore) -> Path | None:
    return parts.folder if isinstance(parts, LocalParts) else None


def _score_file(
    arrival: Arrival, work: Work, tell: Callable[[str], None], clock: Callable[[], float]
) -> Watched | None:
    """Score one file; ``None`` when it changed meanwhile or is gone, and is to be looked at again."""
    began = clock()
    stem = result_stem(arrival.name, _content_hash(arrival), work.key)
    result, reasons = f"{stem}.{work.format}", f"{stem}.failed"
    for present in (result, reasons):
        if work.parts.exists(present):
            return Watched(arrival.name, present, skipped=True)
    scoring = Scoring(work.suggesters, minimum=work.minimum, on_message=tell)
    records = scoring.records((Piece(arrival.name), item) for item in _items(arrival, work))
    first = list(islice(records, ARTICLES_PER_FILE))
    more = _write_more(records, work, stem)
    if not arrival.is_unchanged():
        for name in more:
            work.parts.delete(name)
        return None
    if scoring.failures and not scoring.scored:
        result = reasons
        work.parts.write(reasons, _lines(scoring.failures))
    else:
        if scoring.failures:
            work.parts.write(f"{stem}.errors", _lines(scoring.failures))
        work.parts.write(result, _content(first, work.format))  # last: the file is done once it is there
    return Watched(
        name=arrival.name,
        result=result,
        scored=scoring.scored,
        failed=len(scoring.failures),
        spans=scoring.spans,
        seconds=round(clock() - began, 3),
    )


def _items(arrival: Arrival, work: Work) -> Iterator[ReadItem]:
    source = Source(printable(arrival.name), path=arrival.path)
    try:
        yield from read_source(source, options=work.options, format=work.input_format)
    except Exception as error:  # noqa: BLE001 - a file that breaks its reader must not end the watch
        yield Rejected(source.name, None, printable(f"it cannot be read: {type(error).__name__}: {error}"))


def _write_more(records: Iterator[dict[str, Any]], work: Work, stem: str) -> list[str]:
    """Write what follows the first file of results, and return the names."""
    names: list[str] = []
    for number in count(2):
        some = list(islice(records, ARTICLES_PER_FILE))
        if not some:
            break
        names.append(f"{stem}-{number}.{work.format}")
        work.parts.write(names[-1], _content(some, work.format))
    return names


def _content(records: list[dict[str, Any]], format: str) -> bytes:
    stream = io.BytesIO()
    WRITERS[format](records, stream)
    return stream.getvalue()


def _lines(failures: Sequence[Failure]) -> bytes:
    rows = ({"id": f.id, "name": f.name, "line": f.line, "reason": f.reason} for f in failures)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "backslashreplace")


def result_stem(name: str, content_hash: str, key: str) -> str:
    """Return the name of a result without its ending: that of the file, made safe, and a hash of all it depends on.

    Example:
        >>> result_stem("may/article 1.txt", "aa", "k")
        'may_article 1.txt-3f47ce1dc7d5'
    """
    safe = re.sub(r"[^\w.\- ]", "_", name).encode("utf-8", "replace")[-120:].decode("utf-8", "ignore")
    whole = json.dumps([name, content_hash, key])
    return f"{safe}-{hashlib.sha256(whole.encode()).hexdigest()[:12]}"


def _content_hash(arrival: Arrival) -> str:
    """Return the SHA-256 of a file, or, of one that cannot be read, something that changes when it does."""
    try:
        with arrival.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return str(arrival.stamp)
