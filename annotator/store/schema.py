"""The tables, as they are at the newest migration; ``migrations/versions`` tells how they came to be.

Offsets are half-open ``[start_offset, end_offset)`` in code points. ``length()`` counts code points in
SQLite and PostgreSQL alike, so the CHECK constraints repeat the span rules in both. Times are UTC, ISO 8601.
JSON is kept as text: it must come back byte for byte, and no query looks inside.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

HEAD = "0002"
"""The newest migration; a test compares it with the folder."""
KNOWN_REVISIONS = ("0001", "0002")

metadata = MetaData()

_Counter = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only for INTEGER PRIMARY KEY

codebook = Table(
    "codebook",
    metadata,
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),  # the parsed codebook as JSON
    Column("source", Text, nullable=False),  # the file as it was read
    Column("created", Text, nullable=False),
    PrimaryKeyConstraint("id", "version", name="pk_codebook"),
)

project = Table(
    "project",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("codebook_id", Text, nullable=False),
    Column("codebook_version", Integer, nullable=False),
    Column("created", Text, nullable=False),
    ForeignKeyConstraint(["codebook_id", "codebook_version"], ["codebook.id", "codebook.version"]),
)

project_setting = Table(
    "project_setting",
    metadata,
    Column("project_id", Text, ForeignKey("project.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "key", name="pk_project_setting"),
)

annotator = Table(
    "annotator",
    metadata,
    Column("project_id", Text, ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("created", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "name", name="pk_annotator"),
    UniqueConstraint("project_id", "name_folded", name="uq_annotator_name"),
)

document = Table(
    "document",
    metadata,
    Column("project_id", Text, ForeignKey("project.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("number", Integer, nullable=False),  # order of adding, from 1
    Column("revision", Integer, nullable=False),  # the present one
    Column("text_sha256", Text, nullable=False),  # of the present text
    Column("title", Text),
    Column("display_title", Text, nullable=False),
    Column("outlet", Text),
    Column("published", Text),
    Column("url", Text),
    Column("event", Text),
    Column("metadata", Text, nullable=False),
    Column("words", Integer, nullable=False),
    Column("created", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "id", name="pk_document"),
    UniqueConstraint("project_id", "number", name="uq_document_number"),
    UniqueConstraint("project_id", "text_sha256", name="uq_document_text"),
    CheckConstraint("revision >= 1", name="ck_document_revision"),
    CheckConstraint("words >= 0", name="ck_document_words"),
)

document_search = Table(
    "document_search",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("folded", Text, nullable=False),  # title and text, case-folded
    PrimaryKeyConstraint("project_id", "document_id", name="pk_document_search"),
    ForeignKeyConstraint(["project_id", "document_id"], ["document.project_id", "document.id"]),
)

document_revision = Table(
    "document_revision",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("text_sha256", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("original", Text),
    PrimaryKeyConstraint("project_id", "document_id", "revision", name="pk_document_revision"),
    ForeignKeyConstraint(["project_id", "document_id"], ["document.project_id", "document.id"]),
    CheckConstraint("length(text) > 0", name="ck_document_revision_text"),
)


def _owned() -> ForeignKeyConstraint:
    """Foreign key of a table whose rows belong to one annotator's annotation of one document."""
    return ForeignKeyConstraint(
        ["project_id", "document_id", "annotator"],
        ["annotation.project_id", "annotation.document_id", "annotation.annotator"],
    )


operation = Table(
    "operation",
    metadata,
    Column("sequence", _Counter, primary_key=True, autoincrement=True),
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),  # of the text it was applied to
    Column("annotator", Text, nullable=False),
    Column("server_time", Text, nullable=False),
    Column("client_time", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Column("undoes", Text),
    Column("agent_version", Text, nullable=False),
    UniqueConstraint("project_id", "id", name="uq_operation_id"),
    ForeignKeyConstraint(["project_id", "annotator"], ["annotator.project_id", "annotator.name"]),
    ForeignKeyConstraint(
        ["project_id", "document_id", "revision"],
        ["document_revision.project_id", "document_revision.document_id", "document_revision.revision"],
    ),
    Index("ix_operation_document", "project_id", "document_id", "annotator", "sequence"),
    sqlite_autoincrement=True,
)

