"""The web process sends each request to its part, and lives and ends with the event hub."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crisisdesk import asgi


@pytest.fixture
def heard(monkeypatch):
    """Replace all parts by ears; what they hear is listed."""
    heard: list[tuple[str, str]] = []

    def ear(name: str) -> Any:
        async def listen(scope: Any, receive: Any, send: Any) -> None:
            heard.append((name, scope["type"]))
            if scope["type"] == "lifespan":
                for _ in range(2):
                    message = await receive()
                    heard.append((name, message["type"]))
                    await send({"type": message["type"] + ".complete"})

        return listen

    monkeypatch.setattr(asgi, "events", ear("events"))
    monkeypatch.setattr(asgi, "pages", ear("pages"))
    monkeypatch.setattr(asgi.health, "application", ear("watchers"))
    return heard


def call(scope: dict[str, Any], *messages: str) -> list[str]:
    inbound = [{"type": message} for message in messages]
    sent: list[str] = []

    async def receive() -> Any:
        return inbound.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(asgi.application(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    ("kind", "path", "part"),
    [
        ("http", "/events/", "events"),
        ("http", "/", "pages"),
        ("http", "/eventsful/", "pages"),
        ("http", "/healthz", "watchers"),
        ("http", "/healthz/", "pages"),
        ("websocket", "/events/", "pages"),
    ],
)
def test_only_the_event_stream_and_probes_bypass_django(heard, kind, path, part):
    call({"type": kind, "path": path})
    assert heard == [(part, kind)]


def test_the_event_hub_starts_and_stops_with_the_process(heard):
    sent = call({"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown")
    assert [name for _, name in heard] == ["lifespan", "lifespan.startup", "lifespan.shutdown"]
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_in_one_process_the_worker_lives_around_the_hub(heard, monkeypatch, settings):
    class Noted:
        def __init__(self, app: Any) -> None:
            heard.append(("worker", "made"))

        def start(self) -> None:
            heard.append(("worker", "started"))

        def stop(self) -> None:
            heard.append(("worker", "stopped"))

    settings.SINGLE_PROCESS = True
    monkeypatch.setattr(asgi, "Background", Noted)
    call({"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown")
    assert heard == [
        ("worker", "made"),
        ("events", "lifespan"),
        ("worker", "started"),
        ("events", "lifespan.startup"),
        ("events", "lifespan.shutdown"),
        ("worker", "stopped"),
    ]
