"""The web process: `/events/` is a raw event stream, every page is Django behind WSGI.

Django under ASGI would hold a thread and a database connection for as long as a browser
listens; the stream needs neither.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings
from starlette.types import Message, Receive, Scope, Send

from crisisdesk.celery import app as celery_app
from crisisdesk.runner.single import Background
from crisisdesk.wsgi import application as django

from crisisdesk import health  # isort: skip  (these need the apps that wsgi loads)
from inbox.events import application as events  # isort: skip

pages: Any = WSGIMiddleware(django, workers=16)  # type: ignore[arg-type]

# What is loaded by now stays for good; without this every full collection looks through it anew,
# in the middle of somebody's page.
gc.collect()
gc.freeze()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Send each request to its part; the event hub lives and ends with the process."""
    if scope["type"] == "lifespan":
        await _live(scope, receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/events/"):
        await events(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] in health.PATHS:
        await health.application(scope, receive, send)
    else:
        await pages(scope, receive, send)


async def _live(scope: Scope, receive: Receive, send: Send) -> None:
    """Pass the process's start and end on to the event hub, with the background work around it."""
    if not settings.SINGLE_PROCESS:
        await events(scope, receive, send)
        return
    background = await asyncio.to_thread(Background, celery_app)

    async def hear() -> Message:
        message = await receive()
        if message["type"] == "lifespan.startup":
            background.start()
        return message

    async def tell(message: Message) -> None:
        if message["type"] == "lifespan.shutdown.complete":
            await asyncio.to_thread(background.stop)
        await send(message)

    await events(scope, hear, tell)
