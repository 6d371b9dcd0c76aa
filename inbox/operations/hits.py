"""Counting what searches find: each item once, in the transaction that stores it (ADR 0015)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import TruncDay
from django.utils import timezone

from inbox.connectors.types import InboundMessage
from inbox.models import Channel, HitCount, Message, SavedSearch, SearchHit
from inbox.operations.ingest import analyse_item

if TYPE_CHECKING:
    from inbox.operations.listening import Heard

KEEP_HITS = timedelta(days=35)  # so long an item is known by itself; then only the counts stay
KEEP_HOURS = timedelta(days=90)  # then the hours of a day become one
LONGEST_KEY = 200

Place = tuple[int, datetime, str, str]  # search, hour, sentiment, language


def count(*, channel: Channel, heard: Sequence[Heard]) -> int:
    """Write down what was heard on `channel`. Returns how many hits are new.

    An item is counted while it is known, by when it was said; what is older than that is not
    counted at all, so that nothing is ever counted twice.
    """
    if not heard:
        return 0
    brands = lock_brands({search for one in heard for search in one.searches})
    found = _found(channel, heard)
    known = set(
        SearchHit.objects.filter(search__in=brands, key__in={hit.key for hit in found}).values_list(
            "search_id", "key"
        )
    )
    spoken_of = {(brands[pk], key) for pk, key in known}
    new = [hit for hit in found if (hit.search_id, hit.key) not in known]
    for hit in new:
        brand = brands[hit.search_id]
        hit.is_again = bool(brand) and (brand, hit.key) in spoken_of
        spoken_of.add((brand, hit.key))
    SearchHit.objects.bulk_create(new)
    _add(channel, new)
    return len(new)


def lock_brands(searches: Iterable[SavedSearch]) -> dict[int, str]:
    """Let nobody else count for `searches` and those of the same brands; return each one's brand.

    In one order, so that channels that hear the same thing at once take turns.
    """
    brands = {search.brand for search in searches} - {""}
    rows = SavedSearch.objects.filter(
        Q(pk__in={search.pk for search in searches}) | Q(brand__in=brands)
    )
    rows = rows.select_for_update(no_key=True).order_by("pk")
    return dict(rows.values_list("pk", "brand"))


def key_of(network: str, item: InboundMessage) -> str:
    """Return what stands for `item` wherever it is found."""
    name = item.same_as or item.external_id
    if len(name) > LONGEST_KEY:
        name = sha256(name.encode()).hexdigest()
    return f"{network}:{name}"


def _found(channel: Channel, heard: Sequence[Heard]) -> list[SearchHit]:
    """Return a hit for each item and search, each once, as far back as hits are kept."""
    rows = {
        row.external_id: row
        for row in Message.objects.filter(
            channel=channel, external_id__in={one.item.external_id for one in heard}
        ).defer("raw", "text")
    }
    now = timezone.now()
    found: dict[tuple[int, str], SearchHit] = {}
    for one in heard:
        if min(one.item.sent_at, _sent_at(rows, one.item)) < now - KEEP_HITS:
            continue
        made = _hit(channel, one.item, rows.get(one.item.external_id), now)
        for search in one.searches:
            hit = SearchHit(search=search, **made)
            found.setdefault((search.pk, hit.key), hit)
    return list(found.values())


def _sent_at(rows: Mapping[str, Message], item: InboundMessage) -> datetime:
    """Return when it was said; where a network tells no time, when we saw it first."""
    row = rows.get(item.external_id)
    return row.sent_at if row else item.sent_at


def _hit(
    channel: Channel, item: InboundMessage, row: Message | None, now: datetime
) -> dict[str, object]:
    judged = row or analyse_item(item)
    return {
        "channel": channel,
        "key": key_of(channel.network, item),
        "message": row,
        "url": item.url if len(item.url) <= 500 else "",
        "sentiment": judged.sentiment,
        "language": judged.language,
        "sent_at": min(row.sent_at if row else item.sent_at, now),
    }


def _place(hit: SearchHit) -> Place:
    hour = hit.sent_at.replace(minute=0, second=0, microsecond=0)
    return hit.search_id, hour, hit.sentiment, hit.language


def _add(channel: Channel, hits: Sequence[SearchHit]) -> None:
    """Add to the counts; the searches are locked, so nobody else does."""
    more = Counter(_place(hit) for hit in hits)
    again = Counter(_place(hit) for hit in hits if hit.is_again)
    if not more:
        return
    rows = HitCount.objects.filter(
        channel=channel,
        search__in={place[0] for place in more},
        at__in={place[1] for place in more},
    )
    counts = {
        (row.search_id, row.at, row.sentiment, row.language): (row.count, row.again) for row in rows
    }
    HitCount.objects.bulk_create(
        [_counted(channel, place, counts.get(place, (0, 0)), number, again[place])
         for place, number in sorted(more.items())],
        update_conflicts=True,
        unique_fields=["search", "at", "channel", "sentiment", "language"],
        update_fields=["count", "again"],
    )  # fmt: skip


def _counted(
    channel: Channel, place: Place, so_far: tuple[int, int], number: int, again: int
) -> HitCount:
    search_id, at, sentiment, language = place
    return HitCount(
        channel=channel,
        search_id=search_id,
        at=at,
        sentiment=sentiment,
        language=language,
        count=so_far[0] + number,
        again=so_far[1] + again,
    )


def prune(*, now: datetime) -> int:
    """Forget the single hits whose time is over. Returns how many."""
    return SearchHit.objects.filter(sent_at__lt=now - KEEP_HITS).delete()[0]


def roll_up(*, now: datetime) -> int:
    """Join the hours of old days into one count for each day. Returns how many rows that saved."""
    zone = timezone.get_default_timezone()
    edge = timezone.localtime(now - KEEP_HOURS, zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    old = HitCount.objects.annotate(day=TruncDay("at", tzinfo=zone)).filter(at__lt=edge)
    hours = old.exclude(at=F("day"))
    saved = 0
    for pk in hours.order_by().values_list("search", flat=True).distinct():
        with transaction.atomic():
            SavedSearch.objects.select_for_update(no_key=True).get(pk=pk)
            days = hours.filter(search=pk).values("day")
            saved += _join(list(old.filter(search=pk, day__in=days)), zone)
    return saved


def _join(rows: Sequence[HitCount], zone: tzinfo) -> int:
    days: dict[tuple[int, datetime, str, str], HitCount] = {}
    for row in rows:
        day = timezone.localtime(row.at, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        place = (row.channel_id, day, row.sentiment, row.language)
        if place in days:
            days[place].count += row.count
            days[place].again += row.again
        else:
            days[place] = row
            row.at = day
    HitCount.objects.filter(pk__in=[row.pk for row in rows]).delete()
    HitCount.objects.bulk_create(days.values())
    return len(rows) - len(days)
