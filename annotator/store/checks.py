"""Read-only checks."""

from __future__ import annotations

from sqlalchemy import Connection

from annotator.store.base import Problem


def check(connection: Connection) -> list[Problem]:
    """Placeholder."""
    return []
