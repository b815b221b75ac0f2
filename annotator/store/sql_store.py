"""The store on SQLite or PostgreSQL: each method is one transaction around the functions beside this file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import func, select

from annotator.annotations import Annotation, FrameSuggestion, Suggestions
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.operations import AnnotationState, Operation
from annotator.store import (
    checks,
    document_queries,
    documents,
    imports,
    operations,
    projects,
    states,
    suggestion_writing,
    suggestions,
)
from annotator.store.base import (
    AddOutcome,
    Applied,
    DocumentQuery,
    DocumentSummary,
    Orphan,
    Problem,
    Project,
    QueueEntry,
    Store,
    StoredSuggestion,
    SuggestedBy,
)
from annotator.store.engine import Database
from annotator.store.schema import metadata

SUGGESTIONS_PER_BATCH = document_queries.CHUNK


class SqlStore(Store):
    """A :class:`Store`; open one with :func:`annotator.store.open_store`. Safe to share among threads."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def create_project(self, id: str, *, title: str, codebook: Codebook, codebook_source: str) -> Project:
        with self.database.write() as connection:
            return projects.create_project(
                connection, id, title=title, codebook=codebook, codebook_source=codebook_source
            )

    def projects(self) -> list[Project]:
        with self.database.read() as connection:
            return projects.projects(connection)

    def project(self, id: str) -> Project:
        with self.database.read() as connection:
            return projects.project(connection, id)

    def set_project_setting(self, project_id: str, key: str, value: Any) -> None:
        with self.database.write() as connection:
            projects.set_setting(connection, project_id, key=key, value=value)

    def change_project_setting(self, project_id: str, key: str, change: Callable[[Any], Any]) -> None:
        with self.database.write() as connection:
            projects.change_setting(connection, project_id, key=key, change=change)

    def annotators(self, project_id: str) -> list[str]:
        with self.database.read() as connection:
            return projects.annotators(connection, project_id)

    def add_annotator(self, project_id: str, name: str) -> str:
        with self.database.write() as connection:
            return projects.add_annotator(connection, project_id, name)

    def add_documents(
        self, project_id: str, documents_: Iterable[Document], *, batch: int = 200
    ) -> Iterator[AddOutcome]:
        given = iter(documents_)
        while some := list(islice(given, batch)):
            with self.database.write() as connection:
                outcomes = documents.add_batch(connection, project_id, some)
            yield from outcomes

    def document(self, project_id: str, document_id: str, *, revision: int | None = None) -> Document:
        with self.database.read() as connection:
            return document_queries.document(connection, project_id, document_id, revision=revision)

    def find_documents(
        self, project_id: str, query: DocumentQuery, *, annotator: str
    ) -> tuple[list[DocumentSummary], int]:
        with self.database.read() as connection:
            return document_queries.find_documents(connection, project_id, query, annotator=annotator)

    def queue(self, project_id: str, query: DocumentQuery, *, annotator: str) -> list[QueueEntry]:
        with self.database.read() as connection:
            return document_queries.queue(connection, project_id, query, annotator=annotator)

    def iter_documents(self, project_id: str, *, ids: Iterable[str] | None = None) -> Iterator[Document]:
        if ids is not None:
            for some in document_queries.chunks(ids):
                with self.database.read() as connection:
                    page = document_queries.page_of(connection, project_id, some)
                yield from page
            return
        with self.database.read() as connection:
            projects.codebook_of(connection, project_id)
        number = 0
        while True:
            with self.database.read() as connection:
                numbered = document_queries.page_after(connection, project_id, number)
            if not numbered:
                return
            number = numbered[-1][0]
            for _, document in numbered:
                yield document

    def facets(self, project_id: str) -> dict[str, list[tuple[str, int]]]:
        with self.database.read() as connection:
            return document_queries.facets(connection, project_id)

    def progress(self, project_id: str, annotator: str) -> dict[str, int]:
        with self.database.read() as connection:
            return document_queries.progress(connection, project_id, annotator)

    def apply(self, project_id: str, operations_: Sequence[Operation]) -> list[Applied]:
        with self.database.write() as connection:
            return operations.apply(connection, project_id, operations_)

    def import_annotation(
        self, project_id: str, document_id: str, annotation: Annotation, *, operation_id: str
    ) -> Applied:
        with self.database.write() as connection:
            return imports.import_annotation(
                connection, project_id, document_id, annotation=annotation, operation_id=operation_id
            )

    def state(self, project_id: str, document_id: str, annotator: str) -> AnnotationState:
        with self.database.read() as connection:
            found = states.load_state(connection, project_id, document_id, annotator=annotator)
            if found == AnnotationState():
                document_queries.check_exists(connection, project_id, document_id)
            return found

    def history(self, project_id: str, document_id: str, annotator: str, *, limit: int | None = 200) -> list[Operation]:
        with self.database.read() as connection:
            found = operations.history(connection, project_id, document_id, annotator=annotator, limit=limit)
            if not found:
                document_queries.check_exists(connection, project_id, document_id)
            return found

    def orphans(self, project_id: str, document_id: str) -> list[Orphan]:
        with self.database.read() as connection:
            document_queries.check_exists(connection, project_id, document_id)
            return operations.orphans(connection, project_id, document_id)

    def put_suggestions(
        self, project_id: str, suggestions_: Iterable[Suggestions], *, revisions: Mapping[str, int] | None = None
    ) -> int:
        given = iter(suggestions_)
        stored = 0
        while some := list(islice(given, SUGGESTIONS_PER_BATCH)):
            with self.database.write() as connection:
                stored += suggestion_writing.put(connection, project_id, some, revisions=revisions or {})
        return stored

    def show_suggestions(
        self, project_id: str, agent_versions: Sequence[str], *, ids: Iterable[str] | None = None
    ) -> int:
        with self.database.read() as connection:
            projects.codebook_of(connection, project_id)
        shown = 0
        for some in [None] if ids is None else document_queries.chunks(ids):
            numbers = [0]
            while numbers:
                with self.database.write() as connection:
                    numbers = suggestion_writing.show(
                        connection, project_id, agent_versions, after=numbers[-1], ids=some
                    )
                shown += len(numbers)
        return shown

    def documents_lacking(
        self, project_id: str, agent_versions: Sequence[str], *, ids: Iterable[str] | None = None
    ) -> Iterator[tuple[Document, frozenset[str]]]:
        if ids is not None:
            for some in document_queries.chunks(ids):
                with self.database.read() as connection:
                    page = suggestions.lacking(connection, project_id, agent_versions, ids=some)
                yield from ((document, versions) for _, document, versions in page)
            return
        with self.database.read() as connection:
            projects.codebook_of(connection, project_id)
        number = 0
        while True:
            with self.database.read() as connection:
                page = suggestions.lacking(connection, project_id, agent_versions, after=number)
            if not page:
                return
            number = page[-1][0]
            yield from ((document, versions) for _, document, versions in page)

    def count_lacking(self, project_id: str, agent_versions: Sequence[str]) -> tuple[int, int]:
        with self.database.read() as connection:
            return suggestions.count_lacking(connection, project_id, agent_versions)

    def suggestions(
        self, project_id: str, document_id: str, *, agent_versions: Iterable[str] | None = None
    ) -> list[StoredSuggestion]:
        with self.database.read() as connection:
            return suggestions.spans(connection, project_id, document_id, agent_versions=agent_versions)

    def frame_suggestions(
        self, project_id: str, document_id: str, *, agent_versions: Iterable[str] | None = None
    ) -> list[tuple[str, FrameSuggestion]]:
        with self.database.read() as connection:
            return suggestions.frames(connection, project_id, document_id, agent_versions=agent_versions)

    def suggested_by(self, project_id: str) -> list[SuggestedBy]:
        with self.database.read() as connection:
            return suggestions.suggested_by(connection, project_id)

    def targets(self, project_id: str, *, limit: int = 500) -> list[str]:
        with self.database.read() as connection:
            return suggestions.targets(connection, project_id, limit=limit)

    def annotations(self, project_id: str, document_id: str) -> list[Annotation]:
        with self.database.read() as connection:
            found = states.begun(connection, project_id, document_id)
            if not found:
                document_queries.check_exists(connection, project_id, document_id)
            return found

    def check(self) -> list[Problem]:
        with self.database.read() as connection:
            return checks.check(connection)

    def counts(self) -> dict[str, int]:
        with self.database.read() as connection:
            return {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in sorted(metadata.tables.items())
            }

    def close(self) -> None:
        self.database.close()
