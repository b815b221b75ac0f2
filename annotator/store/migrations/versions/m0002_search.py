"""A case-folded copy of titles and texts to search in, filled for what is there; words are never negative.

Neither database folds the case of all scripts in LIKE; folding once, when storing, works for both.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_PAGE = 200


def upgrade() -> None:
    op.create_table(
        "document_search",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id", "document_id"], ["document.project_id", "document.id"]),
        sa.PrimaryKeyConstraint("project_id", "document_id", name="pk_document_search"),
    )
    _fill()
    with op.batch_alter_table("document") as table:
        table.create_check_constraint("ck_document_words", "words >= 0")


def _fill() -> None:
    connection = op.get_bind()
    page = sa.text(
        "SELECT d.project_id, d.id, d.number, d.display_title, r.text FROM document d "
        "JOIN document_revision r ON r.project_id = d.project_id AND r.document_id = d.id AND r.revision = d.revision "
        "WHERE (d.project_id, d.number) > (:project, :number) ORDER BY d.project_id, d.number LIMIT :page"
    )
    insert = sa.text("INSERT INTO document_search (project_id, document_id, folded) VALUES (:project, :id, :folded)")
    project, number = "", 0
    while rows := connection.execute(page, {"project": project, "number": number, "page": _PAGE}).all():
        connection.execute(
            insert,
            [{"project": r.project_id, "id": r.id, "folded": f"{r.display_title}\n{r.text}".casefold()} for r in rows],
        )
        project, number = rows[-1].project_id, rows[-1].number
