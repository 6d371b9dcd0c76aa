"""How many conversations a set of filters finds, at a price that does not grow with the desk.

Filters that have an index of their own are counted up to MOST_COUNTED. For all others only the
first WINDOW conversations in the order of the queue are looked at: then the number says "at
least". Either way a count reads a few thousand entries of an index, whatever the table holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.cache import caches

from inbox.models import Conversation

if TYPE_CHECKING:
    from inbox.filters import QueueFilter

MOST_COUNTED = 1000
WINDOW = 5000
FRESH_FOR = 2  # seconds that a count is shown again to whoever asks for the same
NOT_NARROWING = {"status", "sort", "view"}
# Conditions that begin an index together with the status, alone or with nothing else.
BY_INDEX: tuple[set[str], ...] = (set(), {"assignee"}, {"channel"})


@dataclass(frozen=True)
class Count:
    """number: how many there are, or at least how many."""

    number: int
    is_exact: bool

    def __str__(self) -> str:
        return f"{self.number}" if self.is_exact else f"{self.number}+"


def count_of(found: QueueFilter) -> Count:
    """Return how many conversations match `found`."""
    if found.search.is_bounded:
        number = found.matching.order_by().values("pk")[: MOST_COUNTED + 1].count()
        is_exact = number <= MOST_COUNTED and not found.search.is_capped
        return Count(min(number, MOST_COUNTED), is_exact)
    number, is_exact = 0, True
    for status in found.statuses:
        part = _of_status(found, status, MOST_COUNTED + 1 - number)
        number, is_exact = number + part.number, is_exact and part.is_exact
        if number > MOST_COUNTED:
            return Count(MOST_COUNTED, False)
    return Count(number, is_exact)


def recent_count_of(found: QueueFilter) -> Count:
    """Return `count_of`, at most FRESH_FOR seconds old: many people ask for the same counts."""
    user = found.user
    sees = "all" if user.channel_ids is None else sorted(user.channel_ids)
    is_mine = found.values.get("assignee") == "me" or found.typed  # a search may say is:mine
    me = user.pk if is_mine else None
    asked = sorted((name, v) for name, v in found.values.items() if name != "view")
    key, cache = f"count:{hash((str(sees), me, str(asked)))}", caches["memory"]
    count: Count | None = cache.get(key)
    if count is None:
        count = count_of(found)
        cache.set(key, count, FRESH_FOR)
    return count


def _of_status(found: QueueFilter, status: str, most: int) -> Count:
    rows = found.of_any_status.filter(status=status).order_by()
    edge = None if _has_index(found) else _edge(found, status)
    if edge is not None:
        rows = rows.filter(rank_at__lte=edge)
    number = rows.values("pk")[:most].count()
    return Count(number, edge is None)


def _has_index(found: QueueFilter) -> bool:
    """Say whether an index leads to all that match and to little else."""
    narrowing = set(found.values) - NOT_NARROWING
    if found.order.name == "waiting":  # shows only those that wait, which is one more condition
        return False
    if found.user.channel_ids is not None:
        return narrowing in (set(), {"channel"})
    return narrowing in BY_INDEX or (narrowing == {"label"} and _is_rare(found.values["label"]))


def _is_rare(label: str) -> bool:
    through = Conversation.labels.through.objects.filter(label=int(label))
    return not through.order_by().values("pk")[WINDOW : WINDOW + 1].exists()


def _edge(found: QueueFilter, status: str) -> datetime | None:
    """Return the place in the queue up to which is counted; None for its end."""
    rows = Conversation.objects.filter(status=status)
    if "assignee" in found.values:
        rows = found.filter_assignee(rows, "assignee", found.values["assignee"])
    elif "channel" in found.values:
        rows = rows.filter(channel=int(found.values["channel"]))
    places = rows.order_by("rank_at").values_list("rank_at", flat=True)
    return places[WINDOW : WINDOW + 1].first()
