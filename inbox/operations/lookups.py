"""What looking items up may cost: on networks that take money for it, a share a day (ADR 0017)."""

from __future__ import annotations

from django.db.models import F

from inbox.lib.days import desk_day
from inbox.models import Channel


def note(*, channel: Channel, count: int) -> None:
    """Write down that `count` items of `channel` are asked for, whatever comes of it.

    Nobody knows what a network bills for a request that fails, so it counts before it leaves.
    """
    if not count or not channel.manifest.lookup_cost:
        return
    rows = Channel.objects.filter(pk=channel.pk)
    if not rows.filter(lookup_on=desk_day()).update(lookup_count=F("lookup_count") + count):
        rows.update(lookup_on=desk_day(), lookup_count=count)
