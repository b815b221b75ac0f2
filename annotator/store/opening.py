"""Opening a database: look first, touch only what is ours, create or upgrade when allowed."""

from __future__ import annotations

from pathlib import Path

from annotator.errors import StoreError
from annotator.store import sqlite
from annotator.store.engine import Database
from annotator.store.migrate import check_known, current_migration, upgrade
from annotator.store.schema import HEAD


def open_database(where: str | Path, *, read_only: bool = False) -> Database:
    """Return a database whose tables are at the newest migration; see ``annotator.store.open_store``."""
    database = Database(where, read_only=read_only)
    try:
        if database.path is not None and not sqlite.is_new(database.path):
            look(database.path)
        if read_only:
            _check_readable(database)
        else:
            _prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def look(path: Path) -> None:
    """Refuse a file that is not ours, before any connection of ours changes its settings.

    Raises:
        StoreError: If it is missing, no database, another program's, or made by a newer version.
    """
    sqlite.check_file(path)
    has_tables, found = sqlite.look(path)
    if found is None and has_tables:
        raise StoreError(
            f"Cannot open {path}: it is a SQLite database of another program; nothing was changed. Name another file "
            "with --db or ANNOTATOR_DB.",
            path=str(path),
        )
    check_known(found, name=str(path))


def _check_readable(database: Database) -> None:
    if database.path is not None and sqlite.is_new(database.path):
        raise StoreError(
            f"There is no database at {database.path}, and it was to be opened for reading only. Name it with --db or "
            "ANNOTATOR_DB, or make one with: annotator demo",
            path=str(database.path),
        )
    with database.read() as connection:
        found = current_migration(connection)
    check_known(found, name=database.name)
    if found != HEAD:
        raise StoreError(
            f"Database {database.name} is at migration {found or 'none'}; this version of the package needs {HEAD}. "
            "Upgrade it (a backup is made first) with: annotator db upgrade",
            found=found,
            newest=HEAD,
        )


def _prepare(database: Database) -> None:
    if database.path is not None:
        try:
            database.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"Cannot create the folder of database {database.path}: {error.strerror}. Name another place with --db "
                "or ANNOTATOR_DB.",
                path=str(database.path),
            ) from error
    with database.read() as connection:
        found = current_migration(connection)
    check_known(found, name=database.name)
    if found != HEAD:
        upgrade(database)
