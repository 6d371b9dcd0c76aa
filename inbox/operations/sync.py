"""Reading one stream of one channel: newest first, gaps afterwards, one worker at a time."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inbox.connectors import errors, types
from inbox.connectors.base import Connector
from inbox.models import Channel, Message, SavedSearch, Stream
from inbox.operations import bad_items, channels, exchanges, health, listening, storing
from inbox.operations.ingest import note_reposts

logger = logging.getLogger(__name__)

# A killed worker's stream is free again after this; every page stored renews it, and one page
# takes no longer than the time-out and the time to store it.
LEASE = timedelta(seconds=settings.NETWORK_TIMEOUT + 10)
# Pages of older items read before the newest are looked at again: a backlog of any size delays
# what is new by no more than these.
GAP_PAGES = 10
# How far back the stream is read again now and then, for items that were indexed late.
OVERLAP = timedelta(minutes=10)
MAX_BACK_OFF = 300.0  # seconds between tries while a network is out of reach
MAX_WAIT = (
    86_400.0  # seconds that a network may ask us to stay away; its limits are per day at most
)


class LeaseLost(Exception):
    """Another worker has taken the stream over; what this one read is dropped with its lease."""


def due_streams(*, now: datetime) -> list[int]:
    """Return the ids of streams that should be read now, longest overdue first."""
    return list(
        Stream.objects.filter(channel__in=Channel.objects.reachable())
        .filter(Q(next_poll_at=None) | Q(next_poll_at__lte=now))
        .filter(Q(leased_until=None) | Q(leased_until__lte=now))
        .filter(Q(is_listening=False) | Q(pk__in=SavedSearch.objects.active().values("streams")))
        .order_by("next_poll_at", "pk")
        .values_list("pk", flat=True)
    )


def sync_stream(*, stream_id: int) -> int:
    """Read what is new on a stream, then some of what is missing. Returns new messages stored.

    Does nothing if another worker is at it. Network trouble is written on the stream and on
    the channel's health, and tried again later; it is never mistaken for "nothing new".
    """
    token = _take_lease(stream_id)
    if token is None:
        return 0
    stream = Stream.objects.select_related("channel").get(pk=stream_id)
    try:
        with exchanges.reading(stream.name):
            created = _read(channels.connector_for(stream.channel), stream, token)
        _release(stream, token)
    except LeaseLost:
        logger.warning("lease lost", extra={"stream": stream_id})
        return 0
    except errors.ConnectorError as error:
        _fail(stream, token, error)
        return 0
    health.assess(channel_id=stream.channel_id)
    return created


def _read(connector: Connector, stream: Stream, token: str) -> int:
    created = _read_head(connector, stream, token) if _may_read(stream) else 0
    for _turn in range(GAP_PAGES):
        if not stream.gaps or not _may_read(stream):
            break
        created += _read_gap(connector, stream, token)
    return created


def _may_read(stream: Stream) -> bool:
    """Say whether a page may be read: one of a search only while the search may cost more."""
    return not stream.is_listening or listening.budget(stream=stream) != 0


def _window(stream: Stream, *, after: str | None, before: str | None = None) -> types.Window:
    most = listening.budget(stream=stream) if stream.is_listening else None
    return types.Window(after=after, before=before, most=most)


def _read_head(connector: Connector, stream: Stream, token: str) -> int:
    """Read the newest page; what lies between it and the last head becomes a gap."""
    now = timezone.now()
    after = stream.head
    overlaps = stream.overlap_at is None or now - stream.overlap_at >= OVERLAP
    if overlaps and not stream.is_listening:  # whose items may cost money each time
        after, stream.overlap_head, stream.overlap_at = stream.overlap_head, stream.head, now
    is_first = not stream.head
    page = connector.fetch_page(stream.name, _window(stream, after=after or None))
    # A search hears what is said from now on; all that was said before may be without end.
    if page.next_before and not (stream.is_listening and is_first):
        stream.gaps = [{"before": page.next_before, "after": after or None}, *stream.gaps]
    stream.head = page.newest or stream.head
    return _store(stream, token, page, is_fresh=not is_first)


def _read_gap(connector: Connector, stream: Stream, token: str) -> int:
    """Read one page of the newest gap and shrink it."""
    gap, *others = stream.gaps
    window = _window(stream, after=gap["after"], before=gap["before"])
    page = connector.fetch_page(stream.name, window)
    if page.next_before == gap["before"]:
        raise errors.BadPayload("the network returned the same page twice")
    rest = [{**gap, "before": page.next_before}] if page.next_before else []
    stream.gaps = rest + others
    return _store(stream, token, page, is_fresh=False)


def _store(stream: Stream, token: str, page: types.FetchPage, *, is_fresh: bool) -> int:
    """Store a page and move the cursor, both or neither."""
    now = timezone.now()
    with transaction.atomic():
        created, unfit = storing.store(
            channel=stream.channel,
            items=page.messages,
            put=lambda some: listening.take_in(stream=stream, messages=some, is_fresh=is_fresh),
        )
        bad_items.keep(
            channel=stream.channel, stream=stream.name, problems=[*page.problems, *unfit]
        )
        if page.reposts:
            known = Message.objects.filter(channel=stream.channel, external_id__in=page.reposts)
            note_reposts(known.only("external_id", "reposts"), page.reposts)
        if stream.is_listening and listening.note_read(stream=stream, count=page.size):
            # What is said until reading goes on is missed, and stays so: filling it in would eat
            # up the next share before anything new is read.
            stream.head, stream.gaps = "", []
        newest = max((item.sent_at for item in page.messages), default=stream.last_item_at)
        stream.last_item_at = max(filter(None, (stream.last_item_at, newest)), default=None)
        held = Stream.objects.filter(pk=stream.pk, lease_token=token).update(
            head=stream.head,
            gaps=stream.gaps,
            overlap_head=stream.overlap_head,
            overlap_at=stream.overlap_at,
            last_item_at=stream.last_item_at,
            last_success_at=now,
            leased_until=now + LEASE,
            failures=0,
            last_error="",
            moved_from="",
            moved_to="",
        )
        if not held:
            raise LeaseLost
    return created


def _take_lease(stream_id: int) -> str | None:
    now, token = timezone.now(), str(uuid.uuid4())
    free = Stream.objects.filter(pk=stream_id, channel__in=Channel.objects.reachable()).filter(
        Q(leased_until=None) | Q(leased_until__lte=now)
    )
    return token if free.update(leased_until=now + LEASE, lease_token=token) else None


def _release(stream: Stream, token: str) -> None:
    """Give the stream back; one with gaps left is due again at once."""
    wait = timedelta() if stream.gaps else stream.channel.poll_interval(stream.name)
    Stream.objects.filter(pk=stream.pk, lease_token=token).update(
        leased_until=None, lease_token="", next_poll_at=timezone.now() + wait
    )


def _fail(stream: Stream, token: str, error: errors.ConnectorError) -> None:
    """Write down what went wrong and when to try again."""
    channels.note_trouble(channel=stream.channel, error=error)
    every = stream.channel.poll_interval(stream.name).total_seconds()
    back_off = min(every * 2 ** min(stream.failures, 10), MAX_BACK_OFF)
    asked = error.retry_after if isinstance(error, errors.TransientError) else None
    wait = timedelta(seconds=min(asked, MAX_WAIT) if asked is not None else back_off)
    Stream.objects.filter(pk=stream.pk, lease_token=token).update(
        leased_until=None,
        lease_token="",
        failures=stream.failures + 1,
        last_error=error.message[:300],
        **_moved(error),
        next_poll_at=timezone.now() + wait,
    )
    logger.warning(
        "sync failed",
        extra={"stream": stream.pk, "kind": type(error).__name__, "code": error.code},
    )
    health.assess(channel_id=stream.channel_id)


def _moved(error: errors.ConnectorError) -> dict[str, str]:
    """Return where a stream says that it is now, for an admin to follow with one click."""
    if not isinstance(error, errors.Elsewhere) or len(error.addresses) != 1:
        return {}
    return {"moved_from": error.instead_of[:2000], "moved_to": error.addresses[0][:2000]}
