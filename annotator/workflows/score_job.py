"""Scoring one range of the input: the one function every engine calls, in whatever process it runs."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from annotator.codebook_file import load_codebook
from annotator.formats import ReadOptions
from annotator.resources import default_codebook_path
from annotator.workflows.part_store import PartName, PartStore
from annotator.workflows.ranges import Range
from annotator.workflows.score import Which, load_suggesters
from annotator.workflows.score_failures import Failure, failure_lines, read_failures
from annotator.workflows.score_join import count_written
from annotator.workflows.score_output import WRITERS
from annotator.workflows.scoring import NONE_GIVEN_UP, Scoring, read_origins
from annotator.workflows.suggesters import lexicon_beside


@dataclass(frozen=True, slots=True)
class Job:
    """Everything a process needs to score ranges, as plain values.

    Attributes:
        output: Folder or URI of the parts.
        format: Of the parts: ``jsonl``, ``csv`` or ``parquet``.
        minimum: Lowest probability to report; ``None``: the suggesters' own thresholds.
        backend: Concrete name, so that every process computes alike.
        threads: Processor threads of one process; ``None`` leaves the choice to the backend.
        key: Hash of everything that changes a record (:mod:`annotator.workflows.manifest`).
        retry: 0, or the number of this ``--retry-errors``.
    """

    output: str
    format: str
    suggester: Which
    model_folder: str | None
    codebook_path: str | None
    all_frames: bool
    minimum: float | None
    backend: str
    threads: int | None
    encoding: str | None
    input_format: str | None
    key: str
    retry: int = 0

    def to_record(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Job:
        """Return what :meth:`to_record` wrote."""
        return cls(**record)

    @property
    def read_options(self) -> ReadOptions:
        """How the input is read."""
        return ReadOptions(encoding=self.encoding, annotations=False)

    def part_name(self, range_: Range) -> PartName:
        """Return the name of a range's part; equal work has equal names."""
        work = json.dumps([self.key, range_.to_record()], sort_keys=True)
        digest = hashlib.sha256(work.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        return PartName(range_.number, self.retry, digest, self.format)


@dataclass(frozen=True, slots=True)
class PartReport:
    """What became of one range.

    Attributes:
        failed: Articles, rows or files that could not be read or scored.
        tokens: Read by the model; 0 without one, and for a part that was there already.
        skipped: Whether the part was there already.
        passed_over: Files left out by rule, of other kinds than articles.
        messages: What people should know, one line each.
    """

    number: int
    scored: int
    failed: int
    spans: int
    tokens: int
    skipped: bool
    seconds: float
    passed_over: int = 0
    messages: tuple[str, ...] = ()

    def to_record(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> PartReport:
        """Return what :meth:`to_record` wrote."""
        return cls(**{**record, "messages": tuple(record["messages"])})


class Scorer:
    """Scores ranges with suggesters that are loaded once.

    Attributes:
        suggesters: The model first, if it takes part.

    Raises:
        AnnotatorError: If a suggester or the codebook cannot be loaded.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        codebook = load_codebook(Path(job.codebook_path) if job.codebook_path else default_codebook_path())
        self.suggesters = load_suggesters(
            job.suggester,
            codebook,
            model_folder=Path(job.model_folder) if job.model_folder else None,
            lexicon=lexicon_beside(Path(job.codebook_path)) if job.codebook_path else None,
            all_frames=job.all_frames,
            backend=job.backend,
            threads=job.threads,
        )

    def score_range(
        self,
        range_: Range,
        store: PartStore,
        *,
        given_up: Mapping[int, str] = NONE_GIVEN_UP,
        on_document: Callable[[int], None] | None = None,
    ) -> PartReport:
        """Score a range on its own and write its part, unless that is there already.

        Args:
            given_up: Position of an article in the range, from 0 → why it must not be tried again.
            on_document: Told the position of each article before it is scored; they are then scored one by one.

        Raises:
            FormatError: If the part cannot be written.
        """
        began, name = monotonic(), self.job.part_name(range_)
        if store.exists(name.part):
            return self._present(name, store)
        messages: list[str] = []
        tokens = self._tokens_read
        work = self.scoring(on_message=messages.append, given_up=given_up, on_document=on_document)
        records = list(work.records(read_origins(range_, self.job.read_options)))
        # A retry that helped nothing leaves the list of failures as it is, so that no empty parts pile up.
        if records or not work.failures or not self.job.retry:
            self._write(name, records, work.failures, store)
        return PartReport(
            number=range_.number,
            scored=work.scored,
            failed=len(work.failures),
            spans=work.spans,
            tokens=self._tokens_read - tokens,
            skipped=False,
            seconds=round(monotonic() - began, 3),
            passed_over=work.passed_over,
            messages=tuple(messages),
        )

    def scoring(
        self,
        *,
        on_message: Callable[[str], None],
        given_up: Mapping[int, str] = NONE_GIVEN_UP,
        on_document: Callable[[int], None] | None = None,
    ) -> Scoring:
        """Return what scores a stream of articles, which are then not written anywhere."""
        return Scoring(
            self.suggesters,
            minimum=self.job.minimum,
            on_message=on_message,
            given_up=given_up,
            on_document=on_document,
        )

    @property
    def backend(self) -> str:
        """Concrete name of what runs the model; "" without one."""
        return next((str(name) for one in self.suggesters if (name := getattr(one, "backend", ""))), "")

    @property
    def _tokens_read(self) -> int:
        return sum(getattr(suggester, "tokens_read", 0) for suggester in self.suggesters)

    def _write(self, name: PartName, records: list[dict[str, Any]], failures: list[Failure], store: PartStore) -> None:
        """Write the list of failures before the part, beside which it counts: a part that is there is complete."""
        if failures:
            store.write(name.errors, failure_lines(failures))
        else:
            store.delete(name.errors)  # of an attempt that ended between list and part
        content = io.BytesIO()
        WRITERS[self.job.format](records, content)
        store.write(name.part, content.getvalue())

    def _present(self, name: PartName, store: PartStore) -> PartReport:
        scored, spans = count_written(store.read(name.part), self.job.format)
        failures = read_failures(store, name)
        return PartReport(
            number=name.number,
            scored=scored,
            failed=len(failures),
            spans=spans,
            tokens=0,
            skipped=True,
            seconds=0.0,
            messages=tuple(failure.message for failure in failures),
        )
