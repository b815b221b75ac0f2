"""What a format cannot hold, counted: nothing is dropped in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from annotator.annotations import Annotation
from annotator.formats.base import Article, Format, Keep
from annotator.formats.records import DETAILS


def count_losses(article: Article, format: Format) -> Counter[str]:
    """Return what writing ``article`` in ``format`` loses: what, in the plural, and how many."""
    return Counter(
        {
            what: found
            for keep, (what, count) in _COUNTED.items()
            if keep not in format.keeps and (found := count(article))
        }
    )


def _everyone(article: Article) -> tuple[Annotation, ...]:
    return article.annotations if article.gold is None else (*article.annotations, article.gold)


def _overlaps(article: Article) -> int:
    count = 0
    for annotation in _everyone(article):
        furthest = 0
        for span in sorted(annotation.spans, key=lambda span: span.start):
            count += span.start < furthest
            furthest = max(furthest, span.end)
    return count


_COUNTED: dict[Keep, tuple[str, Callable[[Article], int]]] = {
    "details": (
        "titles, outlets, dates, URLs and events",
        lambda article: sum(getattr(article.document, key) is not None for key in DETAILS),
    ),
    "metadata": ("metadata entries", lambda article: len(article.document.metadata)),
    "original": ("original pages", lambda article: article.document.original is not None),
    "annotations": ("annotations", lambda article: len(article.annotations)),
    "overlap": ("overlapping spans", _overlaps),
    "gold": ("gold annotations", lambda article: article.gold is not None),
    "suggestions": ("suggestions with what became of them", lambda article: len(article.suggestions)),
    "empty_target": (
        "spans whose target is 'nobody' (written like a target not given)",
        lambda article: sum(span.target == "" for one in _everyone(article) for span in one.spans),
    ),
}
