"""Start the app's server: on this machine only, unless told otherwise."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import tomllib
import urllib.request
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from annotator.errors import AnnotatorError
from annotator.resources import resource

DATABASE_VARIABLE = "ANNOTATOR_DB"
PROJECT_VARIABLE = "ANNOTATOR_PROJECT"
DEFAULT_PORT = 8501
WILDCARDS = ("0.0.0.0", "::")  # noqa: S104


def launch(
    database: str | Path,
    *,
    project: str | None = None,
    host: str = "127.0.0.1",
    port: int | None = None,
    allowed_hosts: Sequence[str] = (),
    open_browser: bool | None = None,
    announce: Callable[[str], None] = print,
) -> None:
    """Run the app until it is stopped; call it from the main thread.

    Args:
        database: SQLite path or ``postgresql://`` URL.
        project: Project opened first; ``None``: the one used last.
        host: Address to listen on.
        port: ``None``: 8501, or the next free one.
        allowed_hosts: Host names browsers may use besides loopback and ``host``.
        open_browser: ``None``: only on a desktop, from a terminal.
        announce: Receives the line with the address.

    Raises:
        AnnotatorError: If Streamlit is missing or the port is taken.
    """
    try:
        import streamlit as st
    except ModuleNotFoundError as error:
        raise AnnotatorError("The app needs Streamlit. Install it with: pip install 'framing-annotator[ui]'") from error
    from annotator.ui.security import middleware

    port = _free_port(host, port)
    os.environ[DATABASE_VARIABLE] = str(database)
    if project:
        os.environ[PROJECT_VARIABLE] = project
    address = f"http://{'127.0.0.1' if host in WILDCARDS else host}:{port}"
    announce(f"The app is at {address} (stop it with Ctrl+C)")
    if open_browser if open_browser is not None else _has_desktop():
        threading.Thread(target=_open_when_ready, args=(address,), daemon=True).start()
    config = server_config() | {
        "server.address": host,
        "server.port": port,
        "server.allowedHosts": sorted({"127.0.0.1", "localhost", host, *allowed_hosts} - set(WILDCARDS)),
    }
    app = st.App(resource("app.py"), middleware=middleware())
    app.run(config=config)


def server_config() -> dict[str, Any]:
    """Return ``.streamlit/config.toml`` as Streamlit's dotted options, so both ways of starting agree."""
    with resource(".streamlit", "config.toml").open("rb") as file:
        return dict(_flatten("", tomllib.load(file)))


def _flatten(prefix: str, table: dict[str, Any]) -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            flat.extend(_flatten(f"{prefix}{key}.", value))
        else:
            flat.append((prefix + key, value))
    return flat


def _free_port(host: str, wanted: int | None) -> int:
    candidates = [wanted] if wanted else range(DEFAULT_PORT, DEFAULT_PORT + 50)
    for port in candidates:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                reason = error
                continue
        return port
    ports = wanted or f"{DEFAULT_PORT} to {DEFAULT_PORT + 49}"
    raise AnnotatorError(
        f"Cannot listen on {host} port {ports}: {reason.strerror or reason}. "
        "Stop the program that uses it, or choose another with --port.",
        port=wanted,
    ) from reason


def _has_desktop() -> bool:
    desktop = sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    return desktop and sys.stdout.isatty()


def _open_when_ready(address: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310
                break
        except OSError:
            time.sleep(0.1)
    webbrowser.open(address)
