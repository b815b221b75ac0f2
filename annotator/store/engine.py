"""Connections and transactions: one way to read, one way to write, and what database errors mean to people."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import URL, Connection, Engine, RootTransaction, Row, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool, StaticPool

from annotator.errors import StoreError
from annotator.store import sqlite
from annotator.store.locks import WriterLock

AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
"""A result row whose columns are known by name only."""

MEMORY = ":memory:"
_WRITES = "annotator_writes"
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_NO_ROOM = "Nothing of this step was stored, earlier work is safe. Free some disk space and try again."
_REMEDIES = {
    "database or disk is full": _NO_ROOM,
    "no space left": _NO_ROOM,
    "could not extend file": _NO_ROOM,
    "database is locked": "Another program is writing to it. Nothing was changed; try again.",
    "readonly database": "You may not write to the file or its folder. Change the permissions, or name another "
    "database with --db or ANNOTATOR_DB.",
    "unable to open database file": "Check that its folder exists and can be written.",
    "malformed": "Restore a backup with: annotator db restore BACKUP.",
    "not a database": "Restore a backup with: annotator db restore BACKUP.",
    "disk i/o error": "Check the disk; then run: annotator db check.",
    "connection": "Check that the server runs and that address, name and password are right.",
    "authentication failed": "Check name and password in the address.",
}


def utc_now() -> str:
    """Return the time as stored: UTC, ISO 8601, microseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Database:
    """An engine with its writer lock.

    Args:
        where: A file path, ``:memory:``, or a ``sqlite:///`` or ``postgresql://`` address.
        read_only: Refuse every write; the file is not touched.
        foreign_keys: Off only while SQLite tables are rebuilt by a migration.

    Raises:
        StoreError: If the address is of another kind, or the driver is missing.
    """

    def __init__(self, where: str | Path, *, read_only: bool = False, foreign_keys: bool = True) -> None:
        self.url = parse_address(where)
        self.read_only = read_only
        self.name = self.url.render_as_string(hide_password=True)
        self.path: Path | None = None
        self._lock: WriterLock | None = None
        self._reads_locked = False
        if self.is_sqlite:
            memory = self.url.database in (None, "", MEMORY)
            if not memory:
                self.path = Path(str(self.url.database))
                self.name = str(self.path)
            self._reads_locked = memory
            self._lock = WriterLock(self.path)
            self.engine = self._sqlite_engine(foreign_keys=foreign_keys)
        else:
            self.engine = self._postgresql_engine()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, a file or in memory."""
        return self.url.get_backend_name() == "sqlite"

    def _sqlite_engine(self, *, foreign_keys: bool) -> Engine:
        uri = str(self.path) if self.path else MEMORY
        if self.path and self.read_only:
            uri = sqlite.read_only_uri(self.path)

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(
                uri, uri=uri.startswith("file:"), check_same_thread=False, isolation_level=None
            )
            sqlite.set_pragmas(connection, read_only=self.read_only, foreign_keys=foreign_keys)
            return connection

        pool: dict[str, Any] = (
            {"poolclass": QueuePool, "pool_size": 8, "max_overflow": 56} if self.path else {"poolclass": StaticPool}
        )
        engine = create_engine("sqlite://", creator=connect, **pool)

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # The driver never begins by itself (isolation_level=None). IMMEDIATE takes the write lock before
            # reading: a DEFERRED transaction that reads, then writes, fails at once when another wrote between.
            writes = connection.get_execution_options().get(_WRITES)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    def _postgresql_engine(self) -> Engine:
        options = {"options": "-c default_transaction_read_only=on"} if self.read_only else {}
        try:
            return create_engine(self.url, pool_pre_ping=True, connect_args=options)
        except ModuleNotFoundError as error:
            raise StoreError(
                f"PostgreSQL needs the package {error.name}. Install it with: pip install 'framing-annotator[postgres]'"
            ) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction for reading: everything in it sees one moment."""
        locked: AbstractContextManager[None] = contextlib.nullcontext()
        if self._reads_locked and self._lock is not None:
            locked = self._lock.held()
        with self._translated(), locked, self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction for writing: committed on leaving, rolled back on an error; one at a time."""
        if self.read_only:
            raise StoreError(f"Cannot write to {self.name}: it was opened for reading only.", path=self.name)
        locked: AbstractContextManager[None] = self._lock.held() if self._lock else contextlib.nullcontext()
        with (
            self._translated(),
            locked,
            self.engine.connect() as connection,
            _begin_writing(connection.execution_options(**{_WRITES: True})),
        ):
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            raise store_error(error, name=self.name) from error
        except OSError as error:
            raise StoreError(
                f"Cannot write to database {self.name}: {error.strerror} ({error.filename}). "
                f"{_REMEDIES['readonly database']}",
                path=self.name,
            ) from error

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def _begin_writing(connection: Connection) -> RootTransaction:
    try:
        return connection.begin()
    except OperationalError as error:
        if "locked" not in str(error.orig):
            raise
        return connection.begin()  # a program without our writer lock was in the way: once more


def parse_address(where: str | Path) -> URL:
    """Return the address as SQLAlchemy wants it; a plain path means SQLite.

    Raises:
        StoreError: If it is neither SQLite nor PostgreSQL.
    """
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where) if str(where) == MEMORY else str(Path(where).expanduser()))
    try:
        url = make_url(where)
        if url.drivername in _POSTGRESQL:
            return url.set(drivername="postgresql+psycopg")
        if url.drivername == "sqlite":
            return url
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "Cannot read the database address. Expected a file path, sqlite:///PATH or postgresql://USER@HOST/NAME."
        ) from error  # the address may hold a password: it is not shown
    raise StoreError(
        f"Cannot open a '{url.drivername}' database. Expected a file path, sqlite:///PATH or "
        "postgresql://USER@HOST/NAME."
    )


def store_error(error: DBAPIError | sqlite3.Error, *, name: str) -> StoreError:
    """Say in one message what the database refused and what to do about it."""
    cause = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    found = next((remedy for words, remedy in _REMEDIES.items() if words in cause.lower()), "")
    stop = "" if cause.endswith((".", "?", "!")) else "."
    return StoreError(f"Database {name}: {cause}{stop} {found or 'Run: annotator db check'}", path=name, cause=cause)


def insert_or_ignore(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert ``row`` unless its key is there; returns whether it was inserted."""
    dialect = sqlite_dialect if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(**row).on_conflict_do_nothing()
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1
