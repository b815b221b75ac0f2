"""Put suggestions into a project: only what is missing, a few articles per transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from annotator.annotations import Suggestions
from annotator.classifier.base import Suggester
from annotator.documents import Document
from annotator.errors import ClassifierError, StoreError
from annotator.formats import Rejected
from annotator.store.base import Project, Store
from annotator.workflows.guarded import Unscored, guarded
from annotator.workflows.models import active_model

FLOOR = 0.1
"""Suggestions below this probability are not stored: nobody would look at them."""

BATCH = 64
"""Articles scored together and stored in one transaction: what a killed run may have to do again."""

Due = tuple[Document, frozenset[str]]
"""A document and the agent versions whose suggestions it lacks."""

Progress = Callable[[int, int], None]
"""Called with the number of articles done so far, and of all that are to be done."""


@dataclass(slots=True)
class ProjectReport:
    """What was scored and stored.

    Attributes:
        documents: Articles that got suggestions.
        spans: Spans suggested in them.
        failed: Articles that could not be scored, or not by every suggester.
        skipped: Articles left out because they had suggestions of these versions.
        shown: Suggestions among those that another version's had hidden, and that are shown again.
        notes: The first few of what was unusual.
    """

    documents: int = 0
    spans: int = 0
    failed: int = 0
    skipped: int = 0
    shown: int = 0
    notes: list[str] = field(default_factory=list)


NOTES = 100
"""Notes kept in a report, so that it does not grow with the project."""


def score_project(
    store: Store,
    project_id: str,
    suggesters: Sequence[Suggester],
    *,
    document_ids: Iterable[str] | None = None,
    again: bool = False,
    progress: Progress | None = None,
    on_rejected: Callable[[Rejected], None] | None = None,
) -> ProjectReport:
    """Suggest labels for articles of a project and store them.

    An article whose present text has suggestions of a suggester's version is left out, so that a run that was
    killed goes on where it stopped and a second one costs next to nothing. These versions' suggestions are the ones
    shown afterwards. Earlier ones are kept, and nothing an annotator decided is touched.

    Args:
        document_ids: Which articles; ``None``: all.
        again: Score those that have suggestions too; what the version no longer proposes is not shown any more.
        progress: Told after each batch; with ``document_ids``, those that are left out count among all.
        on_rejected: Told of each article that could not be scored; the others are.

    Raises:
        StoreError: If there is no such project or document, or the database cannot be written.
        ClassifierError: If a suggester is made for another codebook, or there is none.
    """
    _check(store.project(project_id), suggesters)
    ids = None if document_ids is None else list(dict.fromkeys(document_ids))
    versions = [suggester.version for suggester in suggesters]
    lacking, total = store.count_lacking(project_id, versions)
    if ids is not None:
        lacking = total = len(ids)
    report = ProjectReport()
    due = _due(store, project_id, versions, ids=ids, again=again)
    done = 0
    while batch := list(islice(due, BATCH)):
        _score_batch(store, project_id, suggesters, batch=batch, report=report, on_rejected=on_rejected)
        done += len(batch)
        if progress:
            progress(done, total if again else lacking)
    report.skipped = total - done
    report.shown = store.show_suggestions(project_id, versions, ids=ids)
    return report


def project_model(project: Project, models: Path) -> Path | None:
    """Return the folder of the model that is active in a project; ``None``: the shipped one, or none fits.

    Args:
        models: Where the models of the database lie, see :func:`annotator.workflows.models.models_folder`.

    Raises:
        ClassifierError: If the active model is gone or broken.
    """
    active = active_model(project, models)
    if active is not None and active.error:
        raise ClassifierError(active.error, folder=active.key)
    return None if active is None or active.is_shipped else active.path


def _check(project: Project, suggesters: Sequence[Suggester]) -> None:
    if not suggesters:
        raise ClassifierError("Cannot score without a suggester. Name the model, the lexicon, or both.")
    for suggester in suggesters:
        if suggester.codebook != project.codebook.ref:
            raise ClassifierError(
                f"Cannot score project '{project.id}' with {suggester.version}: it knows the labels of codebook "
                f"'{suggester.codebook}', and the project uses '{project.codebook.ref}'. Choose one made for that.",
                project_id=project.id,
                found=suggester.codebook,
                expected=project.codebook.ref,
            )


def _due(store: Store, project_id: str, versions: list[str], *, ids: list[str] | None, again: bool) -> Iterator[Due]:
    if not again:
        return store.documents_lacking(project_id, versions, ids=ids)
    every = frozenset(versions)
    return ((document, every) for document in store.iter_documents(project_id, ids=ids))


def _score_batch(
    store: Store,
    project_id: str,
    suggesters: Sequence[Suggester],
    *,
    batch: Sequence[Due],
    report: ProjectReport,
    on_rejected: Callable[[Rejected], None] | None,
) -> None:
    found: list[Suggestions] = []
    failed: dict[str, str] = {}
    for suggester in suggesters:
        documents = [document for document, versions in batch if suggester.version in versions]
        for document, result in guarded(documents, partial(suggester.suggest, minimum=FLOOR)):
            if isinstance(result, Unscored):
                failed[document.id] = result.reason
            else:
                found.append(result)
    revisions = {document.id: document.revision for document, _ in batch}
    stored = _store(store, project_id, found, revisions=revisions, failed=failed)
    report.documents += len({one.document_id for one in stored})
    report.spans += sum(len(one.spans) for one in stored)
    report.failed += len(failed)
    notes = (f"{one.document_id}: {note}" for one in stored for note in one.notes)
    report.notes.extend(islice(notes, max(0, NOTES - len(report.notes))))
    for document_id, reason in failed.items():
        if on_rejected:
            on_rejected(Rejected(document_id, None, reason))


def _store(
    store: Store, project_id: str, found: list[Suggestions], *, revisions: dict[str, int], failed: dict[str, str]
) -> list[Suggestions]:
    """Store what was found; an article that was revised or removed meanwhile is reported, the others are stored."""
    while found:
        try:
            store.put_suggestions(project_id, found, revisions=revisions)
        except StoreError as error:
            culprit = error.facts.get("document_id")
            kept = [one for one in found if one.document_id != culprit]
            if len(kept) == len(found):  # not the fault of an article: a full disk, a lost connection
                raise
            failed[str(culprit)] = str(error)
            found = kept
        else:
            break
    return found
