"""Searches for tests, and a reading of all that they listen to."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from inbox.lib.terms import Terms
from inbox.models import Channel, HitCount, SavedSearch, SearchHit, Stream, User
from inbox.operations import searches, sync
from inbox.operations.searches import Order
from tests.factories import make_user

_numbers = itertools.count(1)


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


def make_hit(
    search: SavedSearch, channel: Channel, *, sentiment: str = "neutral", **fields: Any
) -> SearchHit:
    """Let `search` have found something an hour ago, or `sent_at`; `message` is what it was."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "key": f"x:{number}",
        "url": f"https://x.com/i/web/status/{number}",
        "sent_at": timezone.now() - timedelta(hours=1),
    }
    hit = SearchHit(search=search, channel=channel, sentiment=sentiment, **values | fields)
    brand = SavedSearch.objects.filter(brand=search.brand).exclude(brand="")
    hit.is_again = SearchHit.objects.filter(search__in=brand, key=hit.key).exists()
    hit.save()
    hour = hit.sent_at.replace(minute=0, second=0, microsecond=0)
    row, _is_new = HitCount.objects.get_or_create(
        search=search, channel=channel, at=hour, sentiment=sentiment, language=hit.language
    )
    HitCount.objects.filter(pk=row.pk).update(
        count=F("count") + 1, again=F("again") + int(hit.is_again)
    )
    return hit


def listen(search: SavedSearch) -> int:
    """Read every stream of `search` once, as a worker does that finds it due."""
    due = sync.due_streams(now=timezone.now() + timedelta(hours=1))
    found = 0
    for stream in Stream.objects.filter(searches=search, pk__in=due).order_by("pk"):
        found += sync.sync_stream(stream_id=stream.pk)
    return found
