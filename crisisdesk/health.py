"""What watches the desk from outside: is it alive, can it serve, and how is it doing?

Plain ASGI beside the pages: probes come by address rather than by host name, must not make
sessions, and must still get an answer while every page waits for a database that is gone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from crisisdesk import metrics as figures

logger = logging.getLogger(__name__)

PATIENCE = 2.0  # seconds that one part gets to answer
SCRAPE_PATIENCE = 8.0  # Prometheus itself gives up after ten
NOT_KEPT = {"Cache-Control": "no-store"}

# A part that hangs holds a thread of these few, never one that serves pages.
_threads = ThreadPoolExecutor(4, thread_name_prefix="probe")


async def alive(request: Request) -> Response:
    """Answer while the process runs: no database, no broker, no file."""
    return PlainTextResponse("ok\n", headers=NOT_KEPT)


async def ready(request: Request) -> Response:
    """Say whether the parts that the desk leans on answer: 200, or 503 with the one that fails."""
    parts = {"database": database_state}
    if settings.REDIS_URL:
        parts["broker"] = broker_state
    answers = await asyncio.gather(*(_ask(part) for part in parts.values()))
    states = {
        name: {"state": state, "ms": round(seconds * 1000)}
        for name, (state, seconds) in zip(parts, answers, strict=True)
    }
    is_ready = all(state == "ok" for state, _seconds in answers)
    if not is_ready:
        logger.warning("not ready", extra={n: part["state"] for n, part in states.items()})
    body = {"status": "ready" if is_ready else "not ready", "checks": states}
    return JSONResponse(body, status_code=200 if is_ready else 503, headers=NOT_KEPT)


async def _ask(part: Callable[[], str]) -> tuple[str, float]:
    """Return the state of one part and the seconds it took to tell."""
    began = time.monotonic()
    answer = asyncio.get_running_loop().run_in_executor(_threads, part)
    try:
        state = await asyncio.wait_for(answer, PATIENCE)
    except TimeoutError:
        state = "timeout"
    return state, time.monotonic() - began


def database_state() -> str:
    """Return "ok", "out of reach", or "not prepared" where the desk's tables are missing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
            return "ok" if cursor.fetchone() else "not prepared"
    except (OperationalError, InterfaceError) as error:
        return "not prepared" if "no such table" in str(error) else "out of reach"
    except DatabaseError:
        return "not prepared"
    finally:
        connection.close()  # a probe's thread has no use for it until the next probe


def broker_state() -> str:
    """Return "ok" or "out of reach"."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE
    )
    try:
        client.ping()
    except (redis.RedisError, OSError):
        return "out of reach"
    finally:
        client.close()
    return "ok"


async def metrics(request: Request) -> Response:
    """Figures for Prometheus, for whoever shows METRICS_TOKEN."""
    if not settings.METRICS_TOKEN:
        return PlainTextResponse("Not Found", status_code=404, headers=NOT_KEPT)
    if not figures.is_welcome(request.headers.get("Authorization", "")):
        headers = {**NOT_KEPT, "WWW-Authenticate": "Bearer"}
        return PlainTextResponse("Unauthorized", status_code=401, headers=headers)
    answer = asyncio.get_running_loop().run_in_executor(_threads, figures.scrape)
    try:
        text = await asyncio.wait_for(answer, SCRAPE_PATIENCE)
    except (TimeoutError, DatabaseError) as error:
        logger.warning("metrics not read", extra={"error": type(error).__name__})
        return PlainTextResponse("Unavailable", status_code=503, headers=NOT_KEPT)
    return Response(text, headers={**NOT_KEPT, "Content-Type": figures.CONTENT_TYPE})


_ROUTES = {"/healthz": alive, "/readyz": ready, "/metrics": metrics}
PATHS = frozenset(_ROUTES)
application = Starlette(routes=[Route(path, door) for path, door in _ROUTES.items()])
