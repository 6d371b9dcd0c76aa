"""Probes get a short, honest answer, whatever state the rest of the desk is in."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test import override_settings

from crisisdesk import asgi, health

NOBODY = "redis://127.0.0.1:1/0"


def get(path: str, **headers: str | bytes) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=asgi.application)
        # By address, as an orchestrator does; the pages answer to the host names they know.
        async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7") as client:
            return await client.get(path, headers={**headers})

    return asyncio.run(ask())


@pytest.fixture
def _no_broker(settings: Any) -> None:
    settings.REDIS_URL = ""


def test_alive_needs_nothing(monkeypatch) -> None:
    def refuse() -> str:
        raise AssertionError("a liveness probe must not look at anything")

    monkeypatch.setattr(health, "database_state", refuse)
    monkeypatch.setattr(health, "broker_state", refuse)
    with override_settings(REDIS_URL=NOBODY):
        answer = get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.usefixtures("_no_broker")
@pytest.mark.django_db(transaction=True)
def test_ready_with_the_database_alone_where_no_broker_is_set_up() -> None:
    answer = get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert {name: part["state"] for name, part in answer.json()["checks"].items()} == {
        "database": "ok"
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.django_db(transaction=True)
def test_a_lost_broker_is_named_without_its_address(settings) -> None:
    settings.REDIS_URL = "redis://:hush@127.0.0.1:1/0"
    answer = get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"]["state"] == "out of reach"
    assert answer.json()["checks"]["database"]["state"] == "ok"
    assert "hush" not in answer.text


@pytest.mark.usefixtures("_no_broker")
@pytest.mark.django_db(transaction=True)
def test_an_empty_database_is_not_ready() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO put_aside")
    try:
        answer = get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE put_aside RENAME TO django_migrations")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"]["state"] == "not prepared"


@pytest.mark.usefixtures("_no_broker")
def test_a_part_that_hangs_is_given_up(monkeypatch) -> None:
    over = threading.Event()

    def hang() -> str:
        over.wait(20)
        return "ok"

    monkeypatch.setattr(health, "PATIENCE", 0.05)
    monkeypatch.setattr(health, "database_state", hang)
    try:
        answer = get("/readyz")
    finally:
        over.set()
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"]["state"] == "timeout"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_only_read(path: str) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=asgi.application)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            return await client.post(path)

    assert asyncio.run(ask()).status_code == 405
