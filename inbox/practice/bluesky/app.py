"""The network as one ASGI application: endpoints, directory, pictures, control."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from inbox.practice.bluesky import control, xrpc
from inbox.practice.bluesky.endpoints import ENDPOINTS
from inbox.practice.bluesky.limits import Limits
from inbox.practice.bluesky.world import World
from inbox.practice.clock import Clock
from inbox.practice.faults import FaultMiddleware, Rule
from inbox.practice.local import LocalOnly


def make_app(*, site: str, limits: float | None) -> Starlette:
    """Return the application. `site` is its own address; `limits` multiplies Bluesky's rate
    limits (None: no limits). It keeps everything in memory."""
    world = World(site=site)
    allowances = Limits(limits)

    async def endpoint(request: Request) -> Response:
        return await xrpc.answer(world, allowances, request, ENDPOINTS)

    async def directory(request: Request) -> Response:
        """A DID's document, as https://web.plc.directory/ tells it."""
        account = world.accounts.get(f"did:plc:{request.path_params['id']}")
        if account is None:
            return JSONResponse({"message": "DID not registered"}, 404)
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": world.site,
        }
        return JSONResponse(
            {"id": account.did, "alsoKnownAs": [f"at://{account.handle}"], "service": [service]}
        )

    async def picture(request: Request) -> Response:
        kind, content = world.blobs.get(request.path_params["link"], ("", b""))
        if not content:
            return PlainTextResponse("none", 404)
        return Response(content, media_type=kind)

    def refusal(rule: Rule) -> Response:
        return xrpc.of_rule(rule, world.now())

    app = Starlette(
        routes=[
            Route("/xrpc/{name}", endpoint, methods=["GET", "POST"]),
            Route("/did:plc:{id}", directory),
            Route("/img/{link}", picture),
            *control.routes(world),
        ],
        middleware=[
            Middleware(Clock, now=world.now),
            Middleware(LocalOnly),
            Middleware(FaultMiddleware, faults=world.faults, prefixes=("/xrpc/",), refusal=refusal),
        ],
    )
    app.state.network = world
    return app
