"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_SERVER = (
    click.option("--db", metavar="PATH_OR_URL", envvar="ANNOTATOR_DB", help="Database; made if it is not there."),
    click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        help="Address to listen on. Others see the app only if you change it.",
    ),
    click.option("--port", type=click.IntRange(1, 65535), help="Port; 8501 or the next free one by default."),
    click.option("--browser/--no-browser", default=None, help="Open a browser window; by default only on a desktop."),
)


def server_options(command: Command) -> Command:
    """Add ``--db``, ``--host``, ``--port`` and ``--browser``, for the commands that start the app."""
    for option in reversed(_SERVER):
        command = option(command)
    return command
