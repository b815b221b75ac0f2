"""The first tables: projects, documents, annotations with their log, suggestions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _projects()
    _documents()
    _annotations()
    _suggestions()
    _protect_log()


def _projects() -> None:
    op.create_table(
        "codebook",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name="pk_codebook"),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("codebook_id", sa.Text(), nullable=False),
        sa.Column("codebook_version", sa.Integer(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["codebook_id", "codebook_version"],
            ["codebook.id", "codebook.version"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "annotator",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.PrimaryKeyConstraint("project_id", "name", name="pk_annotator"),
        sa.UniqueConstraint("project_id", "name_folded", name="uq_annotator_name"),
    )
    op.create_table(
        "project_setting",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.PrimaryKeyConstraint("project_id", "key", name="pk_project_setting"),
    )


def _documents() -> None:
    op.create_table(
        "document",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("display_title", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=True),
        sa.Column("published", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.CheckConstraint("revision >= 1", name="ck_document_revision"),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.PrimaryKeyConstraint("project_id", "id", name="pk_document"),
        sa.UniqueConstraint("project_id", "number", name="uq_document_number"),
        sa.UniqueConstraint("project_id", "text_sha256", name="uq_document_text"),
    )
    op.create_table(
        "document_revision",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=True),
        sa.CheckConstraint("length(text) > 0", name="ck_document_revision_text"),
        sa.ForeignKeyConstraint(
            ["project_id", "document_id"],
            ["document.project_id", "document.id"],
        ),
        sa.PrimaryKeyConstraint("project_id", "document_id", "revision", name="pk_document_revision"),
    )


def _annotations() -> None:
    op.create_table(
        "annotation",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("spans", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'submitted', 'discarded')", name="ck_annotation_status"),
        sa.ForeignKeyConstraint(
            ["project_id", "annotator"],
            ["annotator.project_id", "annotator.name"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "document_id"],
            ["document.project_id", "document.id"],
        ),
        sa.PrimaryKeyConstraint("project_id", "document_id", "annotator", name="pk_annotation"),
    )
    op.create_index("ix_annotation_annotator", "annotation", ["project_id", "annotator"], unique=False)
    op.create_table(
        "annotation_frame",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("frame", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "document_id", "annotator"],
            ["annotation.project_id", "annotation.document_id", "annotation.annotator"],
        ),
        sa.PrimaryKeyConstraint("project_id", "document_id", "annotator", "position", name="pk_annotation_frame"),
        sa.UniqueConstraint("project_id", "document_id", "annotator", "frame", name="uq_annotation_frame"),
    )
    op.create_table(
        "decision",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("suggestion_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('accepted', 'edited', 'rejected')", name="ck_decision_outcome"),
        sa.ForeignKeyConstraint(
            ["project_id", "document_id", "annotator"],
            ["annotation.project_id", "annotation.document_id", "annotation.annotator"],
        ),
        sa.PrimaryKeyConstraint("project_id", "document_id", "annotator", "suggestion_id", name="pk_decision"),
    )
    op.create_table(
        "operation",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("server_time", sa.Text(), nullable=False),
        sa.Column("client_time", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.Column("agent_version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "annotator"],
            ["annotator.project_id", "annotator.name"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "document_id", "revision"],
            ["document_revision.project_id", "document_revision.document_id", "document_revision.revision"],
        ),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("project_id", "id", name="uq_operation_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_operation_document", "operation", ["project_id", "document_id", "annotator", "sequence"], unique=False
    )
    op.create_table(
        "span",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("start_offset", sa.Integer(), nullable=False),
        sa.Column("end_offset", sa.Integer(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("frames", sa.Text(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("polarity", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("suggestion_id", sa.Text(), nullable=True),
        sa.CheckConstraint("length(quote) = end_offset - start_offset", name="ck_span_quote"),
        sa.CheckConstraint("start_offset >= 0 AND start_offset < end_offset", name="ck_span_offsets"),
        sa.ForeignKeyConstraint(
            ["project_id", "document_id", "annotator"],
            ["annotation.project_id", "annotation.document_id", "annotation.annotator"],
        ),
        sa.PrimaryKeyConstraint("project_id", "document_id", "annotator", "id", name="pk_span"),
        sa.UniqueConstraint(
            "project_id", "document_id", "annotator", "start_offset", "end_offset", "device", name="uq_span_place"
        ),
    )


def _suggestions() -> None:
    op.create_table(
        "suggestion_set",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("agent_version", sa.Text(), nullable=False),
        sa.Column("codebook", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("stored", sa.Text(), nullable=False),
        sa.CheckConstraint("agent IN ('model', 'lexicon')", name="ck_suggestion_set_agent"),
        sa.ForeignKeyConstraint(
            ["project_id", "document_id", "revision"],
            ["document_revision.project_id", "document_revision.document_id", "document_revision.revision"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("project_id", "document_id", "revision", "agent_version", name="uq_suggestion_set"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suggestion_frame",
        sa.Column("set_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.CheckConstraint("probability >= 0 AND probability <= 1", name="ck_suggestion_frame_probability"),
        sa.ForeignKeyConstraint(
            ["set_number"],
            ["suggestion_set.number"],
        ),
        sa.PrimaryKeyConstraint("set_number", "label", name="pk_suggestion_frame"),
    )
    op.create_table(
        "suggestion_span",
        sa.Column("set_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("start_offset", sa.Integer(), nullable=False),
        sa.Column("end_offset", sa.Integer(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("frames", sa.Text(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("polarity", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.CheckConstraint("length(quote) = end_offset - start_offset", name="ck_suggestion_span_quote"),
        sa.CheckConstraint("probability >= 0 AND probability <= 1", name="ck_suggestion_span_probability"),
        sa.CheckConstraint("start_offset >= 0 AND start_offset < end_offset", name="ck_suggestion_span_offsets"),
        sa.ForeignKeyConstraint(
            ["set_number"],
            ["suggestion_set.number"],
        ),
        sa.PrimaryKeyConstraint("set_number", "id", name="pk_suggestion_span"),
    )
    op.create_index("ix_suggestion_span_id", "suggestion_span", ["id"], unique=False)


def _protect_log() -> None:
    """Refuse every UPDATE and DELETE of a logged operation."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER operation_no_{verb.lower()} BEFORE {verb} ON operation "
                "BEGIN SELECT RAISE(ABORT, 'the operation log is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION operation_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the operation log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER operation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operation "
        "FOR EACH STATEMENT EXECUTE FUNCTION operation_is_append_only()"
    )
