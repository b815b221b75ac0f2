"""Write a project's documents with everything people said about them; count what the format cannot hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from annotator.annotations import Annotation, Status
from annotator.documents import Document
from annotator.errors import StoreError, near_match
from annotator.formats import GOLD, Article, Format, count_losses, write_file, write_stream
from annotator.scored import frame_record, span_record
from annotator.store.base import Store


@dataclass(frozen=True, slots=True)
class Selection:
    """Whose work to export; empty fields do not restrict.

    With any restriction, documents without a matching annotation are left out, and counted.

    Attributes:
        annotators: Names as stored.
        statuses: Of the annotations.
    """

    annotators: Collection[str] = ()
    statuses: Collection[Status] = ()

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.annotators and not self.statuses

    def takes(self, annotation: Annotation) -> bool:
        """Whether this annotation is wanted."""
        return (not self.annotators or annotation.annotator in self.annotators) and (
            not self.statuses or annotation.status in self.statuses
        )


@dataclass(slots=True)
class ExportReport:
    """What was written.

    Attributes:
        left_out: Documents without an annotation that the selection asks for.
        losses: What the format cannot hold: what, and how many.
    """

    documents: int = 0
    annotations: int = 0
    spans: int = 0
    left_out: int = 0
    losses: Counter[str] = field(default_factory=Counter)


def export_project(
    store: Store,
    project_id: str,
    target: Path | BinaryIO,
    *,
    format: Format,
    selection: Selection | None = None,
    force: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write a project to a file, folder or open stream, one document at a time.

    Args:
        force: Replace an existing file.
        progress: Called after each document with the number written.

    Raises:
        StoreError: If the project or an annotator is unknown.
        FormatError: If the target exists, cannot be written, or the format is only read.
    """
    wanted = selection or Selection()
    _check_annotators(store, project_id, wanted)
    report = ExportReport()
    articles = _counted(iter_articles(store, project_id, wanted, report), format, report, progress)
    if isinstance(target, Path):
        write_file(articles, target, format=format, force=force)
    else:
        write_stream(articles, target, format=format)
    return report


def iter_articles(store: Store, project_id: str, selection: Selection, report: ExportReport) -> Iterator[Article]:
    """Yield the documents with their annotations and suggestions; documents left out are counted in ``report``."""
    codebook = store.project(project_id).codebook.ref
    for document in store.iter_documents(project_id):
        listed = store.annotations(project_id, document.id)
        chosen = [annotation for annotation in listed if selection.takes(annotation)]
        if not chosen and not selection.is_all:
            report.left_out += 1
            continue
        yield Article(
            document,
            annotations=tuple(annotation for annotation in chosen if annotation.annotator != GOLD),
            gold=next((annotation for annotation in chosen if annotation.annotator == GOLD), None),
            name=document.id,
            codebook=codebook,
            suggestions=tuple(_suggestions(store, project_id, document, [one.annotator for one in chosen])),
        )


def _suggestions(
    store: Store, project_id: str, document: Document, annotators: Collection[str]
) -> Iterator[Mapping[str, Any]]:
    """Yield what is proposed for the present text, with each exported annotator's decision.

    A decision about a suggestion of an earlier version is yielded with the suggestion's id alone.
    """
    decided: dict[str, dict[str, str]] = {}
    for annotator in annotators:
        for suggestion_id, outcome in store.state(project_id, document.id, annotator).decisions.items():
            decided.setdefault(suggestion_id, {})[annotator] = outcome
    for stored in store.suggestions(project_id, document.id):
        record = {"id": stored.id, "agent_version": stored.agent_version, **span_record(stored.span)}
        if stored.span.rule:
            record["rule"] = stored.span.rule
        yield {**record, "decisions": decided.pop(stored.id, {})}
    for agent_version, frame in store.frame_suggestions(project_id, document.id):
        yield {"agent_version": agent_version, **frame_record(frame)}
    for suggestion_id, decisions in decided.items():
        yield {"id": suggestion_id, "decisions": decisions}


def _counted(
    articles: Iterator[Article], format: Format, report: ExportReport, progress: Callable[[int], None] | None
) -> Iterator[Article]:
    for article in articles:
        yield article
        report.documents += 1
        report.annotations += len(article.annotations) + (article.gold is not None)
        report.spans += sum(len(annotation.spans) for annotation in article.annotations)
        report.spans += len(article.gold.spans) if article.gold is not None else 0
        report.losses.update(count_losses(article, format))
        if progress is not None:
            progress(report.documents)


def _check_annotators(store: Store, project_id: str, selection: Selection) -> None:
    known = store.annotators(project_id)
    for name in selection.annotators:
        if name not in known:
            raise StoreError(
                f"Cannot export annotator '{name}': project '{project_id}' has {', '.join(known) or 'none'}."
                f"{near_match(name, known)}",
                project_id=project_id,
                annotator=name,
            )
