"""Housekeeping of what grows with time: live events and trays."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from inbox.models import LiveEvent
from inbox.operations import notifications

KEEP = timedelta(days=1)  # a browser that was away for longer loads its page anew


def prune_events() -> int:
    """Delete live events that no browser can still ask for. Returns how many."""
    deleted, _rows = LiveEvent.objects.filter(at__lt=timezone.now() - KEEP).delete()
    return deleted


def prune_notifications() -> int:
    """Delete what is older than a tray keeps. Returns how many."""
    return notifications.prune(now=timezone.now())
