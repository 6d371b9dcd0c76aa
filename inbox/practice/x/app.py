"""The network as one ASGI application: API, sign-in, public site, control."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from inbox.practice.x import control, pages, problems, scenario, signin
from inbox.practice.x.api import Network
from inbox.practice.x.endpoints import ENDPOINTS
from inbox.practice.x.faults import FaultMiddleware, Faults
from inbox.practice.x.limits import Limits
from inbox.practice.x.server import LOOPBACK
from inbox.practice.x.store import Store

FILE_NAME = "x.sqlite3"


def make_app(data: Path, *, clients: Mapping[str, str], limits: float | None) -> Starlette:
    """Return the application. `data` is its folder, `clients` maps app ids to their secrets,
    `limits` multiplies X's rate limits (None: no limits).
    """
    network = Network(Store(data / FILE_NAME), Limits(limits), Faults(), dict(clients))
    player = scenario.Player(network)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        player.go_on()
        yield
        await player.stop()
        network.store.close()

    app = Starlette(
        routes=[
            *signin.routes(network),
            *(endpoint.route(network) for endpoint in ENDPOINTS),
            Route("/2/{rest:path}", unknown_endpoint),
            *control.routes(network),
            *player.routes(),
            *pages.routes(network),
        ],
        middleware=[
            Middleware(LocalOnly),
            Middleware(FaultMiddleware, faults=network.faults),
        ],
        lifespan=lifespan,
    )
    app.state.network = network
    return app


async def unknown_endpoint(request: Request) -> Response:
    return problems.Problem(404, "Not Found", "Not Found").response()


class LocalOnly:
    """Answers this machine only, and takes no orders from pages of other sites."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_local(dict(scope["headers"]), scope["method"]):
            await self.app(scope, receive, send)
            return
        answer: Any = JSONResponse({"error": "The practice network serves this machine only."}, 403)
        await answer(scope, receive, send)

    def _is_local(self, headers: dict[bytes, bytes], method: str) -> bool:
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if urlsplit(f"//{host}").hostname not in LOOPBACK:
            return False
        return method in ("GET", "HEAD") or not origin or urlsplit(origin).netloc == host
