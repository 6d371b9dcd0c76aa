"""Standing at streams: when workers are rung for, and how a lost line comes back."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from inbox.connectors.errors import TransientError, Unsupported
from inbox.models import Channel, Stream
from inbox.operations import attending, channels
from tests.factories import make_channel


class Line:
    """A connector that answers every wait with the next of `news`, then ends the standing."""

    def __init__(self, news: list[set[str]], stop: threading.Event) -> None:
        self.news, self.stop, self.is_open = news, stop, False

    @contextmanager
    def attend(self, streams: Collection[str]) -> Iterator[Any]:
        self.is_open = True
        yield self.wait
        self.is_open = False

    def wait(self, seconds: float) -> frozenset[str]:
        if not self.news:
            self.stop.set()
            return frozenset()
        return frozenset(self.news.pop(0))


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found: list[int] = []
    monkeypatch.setattr(attending, "ring", lambda _task, pk: found.append(pk))
    return found


def listen(
    news: list[set[str]], *, storm_gap: float, monkeypatch: pytest.MonkeyPatch
) -> attending.Streams:
    """Stand at a mailbox that has `news`, and some turns longer; return its streams."""
    channel = make_channel(network="mail")
    streams = dict(channel.streams.values_list("name", "pk"))
    stop = threading.Event()
    line = Line([*news, set(), set()], stop)
    monkeypatch.setattr(channels, "connector_for", lambda _channel: line)
    monkeypatch.setattr(attending, "GAP", 0.0)
    monkeypatch.setattr(attending, "STORM_GAP", storm_gap)
    monkeypatch.setattr(attending, "CREDIT", 100.0)
    assert list(attending._listen(channel.pk, streams, stop))
    assert not line.is_open
    return streams


@pytest.mark.parametrize(("news", "more"), [([], 0), ([set(), set()], 0), ([{"inbox"}], 2)])
def test_a_worker_is_rung_for_at_once_and_once_more(
    db: None,
    rung: list[int],
    monkeypatch: pytest.MonkeyPatch,
    news: list[set[str]],
    more: int,
) -> None:
    streams = listen(news, storm_gap=0, monkeypatch=monkeypatch)
    assert sorted(rung) == sorted([*streams.values(), *[streams["inbox"]] * more])


def test_a_storm_does_not_ring_all_the_time(
    db: None, rung: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = listen([{"inbox"}] * 500, storm_gap=25, monkeypatch=monkeypatch)
    assert rung.count(streams["inbox"]) == 5


def test_a_bell_that_is_due_soon_is_not_waited_past() -> None:
    bell = attending._Bell(1)
    assert bell.seconds_left() == 0
    bell.rings = 0
    assert bell.seconds_left() == math.inf
    bell.rings, bell._not_before = 1, time.monotonic() + 0.5
    assert 0 < bell.seconds_left() <= 0.5


def test_only_what_is_read_on_channels_that_tell_something_is_attended(db: None) -> None:
    make_channel()
    mail = make_channel(network="mail")
    make_channel(network="mail", is_paused=True)
    streams = dict(mail.streams.values_list("name", "pk"))
    Stream.objects.create(channel=mail, name="hashtag:nobody", is_listening=True)
    assert attending._wanted() == {mail.pk: streams}
    Channel.objects.update(health=Channel.Health.NEEDS_LOGIN)
    assert attending._wanted() == {}


def test_a_lost_line_comes_back_and_one_that_tells_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attending, "BACKOFF_FIRST", 0.001)
    errors: list[Exception] = [TransientError("cut"), ValueError("ours"), Unsupported("no IDLE")]
    waits: list[float] = []

    def listen(_id: int, _streams: Any, _stop: threading.Event) -> Iterator[None]:
        raise errors.pop(0)
        yield

    monkeypatch.setattr(attending, "_listen", listen)
    post = attending._Post.__new__(attending._Post)
    post.stop, post.streams, post._channel_id = threading.Event(), {}, 1

    def wait(seconds: float | None = None) -> bool:
        waits.append(seconds or 0)
        if not errors:
            threading.Event.set(post.stop)
        return False

    monkeypatch.setattr(post.stop, "wait", wait)
    monkeypatch.setattr(attending.connection, "close", lambda: None)
    post._stand()
    assert waits[0] <= attending.BACKOFF_FIRST
    assert waits[1] <= 2 * attending.BACKOFF_FIRST
    assert waits[2] == attending.TRY_AGAIN_MUCH_LATER


def test_a_stop_ends_every_thread(rung: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    began = threading.Event()

    def listen(_id: int, _streams: Any, stop: threading.Event) -> Iterator[None]:
        began.set()
        stop.wait(10)
        yield

    monkeypatch.setattr(attending, "_wanted", lambda: {1: {}, 2: {}})
    monkeypatch.setattr(attending, "_listen", listen)
    monkeypatch.setattr(attending.connection, "close", lambda: None)
    stop = threading.Event()
    running = threading.Thread(target=attending.attend, kwargs={"stop": stop})
    running.start()
    assert began.wait(5)
    stop.set()
    running.join(5)
    assert not running.is_alive()
    assert not [each for each in threading.enumerate() if each.name.startswith("attend-")]
