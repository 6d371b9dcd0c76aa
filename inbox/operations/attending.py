"""Standing at the channels whose networks tell of news: whatever comes is read at once.

One process holds all the lines. It reads nothing itself and stores nothing, it only rings;
polling goes on as before, so nothing is lost while it is away, and a second one does no harm.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.db import connection
from django.db.models import Q

from inbox.connectors.errors import (
    AuthExpired,
    ConnectorError,
    Rejected,
    TransientError,
    Unsupported,
)
from inbox.connectors.types import Capability
from inbox.errors import ChannelUnavailable
from inbox.lib.bell import ring
from inbox.lib.waiting import backoff
from inbox.models import Channel, SavedSearch, Stream
from inbox.operations import channels
from inbox.tasks import sync_stream

logger = logging.getLogger(__name__)

LOOK_EVERY = 15.0  # seconds between looks at which streams there are
SLICE = 2.0  # seconds of one wait: a stop takes no longer
# Seconds between two rings for a stream: at least, and in a storm, where one page holds much and a
# network counts requests; so many seconds' worth of rings may come early after a quiet time.
GAP, STORM_GAP, CREDIT = 1.0, 3.0, 24.0
# Seconds; a line that is cut sooner is not tried again as soon as the first time.
HOLDS_AFTER = 30.0
BACKOFF_FIRST, BACKOFF_LONGEST = 2.0, 300.0  # seconds between tries to get the line back
TRY_AGAIN_MUCH_LATER = 3600.0  # seconds, where the server says that it tells nothing

# What is read on one channel: the ids of its streams by their names.
Streams = Mapping[str, int]


def attend(*, stop: threading.Event) -> None:
    """Stand at every channel that has something to tell, until `stop` is set."""
    posts: dict[int, _Post] = {}
    while not stop.is_set():
        wanted = _wanted()
        connection.close()  # it would not survive a night, nor a restart of the database
        for channel_id, post in list(posts.items()):
            if wanted.get(channel_id) != post.streams:
                posts.pop(channel_id).leave()
        for channel_id in wanted.keys() - posts.keys():
            posts[channel_id] = _Post(channel_id, wanted[channel_id])
        stop.wait(LOOK_EVERY)
    for post in posts.values():
        post.stop.set()
    for post in posts.values():
        post.leave()


def _wanted() -> dict[int, Streams]:
    """Return the streams to stand at, by their channels; the rest is found by polling alone."""
    able = [row for row in Channel.objects.reachable() if row.can(Capability.ATTEND)]
    is_heard = Q(is_listening=False) | Q(pk__in=SavedSearch.objects.active().values("streams"))
    rows = Stream.objects.filter(is_heard, channel__in=able)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, channel_id, name in rows.values_list("pk", "channel_id", "name"):
        found[channel_id][name] = pk
    return dict(found)


class _Post:
    """One channel, and the thread that stands at it."""

    def __init__(self, channel_id: int, streams: Streams) -> None:
        self.stop = threading.Event()
        self.streams = streams
        self._channel_id = channel_id
        name = f"attend-{channel_id}"
        self._thread = threading.Thread(target=self._stand, name=name, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        self.stop.set()
        self._thread.join(SLICE * 2)

    def _stand(self) -> None:
        tries = 0
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                for _turn in _listen(self._channel_id, self.streams, self.stop):
                    if time.monotonic() - began > HOLDS_AFTER:
                        tries = 0
                    connection.close()  # a line may be quiet for days
                return
            except (Unsupported, Rejected, ChannelUnavailable, AuthExpired):
                wait = TRY_AGAIN_MUCH_LATER  # polling tells an admin what is the matter
            except ConnectorError as error:
                asked = error.retry_after if isinstance(error, TransientError) else None
                wait = asked or _patience(tries)
                logger.info("line lost", extra={"channel": self._channel_id, "code": error.code})
            except Exception:
                logger.exception("attending failed", extra={"channel": self._channel_id})
                wait = _patience(tries)
            finally:
                connection.close()
            tries += 1
            self.stop.wait(wait)


def _listen(channel_id: int, streams: Streams, stop: threading.Event) -> Iterator[None]:
    """Ring for whatever has news, until `stop`. Yields while the lines hold.

    Raises the connector's errors.
    """
    channel = Channel.objects.select_related("server").get(pk=channel_id)
    with channels.connector_for(channel).attend(streams) as wait:
        bells = {name: _Bell(stream_id) for name, stream_id in streams.items()}
        while not stop.is_set():
            for bell in bells.values():
                bell.ring_if_due()
            yield
            for name in wait(min([SLICE, *(bell.seconds_left() for bell in bells.values())])):
                bells[name].rings = 2


class _Bell:
    """Rings for a stream at once and once more a little later, but not all the time.

    The second time is for what came while a worker was reading already.
    """

    def __init__(self, stream_id: int) -> None:
        self.rings = 1  # for what came before anybody stood here
        self._stream_id = stream_id
        self._not_before = 0.0
        self._paid_until = 0.0

    def seconds_left(self) -> float:
        """Return how long it is until the next ring, without end if there is none to come."""
        if not self.rings:
            return math.inf
        return max(0.0, max(self._not_before, self._paid_until - CREDIT) - time.monotonic())

    def ring_if_due(self) -> None:
        if self.seconds_left():
            return
        ring(sync_stream, self._stream_id)
        now = time.monotonic()
        self.rings -= 1
        self._not_before = now + GAP
        self._paid_until = max(now, self._paid_until) + STORM_GAP


def _patience(tries: int) -> float:
    return backoff(tries, first=BACKOFF_FIRST, longest=BACKOFF_LONGEST)
