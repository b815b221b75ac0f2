"""Where a command takes its documents from: files, or a project of a database that is there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.errors import StoreError

if TYPE_CHECKING:
    from annotator.store.base import Store


def check_labelled(data: Sequence[Path], more: Sequence[Path], project: str | None, codebook: Path | None) -> None:
    """Check that labelled articles come from files after ``--data``, or from a project.

    Raises:
        UsageError: If both or neither are named, or options do not go together.
    """
    if bool(data) == bool(project):
        raise click.UsageError("Name the labelled articles with --data, or a project with --project; one of the two.")
    if more and not data:
        raise click.UsageError(f"Cannot tell what '{more[0]}' is for. Put --data before the files.")
    if project and codebook:
        raise click.UsageError("--codebook has no use with --project: a project has its own.")


def open_for_reading(db: str | None) -> Store:
    """Open a database that must be there; ``None``: the user's own.

    Raises:
        StoreError: If there is none, or it cannot be opened.
    """
    from annotator.store import default_database, open_store

    place = db or str(default_database())
    if "://" not in place and not os.path.exists(place):
        raise StoreError(f"There is no database {place}. Check --db, or import something first.", path=place)
    return open_store(place, read_only=True)
