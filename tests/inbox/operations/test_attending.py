"""Standing at streams: when workers are rung for, and how a lost line comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from inbox.connectors.errors import TransientError, Unsupported
from inbox.models import Channel
from inbox.operations import attending, channels
from tests.factories import make_channel


class Line:
    """A connector that answers every wait with the next of `news`, then ends the standing."""

    def __init__(self, news: list[bool], stop: threading.Event) -> None:
        self.news, self.stop, self.is_open = news, stop, False

    @contextmanager
    def attend(self, stream: str) -> Iterator[Any]:
        self.is_open = True
        yield self.wait
        self.is_open = False

    def wait(self, seconds: float) -> bool:
        if not self.news:
            self.stop.set()
            return False
        return self.news.pop(0)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found: list[int] = []
    monkeypatch.setattr(attending, "ring", lambda _task, pk: found.append(pk))
    return found


@pytest.mark.parametrize(
    ("news", "times"), [([], 1), ([False, False], 1), ([True], 3), ([True, False, False], 3)]
)
def test_a_worker_is_rung_for_at_once_and_once_more(
    db: None, rung: list[int], monkeypatch: pytest.MonkeyPatch, news: list[bool], times: int
) -> None:
    stream = make_channel(network="mail").streams.get(name="inbox")
    stop = threading.Event()
    line = Line([*news, False, False], stop)
    monkeypatch.setattr(channels, "connector_for", lambda _channel: line)
    assert len(list(attending._listen(stream.pk, stop))) >= times
    assert rung == [stream.pk] * times
    assert not line.is_open


def test_only_streams_that_tell_something_are_attended(db: None) -> None:
    make_channel()
    mail = make_channel(network="mail")
    make_channel(network="mail", is_paused=True)
    assert attending._streams() == set(mail.streams.values_list("pk", flat=True))
    Channel.objects.update(health=Channel.Health.NEEDS_LOGIN)
    assert attending._streams() == set()


def test_a_lost_line_comes_back_and_one_that_tells_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attending, "BACKOFF_FIRST", 0.001)
    errors: list[Exception] = [TransientError("cut"), ValueError("ours"), Unsupported("no IDLE")]
    waits: list[float] = []

    def listen(_stream_id: int, _stop: threading.Event) -> Iterator[None]:
        raise errors.pop(0)
        yield

    monkeypatch.setattr(attending, "_listen", listen)
    post = attending._Post.__new__(attending._Post)
    post.stop, post._stream_id = threading.Event(), 1

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

    def listen(_stream_id: int, stop: threading.Event) -> Iterator[None]:
        began.set()
        stop.wait(10)
        yield

    monkeypatch.setattr(attending, "_streams", lambda: {1, 2})
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
