"""What a store is: the protocol the rest of the package speaks to, and the values it returns.

A store keeps projects, documents with every revision of their text, suggestions, and the append-only
log of operations; the present annotations are the fold of that log. Nothing here knows SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

from annotator.annotations import (
    Agent,
    Annotation,
    FrameSuggestion,
    LabelledSpan,
    SpanSuggestion,
    Status,
    Suggestions,
)
from annotator.codebook import Codebook
from annotator.documents import Document
from annotator.operations import AnnotationState, Operation

Order = Literal["title", "published", "outlet", "added"]
ORDERS: tuple[Order, ...] = get_args(Order)

TODO = "todo"
"""What :class:`DocumentQuery` calls documents the annotator has not begun; it is no status."""


@dataclass(frozen=True, slots=True)
class Project:
    """Documents that are annotated together, with one codebook.

    Attributes:
        codebook: As stored with the project; a later change of the file does not reach it.
        codebook_source: The codebook file's text, byte for byte.
        created: UTC, ISO 8601.
        settings: JSON values by name, see ``Store.set_project_setting``.
    """

    id: str
    title: str
    codebook: Codebook
    codebook_source: str
    created: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """Which documents to list. Empty fields do not restrict.

    Attributes:
        text: Looked for in title and text, any case; no wildcards.
        outlet, event: Any of these, exactly as stored.
        status: Any of ``todo``, ``draft``, ``submitted``, ``discarded``.
        limit: Rows per page.
    """

    text: str = ""
    outlet: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    limit: int = 50
    offset: int = 0
    order: Order = "added"


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """One row of the queue, as the asking annotator sees it.

    Attributes:
        status: ``None``: not begun. A document with labels but without a status counts as ``draft``.
        spans: How many spans this annotator has marked.
        updated: UTC time of this annotator's last edit, or "".
    """

    id: str
    title: str
    outlet: str | None
    published: str | None
    event: str | None
    words: int
    status: Status | None
    spans: int
    updated: str


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One document of the whole queue, only with what stepping through it needs; see :class:`DocumentSummary`."""

    id: str
    status: Status | None
    updated: str


AddResult = Literal["added", "duplicate", "revised", "refused"]


@dataclass(frozen=True, slots=True)
class Orphan:
    """A span that has no place in the revised text. It stays in the log; nothing shows it any more."""

    annotator: str
    span_id: str
    span: LabelledSpan


@dataclass(frozen=True, slots=True)
class AddOutcome:
    """What became of one document given to ``add_documents``.

    Attributes:
        outcome: ``revised``: the id was there with another text, which is now an earlier revision.
        revision: Revision now stored, or ``None`` when nothing was.
        duplicate_of: Id of the document that already has this very text.
        reason: Why it was refused, or "".
        moved: How many spans were re-anchored in the revised text.
        orphans: Spans that could not be.
    """

    document_id: str
    outcome: AddResult
    revision: int | None = None
    duplicate_of: str | None = None
    reason: str = ""
    moved: int = 0
    orphans: tuple[Orphan, ...] = ()


