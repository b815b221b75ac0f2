"""Articles on their way to records: what cannot be read or scored is collected, and costs none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import Any

from annotator.classifier.base import Suggester
from annotator.errors import AnnotatorError
from annotator.formats import Article, ReadItem, ReadOptions
from annotator.workflows.ranges import Piece, Range, read_range
from annotator.workflows.score import score
from annotator.workflows.score_failures import NO_PIECE, Failure

Origin = tuple[Piece, ReadItem]
"""What was read, and the piece of the input that has it."""

NONE_GIVEN_UP: Mapping[int, str] = MappingProxyType({})


def read_origins(range_: Range, options: ReadOptions) -> Iterator[Origin]:
    """Read a range piece by piece; of articles that are carried along, each gets a piece of its own."""
    for piece in range_.pieces:
        for index, item in enumerate(read_range(Range(range_.number, (piece,)), options)):
            yield replace(piece, lines=(piece.lines[index],), count=1) if piece.lines else piece, item


def nowhere(items: Iterable[ReadItem]) -> Iterator[Origin]:
    """Return articles that nobody will want to read again."""
    return ((NO_PIECE, item) for item in items)


class Scoring:
    """Scores a stream of articles.

    Args:
        minimum: Lowest probability to report; ``None``: the suggesters' own thresholds.
        on_message: Told what people should know, one line each.
        given_up: Position of an article in the stream, from 0 → why it must not be tried again.
        on_document: Told the position of each article before it is scored; they are then scored one by one.

    Attributes:
        failures: What was not scored so far.
    """

    def __init__(
        self,
        suggesters: Sequence[Suggester],
        *,
        minimum: float | None,
        on_message: Callable[[str], None],
        given_up: Mapping[int, str] = NONE_GIVEN_UP,
        on_document: Callable[[int], None] | None = None,
    ) -> None:
        self._suggesters = suggesters
        self._minimum = minimum
        self._tell = on_message
        self._given_up = given_up
        self._on_document = on_document
        self.scored = 0
        self.spans = 0
        self.passed_over = 0
        self.failures: list[Failure] = []

    def records(self, origins: Iterable[Origin]) -> Iterator[dict[str, Any]]:
        """Yield a record for each article that can be read and scored, in order."""
        articles = self._articles(origins)
        is_careful = self._on_document is not None or self._given_up
        for record in self._one_by_one(articles) if is_careful else self._together(articles):
            self.scored += 1
            self.spans += len(record["spans"])
            for note in record.get("notes", ()):
                self._tell(f"Note: {record['id']}: {note}")
            yield record

    def _articles(self, origins: Iterable[Origin]) -> Iterator[tuple[Piece, Article]]:
        for piece, item in origins:
            if isinstance(item, Article):
                for warning in item.warnings:
                    self._tell(f"{item.name or item.document.id}: {warning}")
                yield piece, item
            elif item.skipped:
                self.passed_over += 1
                self._tell(f"Skipped {item.message}")
            else:
                self._fail(Failure.of(item, piece))

    def _together(self, articles: Iterator[tuple[Piece, Article]]) -> Iterator[dict[str, Any]]:
        """Score as one stream; from an article on that breaks it, one by one, which tells which it is."""
        waiting: list[tuple[Piece, Article]] = []

        def noted() -> Iterator[Article]:
            for piece, article in articles:
                waiting.append((piece, article))
                yield article

        records = score(noted(), self._suggesters, minimum=self._minimum)
        while True:
            try:
                record = next(records)
            except StopIteration:
                return
            except Exception:  # noqa: BLE001 - whatever it was, it is told with its article
                break
            del waiting[0]
            yield record
        yield from self._one_by_one(chain(waiting, articles))

    def _one_by_one(self, articles: Iterable[tuple[Piece, Article]]) -> Iterator[dict[str, Any]]:
        for position, (piece, article) in enumerate(articles):
            if position in self._given_up:
                self._fail(_failure(piece, article, self._given_up[position]))
                continue
            if self._on_document is not None:
                self._on_document(position)
            try:
                records = list(score([article], self._suggesters, minimum=self._minimum))
            except Exception as error:  # noqa: BLE001 - an article that cannot be scored must not cost the others
                self._fail(_failure(piece, article, _reason(error)))
                continue
            yield from records

    def _fail(self, failure: Failure) -> None:
        self.failures.append(failure)
        self._tell(failure.message)


def _failure(piece: Piece, article: Article, reason: str) -> Failure:
    return Failure(piece, article.name or article.document.id, article.line, reason, id=article.document.id)


def _reason(error: Exception) -> str:
    what = str(error) if isinstance(error, AnnotatorError) else f"{type(error).__name__}: {error}"
    return f"it cannot be scored: {what}"
