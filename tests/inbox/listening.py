"""Searches for tests, and a reading of all that they listen to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from inbox.lib.terms import Terms
from inbox.models import Channel, SavedSearch, Stream, User
from inbox.operations import searches, sync
from inbox.operations.searches import Order
from tests.factories import make_user


def make_search(*channels: Channel, by: User | None = None, **fields: Any) -> SavedSearch:
    """Save a search for "toyota" on `channels`; fields of its terms and of its order."""
    names = ("words", "phrases", "hashtags", "beside", "without", "language")
    terms = {name: fields.pop(name) for name in names if name in fields} or {"words": ("toyota",)}
    order = Order(
        terms=Terms(**terms),
        channels=channels,
        **{"name": "Toyota", "daily_cap": 1000} | fields,
    )
    return searches.save_search(order=order, by=by or make_user(role="admin"))


def listen(search: SavedSearch) -> int:
    """Read every stream of `search` once, as a worker does that finds it due."""
    due = sync.due_streams(now=timezone.now() + timedelta(hours=1))
    found = 0
    for stream in Stream.objects.filter(searches=search, pk__in=due).order_by("pk"):
        found += sync.sync_stream(stream_id=stream.pk)
    return found