ApplyResult = Literal["applied", "repeated", "refused"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one operation. ``repeated``: it was stored before; nothing changed."""

    id: str
    outcome: ApplyResult
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredSuggestion:
    """A suggested span with the id that decisions refer to.

    The id is a hash of document, text, agent version, offsets and device: scoring the same text again
    with the same version gives the same id.
    """

    id: str
    agent_version: str
    span: SpanSuggestion


@dataclass(frozen=True, slots=True)
class SuggestedBy:
    """What one version of an agent has proposed in a project, for present and earlier texts.

    Attributes:
        agent: ``model`` or ``lexicon``.
        documents: Documents it has read.
        spans: Spans it proposed when it last read each text.
        shown: Documents in whose present text its proposals are the ones shown: no other version of the same
            agent was stored later.
        stored: UTC time when it was last stored.
    """

    agent: Agent
    agent_version: str
    documents: int
    spans: int
    shown: int
    stored: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of ``check``: which check, where, and what was found against what was expected."""

    check: str
    message: str
    project_id: str | None = None
    document_id: str | None = None
    annotator: str | None = None


class Store(Protocol):
    """A place that keeps everything. Every method that names an unknown project raises StoreError."""

    def create_project(self, id: str, *, title: str, codebook: Codebook, codebook_source: str) -> Project:
        """Make a project.

        Raises:
            StoreError: If it exists, or another content is stored under the codebook's name and version.
        """

    def projects(self) -> list[Project]:
        """Return all projects, oldest first."""

    def project(self, id: str) -> Project:
        """Return one project."""

    def set_project_setting(self, project_id: str, key: str, value: Any) -> None:
        """Keep a JSON value under ``key``; ``None`` removes it."""

    def change_project_setting(self, project_id: str, key: str, change: Callable[[Any], Any]) -> None:
        """Replace the value under ``key`` by what ``change`` makes of it; nobody else writes in between.

        Args:
            change: Given the present value, or ``None``; must not use the store.
        """

    def annotators(self, project_id: str) -> list[str]:
        """Return the annotators' names, in the order they joined."""

    def add_annotator(self, project_id: str, name: str) -> str:
        """Add an annotator; naming one that exists changes nothing. Returns the name as stored.

        Raises:
            StoreError: If the name is not 1–60 printable characters, or differs from another only in case.
        """

    def add_documents(
        self, project_id: str, documents: Iterable[Document], *, batch: int = 200
    ) -> Iterator[AddOutcome]:
        """Store documents, ``batch`` per transaction; yields what became of each once it is committed."""

    def document(self, project_id: str, document_id: str, *, revision: int | None = None) -> Document:
        """Return a document, its present revision by default."""

    def find_documents(
        self, project_id: str, query: DocumentQuery, *, annotator: str
    ) -> tuple[list[DocumentSummary], int]:
        """Return one page of the queue and how many documents the whole query matches."""

    def queue(self, project_id: str, query: DocumentQuery, *, annotator: str) -> list[QueueEntry]:
        """Return every document the query matches, in its order; ``limit`` and ``offset`` do not count."""

    def iter_documents(self, project_id: str, *, ids: Iterable[str] | None = None) -> Iterator[Document]:
        """Yield documents as they were added (or in the order of ``ids``), a few at a time in memory."""

    def facets(self, project_id: str) -> dict[str, list[tuple[str, int]]]:
        """Return ``{"outlet": [(name, documents), …], "event": […]}``, most documents first."""

    def progress(self, project_id: str, annotator: str) -> dict[str, int]:
        """Return how many documents are ``todo``, ``draft``, ``submitted``, ``discarded`` and ``total``."""

    def apply(self, project_id: str, operations: Sequence[Operation]) -> list[Applied]:
        """Apply operations in order, in one transaction; committed when this returns.

        A refused operation carries its reason and does not stop the others.
        """

    def import_annotation(
        self, project_id: str, document_id: str, annotation: Annotation, *, operation_id: str
    ) -> Applied:
        """Add an annotation from elsewhere as one operation; the annotator is added when new.

        What it says is set (spans by place and device, status), its frames are added, what it does not
        mention stays. Importing it again changes nothing.
        """

    def state(self, project_id: str, document_id: str, annotator: str) -> AnnotationState:
        """Return what one annotator has said about one document; empty when nothing."""

    def history(self, project_id: str, document_id: str, annotator: str, *, limit: int | None = 200) -> list[Operation]:
        """Return the last ``limit`` operations, oldest first."""

    def orphans(self, project_id: str, document_id: str) -> list[Orphan]:
        """Return the spans lost to revisions of the text, oldest first."""

    def put_suggestions(
        self, project_id: str, suggestions: Iterable[Suggestions], *, revisions: Mapping[str, int] | None = None
    ) -> int:
        """Store suggestions, many per transaction; returns for how many documents.

        Putting the same agent version again replaces what it shows for that text; what it showed before
        and other versions are kept, decisions are untouched.

        Args:
            revisions: Document id → revision of the text they were made for; the present one where not named.

        Raises:
            StoreError: If a document or label is unknown, a quote does not match the text, or the text was revised.
        """

    def show_suggestions(
        self, project_id: str, agent_versions: Sequence[str], *, ids: Iterable[str] | None = None
    ) -> int:
        """Show what these versions have suggested, as if put again; returns for how many texts another was shown."""

    def documents_lacking(
        self, project_id: str, agent_versions: Sequence[str], *, ids: Iterable[str] | None = None
    ) -> Iterator[tuple[Document, frozenset[str]]]:
        """Yield documents for whose present text a version has stored no suggestions, and which versions those are.

        In the order of ``ids``, or of all as they were added; a few at a time in memory.
        """

    def count_lacking(self, project_id: str, agent_versions: Sequence[str]) -> tuple[int, int]:
        """Return how many documents :meth:`documents_lacking` would yield of all, and how many there are."""

    def suggestions(
        self, project_id: str, document_id: str, *, agent_versions: Iterable[str] | None = None
    ) -> list[StoredSuggestion]:
        """Return suggested spans for the present text in text order: of the version stored last per agent,
        or of ``agent_versions``."""

    def frame_suggestions(
        self, project_id: str, document_id: str, *, agent_versions: Iterable[str] | None = None
    ) -> list[tuple[str, FrameSuggestion]]:
        """Return suggested article frames with their agent version, best first."""

    def suggested_by(self, project_id: str) -> list[SuggestedBy]:
        """Return every version that has made suggestions in a project, the one stored last first."""

    def targets(self, project_id: str, *, limit: int = 500) -> list[str]:
        """Return the targets in use, most frequent first."""

    def annotations(self, project_id: str, document_id: str) -> list[Annotation]:
        """Return every annotator's annotation of one document, by name; those not begun are left out."""

    def check(self) -> list[Problem]:
        """Look for anything that contradicts the rules; changes nothing."""

    def counts(self) -> dict[str, int]:
        """Return the number of rows by table."""

    def close(self) -> None:
        """Give back connections; the store cannot be used afterwards."""
