"""A flood on one channel: how much longer three quiet ones wait, and whether anything is lost.

The quiet channels are measured alone first, then beside the flood, by the same worker, beat and
practice network. A delay runs from the moment the network has a post to its row at the desk.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
from django.conf import settings

from inbox.models import Message, Stream
from inbox.operations.practice import connect_practice_channel
from tests.bench.figures import met, percentile, table
from tests.bench.seed import sentence
from tests.bench.servers import background, network

FLOOD, MINUTES = 20_000, 10.0  # posts on the loud channel, and how long they take
AUTHORS = 5_000  # who write them
BURSTS = 4  # a second, in which they reach the network
LOUD, QUIET = "loud", ("quiet0", "quiet1", "quiet2")
MOST_GROWTH = 2.0  # of the quiet ones' median delay
ALONE = 0.25  # of the flood's time, but no less than a minute
PATIENCE = 300.0  # seconds, for the first reading of each channel and for the last post

Written = dict[str, float]  # when the network had each post, by its text


def measure_flood(minutes: float, port: int) -> None:
    """Print the delays of the quiet channels alone and beside the flood, and what was lost."""
    seconds = minutes * 60
    with ExitStack() as stack:
        stack.enter_context(network(port, Path(tempfile.mkdtemp(prefix="bench"))))
        pool = stack.enter_context(ThreadPoolExecutor(2))
        for handle in (*QUIET, LOUD):
            connect_practice_channel(handle=handle, by=None)
        stack.enter_context(background())
        _until(lambda: not Stream.objects.filter(last_success_at=None).exists())
        alone = _trickle("alone", max(60.0, seconds * ALONE))
        trickle, flood = pool.submit(_trickle, "beside", seconds), pool.submit(_flood, seconds)
        beside, loud = trickle.result(), flood.result()
        ended = time.time()
        total = len(alone) + len(beside) + len(loud)
        _until(lambda: Message.objects.count() >= total)
    if _report(alone, beside, loud, ended):
        raise SystemExit("the desk did not hold")


def _trickle(name: str, seconds: float) -> Written:
    """One post a second on each quiet channel."""
    written = {}
    with _network() as network:
        for number in _paced(seconds, 1.0):
            for handle in QUIET:
                text = f"@{handle} {name} {number} is it down?"
                post = {"author": f"reader{number}", "text": text}
                network.post("/practice/post", json=post).raise_for_status()
                written[text] = time.time()
    return written


def _flood(seconds: float) -> Written:
    """All of the flood, in bursts."""
    written: Written = {}
    count, bursts = int(FLOOD * seconds / (MINUTES * 60)), int(seconds * BURSTS)
    with _network() as network:
        for burst in _paced(seconds, 1 / BURSTS):
            numbers = range(count * burst // bursts, count * (burst + 1) // bursts)
            posts = [_loud_post(number) for number in numbers]
            network.post("/practice/posts", json={"posts": posts}).raise_for_status()
            written |= dict.fromkeys((post["text"] for post in posts), time.time())
    return written


def _loud_post(number: int) -> dict[str, str]:
    return {
        "key": f"flood{number}",
        "author": f"angry{number % AUTHORS}",
        "text": f"@{LOUD} {number} {sentence(number)}",
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _network() -> httpx.Client:
    return httpx.Client(base_url=settings.NETWORKS["x"]["api_url"], timeout=60, trust_env=False)


def _paced(seconds: float, pause: float) -> Iterator[int]:
    """Count, one number every `pause`."""
    began = time.monotonic()
    for number in range(int(seconds / pause)):
        time.sleep(max(0.0, began + number * pause - time.monotonic()))
        yield number


def _until(is_so: Callable[[], bool]) -> None:
    """Wait until the desk is so far, or too long."""
    deadline = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < deadline:
        time.sleep(1)


def _report(alone: Written, beside: Written, loud: Written, ended: float) -> bool:
    """Print what was seen; true if an aim was missed."""
    rows = Message.objects.values_list("text", "received_at")
    stored = {text: at.timestamp() for text, at in rows}
    times = Counter(text for text, _at in rows)
    parts = {"quiet, alone": alone, "quiet, beside the flood": beside, "the flood": loud}
    delays = {
        name: [stored[text] - at for text, at in written.items() if text in stored]
        for name, written in parts.items()
    }
    table(
        ("posts to rows", "posts", "p50 s", "p95 s", "most s"),
        [
            (name, len(parts[name]), percentile(d, 0.5), percentile(d, 0.95), max(d, default=0.0))
            for name, d in delays.items()
        ],
    )
    quiet, crowded = (percentile(delays[name], 0.5) for name in list(parts)[:2])
    growth = crowded / quiet
    lost = sum(times[text] != 1 for written in parts.values() for text in written)
    last = max(stored.values(), default=ended)
    print(f"the last row came {max(0.0, last - ended):.1f} s after the last post")
    print(f"growth of the quiet ones' median: {growth:.2f}", met(growth, MOST_GROWTH))
    print(f"{sum(map(len, parts.values()))} posts, {lost} not at the desk once", met(lost, 0))
    return growth > MOST_GROWTH or bool(lost)
