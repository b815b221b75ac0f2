"""Whether a project has enough submitted work to train a model on, before the training itself looks closer."""

from __future__ import annotations

from dataclasses import dataclass

from annotator.store.base import DocumentQuery, Store
from annotator.workflows.train_material import MIN_DOCUMENTS, MIN_SPANS

_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is there to train on.

    Attributes:
        articles: Articles that at least one person has submitted.
        spans: Loaded phrases in them; of an article that several have submitted, those of whoever marked most.
        annotators: Names of those who have submitted any.
    """

    articles: int
    spans: int
    annotators: tuple[str, ...]

    @property
    def articles_missing(self) -> int:
        """How many more articles are needed."""
        return max(0, MIN_DOCUMENTS - self.articles)

    @property
    def spans_missing(self) -> int:
        """How many more phrases are needed."""
        return max(0, MIN_SPANS - self.spans)

    @property
    def is_enough(self) -> bool:
        """Whether nothing is missing."""
        return not self.articles_missing and not self.spans_missing

    @property
    def missing(self) -> str:
        """What is missing, in words; "" when nothing is."""
        parts = [
            f"{count:,} more {one if count == 1 else many}"
            for count, one, many in (
                (self.articles_missing, "submitted article", "submitted articles"),
                (self.spans_missing, "loaded phrase", "loaded phrases"),
            )
            if count
        ]
        return " and ".join(parts)


def readiness(store: Store, project_id: str) -> Readiness:
    """Count a project's submitted work; nothing is judged but the amount."""
    most: dict[str, int] = {}
    names: list[str] = []
    for name in store.annotators(project_id):
        query = DocumentQuery(status=("submitted",), limit=_ALL)
        rows, _ = store.find_documents(project_id, query, annotator=name)
        for row in rows:
            most[row.id] = max(most.get(row.id, 0), row.spans)
        if rows:
            names.append(name)
    return Readiness(len(most), sum(most.values()), tuple(names))
