"""Who listens to the event stream in this process, and the one reader that serves them all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import redis.asyncio
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from inbox import live
from inbox.models import LiveEvent
from inbox.tail import Change, Reader, Tail

logger = logging.getLogger(__name__)

T = TypeVar("T")

MOST_STREAMS = 12  # of one person; browsers open six connections to a host at most
MOST_WAITING = 64  # batches that a slow browser may be behind
LOOK = 1.0  # seconds between looks at the table that nobody rang for
SPACING = 0.1  # seconds between looks in a rush, so that one batch carries many changes
RECONNECT = (0.5, 10.0)  # seconds, first and longest, between attempts to reach Redis


class Refused(Exception):
    """The stream is not for this browser; `status` is the answer's."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Client:
    """One browser that listens."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.is_over = False
        self._waiting: list[bytes] = []
        self._wake = asyncio.Event()

    def offer(self, batch: bytes) -> None:
        """Queue `batch`; a browser too far behind is sent away and catches up when it returns."""
        if len(self._waiting) >= MOST_WAITING:
            self.end()
        elif not self.is_over:
            self._waiting.append(batch)
            self._wake.set()

    def end(self) -> None:
        """End the stream. What still waits is not lost: who returns asks for it by its id."""
        self.is_over = True
        self._waiting = []
        self._wake.set()

    async def next(self, patience: float) -> bytes:
        """Return all that waits, or nothing after `patience` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), patience)
        self._wake.clear()
        batch, self._waiting = b"".join(self._waiting), []
        return batch


class Hub:
    """All browsers of this process, and the one reader that serves them while there are any."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.is_stopping = False
        self._turn = 0  # counts the times that somebody's rights were seen to change
        self._tail: Tail | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._bell = asyncio.Event()
        self._joining = asyncio.Lock()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="events")

    @property
    def settled(self) -> int:
        return self._tail.settled if self._tail else 0

    async def ask(self, function: Callable[..., T], *args: Any) -> T:
        """Run `function`, which may use the database, in one of the hub's few threads.

        Raises Refused (503) if the database is out of reach.
        """

        def run() -> T:
            close_old_connections()
            try:
                return function(*args)
            finally:
                close_old_connections()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except DatabaseError as error:
            logger.warning("event table out of reach", extra={"error": str(error)})
            raise Refused(503) from error

    async def join(self, admit: Callable[[], Awaitable[Reader]]) -> Client:
        """Let whom `admit` returns hear what happens from now on.

        Rights that change between the look at them and the joining would be missed for as long
        as the stream lasts, so they are then looked at again.
        Raises Refused if the person has too many streams.
        """
        while True:
            turn = self._turn
            client = Client(await admit())
            async with self._joining:
                self._check_room(client.reader.user_id)
                await self._start()  # before the client's own catch-up, or a gap would open
                if turn == self._turn:
                    self.clients.add(client)
                    return client

    def _check_room(self, user_id: int) -> None:
        mine = sum(other.reader.user_id == user_id for other in self.clients)
        if mine >= MOST_STREAMS or self.is_stopping:
            raise Refused(503 if self.is_stopping else 429)

    async def _start(self) -> None:
        if self._tail is None:
            self._tail = await self.ask(Tail.start)
            self._tasks = [
                asyncio.create_task(self._follow(self._tail)),
                asyncio.create_task(self._listen()),
            ]

    def leave(self, client: Client) -> None:
        self.clients.discard(client)
        if not self.clients:
            self._rest()

    def stop(self) -> None:
        """End every stream at once and let no new one begin."""
        self.is_stopping = True
        for client in self.clients:
            client.end()

    def close(self) -> None:
        self.stop()
        self._rest()
        self._threads.shutdown(wait=False)

    def _rest(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks, self._tail = [], None

    async def _follow(self, tail: Tail) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            self._bell.clear()
            changes: list[Change] = []
            with contextlib.suppress(Refused):  # out of reach: `ask` has said so, look again later
                changes = await self.ask(tail.read)
            if changes:
                self._spread(changes, tail.settled)
            await asyncio.sleep(max(0.0, started + SPACING - clock()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), LOOK)

    def _spread(self, changes: Sequence[Change], settled: int) -> None:
        """Offer each client what it may hear, encoded once for all who may hear the same."""
        access = [change for change in changes if change.kind == LiveEvent.ACCESS]
        personal = {change.user_id for change in changes} - {None}
        self._turn += bool(access)
        batches: dict[tuple[int, frozenset[int] | None], bytes] = {}
        for client in list(self.clients):
            reader = client.reader
            if any(map(reader.is_outdated_by, access)):
                client.end()
                continue
            key = (reader.user_id if reader.user_id in personal else 0, reader.channel_ids)
            if key not in batches:
                batches[key] = encode(filter(reader.may_hear, changes), settled)
            if batches[key]:
                client.offer(batches[key])

    async def _listen(self) -> None:
        """Hear the bell; without Redis, or while it is away, `_follow` looks by itself."""
        while not settings.REDIS_URL:
            if live.local_bell.is_set():
                live.local_bell.clear()
                self._bell.set()
            await asyncio.sleep(0.05)
        delay, longest = RECONNECT
        while True:
            client = redis.asyncio.from_url(settings.REDIS_URL, socket_connect_timeout=2)
            try:
                async with client.pubsub() as bell:
                    await bell.subscribe(live.BELL)
                    delay = RECONNECT[0]
                    async for _ring in bell.listen():
                        self._bell.set()
            except (redis.RedisError, OSError) as error:
                logger.warning("bell out of reach", extra={"error": str(error)})
            finally:
                await client.aclose()
            await asyncio.sleep(delay)
            delay = min(delay * 2, longest)


def encode(changes: Iterable[Change], settled: int) -> bytes:
    """Return `changes` as events, each once. The id they carry is the one to continue from.

    After a change of rights anything on screen may be wrong, so the page loads it anew.
    """
    unique = dict.fromkeys((change.kind, change.conversation_id) for change in changes)
    blocks = []
    for kind, pk in unique:
        shown = "resync" if kind == LiveEvent.ACCESS else kind
        data = json.dumps({"kind": shown, "conversation": pk})
        blocks.append(f"id: {settled}\ndata: {data}\n\n")
    return "".join(blocks).encode()
