"""``annotator score --watch FOLDER -o OUT``: score what arrives in a folder, until somebody says stop."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.score_given import Given
from annotator.cli.score_progress import message, tell_json

if TYPE_CHECKING:
    from annotator.workflows.score_target import Target
    from annotator.workflows.watch import Watched, Work


def score_watched(given: Given, target: Target) -> None:
    """Watch until SIGTERM or Ctrl-C; the file in hand is finished first."""
    from annotator.workflows.watch import stopped_by_signals, watch

    if target.file is not None:
        raise click.UsageError("--watch writes one result for each file. Name a folder with -o OUT.")
    work = _work(given, target)
    stop = threading.Event()

    def tell(watched: Watched) -> None:
        if given.as_json:
            tell_json({"event": "file", **watched.to_record()})
        elif not watched.skipped:
            more = f", {watched.failed} not scored" if watched.failed else ""
            message(f"{watched.name}: {watched.scored} articles, {watched.spans} spans{more} → {watched.result}")

    with stopped_by_signals(stop):
        message(f"Watching '{given.watch}', results go to '{target.shown}'. Stop with Ctrl-C.")
        report = watch(Path(str(given.watch)), work, stop=stop, on_file=tell, on_message=message)
    if given.as_json:
        tell_json({"event": "done", **report.to_record()})
    message(f"Stopped; {report.scored} articles of {report.files} files scored, {report.failed} not.")


def _work(given: Given, target: Target) -> Work:
    from annotator.formats import ReadOptions
    from annotator.workflows.part_store import open_parts
    from annotator.workflows.score_job import Scorer
    from annotator.workflows.score_setting import key_of, means
    from annotator.workflows.watch import Work

    scorer = Scorer(given.job(target.format))
    return Work(
        parts=open_parts(target.parts),
        suggesters=scorer.suggesters,
        key=key_of(means(given.setting(scorer.backend, target.format))),
        format=target.format,
        minimum=given.threshold,
        options=ReadOptions(encoding=given.encoding, annotations=False),
        input_format=given.input_format,
    )
