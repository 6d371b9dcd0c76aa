"""The event stream: who may listen, that nothing is missed, and that streams end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from inbox import events, live
from inbox.hub import Client as Listener
from inbox.hub import Hub
from inbox.models import LiveEvent, User
from inbox.operations.audit import announce
from inbox.tail import Reader

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_hub(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    settings.REDIS_URL = ""
    # Threads of the hub must not hold the test database open.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    monkeypatch.setattr(events, "hub", Hub())
    live.local_bell.clear()
    yield
    events.hub.close()


@pytest.fixture
def cookie(client: Client, ana: User) -> str:
    client.force_login(ana)
    name = django_settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


class Browser:
    """A browser that listens to the stream."""

    def __init__(self, cookie: str, query: str = "", method: str = "GET", **headers: str) -> None:
        lines = [(b"cookie", cookie.encode())]
        lines += [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
        self.scope = {
            "type": "http",
            "method": method,
            "path": "/events/",
            "query_string": query.encode(),
            "headers": lines,
        }
        self.status = 0
        self.is_over = False
        self._parts: asyncio.Queue[str] = asyncio.Queue()
        self._left = asyncio.Event()
        self._text = ""

    async def __aenter__(self) -> Browser:
        self._task = asyncio.create_task(events.application(self.scope, self._receive, self._send))
        return self

    async def __aexit__(self, *args: object) -> None:
        self._left.set()
        await asyncio.wait_for(self._task, 5)

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self._parts.put_nowait(message.get("body", b"").decode())
        self.is_over = not message.get("more_body", False)

    async def block(self) -> str:
        """The next event or sign of life."""
        while "\n\n" not in self._text:
            self._text += await asyncio.wait_for(self._parts.get(), 5)
        block, self._text = self._text.split("\n\n", 1)
        return block if block != "retry: 1000" else await self.block()

    async def change(self) -> dict[str, Any]:
        """The next event with something to say."""
        block = await self.block()
        data = next(line[6:] for line in block.splitlines() if line.startswith("data:"))
        return json.loads(data) if data else await self.change()

    async def ends(self) -> bool:
        await asyncio.wait_for(self._task, 5)
        return self.is_over


@contextlib.asynccontextmanager
async def listening(*args: Any, **kwargs: Any) -> AsyncIterator[Browser]:
    async with Browser(*args, **kwargs) as browser:
        await browser.block()
        yield browser


async def happen(*ids: int) -> None:
    await asyncio.to_thread(announce, kind="conversation", conversation_ids=list(ids))


async def status(*args: Any, **kwargs: Any) -> int:
    async with Browser(*args, **kwargs) as browser:
        await browser.ends()
        return browser.status


def test_a_stranger_hears_nothing(client: Client, ana: User, cookie: str) -> None:
    assert asyncio.run(status("")) == 401
    assert asyncio.run(status("sessionid=made-up")) == 401
    ana.is_active = False
    ana.save()
    assert asyncio.run(status(cookie)) == 401


def test_without_the_permission_the_stream_is_refused(
    cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(User, "has_perm", lambda self, name: False)
    assert asyncio.run(status(cookie)) == 403


def test_a_changed_password_ends_the_right_to_listen(cookie: str, ana: User) -> None:
    ana.set_password("something else entirely")
    ana.save()
    assert asyncio.run(status(cookie)) == 401


def test_a_browser_may_ask_whether_it_may(cookie: str) -> None:
    assert asyncio.run(status(cookie, method="HEAD")) == 204
    assert asyncio.run(status(cookie, method="POST")) == 405
    assert asyncio.run(status(cookie, "after=now")) == 400


def test_what_happens_is_heard(cookie: str) -> None:
    async def scene() -> None:
        async with listening(cookie) as browser:
            await happen(7)
            assert await browser.change() == {"kind": "conversation", "conversation": 7}

    asyncio.run(scene())


def test_one_change_is_told_once_however_often_it_was_written(cookie: str) -> None:
    async def scene() -> None:
        async with listening(cookie) as browser:
            await happen(7, 7, 7)
            await browser.change()
            await happen(8)
            assert (await browser.change())["conversation"] == 8

    asyncio.run(scene())


def test_everybody_hears_it(cookie: str) -> None:
    async def scene() -> None:
        async with listening(cookie) as one, listening(cookie) as other:
            await happen(7)
            assert await one.change() == await other.change()

    asyncio.run(scene())


def test_who_comes_back_hears_what_was_missed(cookie: str) -> None:
    rows = [LiveEvent.objects.create(kind="conversation", conversation_id=n) for n in (1, 2, 3)]

    async def scene() -> None:
        async with Browser(cookie, last_event_id=str(rows[0].pk)) as browser:
            assert (await browser.change())["conversation"] == 2
            assert (await browser.change())["conversation"] == 3
        async with Browser(cookie, f"after={rows[1].pk}") as browser:
            assert (await browser.change())["conversation"] == 3

    asyncio.run(scene())


def test_one_may_ask_only_for_what_was_missed(cookie: str) -> None:
    row = LiveEvent.objects.create(kind="conversation", conversation_id=5)

    async def scene() -> None:
        async with Browser(cookie, f"after={row.pk - 1}&once=1") as browser:
            assert (await browser.change())["conversation"] == 5
            assert await browser.ends()

    asyncio.run(scene())


def test_what_happens_while_one_catches_up_is_heard_too(cookie: str) -> None:
    first = LiveEvent.objects.create(kind="conversation", conversation_id=1)

    async def scene() -> None:
        async with Browser(cookie, f"after={first.pk - 1}") as browser:
            await happen(2)
            heard = {(await browser.change())["conversation"]}
            while heard != {1, 2}:
                heard.add((await browser.change())["conversation"])

    asyncio.run(scene())


def test_who_was_away_too_long_is_told_to_load_anew(cookie: str) -> None:
    async def scene() -> None:
        async with Browser(cookie, "after=12345") as browser:
            assert (await browser.change())["kind"] == "resync"

    asyncio.run(scene())


def test_the_stream_carries_the_place_to_continue_from(cookie: str) -> None:
    LiveEvent.objects.create(kind="channels")
    LiveEvent.objects.update(at=timezone.now() - timedelta(minutes=1))

    async def scene() -> None:
        async with listening(cookie) as browser:
            await happen(7)
            block = await browser.block()
            newest = await asyncio.to_thread(lambda: LiveEvent.objects.latest("pk").pk)
            assert f"id: {newest}" in block.splitlines()

    asyncio.run(scene())


def test_a_quiet_stream_gives_signs_of_life(cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "TICK", 0.01)

    async def scene() -> None:
        async with listening(cookie) as browser:
            assert "event: tick" in await browser.block()

    asyncio.run(scene())


def test_a_stream_ends_so_that_the_session_is_looked_at_again(
    cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LIFETIME", 0.05)

    async def scene() -> None:
        async with Browser(cookie) as browser:
            assert await browser.ends()

    asyncio.run(scene())


def test_streams_end_when_the_process_stops_and_none_begins(cookie: str) -> None:
    async def scene() -> None:
        async with listening(cookie) as browser:
            events.hub.stop()
            assert await browser.ends()
        assert await status(cookie) == 503

    asyncio.run(scene())


def test_one_person_holds_only_so_many(cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.hub.MOST_STREAMS", 1)

    async def scene() -> None:
        async with listening(cookie):
            assert await status(cookie) == 429
        async with listening(cookie) as again:
            assert again.status == 200

    asyncio.run(scene())


def test_a_browser_that_cannot_keep_up_is_sent_away() -> None:
    async def scene() -> None:
        slow = Listener(Reader(1, None))
        for _number in range(200):
            slow.offer(b"x")
        assert slow.is_over
        assert len(await slow.next(0)) < 200

    asyncio.run(scene())


def test_nobody_listening_costs_nothing(cookie: str) -> None:
    async def scene() -> None:
        async with listening(cookie):
            assert len(events.hub._tasks) == 2
        assert events.hub._tasks == []
        assert events.hub.clients == set()

    asyncio.run(scene())


def test_without_redis_the_bell_of_the_process_is_enough(
    cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.hub.LOOK", 30.0)

    async def scene() -> None:
        async with listening(cookie) as browser:
            await happen(7)
            assert (await browser.change())["conversation"] == 7

    asyncio.run(scene())


def test_with_redis_out_of_reach_the_table_is_looked_at_anyway(
    cookie: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr("inbox.hub.LOOK", 0.05)
    monkeypatch.setattr("inbox.live.ring", lambda: None)

    async def scene() -> None:
        async with listening(cookie) as browser:
            await happen(7)
            assert (await browser.change())["conversation"] == 7

    asyncio.run(scene())
