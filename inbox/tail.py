"""Following the LiveEvent table without losing a row, whatever the order of commits.

Ids are given out when a row is written, not when its transaction commits, so on PostgreSQL a row
with a lower id may become visible after one with a higher id. An id that is missing below one
that was seen is therefore looked for again until it has had time to appear (ADR 0004).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import BigIntegerField, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from inbox.models import LiveEvent

SETTLE = 10.0  # seconds after which a missing id is taken for one that was rolled back
MOST_MISSED = 2000  # more than this and loading the page anew is cheaper
MOST_READ = 5000
COLUMNS = ("kind", "conversation_id", "channel_id", "user_id")  # of a Change


@dataclass(frozen=True, slots=True)
class Change:
    """Something on screen changed; see LiveEvent for the kinds and for who hears of it."""

    kind: str
    conversation_id: int | None
    channel_id: int | None = None
    user_id: int | None = None
    pk: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who listens: the person, and the channels they see (None: all of them).

    known: ids of the changes of rights that had happened before these rights were read.
    """

    user_id: int
    channel_ids: frozenset[int] | None
    known: frozenset[int] = frozenset()

    def is_outdated_by(self, change: Change) -> bool:
        """Whether `change` may have changed this person's rights since they were read."""
        is_theirs = change.kind == LiveEvent.ACCESS and change.user_id == self.user_id
        return is_theirs and change.pk not in self.known

    def may_hear(self, change: Change) -> bool:
        return change.user_id in (None, self.user_id) and (
            change.channel_id is None
            or self.channel_ids is None
            or change.channel_id in self.channel_ids
        )

    @property
    def theirs(self) -> Q:
        """The same rule as `may_hear`, for rows."""
        for_them = Q(user_id=None) | Q(user_id=self.user_id)
        if self.channel_ids is None:
            return for_them
        return for_them & (Q(channel_id=None) | Q(channel_id__in=self.channel_ids))


@dataclass(frozen=True, slots=True)
class _Gap:
    """Ids `first` to `last` were not there when `last + 1` was seen, at `noticed` seconds."""

    first: int
    last: int
    noticed: float


def settled_id() -> int:
    """Return the id up to which every row is visible by now, for a page that is being rendered.

    It is the newest row that lies below all rows of the last SETTLE seconds; 0 if there is none.
    """
    rows = LiveEvent.objects.order_by()
    young = rows.filter(at__gt=timezone.now() - timedelta(seconds=SETTLE)).order_by("pk")
    first = Coalesce(Subquery(young.values("pk")[:1]), BigIntegerField().MAX_BIGINT)
    return rows.filter(pk__lt=first).order_by("-pk").values_list("pk", flat=True).first() or 0


def recent_access() -> frozenset[int]:
    """Return the ids of the changes of rights that a reader who starts now may meet again."""
    young = timezone.now() - timedelta(seconds=2 * SETTLE)
    rows = LiveEvent.objects.filter(kind=LiveEvent.ACCESS, at__gt=young)
    return frozenset(rows.values_list("pk", flat=True))


def since(after: int, reader: Reader) -> list[Change] | None:
    """Return what changed for `reader` after the id `after`.

    None if that can no longer be told, or is too much.

    Old rows are pruned: a browser that was away for longer has to load its page anew.
    """
    oldest = LiveEvent.objects.order_by("pk").values_list("pk", flat=True).first()
    if (oldest is None and after > 0) or (oldest is not None and after < oldest - 1):
        return None
    rows = LiveEvent.objects.filter(reader.theirs, pk__gt=after).order_by("pk")
    found = list(rows.values_list(*COLUMNS)[: MOST_MISSED + 1])
    return [Change(*row) for row in found] if len(found) <= MOST_MISSED else None


class Tail:
    """The end of the table, as one reader follows it."""

    def __init__(self, seen: int) -> None:
        self.seen = seen
        self._gaps: list[_Gap] = []

    @classmethod
    def start(cls) -> Tail:
        """Begin where everything has settled."""
        return cls(settled_id())

    @property
    def settled(self) -> int:
        """The id below which nothing can appear any more: where a browser may continue."""
        return self._gaps[0].first - 1 if self._gaps else self.seen

    def read(self) -> list[Change]:
        """Return what has appeared since the last call, each row once."""
        now = time.monotonic()
        late = list(self._in_gaps())
        rows = LiveEvent.objects.filter(pk__gt=self.seen).order_by("pk")
        fresh = list(rows.values_list("pk", *COLUMNS)[:MOST_READ])
        # Both were read before anything is noted down, so a failed read loses nothing.
        for pk, *_rest in late:
            self._fill(pk)
        self._gaps = [gap for gap in self._gaps if now - gap.noticed < SETTLE]
        for pk, *_rest in fresh:
            if pk > self.seen + 1:
                self._gaps.append(_Gap(self.seen + 1, pk - 1, now))
            self.seen = pk
        return [
            Change(kind, conversation_id, channel_id, user_id, pk)
            for pk, kind, conversation_id, channel_id, user_id in [*late, *fresh]
        ]

    def _in_gaps(self) -> QuerySet[LiveEvent, tuple[Any, ...]]:
        inside = Q(pk__in=[])
        for gap in self._gaps:
            inside |= Q(pk__range=(gap.first, gap.last))
        rows = LiveEvent.objects.filter(inside).order_by("pk")
        return rows.values_list("pk", *COLUMNS)

    def _fill(self, pk: int) -> None:
        """Take `pk` out of its gap, which may leave two."""
        gap = next(gap for gap in self._gaps if gap.first <= pk <= gap.last)
        at = self._gaps.index(gap)
        rest = [_Gap(gap.first, pk - 1, gap.noticed), _Gap(pk + 1, gap.last, gap.noticed)]
        self._gaps[at : at + 1] = [part for part in rest if part.first <= part.last]
