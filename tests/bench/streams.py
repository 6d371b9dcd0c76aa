"""2,000 open event streams in one web process while things happen and pages are used.

Every stream has to hear of every conversation that changed, also after it came back from a
break; the time counts from the commit to the receipt.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

from inbox.hub import MOST_STREAMS
from inbox.models import Conversation, User
from inbox.operations.conversations import assign
from tests.bench.client import Browser, session
from tests.bench.figures import percentile
from tests.bench.seed import begin, grow
from tests.bench.servers import PRODUCT, memory, serving
from tests.factories import make_user

SECONDS = 20
RATE = 50  # acts a second
BREAKS = 0.1  # of the streams leave in the middle and come back where they were
OPENING = 100  # streams that open at once
SETTLE = 5.0  # seconds after the last act in which the last events may still come


@dataclass
class Ear:
    """One open stream: which conversations it heard of and when."""

    cookie: str
    last_id: str = ""
    heard: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    writer: asyncio.StreamWriter | None = None

    async def listen(self, port: int) -> None:
        """Open the stream and note what it says until it is closed."""
        reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        lines = ["GET /events/ HTTP/1.1", "Host: 127.0.0.1", f"Cookie: sessionid={self.cookie}"]
        lines += [f"Last-Event-ID: {self.last_id}"] if self.last_id else []
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise SystemExit(f"a stream was refused: {status.decode().strip()}")
        while line := await reader.readline():
            if line.startswith(b"id: "):
                self.last_id = line[4:].decode().strip()
            elif line.startswith(b'data: {"kind": "conversation"'):
                self.heard[json.loads(line[6:])["conversation"]].append(time.monotonic())

    def leave(self) -> None:
        if self.writer:
            self.writer.close()


def measure_streams(count: int, port: int) -> None:
    """Open `count` streams, let things happen, and print what arrived and when."""
    desk = begin()
    grow(desk, 5000)
    people = [make_user(f"listener{n}") for n in range(-(-count // (MOST_STREAMS - 2)))]
    ears = [Ear(session(people[n % len(people)])) for n in range(count)]
    with serving(PRODUCT, port) as pid:
        reader = Browser(port, desk.reader)
        reader.get("/")
        before = memory(pid)
        asyncio.run(_run(ears, desk.reader, reader, port, pid, before))


async def _run(
    ears: list[Ear], person: User, reader: Browser, port: int, pid: int, before: int
) -> None:
    began = time.monotonic()
    tasks = {}
    for at in range(0, len(ears), OPENING):
        group = ears[at : at + OPENING]
        tasks |= {id(ear): asyncio.create_task(ear.listen(port)) for ear in group}
        while not all(ear.last_id for ear in group):
            await asyncio.sleep(0.02)
    opened = time.monotonic() - began
    share = (memory(pid) - before) / len(ears) / 1000
    print(f"{len(ears)} streams opened in {opened:.1f} s, {share:.1f} kB each")
    acts = Acts(person, reader)
    acts.start()
    await asyncio.sleep(SECONDS / 3)
    away = ears[:: int(1 / BREAKS)]
    for ear in away:
        ear.leave()
    await asyncio.sleep(SECONDS / 3)
    for ear in away:
        tasks[id(ear)].cancel()
        tasks[id(ear)] = asyncio.create_task(ear.listen(port))
    await asyncio.to_thread(acts.join)
    await asyncio.sleep(SETTLE)
    _report(ears, {id(ear) for ear in away}, acts)
    for ear in ears:
        ear.leave()
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


class Acts(threading.Thread):
    """Assigns conversations, RATE a second, while a page is loaded every half second."""

    def __init__(self, person: User, reader: Browser) -> None:
        super().__init__()
        self.person = person
        self.reader = reader
        self.done: dict[int, float] = {}  # conversation -> when its act was committed
        self.page_ms: list[float] = []

    def run(self) -> None:
        rows = Conversation.objects.filter(status="open").exclude(assignee=self.person)
        began = time.monotonic()
        for number, row in enumerate(rows.order_by("pk")[: SECONDS * RATE]):
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
            assign(conversation=row, to=self.person, by=self.person)
            self.done[row.pk] = time.monotonic()
            if number % (RATE // 2) == 0:
                self.page_ms.append(self.reader.get("/", htmx=True).ms)


def _report(ears: list[Ear], away: set[int], acts: Acts) -> None:
    lost = sum(len(acts.done.keys() - ear.heard.keys()) for ear in ears)
    waits = [
        (min(ear.heard[pk]) - at) * 1000
        for ear in ears
        if id(ear) not in away
        for pk, at in acts.done.items()
        if ear.heard.get(pk)
    ]
    print(f"{len(acts.done)} acts, {len(acts.done) * len(ears):,} to be heard, {lost} lost")
    print(f"commit to receipt: p50 {percentile(waits, 0.5):.0f} ms, p99 {percentile(waits, 0.99):.0f} ms")
    print(f"the list meanwhile: p50 {percentile(acts.page_ms, 0.5):.0f} ms")
    if lost:
        raise SystemExit("events were lost")
