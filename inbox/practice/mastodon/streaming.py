"""News as they happen, as server-sent events and over WebSockets.

https://docs.joinmastodon.org/methods/streaming/
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from inbox.practice.database import Row
from inbox.practice.mastodon import shapes
from inbox.practice.mastodon.api import authenticate
from inbox.practice.mastodon.people import Refused
from inbox.practice.mastodon.world import World

HEARTBEAT = 15.0  # seconds between comments that keep the line open
PATH = "/api/v1/streaming"
# Streams by the end of their address; of which events each tells.
PATHS = {"user": "user", "user/notification": "user:notification", "direct": "direct",
         "hashtag": "hashtag"}  # fmt: skip
EVENTS = {
    "user": {"update", "status.update", "delete", "notification"},
    "user:notification": {"notification"},
    "direct": {"conversation"},
    "hashtag": {"update", "status.update", "delete"},
}


@dataclass(frozen=True, slots=True)
class Stream:
    """What somebody listens to."""

    name: str
    tag: str = ""

    @property
    def source(self) -> list[str]:
        return [self.name, *([self.tag] if self.tag else [])]


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its name, the id of what it is about, and to whom it is told."""

    event: str
    subject: str
    account_id: str = ""  # "": to everybody who listens to `tag`
    tag: str = ""


def routes(world: World) -> list[BaseRoute]:
    async def events(request: Request) -> Response:
        if world.faults.is_on("websocket_only") or world.faults.is_on("no_streaming"):
            return JSONResponse({"error": "Not Found"}, 404)
        try:
            me = _caller(world, request)
            name = PATHS.get(request.path_params["name"], "")
            stream = _stream(name, request.query_params.get("tag", ""))
        except Refused as exc:
            return JSONResponse({"error": str(exc)}, exc.status)
        return Events(world, me, stream)

    async def socket(connection: WebSocket) -> None:
        await _serve(world, connection)

    async def health(request: Request) -> Response:
        return Response("OK")

    return [
        Route(f"{PATH}/health", health),
        Route(f"{PATH}/{{name:path}}", events),
        WebSocketRoute(PATH, socket),
    ]


def _caller(world: World, connection: HTTPConnection) -> Row:
    """https://docs.joinmastodon.org/methods/streaming/#authorization"""
    me = authenticate(world, connection, connection.headers.get("sec-websocket-protocol", ""))
    if me is None:
        raise Refused(401, "Missing access token")
    return me


def _stream(name: str, tag: str) -> Stream:
    if name not in EVENTS:
        raise Refused(400, "Unknown channel requested")
    if name == "hashtag" and not tag:
        raise Refused(400, "Missing tag name parameter")
    return Stream(name, tag.lower() if name == "hashtag" else "")


# -- server-sent events ------------------------------------------------------------------------
class Events(StreamingResponse):
    """A stream that misses nothing from the moment at which its answer begins."""

    def __init__(self, world: World, me: Row, stream: Stream) -> None:
        self._world, self._me, self._stream = world, me, stream
        self._news: asyncio.Queue[Told] = asyncio.Queue()
        super().__init__(self._events(), media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with _listening(self._world, self._news):
            await super().__call__(scope, receive, send)

    async def _events(self) -> AsyncIterator[bytes]:
        yield b":)\n"
        while not self._world.faults.stopping.is_set():
            try:
                told = await asyncio.wait_for(self._news.get(), HEARTBEAT)
            except TimeoutError:
                yield b":thump\n"
                continue
            if _concerns(told, self._me, self._stream):
                with contextlib.suppress(Refused):
                    payload = _payload(self._world, told, self._me)
                    yield f"event: {told.event}\ndata: {payload}\n\n".encode()


# -- WebSocket ---------------------------------------------------------------------------------
async def _serve(world: World, connection: WebSocket) -> None:
    """https://docs.joinmastodon.org/methods/streaming/#websocket"""
    try:
        if world.faults.is_on("no_streaming"):
            raise Refused(404, "Not Found")
        me = _caller(world, connection)
        query = connection.query_params
        streams = {_stream(query["stream"], query.get("tag", ""))} if "stream" in query else set()
    except Refused as exc:
        await connection.send_denial_response(JSONResponse({"error": str(exc)}, exc.status))
        return
    news: asyncio.Queue[Told] = asyncio.Queue()
    with _listening(world, news):
        await connection.accept(subprotocol=connection.headers.get("sec-websocket-protocol"))
        tasks = {
            asyncio.ensure_future(_tell(world, connection, me, streams, news)),
            asyncio.ensure_future(_obey(connection, streams)),
            asyncio.ensure_future(world.faults.stopping.wait()),
        }
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _tell(
    world: World, connection: WebSocket, me: Row, streams: set[Stream], news: asyncio.Queue[Told]
) -> None:
    while True:
        told = await news.get()
        for stream in list(streams):
            if _concerns(told, me, stream):
                with contextlib.suppress(Refused):
                    payload = _payload(world, told, me)
                    body = {"stream": stream.source, "event": told.event, "payload": payload}
                    await connection.send_json(body)


async def _obey(connection: WebSocket, streams: set[Stream]) -> None:
    """Add and take away streams, until the other end leaves."""
    while True:
        try:
            order = json.loads(await connection.receive_text())
            stream = _stream(str(order.get("stream")), str(order.get("tag") or ""))
        except WebSocketDisconnect:
            return
        except (AttributeError, ValueError, Refused):
            await connection.send_json({"error": "Unknown stream type", "status": 400})
            continue
        change = {"subscribe": streams.add, "unsubscribe": streams.discard}
        change.get(str(order.get("type")), lambda _stream: None)(stream)


# -- what is told ------------------------------------------------------------------------------
@contextlib.contextmanager
def _listening(world: World, news: asyncio.Queue[Told]) -> Iterator[None]:
    def listener(event: str, subject: str, **to: str) -> None:
        news.put_nowait(Told(event, subject, **to))

    world.listeners.append(listener)
    try:
        yield
    finally:
        world.listeners.remove(listener)


def _concerns(told: Told, me: Row, stream: Stream) -> bool:
    if told.event not in EVENTS[stream.name]:
        return False
    return told.tag == stream.tag if stream.tag else told.account_id == me["id"]


def _payload(world: World, told: Told, me: Row) -> str:
    if told.event == "delete":
        return told.subject
    found: Any
    if told.event == "notification":
        row = world.store.row("SELECT * FROM notifications WHERE id = ?", told.subject)
        if row is None:
            raise Refused(404, "gone")
        found = shapes.notification(world, row, me)
    else:
        status = world.status(told.subject, me)
        is_talk = told.event == "conversation"
        found = (
            shapes.conversation(world, status, me) if is_talk else shapes.status(world, status, me)
        )
    return json.dumps(found)
