"""Where projects, documents, suggestions and the operation log are kept.

Open a store with :func:`open_store`; everything else a caller needs is in :mod:`annotator.store.base`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.errors import StoreError
from annotator.store.base import (
    AddOutcome,
    Applied,
    DocumentQuery,
    DocumentSummary,
    Orphan,
    Problem,
    Project,
    Store,
    StoredSuggestion,
    SuggestedBy,
)

if TYPE_CHECKING:
    from annotator.store.sql_store import SqlStore

__all__ = [
    "AddOutcome",
    "Applied",
    "DocumentQuery",
    "DocumentSummary",
    "Orphan",
    "Problem",
    "Project",
    "Store",
    "StoredSuggestion",
    "SuggestedBy",
    "data_folder",
    "default_database",
    "open_store",
]

_FOLDER = "framing-annotator"


def default_database() -> Path:
    """Return the database used when none is named: ``$ANNOTATOR_DB``, or a file in the user's data folder.

    Where the variable may hold a PostgreSQL address, read it before calling this: an address is no path.

    Raises:
        StoreError: If the user has no home folder.
    """
    named = os.environ.get("ANNOTATOR_DB")
    if not named:
        return data_folder() / "annotator.db"
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise _homeless() from error


def data_folder() -> Path:
    """Return the user's data folder of this program; it need not exist yet.

    Raises:
        StoreError: If the user has no home folder.
    """
    try:
        if sys.platform == "win32":  # pragma: no cover
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":  # pragma: no cover
            base = Path.home() / "Library" / "Application Support"
        else:
            base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    except RuntimeError as error:
        raise _homeless() from error
    return base / _FOLDER


def _homeless() -> StoreError:
    # a user without a home folder, as in some containers
    return StoreError(
        "Cannot tell where your database is: HOME is not set and this user has no home folder. Name the database "
        "with --db or ANNOTATOR_DB."
    )


def open_store(url_or_path: str | Path, *, read_only: bool = False) -> SqlStore:
    """Open a database; a missing or empty one is created, an older one is backed up and upgraded.

    Args:
        url_or_path: A file, ``":memory:"``, ``sqlite:///PATH`` or ``postgresql://USER@HOST/NAME``.
        read_only: Open an existing, up-to-date database without ever writing to it.

    Raises:
        StoreError: If it cannot be read or written, is no annotator database, or was made by a newer
            version of this package.

    Example:
        >>> store = open_store(":memory:")
        >>> store.projects()
        []
        >>> store.close()
    """
    from annotator.store.opening import open_database  # SQLAlchemy is loaded only here
    from annotator.store.sql_store import SqlStore

    return SqlStore(open_database(url_or_path, read_only=read_only))
