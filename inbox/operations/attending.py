"""Standing at the streams whose networks tell of news: whatever comes is read at once.

One process holds all the lines. It reads nothing itself and stores nothing, it only rings;
polling goes on as before, so nothing is lost while it is away, and a second one does no harm.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

from django.db import connection

from inbox.connectors.errors import AuthExpired, ConnectorError, TransientError, Unsupported
from inbox.connectors.types import Capability
from inbox.errors import ChannelUnavailable
from inbox.lib.bell import ring
from inbox.lib.waiting import backoff
from inbox.models import Channel, Stream
from inbox.operations import channels
from inbox.tasks import sync_stream

logger = logging.getLogger(__name__)

LOOK_EVERY = 15.0  # seconds between looks at which streams there are
SLICE = 2.0  # seconds of one wait: a stop takes no longer
BACKOFF_FIRST, BACKOFF_LONGEST = 2.0, 300.0  # seconds between tries to get the line back
TRY_AGAIN_MUCH_LATER = 3600.0  # seconds, where the server says that it tells nothing


def attend(*, stop: threading.Event) -> None:
    """Stand at every stream that has something to tell, until `stop` is set."""
    posts: dict[int, _Post] = {}
    while not stop.is_set():
        wanted = _streams()
        connection.close()  # it would not survive a night, nor a restart of the database
        for stream_id in posts.keys() - wanted:
            posts.pop(stream_id).leave()
        for stream_id in wanted - posts.keys():
            posts[stream_id] = _Post(stream_id)
        stop.wait(LOOK_EVERY)
    for post in posts.values():
        post.stop.set()
    for post in posts.values():
        post.leave()


def _streams() -> set[int]:
    """Return the ids of the streams to stand at; the rest is found by polling alone."""
    able = [row for row in Channel.objects.reachable() if row.can(Capability.ATTEND)]
    names = {row.pk: {spec.name for spec in row.manifest.streams} for row in able}
    rows = Stream.objects.filter(channel__in=able).values_list("pk", "channel_id", "name")
    return {pk for pk, channel_id, name in rows if name in names[channel_id]}


class _Post:
    """One stream, and the thread that stands at it."""

    def __init__(self, stream_id: int) -> None:
        self.stop = threading.Event()
        self._stream_id = stream_id
        self._thread = threading.Thread(target=self._stand, name=f"attend-{stream_id}", daemon=True)
        self._thread.start()

    def leave(self) -> None:
        self.stop.set()
        self._thread.join(SLICE * 2)

    def _stand(self) -> None:
        tries = 0
        while not self.stop.is_set():
            try:
                for _turn in _listen(self._stream_id, self.stop):
                    tries = 0
                    connection.close()  # a line may be quiet for days
                return
            except (Unsupported, ChannelUnavailable, AuthExpired):
                wait = TRY_AGAIN_MUCH_LATER  # polling tells an admin what is the matter
            except ConnectorError as error:
                asked = error.retry_after if isinstance(error, TransientError) else None
                wait = asked or _patience(tries)
                logger.info("line lost", extra={"stream": self._stream_id, "code": error.code})
            except Exception:
                logger.exception("attending failed", extra={"stream": self._stream_id})
                wait = _patience(tries)
            finally:
                connection.close()
            tries += 1
            self.stop.wait(wait)


def _listen(stream_id: int, stop: threading.Event) -> Iterator[None]:
    """Ring whenever there is news, and once more a little later, until `stop`.

    The second time is for what came while a worker was reading already. Yields while the line
    holds. Raises the connector's errors.
    """
    stream = Stream.objects.select_related("channel__server").get(pk=stream_id)
    with channels.connector_for(stream.channel).attend(stream.name) as wait:
        rings = 1  # for what came before we stood here
        while not stop.is_set():
            if rings:
                ring(sync_stream, stream_id)
                rings -= 1
            yield
            if wait(SLICE):
                rings = 2


def _patience(tries: int) -> float:
    return backoff(tries, first=BACKOFF_FIRST, longest=BACKOFF_LONGEST)
