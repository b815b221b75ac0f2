"""Starting the app: loopback, safe settings, one source for both ways of starting."""

from __future__ import annotations

import base64
import hashlib
import socket

import pytest

from annotator.errors import AnnotatorError
from annotator.ui import launch
from annotator.ui.security import content_security_policy, security_headers


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("server.address", "127.0.0.1"),
        ("server.allowedHosts", ["127.0.0.1", "localhost"]),
        ("server.enableCORS", True),
        ("server.enableXsrfProtection", True),
        ("server.enableStaticServing", False),
        ("server.maxUploadSize", 50),
        ("browser.gatherUsageStats", False),
        ("client.showErrorDetails", "none"),
        ("client.toolbarMode", "minimal"),
    ],
)
def test_config_is_safe(option: str, value: object) -> None:
    assert launch.server_config()[option] == value


def test_policy_allows_no_inline_script_but_the_start_page() -> None:
    policy = dict(part.split(" ", 1) for part in content_security_policy().split("; "))
    scripts = policy["script-src"].split()
    assert scripts[0] == "'self'"
    assert len(scripts) == 2
    assert scripts[1].startswith("'sha256-")
    assert "unsafe" not in policy["script-src"]
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


def test_policy_hash_is_of_the_inline_script() -> None:
    from pathlib import Path

    import streamlit

    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = page.split("<script>", 1)[1].split("</script>", 1)[0]
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in content_security_policy()


def test_headers_forbid_framing_and_sniffing() -> None:
    headers = dict(security_headers())
    assert headers[b"x-frame-options"] == b"DENY"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"referrer-policy"] == b"no-referrer"


def test_taken_port_is_refused_with_a_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AnnotatorError, match=rf"Cannot listen on 127.0.0.1 port {port}: .*--port"):
            launch._free_port("127.0.0.1", port)


def test_default_port_moves_on_when_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setattr(launch, "DEFAULT_PORT", taken)
        assert launch._free_port("127.0.0.1", None) != taken
