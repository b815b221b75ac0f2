"""Bring a database to the newest tables: back up, migrate with foreign keys off, check, commit.

SQLite changes a table by building it anew and dropping the old one; with foreign keys on, the drop would
delete or block every row that refers to it. All pending migrations run in one transaction.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from annotator.errors import StoreError
from annotator.store import sqlite
from annotator.store.engine import Database, utc_now
from annotator.store.schema import HEAD, KNOWN_REVISIONS

SCRIPTS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 7_246_113


def current_migration(connection: Connection) -> str | None:
    """Return the migration a database stands at; ``None`` when it has none of our tables.

    Raises:
        StoreError: If it holds tables that are not ours.
    """
    names = set(inspect(connection).get_table_names())
    if "alembic_version" in names:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)
    if names:
        raise StoreError(
            f"This database holds other tables ({', '.join(sorted(names)[:5])}) and none of ours; nothing was changed. "
            "Name an empty or new database with --db or ANNOTATOR_DB.",
            tables=sorted(names),
        )
    return None


def check_known(found: str | None, *, name: str) -> None:
    """Refuse a database that a newer version of this package made.

    Raises:
        StoreError: If ``found`` is a migration this version does not know.
    """
    if found is not None and found not in KNOWN_REVISIONS:
        raise StoreError(
            f"Cannot open database {name}: it was made by a newer version of this package (migration '{found}'; this "
            f"version knows {KNOWN_REVISIONS[0]} to {HEAD}). Nothing was changed. Install the newer version: "
            "pip install --upgrade framing-annotator",
            found=found,
            newest=HEAD,
        )


def upgrade(database: Database, *, to: str = HEAD, scripts: Path = SCRIPTS) -> tuple[str | None, Path | None]:
    """Migrate to ``to``; does nothing when already there.

    Returns:
        The migration found before, and the backup made first (SQLite files with content only).

    Raises:
        StoreError: If a reference would dangle afterwards, or the backup fails; nothing is changed then.
    """
    where = database.url if database.path is None else database.path
    if database.is_sqlite and database.path is not None:
        rebuilding = Database(Path(str(where)), foreign_keys=False)
        try:
            return _upgrade(rebuilding, to=to, scripts=scripts)
        finally:
            rebuilding.close()
    return _upgrade(database, to=to, scripts=scripts)


def _upgrade(database: Database, *, to: str, scripts: Path) -> tuple[str | None, Path | None]:
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        found = current_migration(connection)
        if found == to:
            return found, None
        kept = None
        if found is not None and database.path is not None:
            kept = database.path.with_name(f"{database.path.name}.before-{to}-{sqlite.timestamp()}.bak")
            sqlite.backup(database.path, kept)
        _run(connection, to=to, scripts=scripts)
        if database.is_sqlite:
            _check_references(connection, name=database.name)
    return found, kept


def _run(connection: Connection, *, to: str, scripts: Path) -> None:
    from alembic import command  # imported late: only a new or old database needs it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["now"] = utc_now()
    command.upgrade(config, to)


def _check_references(connection: Connection, *, name: str) -> None:
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if dangling:
        tables = sorted({row[0] for row in dangling})
        raise StoreError(
            f"Cannot upgrade database {name}: {len(dangling)} rows of {', '.join(tables)} would refer to nothing. "
            "Nothing was changed. Please report this, with the output of: annotator db check",
            tables=tables,
        )
