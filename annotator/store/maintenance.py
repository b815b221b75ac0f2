"""What ``annotator db`` does: check, back up, restore, upgrade. Shared by the command line and Python."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, text

from annotator.errors import StoreError
from annotator.store import sqlite
from annotator.store.base import Problem
from annotator.store.engine import Database, parse_address
from annotator.store.migrate import check_known, current_migration, upgrade
from annotator.store.opening import look, open_database
from annotator.store.schema import HEAD
from annotator.store.sql_store import SqlStore


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    Attributes:
        engine: Such as ``SQLite 3.51.3``.
        rows: Number of rows by table.
        warnings: Nothing wrong in the database, but worth knowing.
    """

    database: str
    engine: str
    migration: str
    rows: dict[str, int]
    problems: list[Problem]
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Which migration was found (``None``: an empty database), which it is now, and the backup made first."""

    database: str
    found: str | None
    now: str
    backup: Path | None


def check_database(where: str | Path) -> Report:
    """Run every check on an up-to-date database without writing to it.

    Raises:
        StoreError: If it cannot be opened, or needs an upgrade first.
    """
    database = open_database(where, read_only=True)
    store = SqlStore(database)
    try:
        with database.read() as connection:
            if database.is_sqlite:
                engine = f"SQLite {sqlite3.sqlite_version}"
            else:
                engine = "PostgreSQL " + str(connection.execute(text("SHOW server_version")).scalar_one())
        return Report(
            database.name, engine, HEAD, store.counts(), store.check(), sqlite_warnings() if database.is_sqlite else []
        )
    finally:
        store.close()


def sqlite_warnings(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> list[str]:
    """Return what to know about the SQLite release in use."""
    if version >= sqlite.FIXED_IN:
        return []
    found, fixed = (".".join(map(str, numbers)) for numbers in (version, sqlite.FIXED_IN))
    return [
        f"SQLite {found} has the WAL-reset bug (corruption when two connections commit and checkpoint at the same "
        f"instant), unless your system's supplier fixed it. This package's writer lock keeps its own writers apart; "
        f"let no other program write to the database, or use SQLite {fixed} or newer."
    ]


def backup_database(where: str | Path, target: Path, *, force: bool = False) -> sqlite.Backup:
    """Write a verified copy of a SQLite database, in use or not.

    Raises:
        StoreError: For PostgreSQL (with the command to use instead), if there is no database, if ``target``
            exists and ``force`` is off, or if the copy does not verify.
    """
    path = _sqlite_path(where, "backed up", "pg_dump --format=custom --file={file} {url}", file=target)
    look(path)
    return sqlite.backup(path, target, force=force)


def restore_database(source: Path, where: str | Path) -> tuple[sqlite.Backup, Path | None]:
    """Put a backup in the place of a SQLite database, which is kept aside.

    Raises:
        StoreError: For PostgreSQL, if the backup is not sound or too new, or if the database is in use.
    """
    path = _sqlite_path(where, "restored", "pg_restore --clean --if-exists --dbname={url} {file}", file=source)
    check_known(sqlite.verify(source).migration, name=str(source))
    return sqlite.restore(source, path)


def upgrade_database(where: str | Path) -> Upgrade:
    """Migrate an existing database to the newest tables; a SQLite file is backed up first.

    Raises:
        StoreError: If there is none, it is not ours, or was made by a newer version.
    """
    database = Database(where)
    try:
        if database.path is not None:
            look(database.path)
        with database.read() as connection:
            check_known(current_migration(connection), name=database.name)
        found, kept = upgrade(database)
        return Upgrade(database.name, found, HEAD, kept)
    finally:
        database.close()


def _sqlite_path(where: str | Path, done: str, command: str, *, file: Path) -> Path:
    url = parse_address(where)
    if url.get_backend_name() == "sqlite":
        return Path(str(url.database))
    raise StoreError(
        f"PostgreSQL databases are {done} with PostgreSQL's own tools. Run: "
        + command.format(file=file, url=_plain(url))
    )


def _plain(url: URL) -> str:
    return URL.create(
        "postgresql", username=url.username, host=url.host, port=url.port, database=url.database, query=url.query
    ).render_as_string()