annotation = Table(
    "annotation",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("annotator", Text, nullable=False),
    Column("status", Text),  # NULL: no status set
    Column("spans", Integer, nullable=False),  # how many
    Column("entries", Integer, nullable=False),  # spans, frames and decisions together
    Column("updated", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "document_id", "annotator", name="pk_annotation"),
    ForeignKeyConstraint(["project_id", "document_id"], ["document.project_id", "document.id"]),
    ForeignKeyConstraint(["project_id", "annotator"], ["annotator.project_id", "annotator.name"]),
    CheckConstraint("status IN ('draft', 'submitted', 'discarded')", name="ck_annotation_status"),
    Index("ix_annotation_annotator", "project_id", "annotator"),
)

annotation_frame = Table(
    "annotation_frame",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("annotator", Text, nullable=False),
    Column("position", Integer, nullable=False),  # 0: the most important
    Column("frame", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "document_id", "annotator", "position", name="pk_annotation_frame"),
    UniqueConstraint("project_id", "document_id", "annotator", "frame", name="uq_annotation_frame"),
    _owned(),
)

span = Table(
    "span",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("annotator", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("start_offset", Integer, nullable=False),
    Column("end_offset", Integer, nullable=False),
    Column("quote", Text, nullable=False),
    Column("prefix", Text, nullable=False),  # up to 32 code points before, for re-anchoring
    Column("suffix", Text, nullable=False),  # and after
    Column("device", Text, nullable=False),
    Column("frames", Text, nullable=False),
    Column("voice", Text),
    Column("target", Text),
    Column("polarity", Text),
    Column("note", Text, nullable=False),
    Column("suggestion_id", Text),
    PrimaryKeyConstraint("project_id", "document_id", "annotator", "id", name="pk_span"),
    UniqueConstraint(
        "project_id", "document_id", "annotator", "start_offset", "end_offset", "device", name="uq_span_place"
    ),
    _owned(),
    CheckConstraint("start_offset >= 0 AND start_offset < end_offset", name="ck_span_offsets"),
    CheckConstraint("length(quote) = end_offset - start_offset", name="ck_span_quote"),
)

decision = Table(
    "decision",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("annotator", Text, nullable=False),
    Column("suggestion_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "document_id", "annotator", "suggestion_id", name="pk_decision"),
    _owned(),
    CheckConstraint("outcome IN ('accepted', 'edited', 'rejected')", name="ck_decision_outcome"),
)

suggestion_set = Table(
    "suggestion_set",
    metadata,
    Column("number", _Counter, primary_key=True, autoincrement=True),
    Column("project_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("agent", Text, nullable=False),
    Column("agent_version", Text, nullable=False),
    Column("codebook", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("stored", Text, nullable=False),  # last time it was put
    UniqueConstraint("project_id", "document_id", "revision", "agent_version", name="uq_suggestion_set"),
    ForeignKeyConstraint(
        ["project_id", "document_id", "revision"],
        ["document_revision.project_id", "document_revision.document_id", "document_revision.revision"],
    ),
    CheckConstraint("agent IN ('model', 'lexicon')", name="ck_suggestion_set_agent"),
    sqlite_autoincrement=True,
)

suggestion_span = Table(
    "suggestion_span",
    metadata,
    Column("set_number", _Counter, ForeignKey("suggestion_set.number"), nullable=False),
    Column("id", Text, nullable=False),
    Column("is_current", Boolean, nullable=False),  # whether the last put still proposed it
    Column("start_offset", Integer, nullable=False),
    Column("end_offset", Integer, nullable=False),
    Column("quote", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("probability", Float, nullable=False),
    Column("frames", Text, nullable=False),
    Column("voice", Text),
    Column("target", Text),
    Column("polarity", Text),
    Column("rule", Text, nullable=False),
    PrimaryKeyConstraint("set_number", "id", name="pk_suggestion_span"),
    CheckConstraint("start_offset >= 0 AND start_offset < end_offset", name="ck_suggestion_span_offsets"),
    CheckConstraint("length(quote) = end_offset - start_offset", name="ck_suggestion_span_quote"),
    CheckConstraint("probability >= 0 AND probability <= 1", name="ck_suggestion_span_probability"),
    Index("ix_suggestion_span_id", "id"),
)

suggestion_frame = Table(
    "suggestion_frame",
    metadata,
    Column("set_number", _Counter, ForeignKey("suggestion_set.number"), nullable=False),
    Column("label", Text, nullable=False),
    Column("is_current", Boolean, nullable=False),
    Column("probability", Float, nullable=False),
    Column("evidence", Text, nullable=False),
    PrimaryKeyConstraint("set_number", "label", name="pk_suggestion_frame"),
    CheckConstraint("probability >= 0 AND probability <= 1", name="ck_suggestion_frame_probability"),
)
