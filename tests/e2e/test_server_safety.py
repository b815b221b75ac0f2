"""Who may talk to the server, what it answers, and to whom it listens."""

from __future__ import annotations

import base64
import http.client
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_kit.annotate import AnnotatePage
from browser_kit.corpus import Projects
from browser_kit.kinds import NewContext
from browser_kit.server import AppServer
from playwright.sync_api import Page, expect

from annotator.store import open_store

SOCKET = "/_stcore/stream"
LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
"""127.0.0.1 and ::1 as /proc/net/tcp and tcp6 write them."""
LISTEN, ESTABLISHED = "0A", "01"


def ask(server: AppServer, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def upgrade(server: AppServer, *, host: str, origin: str | None) -> int:
    """Ask for a WebSocket as a browser would; returns the status (101: granted)."""
    lines = [
        f"GET {SOCKET} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: streamlit",
        *([f"Origin: {origin}"] if origin else []),
    ]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(connection.recv(200).split()[1])


def sockets_of(pid: int) -> list[tuple[str, str, str]]:
    """Return (local, remote, state) of every TCP socket of a process, from /proc."""
    owned = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        if target.startswith("socket:["):
            owned.add(target[8:-1])
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[9] in owned:
                found.append((fields[1], fields[2], fields[3]))
    return found


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/project"])
def test_foreign_host_header_is_refused(server: AppServer, path: str) -> None:
    assert ask(server, path, {"Host": f"127.0.0.1:{server.port}"}).status == 200
    assert ask(server, path, {"Host": f"evil.example:{server.port}"}).status in (400, 403)
    assert ask(server, path, {"Host": f"127.0.0.1.evil.example:{server.port}"}).status in (400, 403)


def test_socket_is_refused_to_foreign_hosts_and_origins(server: AppServer) -> None:
    home = f"127.0.0.1:{server.port}"
    assert upgrade(server, host=home, origin=f"http://{home}") == 101
    assert upgrade(server, host=f"evil.example:{server.port}", origin=f"http://evil.example:{server.port}") == 403
    assert upgrade(server, host=home, origin="http://evil.example") == 403
    assert upgrade(server, host=home, origin="null") == 403


@pytest.mark.parametrize(
    "path", ["/", "/_stcore/bidi-components/framing-annotator.frontend/index.js", "/_stcore/health", "/no/such/file.js"]
)
def test_every_answer_carries_the_security_headers(server: AppServer, path: str) -> None:
    answer = ask(server, path, {"Host": f"127.0.0.1:{server.port}"})
    policy = answer.getheader("content-security-policy") or ""
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert answer.getheader("x-frame-options") == "DENY"
    assert answer.getheader("x-content-type-options") == "nosniff"
    assert answer.getheader("referrer-policy") == "no-referrer"


def test_browser_code_is_served_fresh_and_only_from_its_folder(
    server: AppServer, annotate: AnnotatePage, projects: Projects
) -> None:
    annotate.open(projects.harbour())  # the code is registered when the first page is drawn
    host = {"Host": f"127.0.0.1:{server.port}"}
    base = "/_stcore/bidi-components/framing-annotator.frontend"
    answer = ask(server, f"{base}/index.js", host)
    assert (answer.status, answer.getheader("cache-control")) == (200, "no-cache")
    for path in ("/../component.py", "/%2e%2e/component.py", "/..%2fcomponent.py", "//etc/passwd"):
        assert ask(server, base + path, host).status in (400, 403, 404)


def test_nothing_is_served_from_the_static_folder(server: AppServer) -> None:
    answer = ask(server, "/app/static/app.py", {"Host": f"127.0.0.1:{server.port}"})
    assert answer.getheader("content-type") == "text/html; charset=utf-8"  # Streamlit's start page, as for any path


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads /proc")
def test_server_listens_on_loopback_only_and_calls_nobody(
    server: AppServer, annotate: AnnotatePage, projects: Projects
) -> None:
    annotate.open(projects.harbour()).label("betrayal", "7")
    annotate.saved()
    assert server.process
    sockets = sockets_of(server.process.pid)
    assert {local.split(":")[0] for local, _, state in sockets if state == LISTEN} <= LOOPBACK
    assert {remote.split(":")[0] for _, remote, state in sockets if state == ESTABLISHED} <= LOOPBACK
    assert any(state == LISTEN for _, _, state in sockets)


@pytest.fixture
def breakable(tmp_path: Path) -> Iterator[AppServer]:
    """A server of one's own, whose database may be broken."""
    server = AppServer(tmp_path / "secret-place.db", tmp_path)
    open_store(server.database).close()
    server.start()
    yield server
    server.stop()


def assert_no_internals(page: Page) -> None:
    text = page.locator("body").inner_text()
    for word in ("Traceback", "sqlite3", "sqlalchemy", "SELECT ", "site-packages", ".py", "INSERT "):
        assert word not in text, f"the page shows {word!r}"


def test_broken_database_is_a_message_without_internals(breakable: AppServer, new_context: NewContext) -> None:
    store = open_store(breakable.database)
    project = Projects(store).harbour()
    store.close()
    annotate = AnnotatePage(new_context(address=breakable.address).new_page(), breakable.address).open(project)
    for path in breakable.folder.glob("secret-place.db*"):
        path.write_bytes(b"this is no database any more" * 400)
    annotate.page.reload()
    alert = annotate.page.get_by_test_id("stAlert").first
    expect(alert).to_be_visible(timeout=20_000)
    assert_no_internals(annotate.page)


def test_unknown_project_in_the_address_is_no_error(page: Page, server: AppServer, projects: Projects) -> None:
    projects.harbour()
    page.goto(f"{server.address}/?project=no-such-project&annotator=ana")
    expect(page.get_by_role("combobox", name="Project")).to_be_visible()
    assert_no_internals(page)
