"""Put suggestions into a project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from annotator.annotations import Suggestions
from annotator.classifier.base import Suggester
from annotator.documents import Document
from annotator.store.base import Store

FLOOR = 0.1
"""Suggestions below this probability are not stored: nobody would look at them."""

BATCH = 16

Progress = Callable[[int], None]
"""Called with the number of articles done so far."""


@dataclass(frozen=True, slots=True)
class SuggestReport:
    """How many articles got suggestions, how many spans those were, and what was lost on the way."""

    documents: int
    spans: int
    notes: tuple[str, ...] = ()


def suggest(
    store: Store,
    project_id: str,
    suggesters: Sequence[Suggester],
    *,
    document_ids: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> SuggestReport:
    """Suggest labels for articles of a project and store them, a few articles per transaction.

    Suggesting again with the same version replaces nothing an annotator decided; what is done stays
    done when this is interrupted.

    Args:
        document_ids: Which articles; ``None``: all.
        progress: Told after each batch.
    """
    ids = None if document_ids is None else list(document_ids)
    done = spans = 0
    notes: list[str] = []
    for batch in _batches(store.iter_documents(project_id, ids=ids)):
        found: list[Suggestions] = []
        for suggester in suggesters:
            found.extend(suggester.suggest(batch, minimum=FLOOR))
        store.put_suggestions(project_id, found)
        done += len(batch)
        spans += sum(len(one.spans) for one in found)
        notes.extend(f"{one.document_id}: {note}" for one in found for note in one.notes)
        if progress:
            progress(done)
    return SuggestReport(done, spans, tuple(notes))


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    for document in documents:
        batch.append(document)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
