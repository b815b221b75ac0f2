"""What ``annotator train`` shows: a progress bar and lines for people, or one JSON object a line for programs."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

import click
from tqdm import tqdm

from annotator.errors import AnnotatorError
from annotator.workflows.train_events import Done, EpochDone, Started, Stepped, TrainEvent

EVERY_SECONDS = 1.0
"""Steps are told at most about this often."""
BAR = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} steps, {elapsed} gone{postfix}"


class _Stopped(BaseException):
    """Somebody asked the process to end; no ordinary handler of errors may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def stopping(teller: Teller) -> Iterator[None]:
    """End with the exit code shells expect on SIGINT (130) and SIGTERM (143), after saying where the checkpoint is."""

    def stop(number: int, _: FrameType | None) -> None:
        for known in (signal.SIGINT, signal.SIGTERM):
            signal.signal(known, signal.SIG_IGN)
        raise _Stopped(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except _Stopped as stopped:
        teller.cancelled()
        raise click.exceptions.Exit(128 + stopped.number) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Teller:
    """Tells what happens, on standard output as JSON, or on standard error for people.

    Args:
        checkpoints: Where checkpoints lie, to name them when the training is cancelled.
    """

    def __init__(self, *, as_json: bool, checkpoints: Path) -> None:
        self._as_json = as_json
        self._checkpoints = checkpoints
        self._last = -EVERY_SECONDS
        self._bar: tqdm[Any] | None = None

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Tell a known error as an event too; the group prints it and ends with 1."""
        try:
            yield
        except (AnnotatorError, OSError) as error:
            self._line({"event": "error", "message": str(error)})
            raise
        finally:
            if self._bar is not None:
                self._bar.close()

    def tell(self, event: TrainEvent) -> None:
        """Tell one event, or keep silent about a step so soon after the one before."""
        if isinstance(event, Stepped):
            now = monotonic()
            if now - self._last < EVERY_SECONDS and event.step < event.steps:
                return
            self._last = now
        if self._as_json:
            self._line(event.to_record())
        elif isinstance(event, Started):
            self._start(event)
        elif isinstance(event, Stepped):
            self._step(event)
        elif isinstance(event, EpochDone):
            self._epoch(event)
        else:
            self._done(event)

    def cancelled(self) -> None:
        """Tell that somebody stopped the training, and what is left of it."""
        saved = self._checkpoints if (self._checkpoints / "state.json").is_file() else None
        self._line({"event": "cancelled", "checkpoint": str(saved) if saved else None})
        kept = f"Go on with the same command and --resume ({saved})." if saved else "Nothing was saved yet."
        click.echo(f"Training was stopped. {kept}", err=True)

    def _line(self, record: dict[str, Any]) -> None:
        if self._as_json:
            click.echo(json.dumps(record, ensure_ascii=False))
            sys.stdout.flush()

    def _start(self, event: Started) -> None:
        for note in event.notes:
            click.echo(note, err=True)
        again = f", going on after step {event.step}" if event.step else ""
        click.echo(
            f"Training on {event.train} of {event.documents} articles ({event.spans} spans in all), at most "
            f"{event.epochs} epochs, on {event.device}{again}.",
            err=True,
        )

    def _step(self, event: Stepped) -> None:
        if self._bar is None:
            shown = sys.stderr.isatty()
            self._bar = tqdm(
                total=event.steps, initial=event.step - 1, file=sys.stderr, bar_format=BAR, disable=not shown
            )
        self._bar.set_description_str(f"epoch {event.epoch}/{event.epochs}", refresh=False)
        self._bar.set_postfix_str(f"{_duration(event.seconds_left)} left, loss {event.loss:.3f}", refresh=False)
        self._bar.update(event.step - self._bar.n)

    def _epoch(self, event: EpochDone) -> None:
        line = (
            f"Epoch {event.epoch}: loss {event.loss:.3f}; articles held back: {_figures(event.dev)}; "
            f"{_duration(event.seconds)}{', best so far' if event.best else ''}"
        )
        if self._bar is not None and not self._bar.disable:
            self._bar.write(line, file=sys.stderr)
        else:
            click.echo(line, err=True)

    def _done(self, event: Done) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        click.echo(
            f"{event.model} lies in {event.output}, with the weights of epoch {event.best_epoch}. Articles held back, "
            f"calibration cross-fitted: {_figures(event.dev)}. All figures: {Path(event.output, 'README.md')}",
            err=True,
        )


def _figures(dev: dict[str, float | None]) -> str:
    names = (
        ("spans F1", "spans_partial_f1"),
        ("with device", "spans_with_device_f1"),
        ("frames F1", "frames_micro_f1"),
    )
    return ", ".join(f"{title} {_shown(dev[name])}" for title, name in names)


def _shown(figure: float | None) -> str:
    return "undefined" if figure is None else f"{figure:.3f}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
