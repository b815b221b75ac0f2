"""The engine for several machines: Ray Data hands out ranges to actors, which score them and write the parts.

Ray is trusted with nothing that must not be lost or doubled. What passes through it are ranges, one way, and reports,
the other; the parts are written by the function that every engine calls, under names that follow from their content.
A range that is handed out twice is found written, or is written twice alike.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import annotator
from annotator.errors import AnnotatorError, ClassifierError, FormatError
from annotator.scale.attempts import attempt, note_document
from annotator.scale.ray_session import session
from annotator.workflows.part_store import PartStore, open_parts
from annotator.workflows.ranges import Range
from annotator.workflows.remote_parts import beneath, is_uri
from annotator.workflows.score_job import Job, PartReport, Scorer

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPOOL = ".spool"
"""Folder among the parts, there while the run lasts: ranges that carry their articles, and who works on what."""
SPARE = 0.05
"""How much less than its threads an actor asks of Ray, so that actors never hold every processor of a machine and
leave none to whoever feeds them: Ray would then wait for ever, without a word."""
ROW_BYTES = 2_000
"""A longer range waits in a file of the spool."""


def run(ranges: Iterator[Range], job: Job, *, workers: int, on_part: Callable[[PartReport], None]) -> None:
    """Score ranges on a Ray cluster and write their parts, the same as those of :mod:`annotator.scale.local`.

    All ranges are planned before the first is handed out, because Ray Data begins with a list. What is long about a
    range (the paths of many files, articles of an input that cannot be entered in the middle) waits in a file beside
    the parts; a million articles are a list of 4,000 short strings.

    Args:
        workers: Actors, over all machines of the cluster.
        on_part: Told of each part, in the order in which they are finished.

    Raises:
        AnnotatorError: If Ray is missing or stops, a part cannot be written, or a range keeps ending its actor.
    """
    job = _anywhere(job)
    with _spool(job) as spool:
        rows = [_row(range_, spool) for range_ in ranges]
        if not rows:
            return
        # One processor more than the actors ask for, for Ray's own tasks.
        with session(workers * (job.threads or 1) + 1) as ray:
            for reply in _replies(ray, rows, job, workers):
                if "error" in reply:
                    raise (FormatError if reply["is_format"] else ClassifierError)(reply["error"])
                on_part(PartReport.from_record(reply["report"]))


class RangeScorer:
    """The actor: scores the ranges it is given, with suggesters that are loaded once.

    Args:
        job: Record of the job.
        version: Of the package that hands out the ranges.
    """

    def __init__(self, job: dict[str, Any], version: str) -> None:
        self._job = Job.from_record(job)
        self._version = version
        self._scorer: Scorer | None = None
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        if self._job.threads is not None:
            os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(self._job.threads))

    def __call__(self, batch: dict[str, NDArray[Any]]) -> dict[str, list[str]]:
        """Score one range, a row of :func:`_row`; return what became of it."""
        [row] = batch["item"]
        try:
            reply: dict[str, Any] = {"report": self._score(str(row)).to_record()}
        except (AnnotatorError, OSError) as error:
            reply = {"error": str(error), "is_format": isinstance(error, FormatError | OSError)}
        return {"item": [json.dumps(reply)]}

    def _score(self, row: str) -> PartReport:
        # Here and not on starting, where Ray would try again for ever.
        if self._scorer is None:
            self._scorer = self._loaded()
        store, spool = open_parts(self._job.output), open_parts(beneath(self._job.output, SPOOL))
        range_ = _range(row, spool)
        with attempt(range_.number, spool) as now:

            def note(position: int) -> None:
                note_document(range_.number, spool, now, position)

            return self._scorer.score_range(
                range_, store, given_up=now.given_up, on_document=note if now.is_careful else None
            )

    def _loaded(self) -> Scorer:
        if annotator.__version__ != self._version:
            raise ClassifierError(
                f"Cannot score on {platform.node()}: it has version {annotator.__version__} of framing-annotator, and "
                f"the run was started with {self._version}. Install the same version on every machine."
            )
        return Scorer(self._job)


def _replies(ray: ModuleType, rows: list[str], job: Job, workers: int) -> Iterator[dict[str, Any]]:
    """Yield what the actors answer, one reply for each row, as they come."""
    # One block for each range: so every actor has something to do, and one that dies loses one range of work.
    # Ray Data starts a dead actor anew, and gives it what it had in hand, as often as it takes.
    dataset = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        RangeScorer,
        fn_constructor_args=(job.to_record(), annotator.__version__),
        batch_size=1,
        batch_format="numpy",
        compute=ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=2),
        num_cpus=(job.threads or 1) - SPARE,
    )
    try:
        for batch in dataset.iter_batches(batch_size=None, batch_format="numpy", prefetch_batches=0):
            yield from (json.loads(str(reply)) for reply in batch["item"])
    except ray.exceptions.RayError as error:
        raise AnnotatorError(
            f"Ray stopped in the middle: {str(error).strip().splitlines()[-1]}. The parts that are written are kept; "
            "run again with --resume."
        ) from error


@contextmanager
def _spool(job: Job) -> Iterator[PartStore]:
    """Yield an empty store beside the parts, removed in the end; a killed run may have left one."""
    open_parts(job.output)
    open_parts(beneath(job.output, SPOOL)).remove()
    spool = open_parts(beneath(job.output, SPOOL))
    try:
        yield spool
    finally:
        spool.remove()


def _row(range_: Range, spool: PartStore) -> str:
    """Return a range as one string, or the name of the file in which it waits."""
    record = json.dumps(range_.to_record())
    if len(record) <= ROW_BYTES:
        return record
    name = f"range-{range_.number:06d}.json"
    spool.write(name, record.encode("ascii"))
    return json.dumps({"spooled": name})


def _range(row: str, spool: PartStore) -> Range:
    record = json.loads(row)
    return Range.from_record(json.loads(spool.read(record["spooled"])) if "spooled" in record else record)


def _anywhere(job: Job) -> Job:
    """Return the job with paths that mean the same in every working folder."""

    def absolute(path: str | None) -> str | None:
        return path if path is None or is_uri(path) else os.path.abspath(path)

    return replace(
        job,
        output=absolute(job.output) or "",
        model_folder=absolute(job.model_folder),
        codebook_path=absolute(job.codebook_path),
    )
