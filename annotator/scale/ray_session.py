"""A connection to Ray: the cluster that ``RAY_ADDRESS`` names, or one started on this machine and closed to others."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType

from annotator.errors import AnnotatorError

OBJECT_STORE_BYTES = 200 * 2**20
"""Ranges and reports are all that passes through Ray: some kilobytes each."""

CONNECT_SECONDS = 10.0

# "A worker died" would go to standard output, which is for records and reports.
_QUIET = {
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}


@contextmanager
def session(processors: int) -> Iterator[ModuleType]:
    """Yield the module ``ray``, connected; on leaving, what was started here is stopped.

    A session that the caller has opened with ``ray.init()`` is used as it is and left open.

    Args:
        processors: Logical processors of a local start.

    Raises:
        AnnotatorError: If Ray is missing, does not start, or its cluster cannot be reached.
    """
    loaded = sys.modules.get("ray")
    if loaded is not None and loaded.is_initialized():
        yield loaded
        return
    address = os.environ.get("RAY_ADDRESS", "")
    opened = _local(processors) if address in ("", "local") else _cluster(address)
    with _handlers_kept(), opened as ray:
        yield ray


@contextmanager
def _local(processors: int) -> Iterator[ModuleType]:
    """Start Ray on this machine: without dashboard, with token, and listening on the loopback interface only."""
    # For sockets, whose paths may have 107 characters, and logs; other people must not see either.
    place = os.environ.get("RAY_TMPDIR") or ("/tmp" if os.path.isdir("/tmp") else None)  # noqa: S108
    folder = tempfile.mkdtemp(prefix="annotator-ray-", dir=place)
    try:
        with _environment(_QUIET | _alone()):
            ray = _imported()
            _check_loopback(ray)
            try:
                _start(
                    ray,
                    address="local",
                    num_cpus=processors,
                    include_dashboard=False,
                    object_store_memory=OBJECT_STORE_BYTES,
                    _node_ip_address="127.0.0.1",
                    _temp_dir=folder,
                )
                yield ray
            finally:
                ray.shutdown()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _cluster(address: str) -> Iterator[ModuleType]:
    with _environment(_QUIET):
        ray = _imported()
        _check_reachable(address)
        try:
            _start(ray, address=address)
            yield ray
        finally:
            ray.shutdown()


def _check_reachable(address: str) -> None:
    """Find out in seconds what Ray takes minutes to say."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "://" in host:
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise AnnotatorError(
            f"Cannot reach a Ray cluster at {address}, which RAY_ADDRESS names: {error}. Is it running, is the port "
            "open? Unset RAY_ADDRESS to start Ray on this machine.",
            address=address,
        ) from error


def _start(ray: ModuleType, *, address: str, **options: object) -> None:
    try:
        with _greetings_dropped():
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **options)
    except (ray.exceptions.RayError, OSError, RuntimeError, ValueError) as error:
        remedy = (
            "Is there room in memory and in /tmp, and may processes be started?"
            if address == "local"
            else "RAY_ADDRESS names it, RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH the key to it, and Ray and Python must "
            "be of the same versions there and here. Unset RAY_ADDRESS to start Ray on this machine."
        )
        where = "on this machine" if address == "local" else f"at {address}"
        raise AnnotatorError(f"Cannot start with Ray {where}: {error}. {remedy}", address=address) from error


def _imported() -> ModuleType:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise AnnotatorError(
            f"The engine 'ray' needs Ray Data, and '{error.name}' is missing. Install it with: "
            "pip install 'framing-annotator[scale]', or use --engine local."
        ) from error
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    module: ModuleType = ray
    return module


def _alone() -> dict[str, str]:
    """Return the settings of a Ray on this machine, which keep others out; Ray reads them when it is imported."""
    settings = {
        "RAY_AUTH_MODE": "token",
        # On Linux Ray replaces 127.0.0.1 by an address that others can reach, unless it is told as on macOS and
        # Windows that there is to be no cluster.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        # Ray's workers step back for every other program otherwise, those of the local engine do not.
        "RAY_worker_niceness": "0",
    }
    if not os.environ.keys() & {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"}:
        settings["RAY_AUTH_TOKEN"] = _token()
    return settings


@cache
def _token() -> str:
    """Return a token; one for the whole process, because Ray keeps the first that it has seen."""
    return secrets.token_hex(32)


def _check_loopback(ray: ModuleType) -> None:
    address = ray.util.get_node_ip_address()
    if address not in ("127.0.0.1", "::1"):
        raise AnnotatorError(
            f"Cannot start Ray on this machine only: it was imported before scoring began and would listen at "
            f"{address}. Do not import ray before, or open your own session with ray.init() and it will be used."
        )


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _greetings_dropped() -> Iterator[None]:
    """Keep from standard error what Ray's libraries write there while they start, unless they fail."""
    with tempfile.TemporaryFile() as aside:
        sys.stderr.flush()
        kept = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            aside.seek(0)
            os.write(kept, aside.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Put the caller's SIGTERM handler back: Ray sets its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
