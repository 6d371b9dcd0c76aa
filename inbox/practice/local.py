"""Keeping a practice network to this machine."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from inbox.practice.server import LOOPBACK


def is_loopback(address: str) -> bool:
    """Say whether an http(s) address points to this very machine."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


class LocalOnly:
    """Answers this machine only, and takes no orders from pages of other sites."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope.get("method", "")  # "": a WebSocket, which reads and writes
        if scope["type"] == "lifespan" or self._is_local(dict(scope["headers"]), method):
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        answer: Any = JSONResponse({"error": "The practice network serves this machine only."}, 403)
        await answer(scope, receive, send)

    def _is_local(self, headers: dict[bytes, bytes], method: str) -> bool:
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if urlsplit(f"//{host}").hostname not in LOOPBACK:
            return False
        return method in ("GET", "HEAD") or not origin or urlsplit(origin).netloc == host
