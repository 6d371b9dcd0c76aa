"""`/events/`: tells open browsers what changed, over one connection each, as plain ASGI.

Neither a thread nor a database connection is held for a browser that listens (ADR 0010).
"""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie

from inbox.hub import Client, Hub, Refused, encode
from inbox.tail import Change, Reader, recent_access, since

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LIFETIME = 600.0  # seconds; the browser then comes back and its session is looked at again
TICK = 20.0  # seconds between signs of life
SEND_TIMEOUT = 30.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

hub = Hub()


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """The ASGI door: one stream a request, and the start and end of the process."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    try:
        client, after, is_once = await _admit(scope)
    except Refused as refused:
        await _answer(send, refused.status)
        return
    try:
        first = await _first_words(client, after)
        if is_once:
            client.end()
        await _stream(client, first, receive, send)
    except Refused as refused:
        await _answer(send, refused.status)
    finally:
        hub.leave(client)


async def _admit(scope: Message) -> tuple[Client, int | None, bool]:
    """Return who listens, from which id on, and whether only to what was missed.

    Raises Refused.
    """
    headers = dict(scope["headers"])
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    after = _after(query, headers)
    if scope["method"] not in ("GET", "HEAD"):
        raise Refused(405)
    cookies = headers.get(b"cookie", b"").decode("latin-1")
    look = partial(hub.ask, authenticate, cookies)
    if scope["method"] == "HEAD":
        await look()
        raise Refused(204)  # "you may": asked by a browser whose stream was refused
    return await hub.join(look), after, "once" in query


def authenticate(cookies: str) -> Reader:
    """Return the person behind the session cookie. Raises Refused (401 or 403)."""
    known = recent_access()  # before all else: what happens from here on counts as later
    request = HttpRequest()
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME))
    user = get_user(request)
    if not user.is_authenticated:
        raise Refused(401)
    if not user.has_perm("inbox.view_conversation") or user.lacks_second_factor:
        raise Refused(403)
    return Reader(int(user.pk), user.channel_ids, known)


def _after(query: dict[str, list[str]], headers: dict[bytes, bytes]) -> int | None:
    """Return the id that the browser has got to; None if it begins now."""
    text = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("after", [""])[0]
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise Refused(400)
    return int(text)


async def _first_words(client: Client, after: int | None) -> bytes:
    """Return what the browser missed since the id `after`.

    The id it carries was settled before the look, so that what is still queued for the browser
    is asked for again if its stream ends before it is written. Raises Refused (503) if its
    rights have changed since they were looked at.
    """
    settled = hub.settled
    missed = await hub.ask(since, after, client.reader) if after is not None else []
    if client.is_over:
        raise Refused(503)
    if missed is None:
        return encode([Change("resync", None)], settled)
    return encode(missed, settled) or _tick(settled)


async def _stream(client: Client, first: bytes, receive: Receive, send: Send) -> None:
    """Say what the browser missed, then what happens, until it leaves or its time is up."""
    clock = asyncio.get_running_loop().time
    ends = clock() + LIFETIME * random.uniform(0.9, 1.0)  # noqa: S311 - spreads the returns
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    gone = asyncio.create_task(_until_gone(client, receive))
    try:
        await _write(send, b"retry: 1000\n\n" + first)
        while not client.is_over and clock() < ends:
            batch = await client.next(min(TICK, max(0.0, ends - clock())))
            if not client.is_over:  # or its id would promise what was never written
                await _write(send, batch or _tick(hub.settled))
        if not gone.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    except (TimeoutError, OSError):
        logger.info("a browser stopped reading", extra={"user_id": client.reader.user_id})
    finally:
        gone.cancel()


def _tick(settled: int) -> bytes:
    """Return a sign of life, which also moves the id that the browser continues from."""
    return f"event: tick\nid: {settled}\ndata:\n\n".encode()


async def _write(send: Send, body: bytes) -> None:
    async with asyncio.timeout(SEND_TIMEOUT):
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until_gone(client: Client, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.end()


async def _answer(send: Send, status: int) -> None:
    headers = [(b"cache-control", b"no-store"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _stop_on_signals()
            await send({"type": "lifespan.startup.complete"})
        else:
            hub.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


def _stop_on_signals() -> None:
    """End the streams as soon as the process is asked to stop.

    The server waits for open responses before it says so to the application, and a stream never
    ends by itself; so the signal is heard here first and then passed on.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def stop(received: int, frame: Any, before: Any = before) -> None:
            loop.call_soon_threadsafe(hub.stop)
            if callable(before):
                before(received, frame)

        if callable(before):
            signal.signal(number, stop)
