"""Housekeeping of the tables that only serve for a while."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from inbox.models import BadItem, KeptAnswer, LiveEvent, Receipt, WebhookDelivery, WebhookEndpoint
from inbox.operations import files, hits, notifications

KEEP = timedelta(days=1)  # a browser that was away for longer loads its page anew
KEEP_ANSWERS = timedelta(hours=24)  # so long an Idempotency-Key answers as before
KEEP_DELIVERIES = timedelta(days=30)
KEEP_SETTLED = timedelta(days=90)  # longer than any network shows the same item again
KEEP_RECEIPTS = timedelta(days=7)  # a network delivers the same again within a day or two


def prune_events() -> int:
    """Delete live events that no browser can still ask for. Returns how many."""
    deleted, _rows = LiveEvent.objects.filter(at__lt=timezone.now() - KEEP).delete()
    return deleted


def prune_notifications() -> int:
    """Delete what is older than a tray keeps. Returns how many."""
    return notifications.prune(now=timezone.now())


def prune_files() -> int:
    """Delete files that nothing names any more, and bytes that nothing ever named.

    Returns how many.
    """
    return files.prune_files() + files.sweep_strays(now=timezone.now())


def prune_hits() -> int:
    """Forget single hits of searches, join the counts of old days. Returns how many rows went."""
    now = timezone.now()
    return hits.prune(now=now) + hits.roll_up(now=now)


def prune_answers() -> int:
    """Delete answers whose Idempotency-Key has had its day. Returns how many."""
    old = KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEEP_ANSWERS)
    return old.delete()[0]


def prune_deliveries() -> int:
    """Delete events that were told or given up long ago, or that nobody takes. Returns how many."""
    old = WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEEP_DELIVERIES)
    waits = Q(status=WebhookDelivery.Status.PENDING, endpoint__state=WebhookEndpoint.State.ACTIVE)
    return old.exclude(waits).delete()[0]


def prune_bad_items() -> int:
    """Delete what was settled long ago. Returns how many."""
    return BadItem.objects.filter(settled_at__lt=timezone.now() - KEEP_SETTLED).delete()[0]


def prune_receipts() -> int:
    """Delete deliveries that were read or discarded long ago. Returns how many."""
    old = Receipt.objects.filter(received_at__lt=timezone.now() - KEEP_RECEIPTS)
    return old.filter(state__in=[Receipt.State.DONE, Receipt.State.DROPPED]).delete()[0]
