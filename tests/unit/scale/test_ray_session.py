"""What a connection to Ray is opened with, and what is left when it is closed; Ray itself is played."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from annotator.errors import AnnotatorError
from annotator.scale.ray_session import session


class _Ray(ModuleType):
    """Takes note of how it is called."""

    def __init__(self) -> None:
        super().__init__("ray")
        self.address = "127.0.0.1"
        self.data = ModuleType("ray.data")
        self.exceptions = ModuleType("ray.exceptions")
        self.exceptions.RayError = type("RayError", (Exception,), {})  # type: ignore[attr-defined]
        self.util = ModuleType("ray.util")
        self.util.get_node_ip_address = lambda: self.address  # type: ignore[attr-defined]
        self.fault: Exception | None = None
        self.options: dict[str, Any] = {}
        self.environment: dict[str, str] = {}
        self.closed: list[bool] = []

    def is_initialized(self) -> bool:
        return False

    def init(self, **options: Any) -> None:
        self.options, self.environment = options, dict(os.environ)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if self.fault is not None:
            raise self.fault

    def shutdown(self) -> None:
        self.closed.append(True)


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> _Ray:
    played = _Ray()
    monkeypatch.setitem(sys.modules, "ray", played)
    monkeypatch.setitem(sys.modules, "ray.data", played.data)
    for name in ("RAY_ADDRESS", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    return played


def test_local_start_is_closed_small_and_cleaned_up(ray: _Ray) -> None:
    before = dict(os.environ), signal.getsignal(signal.SIGTERM)
    with session(3):
        folder = Path(ray.options["_temp_dir"])
        assert folder.stat().st_mode & 0o077 == 0
        assert not ray.closed

    assert (dict(os.environ), signal.getsignal(signal.SIGTERM)) == before
    assert not folder.exists()
    assert ray.closed == [True]
    assert (ray.options["address"], ray.options["num_cpus"]) == ("local", 3)
    assert (ray.options["include_dashboard"], ray.options["log_to_driver"]) == (False, False)
    assert ray.options["object_store_memory"] <= 256 * 2**20
    assert ray.environment["RAY_AUTH_MODE"] == "token"
    assert len(ray.environment["RAY_AUTH_TOKEN"]) == 64
    assert ray.environment["RAY_USAGE_STATS_ENABLED"] == "0"


def test_token_of_the_user_is_kept(ray: _Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", "/somewhere/token")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    with session(1):
        assert "RAY_AUTH_TOKEN" not in ray.environment
        assert ray.environment["RAY_AUTH_MODE"] == "token"
    assert os.environ["RAY_AUTH_MODE"] == "disabled"


@pytest.fixture
def head() -> Iterator[str]:
    """Address of something that listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def test_cluster_of_the_address_is_joined_as_it_is(ray: _Ray, monkeypatch: pytest.MonkeyPatch, head: str) -> None:
    monkeypatch.setenv("RAY_ADDRESS", head)
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    with session(64):
        pass
    assert ray.options["address"] == head
    assert not ray.options.keys() & {"num_cpus", "object_store_memory", "_node_ip_address"}
    assert "RAY_AUTH_MODE" not in ray.environment
    assert ray.closed == [True]


def test_ray_that_does_not_start_here_is_told(ray: _Ray) -> None:
    ray.fault = RuntimeError("no room")
    with pytest.raises(AnnotatorError, match=r"on this machine: no room\. Is there room"), session(1):
        pass
    assert ray.closed == [True]


def test_cluster_that_refuses_is_told(ray: _Ray, monkeypatch: pytest.MonkeyPatch, head: str) -> None:
    monkeypatch.setenv("RAY_ADDRESS", head)
    ray.fault = ConnectionError("wrong token")
    with pytest.raises(AnnotatorError, match=rf"at {head}: wrong token\. RAY_ADDRESS names it"), session(1):
        pass


def test_cluster_that_is_not_there_is_told_at_once(ray: _Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(AnnotatorError, match=r"Cannot reach a Ray cluster at 127\.0\.0\.1:1"), session(1):
        pass
    assert not ray.options


def test_ray_that_others_could_reach_is_not_started(ray: _Ray) -> None:
    ray.address = "192.0.2.7"
    with pytest.raises(AnnotatorError, match=r"would listen at 192\.0\.2\.7"), session(1):
        pass
    assert not ray.options


def test_missing_ray_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(AnnotatorError, match=r"pip install 'framing-annotator\[scale\]'"), session(1):
        pass
