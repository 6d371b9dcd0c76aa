"""2,000 open event streams in one web process while things happen and pages are used.

Every stream has to hear of every conversation that changed, also after it came back from a
break; the time counts from the commit to the receipt.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from functools import lru_cache

from inbox.hub import MOST_STREAMS
from inbox.models import Conversation, User
from inbox.operations.conversations import assign
from tests.bench.client import Browser, session
from tests.bench.figures import percentile
from tests.bench.seed import begin, grow, make_people
from tests.bench.servers import PRODUCT, memory, serving

SECONDS = 20
RATE = 50  # acts a second
BREAKS = 0.1  # of the streams leave in the middle and come back where they were
OPENING = 100  # streams that open at once
SETTLE = 5.0  # seconds after the last act in which the last events may still come


class Ear(asyncio.Protocol):
    """One open stream; what comes is kept with its time and read only afterwards."""

    def __init__(self, cookie: str) -> None:
        self.cookie = cookie
        self.parts: list[tuple[float, bytes]] = []
        self.transport: asyncio.Transport | None = None

    async def open(self, port: int) -> None:
        """Open the stream, going on where it was left."""
        loop = asyncio.get_running_loop()
        self.parts.append((time.monotonic(), b"\n"))
        self.transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", port)
        lines = ["GET /events/ HTTP/1.1", "Host: 127.0.0.1", f"Cookie: sessionid={self.cookie}"]
        lines += [f"Last-Event-ID: {self.last_id}"] if self.last_id else []
        self.transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        self.parts.append((time.monotonic(), data))

    def leave(self) -> None:
        if self.transport:
            self.transport.close()

    @property
    def last_id(self) -> str:
        """The id of the last whole event."""
        heard = b"".join(part for _at, part in self.parts[-50:])
        found = EVENT_ID.findall(heard)
        return found[-1].decode() if found else ""

    def heard(self) -> dict[int, float]:
        """Return each conversation that was named, with the moment of the first time."""
        found: dict[int, float] = {}
        rest = b""
        for at, part in self.parts:
            whole, mark, tail = (rest + part).rpartition(b"\n")
            rest = tail
            for pk in _conversations(whole + mark):
                found.setdefault(pk, at)
        return found


EVENT_ID = re.compile(rb"\nid: (\d+)\r?\n")
CONVERSATION = re.compile(rb'"conversation": (\d+)')


@lru_cache(maxsize=10_000)  # nearly all streams are sent the same bytes
def _conversations(text: bytes) -> list[int]:
    return [int(pk) for pk in CONVERSATION.findall(text)]


def measure_streams(count: int, port: int) -> None:
    """Open `count` streams, let things happen, and print what arrived and when."""
    desk = begin()
    grow(desk, 5000)
    people = make_people("listener", -(-count // (MOST_STREAMS - 2)))
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
    for at in range(0, len(ears), OPENING):
        group = ears[at : at + OPENING]
        await asyncio.gather(*(ear.open(port) for ear in group))
        await _until_open(group)
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
    await asyncio.gather(*(ear.open(port) for ear in away))
    await asyncio.to_thread(acts.join)
    await asyncio.sleep(SETTLE)
    _report(ears, {id(ear) for ear in away}, acts)
    for ear in ears:
        ear.leave()


async def _until_open(ears: list[Ear]) -> None:
    deadline = time.monotonic() + 60
    while not all(ear.last_id for ear in ears):
        refused = [ear for ear in ears if len(ear.parts) > 1 and b" 200 " not in ear.parts[1][1]]
        if refused or time.monotonic() > deadline:
            raise SystemExit(f"streams do not open: {refused and refused[0].parts[1][1]!r}")
        await asyncio.sleep(0.02)


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
            if time.monotonic() > began + 2 * SECONDS:
                return  # the machine does not get that far; the report says how far it got
            assign(conversation=row, to=self.person, by=self.person)
            self.done[row.pk] = time.monotonic()
            if number % (RATE // 2) == 0:
                self.page_ms.append(self.reader.get("/", htmx=True).ms)


def _report(ears: list[Ear], away: set[int], acts: Acts) -> None:
    lost, waits = 0, []
    for ear in ears:
        heard = ear.heard()
        lost += len(acts.done.keys() - heard.keys())
        if id(ear) not in away:
            waits += [(heard[pk] - at) * 1000 for pk, at in acts.done.items() if pk in heard]
    print(f"{len(acts.done)} of {SECONDS * RATE} acts done within the time set for them")
    print(f"{len(ears)} streams, {len(away)} of them away for a while:")
    print(f"{len(acts.done) * len(ears):,} to be heard, {lost} lost")
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    print(f"commit to receipt: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    print(f"the list meanwhile: p50 {percentile(acts.page_ms, 0.5):.0f} ms")
    if lost:
        raise SystemExit("events were lost")
