"""The network as one ASGI application: API, sign-in, public site, control."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inbox.practice.faults import FaultMiddleware, Faults
from inbox.practice.local import LocalOnly
from inbox.practice.x import control, media, pages, problems, push, scenario, signin, webhooks
from inbox.practice.x.api import Network
from inbox.practice.x.endpoints import ENDPOINTS
from inbox.practice.x.limits import Limits
from inbox.practice.x.store import Store

FILE_NAME = "x.sqlite3"


def make_app(data: Path, *, clients: Mapping[str, str], limits: float | None) -> Starlette:
    """Return the application. `data` is its folder, `clients` maps app ids to their secrets,
    `limits` multiplies X's rate limits (None: no limits).
    """
    network = Network(
        Store(data / FILE_NAME),
        Limits(limits),
        Faults({"self_serve": False, "push": "once"}),
        dict(clients),
    )
    player = scenario.Player(network)
    pusher = push.Pusher(network)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        pusher.start()
        player.go_on()
        yield
        await player.stop()
        await pusher.stop()
        network.store.close()

    app = Starlette(
        routes=[
            *signin.routes(network),
            *webhooks.routes(network),
            *(endpoint.route(network) for endpoint in ENDPOINTS),
            Route("/2/{rest:path}", unknown_endpoint),
            *control.routes(network),
            *player.routes(),
            *media.routes(network.store),
            *pages.routes(network),
        ],
        middleware=[
            Middleware(LocalOnly),
            Middleware(
                FaultMiddleware,
                faults=network.faults,
                prefixes=("/2/", "/i/"),
                refusal=problems.of_rule,
            ),
        ],
        lifespan=lifespan,
    )
    app.state.network = network
    return app


async def unknown_endpoint(request: Request) -> Response:
    return problems.Problem(404, "Not Found", "Not Found").response()
