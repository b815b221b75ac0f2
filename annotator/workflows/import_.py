"""Read articles and annotations into a project; what could not be taken is reported, never dropped in silence."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from annotator.annotations import Annotation
from annotator.codebook import Codebook
from annotator.errors import AnnotatorError, FormatError
from annotator.formats import Article, ReadItem, ReadOptions, Rejected, read_paths, read_uploads
from annotator.formats.base import place
from annotator.formats.labels import annotation_record
from annotator.spans import shorten
from annotator.store.base import AddOutcome, AddResult, Store
from annotator.workflows.import_report import ImportReport, Notes

BATCH = 200
"""Articles per transaction; a crash loses at most these, and importing again completes them."""

DETAILS = ("title", "outlet", "published", "url", "event")

Progress = Callable[[int], None]
"""Called after each batch with the number of articles and rejections so far."""


def import_paths(
    store: Store,
    project_id: str,
    paths: Iterable[str | Path],
    *,
    codebook: Codebook | None = None,
    options: ReadOptions | None = None,
    format: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import files, folders and ``-`` into a project.

    Args:
        codebook: Checks the labels; the project's when left out.
        options, format: As for :func:`annotator.formats.read_paths`.

    Raises:
        StoreError: If the project is unknown or the database refuses.
        FormatError: If the format or encoding is unknown.
    """
    checked = _options(store, project_id, codebook, options)
    return import_items(store, project_id, read_paths(paths, options=checked, format=format), progress=progress)


def import_uploads(
    store: Store,
    project_id: str,
    files: Iterable[tuple[str, bytes]],
    *,
    codebook: Codebook | None = None,
    options: ReadOptions | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import files held in memory, as (name, content); see :func:`import_paths`."""
    checked = _options(store, project_id, codebook, options)
    return import_items(store, project_id, read_uploads(files, options=checked), progress=progress)


def _options(store: Store, project_id: str, codebook: Codebook | None, options: ReadOptions | None) -> ReadOptions:
    return replace(options or ReadOptions(), codebook=codebook or store.project(project_id).codebook)


def import_items(
    store: Store, project_id: str, items: Iterable[ReadItem], *, progress: Progress | None = None
) -> ImportReport:
    """Import what a reader yields, :data:`BATCH` articles at a time."""
    notes = Notes()
    for batch in _batches(_distinct(items, notes)):
        outcomes = store.add_documents(project_id, [article.document for article in batch], batch=BATCH)
        for article, outcome in zip(batch, outcomes, strict=True):
            _note_outcome(article, outcome, notes)
            if outcome.outcome == "duplicate":
                _note_details(
                    store, project_id, article, known_as=outcome.duplicate_of or outcome.document_id, notes=notes
                )
            if outcome.outcome != "refused":
                document_id = outcome.duplicate_of or outcome.document_id
                _import_annotations(store, project_id, article, document_id=document_id, notes=notes)
        if progress is not None:
            progress(notes.seen)
    return notes.report()


def plan_import(items: Iterable[ReadItem], *, store: Store | None = None, project_id: str = "") -> ImportReport:
    """Say what an import would do, without changing anything.

    Args:
        store: Where the project is; ``None`` when it is still to be made.
    """
    notes = Notes()
    texts: dict[str, str] = {}
    ids: set[str] = set()
    for document in store.iter_documents(project_id) if store is not None else ():
        texts[document.text_sha256] = document.id
        ids.add(document.id)
    for article in _distinct(items, notes):
        document = article.document
        same = texts.get(document.text_sha256)
        outcome: AddResult = "duplicate" if same is not None else "revised" if document.id in ids else "added"
        _note_outcome(article, AddOutcome(document.id, outcome, duplicate_of=same), notes)
        texts[document.text_sha256] = same or document.id
        ids.add(document.id)
        notes.annotations += len(_everyone(article))
    return notes.report()


def refuse_rejections(items: Iterable[ReadItem]) -> None:
    """Read everything and change nothing, to know that an import would take it all.

    Raises:
        FormatError: At the first file or row that would be rejected.
    """
    for item in items:
        if isinstance(item, Rejected) and not item.skipped:
            raise FormatError(f"{item.message} Nothing was imported, because of --strict.", name=item.name)


def _distinct(items: Iterable[ReadItem], notes: Notes) -> Iterator[Article]:
    """Yield the articles whose id stands for one text in this run; note everything else."""
    first: dict[str, tuple[bytes, str]] = {}
    for item in items:
        notes.seen += 1
        if isinstance(item, Rejected):
            notes.reject(item)
            continue
        document = item.document
        digest = bytes.fromhex(document.text_sha256)[:12]
        known, where = first.setdefault(document.id, (digest, place(item.name, item.line)))
        if known != digest:
            reason = f"the id '{document.id}' stands for another text in {where}. Give each article its own id."
            notes.reject(
                Rejected(item.name, item.line, f"{reason} (A changed article is imported in a run of its own.)")
            )
            continue
        notes.warn(item.warnings, item.name, item.line)
        yield item


def _batches(articles: Iterator[Article]) -> Iterator[list[Article]]:
    while batch := list(itertools.islice(articles, BATCH)):
        yield batch


def _note_outcome(article: Article, outcome: AddOutcome, notes: Notes) -> None:
    identity = article.document.id
    if outcome.outcome == "added":
        notes.added.append(identity)
    elif outcome.outcome == "revised":
        notes.revised.append(identity)
        lost = ", ".join(f"'{shorten(orphan.span.quote, 40)}' ({orphan.annotator})" for orphan in outcome.orphans)
        if outcome.moved or lost:
            said = f"its text was revised; spans found again in the new text: {outcome.moved}"
            notes.warn((f"{said}; not found: {lost}." if lost else f"{said}.",), identity, None)
    elif outcome.outcome == "duplicate":
        notes.duplicates.append((identity, outcome.duplicate_of or identity))
    else:
        notes.reject(Rejected(article.name, article.line, outcome.reason))


def _note_details(store: Store, project_id: str, article: Article, *, known_as: str, notes: Notes) -> None:
    """Say where a text that is there already comes with other details, which are not taken over."""
    stored = store.document(project_id, known_as)
    other = [name for name in DETAILS if getattr(article.document, name) not in (None, getattr(stored, name))]
    if other:
        said = f"the project has this text already; what the file says of {', '.join(other)} was not taken over."
        notes.warn((said,), article.name, article.line)


def _import_annotations(store: Store, project_id: str, article: Article, *, document_id: str, notes: Notes) -> None:
    for annotation in _everyone(article):
        try:
            applied = store.import_annotation(
                project_id, document_id, annotation, operation_id=operation_id(document_id, article, annotation)
            )
        except AnnotatorError as error:
            reason = str(error)
        else:
            if applied.outcome != "refused":
                notes.annotations += applied.outcome == "applied"
                notes.repeated += applied.outcome == "repeated"
                continue
            reason = applied.reason
        what = f"the article is in, but the annotation by '{annotation.annotator}' is not: {reason}"
        notes.reject(Rejected(article.name, article.line, what))


def operation_id(document_id: str, article: Article, annotation: Annotation) -> str:
    """Return the id under which an imported annotation is logged: the same content is the same operation."""
    content = json.dumps(annotation_record(annotation), sort_keys=True, ensure_ascii=False)
    facts = "\0".join((document_id, article.document.text_sha256, annotation.annotator, content))
    return "import-" + hashlib.sha256(facts.encode("utf-8", "surrogatepass")).hexdigest()[:48]


def _everyone(article: Article) -> tuple[Annotation, ...]:
    return article.annotations if article.gold is None else (*article.annotations, article.gold)
