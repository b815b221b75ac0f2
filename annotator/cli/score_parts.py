"""``annotator score -o OUT``: a run in parts, which somebody can interrupt and go on with."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from annotator.cli.score_given import STDIN, Given, command_to_resume
from annotator.cli.score_output import MOST_LISTED, Report, score_to_file
from annotator.cli.score_progress import Progress, message
from annotator.errors import AnnotatorError

if TYPE_CHECKING:
    from annotator.workflows.ranges import Range
    from annotator.workflows.score_run import Engine, ScoreRun
    from annotator.workflows.score_target import Target


class Stopped(BaseException):
    """Somebody asked the process to end; no ordinary handler of errors may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def score_to_output(given: Given, target: Target) -> Report:
    """Score into a file or a folder; what is scored is kept whatever happens."""
    from annotator.workflows.score_output import check_target
    from annotator.workflows.score_target import unfinished_parts

    has_parts = unfinished_parts(target) is not None
    if target.file is not None and not has_parts:
        if given.resume and target.file.is_file():
            return _nothing_to_do(target)
        check_target(target.file, force=given.force)
    ranges = _plan(given)
    first = list(islice(ranges, 2))
    if target.file is not None and not has_parts and len(first) < 2 and given.engine == "local":
        return score_to_file(given, target, first)
    return _score_parts(given, target, chain(first, ranges), is_small=len(first) < 2)


def _plan(given: Given) -> Iterator[Range]:
    from annotator.formats import ReadOptions
    from annotator.workflows.ranges import plan_ranges

    return plan_ranges(
        given.paths,
        options=ReadOptions(encoding=given.encoding, annotations=False),
        input_format=given.input_format,
        size=given.part_articles,
        stdin_format=given.stdin_format,
    )


def _score_parts(given: Given, target: Target, ranges: Iterator[Range], *, is_small: bool) -> Report:
    from annotator.workflows.score_run import open_run

    setting = given.setting(_backend(given, target, is_small=is_small), target.format)
    progress = Progress(given.paths, as_json=given.as_json, interval=given.interval)
    workers, threads = _workers(given, setting.backend, is_small=is_small)
    run: ScoreRun | None = None
    try:
        with stoppable(), open_run(target, setting, resume=given.resume, force=given.force) as run:
            was_retrying = run.manifest.retries > 0 and not run.is_done
            if run.is_done and not given.retry_errors:
                return _finished(run, progress, is_old=True)
            with progress.shown():
                score = _scoring(given, run, progress, workers=workers, threads=threads)
                score(ranges)
                if given.retry_errors and not was_retrying and next(run.failures(), None):
                    run.retry()
                    score(iter(()))
            return _finished(run, progress)
    except (KeyboardInterrupt, Stopped) as stop:
        _interrupted(run, stop, given)
    except AnnotatorError as error:
        if run is None or not run.is_kept:
            raise
        raise type(error)(f"{error} {_kept(run, given)}", **error.facts) from error


def _scoring(given: Given, run: ScoreRun, progress: Progress, *, workers: int, threads: int | None
             ) -> Callable[[Iterator[Range]], None]:  # fmt: skip
    engine = _engine(given.engine)
    return lambda ranges: run.score(ranges, engine, workers=workers, threads=threads, on_part=progress.part)


def _engine(name: str) -> Engine:
    if name == "ray":
        from annotator.scale.ray_ import run as run_on_ray

        return run_on_ray
    from annotator.scale.local import run as run_here

    return run_here


def _workers(given: Given, backend: str, *, is_small: bool) -> tuple[int, int | None]:
    """Return the number of processes and the threads of each: one thread for each, unless one has all to do."""
    from annotator.scale.local import available_cores

    if given.engine == "local" and (is_small or (given.workers is None and backend == "torch-cuda")):
        return 1, None
    return given.workers or available_cores(), 1


def _backend(given: Given, target: Target, *, is_small: bool) -> str:
    """Return the concrete name of what will run the model, made ready for use; "" without a model."""
    from annotator.codebook_file import load_codebook
    from annotator.resources import default_codebook_path
    from annotator.workflows.model_backend import ready_backend
    from annotator.workflows.score_target import earlier_backend

    if given.which == "lexicon":
        return ""
    # A run goes on with what it began with, even where another one would be chosen by now.
    earlier = earlier_backend(target) if given.resume and given.backend == "auto" else None
    codebook = load_codebook(Path(given.codebook_path) if given.codebook_path else default_codebook_path())
    folder = Path(given.model_folder) if given.model_folder else None
    choice = earlier or given.backend
    return ready_backend(codebook, folder, choice, prepare=not is_small, on_message=message)


def _finished(run: ScoreRun, progress: Progress, *, is_old: bool = False) -> Report:
    report = Report()
    report.listed = list(islice(run.failures(), MOST_LISTED))
    counts = run.finish()
    report.scored, report.spans, report.failed = counts.articles, counts.spans, counts.failed
    report.skipped = progress.passed_over
    if is_old:
        report.is_old = True
        message(f"Nothing to do: '{run.target.shown}' is complete, with {counts.articles} articles"
                + (f"; {counts.failed} were not scored, see --retry-errors." if counts.failed else "."))  # fmt: skip
    return report


def _nothing_to_do(target: Target) -> Report:
    """A single file is there only when it is complete; what it was made with is not known any more."""
    message(f"Nothing to do: '{target.shown}' is complete. To score again, use --force or another name.")
    return Report()


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn SIGTERM into :class:`Stopped` while the context lasts, so that it ends as tidily as Ctrl-C."""

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped(number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupted(run: ScoreRun | None, stop: BaseException, given: Given) -> NoReturn:
    """End with the exit code shells expect (130 or 143), after saying how to go on."""
    number = stop.number if isinstance(stop, Stopped) else signal.SIGINT
    if run is None or not run.is_kept:
        if number == signal.SIGINT:
            raise stop
        message("Stopped; nothing was written.")
    else:
        message(f"Interrupted; {_kept(run, given)}")
    raise click.exceptions.Exit(128 + number)


def _kept(run: ScoreRun, given: Given) -> str:
    kept = f"{run.articles} articles are done and kept"
    if STDIN in given.paths:
        return f"{kept} in '{run.target.shown}'; standard input cannot be read again."
    return f"{kept}. Go on with: {command_to_resume()}"
