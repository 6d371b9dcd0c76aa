"""News as server-sent events: https://docs.joinmastodon.org/methods/streaming/#user"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from inbox.practice.database import Row
from inbox.practice.mastodon import shapes
from inbox.practice.mastodon.api import authenticate
from inbox.practice.mastodon.world import Refused, World

HEARTBEAT = 15.0  # seconds between comments that keep the line open


def routes(world: World) -> list[Route]:
    async def user(request: Request) -> Response:
        if world.faults.is_on("websocket_only"):
            return JSONResponse({"error": "Not Found"}, 404)
        try:
            me = authenticate(world, request)
        except Refused as exc:
            return JSONResponse({"error": str(exc)}, exc.status)
        if me is None:
            return JSONResponse({"error": "Missing access token"}, 401)
        return StreamingResponse(_events(world, me), media_type="text/event-stream")

    async def health(request: Request) -> Response:
        return Response("OK")

    return [Route("/api/v1/streaming/health", health), Route("/api/v1/streaming/user", user)]


async def _events(world: World, me: Row) -> AsyncIterator[bytes]:
    news: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def listener(event: str, account_id: str, subject: str) -> None:
        if account_id == me["id"]:
            news.put_nowait((event, subject))

    world.listeners.append(listener)
    try:
        yield b":)\n"
        while not world.faults.stopping.is_set():
            try:
                event, subject = await asyncio.wait_for(news.get(), HEARTBEAT)
            except TimeoutError:
                yield b":thump\n"
                continue
            with contextlib.suppress(Refused):
                yield f"event: {event}\ndata: {_payload(world, event, subject, me)}\n\n".encode()
    finally:
        world.listeners.remove(listener)


def _payload(world: World, event: str, subject: str, me: Row) -> str:
    if event == "delete":
        return subject
    found: Any
    if event == "notification":
        row = world.store.row("SELECT * FROM notifications WHERE id = ?", subject)
        if row is None:
            raise Refused(404, "gone")
        found = shapes.notification(world, row, me)
    else:
        found = shapes.status(world, world.status(subject, me), me)
    return json.dumps(found)
