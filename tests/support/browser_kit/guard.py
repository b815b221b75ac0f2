"""Watches a browser context: requests that would leave the machine, script errors, dialogs, policy violations."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request, WebSocket

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # Whatever slips through resolves to nothing; the requests are recorded before that.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
FATAL = ("Content Security Policy", "violates", "Cached ForwardMsg MISS")
"""What a console message must not say: a policy was broken, or Streamlit's connection ended for good."""

LOCAL_SCHEMES = ("data", "blob", "about", "chrome-error")


@dataclass
class Guard:
    """What went wrong in one browser context.

    Attributes:
        host: Host and port of the app, the only place a page may speak to.
        foreign: Addresses of all other requests and sockets.
        errors: Uncaught exceptions, policy violations, a connection that ended for good.
        dialogs: Texts of ``alert`` and its kin.
    """

    host: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Record from now on, in every page of ``context``."""
        context.on("request", self._request)
        context.on("page", self._page)

    def forget(self) -> None:
        """Start again with nothing recorded."""
        for record in (self.foreign, self.errors, self.dialogs):
            record.clear()

    def _page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("console", self._console)
        page.on("dialog", self._dialog)
        page.on("websocket", self._socket)

    def _request(self, request: Request) -> None:
        self._address(request.url)

    def _socket(self, socket: WebSocket) -> None:
        self._address(socket.url)

    def _address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in LOCAL_SCHEMES and parts.netloc != self.host:
            self.foreign.append(url)

    def _console(self, message: ConsoleMessage) -> None:
        text = message.text
        if message.type == "error" and any(sign in text for sign in FATAL):
            self.errors.append(f"console: {text}")

    def _dialog(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self.dialogs.append(dialog.message)
        dialog.accept()

    def complaints(self) -> list[str]:
        """Everything recorded, one line each; empty when all is well."""
        return (
            [f"left the machine: {url}" for url in self.foreign] + self.errors + [f"dialog: {d}" for d in self.dialogs]
        )
