"""The server as one ASGI application: API, sign-in, stream, public site, control."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from inbox.practice.clock import Clock
from inbox.practice.faults import FaultMiddleware, Faults
from inbox.practice.local import LocalOnly
from inbox.practice.mastodon import api, control, oauth, pages, streaming
from inbox.practice.mastodon.endpoints import ENDPOINTS
from inbox.practice.mastodon.limits import Limits
from inbox.practice.mastodon.store import Store
from inbox.practice.mastodon.switches import SWITCHES
from inbox.practice.mastodon.world import World

FILE_NAME = "mastodon.sqlite3"
DOMAIN = "practice.example"


def make_app(data: Path, *, site: str, limits: float | None, domain: str = DOMAIN) -> Starlette:
    """Return the application. `data` is its folder, `site` its own address, `domain` that of its
    handles; `limits` multiplies Mastodon's rate limits (None: no limits).
    """
    world = World(
        Store(data / FILE_NAME), Limits(limits), Faults(SWITCHES), domain=domain, site=site
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        world.store.close()

    app = Starlette(
        routes=[
            *oauth.routes(world),
            *streaming.routes(world),
            *(endpoint(world) for endpoint in ENDPOINTS),
            Route("/api/{rest:path}", unknown_endpoint),
            *control.routes(world),
            *pages.routes(world),
        ],
        middleware=[
            Middleware(Clock, now=world.now),
            Middleware(LocalOnly),
            Middleware(AnySlash),
            Middleware(
                FaultMiddleware,
                faults=world.faults,
                prefixes=("/api/", "/oauth/"),
                refusal=api.of_rule,
            ),
        ],
        lifespan=lifespan,
    )
    app.state.network = world
    return app


async def unknown_endpoint(request: Request) -> Response:
    return JSONResponse({"error": "Not Found"}, 404)


class AnySlash:
    """Takes a slash at the end of an address for none, as Mastodon does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["path"].startswith("/api/"):
            scope["path"] = scope["path"].rstrip("/")
        await self.app(scope, receive, send)
