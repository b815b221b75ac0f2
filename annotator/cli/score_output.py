"""``annotator score`` in this process: to standard output as it comes, or to one small file."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.score_given import STDIN, Given
from annotator.cli.score_progress import article_bar, message, tell_json

if TYPE_CHECKING:
    from annotator.formats import ReadItem, ReadOptions
    from annotator.workflows.ranges import Range
    from annotator.workflows.score_failures import Failure
    from annotator.workflows.score_job import Scorer
    from annotator.workflows.score_target import Target
    from annotator.workflows.scoring import Scoring

MOST_LISTED = 1000
"""Failures named in the report of ``--json``; all of them are counted."""


class Report:
    """What was done, and what was left out.

    Attributes:
        is_old: Whether all of it had been done before.
        listed: The first of what was not scored.
    """

    is_old = False

    def __init__(self) -> None:
        self.scored = 0
        self.spans = 0
        self.skipped = 0
        self.failed = 0
        self.listed: list[Failure] = []

    def add(self, work: Scoring) -> None:
        """Take in what became of some articles."""
        self.scored += work.scored
        self.spans += work.spans
        self.skipped += work.passed_over
        self.failed += len(work.failures)
        self.listed += work.failures[: MOST_LISTED - len(self.listed)]

    def to_record(self) -> dict[str, Any]:
        """Return what ``--json`` tells at the end."""
        rejected = [{"name": f.name, "line": f.line, "reason": f.reason} for f in self.listed]
        return {
            "event": "done",
            "scored": self.scored,
            "spans": self.spans,
            "skipped": self.skipped,
            "failed": self.failed,
            "rejected": rejected,
        }


def score_to_stdout(given: Given) -> Report:
    """Score and write each record as soon as it is there."""
    from annotator.workflows.score_job import Scorer
    from annotator.workflows.score_output import WRITERS

    job = given.job(given.format_name or "jsonl")
    scorer, report = Scorer(job), Report()
    with closing(_records(given, scorer, _streams(given, job.read_options), report)) as records:
        WRITERS[job.format](records, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return report


def score_to_file(given: Given, target: Target, ranges: Iterable[Range]) -> Report:
    """Score a few articles into one file, without parts."""
    from annotator.workflows.ranges import read_range
    from annotator.workflows.score_job import Scorer
    from annotator.workflows.score_output import WRITERS, whole_file

    assert target.file is not None
    job = given.job(target.format)
    scorer, report = Scorer(job), Report()
    streams = (read_range(range_, job.read_options) for range_ in ranges)
    with (
        closing(_records(given, scorer, streams, report)) as records,
        whole_file(target.file, force=given.force) as stream,
    ):
        WRITERS[target.format](records, stream)
    return report


def tell_end(report: Report, *, as_json: bool) -> None:
    """Tell what was done; end with 3 when something was not scored.

    Raises:
        Exit: With 3.
    """
    if as_json:
        tell_json(report.to_record())
    if report.failed and not report.is_old:
        message(f"{report.scored} articles scored, {report.failed} not; the reasons are listed above.")
        raise click.exceptions.Exit(3)


def _streams(given: Given, options: ReadOptions) -> Iterator[Iterable[ReadItem]]:
    """Yield what is scored together: ranges, as parts would have them, or all at once after standard input."""
    from annotator.formats import read_path, read_paths
    from annotator.workflows.ranges import plan_ranges, read_range

    paths = [path for path in given.paths if path != STDIN]
    if STDIN in given.paths:  # a range would wait for many articles, and somebody may be typing
        yield read_path(STDIN, options=options, format=given.input_format or given.stdin_format)
        yield read_paths(paths, options=options, format=given.input_format)
        return
    for range_ in plan_ranges(paths, options=options, input_format=given.input_format, size=given.part_articles):
        yield read_range(range_, options)


def _records(
    given: Given, scorer: Scorer, streams: Iterable[Iterable[ReadItem]], report: Report
) -> Generator[dict[str, Any], None, None]:
    from annotator.workflows.scoring import nowhere

    with article_bar(given.paths) as count:
        for stream in streams:
            work = scorer.scoring(on_message=message)
            for record in work.records(nowhere(stream)):
                count(1)
                yield record
            report.add(work)
