"""Projects, their codebooks, settings and annotators, as SQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, update

from annotator.codebook import Codebook
from annotator.errors import StoreError, near_match
from annotator.store import schema as t
from annotator.store.base import Project
from annotator.store.codebooks import codebook_from_json, codebook_to_json
from annotator.store.engine import AnyRow, insert_or_ignore, utc_now

MAX_NAME = 60
MAX_ID = 100


def create_project(connection: Connection, id: str, *, title: str, codebook: Codebook, codebook_source: str) -> Project:
    """Make a project; see ``Store.create_project``."""
    if not 0 < len(id) <= MAX_ID or not id.isprintable() or id != id.strip():
        raise StoreError(f"Cannot create project {id!r:.120}: its id needs 1 to {MAX_ID} printable characters.")
    _put_codebook(connection, codebook, codebook_source)
    row = {
        "id": id,
        "title": title,
        "codebook_id": codebook.id,
        "codebook_version": codebook.version,
        "created": utc_now(),
    }
    if not insert_or_ignore(connection, t.project, row):
        raise StoreError(f"Cannot create project '{id}': it exists. Open it, or choose another id.", project_id=id)
    return project(connection, id)


def _put_codebook(connection: Connection, codebook: Codebook, source: str) -> None:
    body = codebook_to_json(codebook)
    row = {"id": codebook.id, "version": codebook.version, "body": body, "source": source, "created": utc_now()}
    if insert_or_ignore(connection, t.codebook, row):
        return
    where = (t.codebook.c.id == codebook.id, t.codebook.c.version == codebook.version)
    if connection.execute(select(t.codebook.c.body).where(*where)).scalar_one() == body:
        return
    using = select(t.project.c.id).where(
        t.project.c.codebook_id == codebook.id, t.project.c.codebook_version == codebook.version
    )
    if connection.execute(select(exists().where(t.operation.c.project_id.in_(using)))).scalar_one():
        raise StoreError(
            f"Cannot use this codebook: annotations already refer to '{codebook.ref}' with another content, and a "
            "codebook version never changes once it is in use. Raise 'version' in the codebook file.",
            codebook=codebook.ref,
        )
    connection.execute(update(t.codebook).where(*where).values(body=body, source=source))


_PROJECT = select(t.project, t.codebook.c.body, t.codebook.c.source).join(t.codebook)


def projects(connection: Connection) -> list[Project]:
    """Return all projects, oldest first."""
    rows = connection.execute(_PROJECT.order_by(t.project.c.created, t.project.c.id)).all()
    return [_project(connection, row) for row in rows]


def project(connection: Connection, id: str) -> Project:
    """Return one project.

    Raises:
        StoreError: If there is none; the message lists those there are.
    """
    row = connection.execute(_PROJECT.where(t.project.c.id == id)).one_or_none()
    if row is None:
        known = list(connection.execute(select(t.project.c.id).order_by(t.project.c.id)).scalars())
        raise StoreError(
            f"There is no project '{id}'. This database has: {', '.join(known) or 'none'}.{near_match(id, known)}",
            project_id=id,
            known=known,
        )
    return _project(connection, row)


def _project(connection: Connection, row: AnyRow) -> Project:
    settings = connection.execute(
        select(t.project_setting.c.key, t.project_setting.c.value).where(t.project_setting.c.project_id == row.id)
    )
    return Project(
        id=row.id,
        title=row.title,
        codebook=codebook_from_json(row.body),
        codebook_source=row.source,
        created=row.created,
        settings={key: json.loads(value) for key, value in settings},
    )


def codebook_of(connection: Connection, project_id: str) -> Codebook:
    """Return the codebook of a project, without the rest of it."""
    body = connection.execute(
        select(t.codebook.c.body).join(t.project).where(t.project.c.id == project_id)
    ).scalar_one_or_none()
    return codebook_from_json(body) if body is not None else project(connection, project_id).codebook


def set_setting(connection: Connection, project_id: str, *, key: str, value: Any) -> None:
    """Keep a JSON value; ``None`` removes it."""
    lock_project(connection, project_id)
    where = (t.project_setting.c.project_id == project_id, t.project_setting.c.key == key)
    connection.execute(delete(t.project_setting).where(*where))
    if value is not None:
        row = {"project_id": project_id, "key": key, "value": json.dumps(value, ensure_ascii=False)}
        connection.execute(insert(t.project_setting).values(**row))


def change_setting(connection: Connection, project_id: str, *, key: str, change: Callable[[Any], Any]) -> None:
    """Replace a JSON value by what ``change`` makes of it, read under the project's lock."""
    lock_project(connection, project_id)
    present = project(connection, project_id).settings.get(key)
    set_setting(connection, project_id, key=key, value=change(present))


def lock_project(connection: Connection, project_id: str) -> None:
    """Let no other transaction change the project's settings, annotators or list of documents meanwhile.

    Raises:
        StoreError: If there is no such project.
    """
    query = select(t.project.c.id).where(t.project.c.id == project_id).with_for_update(key_share=True)
    if connection.execute(query).one_or_none() is None:
        project(connection, project_id)


def annotators(connection: Connection, project_id: str) -> list[str]:
    """Return the annotators' names, in the order they joined."""
    c = t.annotator.c
    names = connection.execute(select(c.name).where(c.project_id == project_id).order_by(c.created, c.name)).scalars()
    found = list(names)
    if not found:
        codebook_of(connection, project_id)
    return found


def add_annotator(connection: Connection, project_id: str, name: str) -> str:
    """Add an annotator; see ``Store.add_annotator``."""
    shown = name.strip()
    if not 0 < len(shown) <= MAX_NAME or not shown.isprintable():
        raise StoreError(
            f"Cannot add annotator {name!r:.80}: a name needs 1 to {MAX_NAME} printable characters.", annotator=name
        )
    lock_project(connection, project_id)
    folded = shown.casefold()
    row = {"project_id": project_id, "name": shown, "name_folded": folded, "created": utc_now()}
    if not insert_or_ignore(connection, t.annotator, row):
        c = t.annotator.c
        taken = connection.execute(
            select(c.name).where(c.project_id == project_id, c.name_folded == folded)
        ).scalar_one()
        if taken != shown:
            raise StoreError(
                f"Cannot add annotator '{shown}': '{taken}' is in project '{project_id}' already, and names differ in "
                f"more than case. Continue as '{taken}', or choose another name.",
                annotator=shown,
                taken=taken,
            )
    return shown
