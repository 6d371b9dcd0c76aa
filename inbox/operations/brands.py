"""Counting what several searches of one brand found once, also when its searches change."""

from __future__ import annotations

from datetime import UTC

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from inbox.models import HitCount, SavedSearch, SearchHit
from inbox.operations.hits import KEEP_HITS, lock_brands


def recount(*, search: SavedSearch) -> None:
    """Say anew which hits of the brand of `search` its other searches had found before.

    For when `search` has joined it or is about to leave, in the transaction of that. What is older
    than hits are kept stays as it was counted.
    """
    brands = lock_brands([search])
    ids = [pk for pk, brand in brands.items() if brand == search.brand]
    hits = SearchHit.objects.filter(search__in=ids)
    earlier = hits.filter(key=OuterRef("key"), pk__lt=OuterRef("pk"))
    is_again = Exists(earlier if search.brand else earlier.none())
    hits.filter(is_again, is_again=False).update(is_again=True)
    hits.filter(~is_again, is_again=True).update(is_again=False)
    _count_again(HitCount.objects.filter(search__in=ids), hits.filter(is_again=True))


def _count_again(counts: QuerySet[HitCount], hits: QuerySet[SearchHit]) -> None:
    place = ("search_id", "channel_id", "hour", "sentiment", "language")
    rows = hits.annotate(hour=TruncHour("sent_at", tzinfo=UTC)).order_by().values_list(*place)
    again = {tuple(at): number for *at, number in rows.annotate(number=Count("pk"))}
    changed = []
    for row in counts.filter(at__gte=timezone.now() - KEEP_HITS):
        number = again.get((row.search_id, row.channel_id, row.at, row.sentiment, row.language), 0)
        if row.again != number:
            row.again = number
            changed.append(row)
    HitCount.objects.bulk_update(changed, ["again"], batch_size=500)
