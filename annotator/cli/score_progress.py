"""What ``annotator score`` tells while it works: messages and a bar for people, or lines of JSON for programs."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tqdm import tqdm

    from annotator.workflows.score_job import PartReport

BAR = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} articles, {elapsed} gone{postfix}"
BAR_WITHOUT_TOTAL = "{n_fmt} articles, {elapsed} gone{postfix}"


class Progress:
    """Counts the parts of a run, and tells of them.

    Args:
        paths: The input, to guess how much there is; in a thread, because that may take a while.
        as_json: Whether to write a line of JSON on standard output every ``interval`` seconds.

    Attributes:
        articles: Scored, in parts of this run and those that were there before.
        failed: Articles, rows or files that were not scored.
        passed_over: Files of other kinds.
    """

    def __init__(self, paths: tuple[str, ...], *, as_json: bool, interval: float) -> None:
        self.articles = 0
        self.failed = 0
        self.passed_over = 0
        self._new_articles = 0
        self._tokens = 0
        self._began = monotonic()
        self._expected: int | None = None
        self._paths = paths
        self._as_json = as_json
        self._interval = interval
        self._over = threading.Event()
        self._bar: tqdm[Any] | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the progress while the context lasts."""
        threading.Thread(target=self._expect, daemon=True).start()
        teller = threading.Thread(target=self._tell_regularly, daemon=True) if self._as_json else None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(file=sys.stderr, dynamic_ncols=True, bar_format=BAR_WITHOUT_TOTAL)
        if teller:
            teller.start()
        try:
            yield
        finally:
            self._over.set()
            if teller:
                teller.join()
            if self._bar is not None:
                self._bar.close()

    def part(self, report: PartReport) -> None:
        """Take in what became of a part."""
        self.articles += report.scored
        self.failed += report.failed
        self.passed_over += report.passed_over
        self._tokens += report.tokens
        self._new_articles += 0 if report.skipped else report.scored + report.failed
        for text in report.messages:
            message(text)
        if self._bar is not None:
            if self._expected is not None:
                self._bar.bar_format = BAR
                self._bar.total = max(self._expected, self.articles + self.failed)
            self._bar.set_postfix_str(self._figures(), refresh=False)
            self._bar.update(report.scored + report.failed)

    def to_record(self) -> dict[str, Any]:
        """Return the figures of this moment as an event."""
        seconds = max(monotonic() - self._began, 1e-9)
        rate = self._new_articles / seconds
        left = None
        if self._expected is not None and rate > 0:
            left = round(max(0, self._expected - self.articles - self.failed) / rate)
        return {
            "event": "progress",
            "articles": self.articles,
            "articles_per_second": round(rate, 2),
            "tokens_per_second": round(self._tokens / seconds),
            "seconds_left": left,
            "failed": self.failed,
        }

    def _figures(self) -> str:
        now = self.to_record()
        shown = [f"{now['articles_per_second']} articles/s"]
        if self._tokens:
            shown.append(f"{now['tokens_per_second']:,} tokens/s")
        if now["seconds_left"] is not None:
            shown.append(f"{_duration(now['seconds_left'])} left")
        if self.failed:
            shown.append(f"{self.failed:,} not scored")
        return ", ".join(shown)

    def _expect(self) -> None:
        from annotator.workflows.score_total import expected_articles

        self._expected = expected_articles(self._paths)

    def _tell_regularly(self) -> None:
        while not self._over.wait(self._interval):
            tell_json(self.to_record())


@contextmanager
def article_bar(paths: tuple[str, ...]) -> Iterator[Callable[[int], object]]:
    """Yield what counts articles on standard error, with rate and time left, when somebody is watching."""
    if not sys.stderr.isatty():
        yield lambda number: None
        return
    from tqdm import tqdm

    from annotator.workflows.score_total import expected_articles

    with tqdm(total=expected_articles(paths), unit=" articles", file=sys.stderr, dynamic_ncols=True) as bar:
        yield bar.update


def message(text: str) -> None:
    """Write a line on standard error, above the bar if there is one."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        tqdm.write(text, file=sys.stderr)
    else:
        click.echo(text, err=True)


def tell_json(record: dict[str, Any]) -> None:
    """Write an event on standard output."""
    click.echo(json.dumps(record, ensure_ascii=False))
    sys.stdout.flush()


def _duration(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
