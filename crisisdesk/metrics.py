"""What Prometheus reads at `/metrics`, asked of the database at that moment.

The database knows the same whichever web process is asked, so nothing is counted in memory.
Every query is bounded: it counts up to a limit, or reads a table of a few rows.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet
from django.utils import timezone
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from inbox.lib import heartbeat
from inbox.models import BadItem, Channel, Conversation, LiveEvent, Stream
from responses.models import Reply

MOST = 10_000  # rows counted; "at least so many" is all that an alarm needs to know
MINUTE = timedelta(minutes=1)
CONTENT_TYPE = CONTENT_TYPE_LATEST
_WAITING = (Conversation.Status.OPEN, Conversation.Status.PENDING)
# Settled replies grow without end; they are a matter for reports.
_LIVE = tuple(status for status in Reply.Status if status not in Reply.SETTLED)


def is_welcome(authorization: str) -> bool:
    """Does the header show METRICS_TOKEN? Takes as long for a near miss as for a far one."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return secrets.compare_digest(authorization.encode(), expected.encode())


def scrape() -> bytes:
    """Return all metrics as text. Raises DatabaseError if the database is out of reach."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(DeskCollector())
    try:
        return generate_latest(registry)
    finally:
        connection.close()


class DeskCollector(Collector):
    """The desk's own figures."""

    def describe(self) -> list[Metric]:
        return []  # or the registry would collect once more, just to learn the names

    def collect(self) -> Iterator[Metric]:
        yield _gauge("conversations_waiting", f"Unanswered conversations, up to {MOST}", _waiting())
        yield _replies()
        yield from _channels()
        yield _gauge("bad_items", f"Items that could not be read, up to {MOST}", _bad_items())
        yield _gauge("live_events_per_minute", f"Changes on screen, up to {MOST}", _live_events())
        sign = heartbeat.last()
        if sign:
            yield _gauge("heartbeat_age_seconds", "Since a worker ran what beat asked", sign.age)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"crisisdesk_{name}", words, value=value)


def _capped(rows: QuerySet[Conversation] | QuerySet[BadItem] | QuerySet[LiveEvent]) -> int:
    return rows.order_by().values("pk")[:MOST].count()


def _waiting() -> int:
    return _capped(Conversation.objects.filter(status__in=_WAITING, waiting_since__isnull=False))


def _bad_items() -> int:
    return _capped(BadItem.objects.all())


def _live_events() -> int:
    return _capped(LiveEvent.objects.filter(at__gte=timezone.now() - MINUTE))


def _replies() -> Metric:
    found = GaugeMetricFamily(
        "crisisdesk_replies", "Replies that are not settled, by status", labels=["status"]
    )
    counts = dict(
        Reply.objects.filter(status__in=_LIVE)
        .order_by()
        .values_list("status")
        .annotate(number=Count("pk"))
    )
    for status in _LIVE:
        found.add_metric([status.value], counts.get(status.value, 0))
    return found


def _channels() -> Iterator[Metric]:
    """By id and network, not by name: names change, and series should not."""
    labels = ["channel", "network"]
    lag = GaugeMetricFamily(
        "crisisdesk_stream_lag_seconds",
        "Since a stream was last read to its newest item",
        labels=[*labels, "stream"],
    )
    health = GaugeMetricFamily(
        "crisisdesk_channel_health", "1 for the state it is in", labels=[*labels, "health"]
    )
    paused = GaugeMetricFamily("crisisdesk_channel_paused", "1 while paused", labels=labels)
    now = timezone.now()
    rows = Stream.objects.select_related("channel").defer("channel__secrets")
    for stream in rows.filter(channel__is_practice=settings.PRACTICE_NETWORK):
        channel = stream.channel
        since = stream.last_success_at or channel.created_at
        names = [str(channel.pk), channel.network, stream.name]
        lag.add_metric(names, max(0.0, (now - since).total_seconds()))
    for channel in Channel.objects.defer("secrets").filter(is_practice=settings.PRACTICE_NETWORK):
        names = [str(channel.pk), channel.network]
        paused.add_metric(names, channel.is_paused)
        for state in Channel.Health:
            health.add_metric([*names, state.value], channel.health == state)
    yield from (lag, health, paused)
