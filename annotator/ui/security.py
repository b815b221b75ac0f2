"""Headers that every answer of the app carries, so that article text can never become active content.

The policy allows scripts only from the app itself and the one inline script of Streamlit's start page,
named by its hash; nothing may be loaded from, or sent to, another host.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_COMPONENTS = "/_stcore/bidi-components/"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


@cache
def content_security_policy() -> str:
    """Return the Content-Security-Policy, with the hashes of the start page's inline scripts."""
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    hashes = " ".join(
        "'sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode() + "'"
        for script in _INLINE_SCRIPT.findall(page.read_bytes())
    )
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {hashes}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


@cache
def security_headers() -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers added to every HTTP answer."""
    headers = {
        "content-security-policy": content_security_policy(),
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


class SecurityHeaders:
    """ASGI middleware that adds :func:`security_headers`.

    It also makes browsers ask again for the span editor's files: Streamlit serves them without a
    version, and an old script with a new server would lose edits.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fresh = scope["path"].startswith(_COMPONENTS)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    (k, v) for k, v in message.get("headers", []) if not (fresh and k.lower() == b"cache-control")
                ]
                headers.extend(security_headers())
                if fresh:
                    headers.append((b"cache-control", b"no-cache"))
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_headers)


class KnownHosts:
    """ASGI middleware that answers only under the host names of ``server.allowedHosts``.

    A page elsewhere can point its own name at 127.0.0.1 (DNS rebinding); Streamlit refuses such a name
    for its WebSocket, this does the same for everything else.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_host_allowed(Headers(scope=scope).get("host")):
            refusal = PlainTextResponse(
                "This address is not one the app answers to. Open it as http://127.0.0.1, or start it with "
                "--allowed-host NAME.\n",
                status_code=403,
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def middleware() -> list[Middleware]:
    """Return the middleware of the app, outermost first."""
    return [Middleware(SecurityHeaders), Middleware(KnownHosts)]
