"""Keeping the latest requests of a channel, so that people can see why something did not arrive.

A table, not Redis: it must be there when the broker is not, and every worker writes to it. Trouble
and whatever changes something on the network are always kept. Of reads that went well one a minute
for each kind of address is enough to see that it works, and keeps a poll free of writes.
"""

from __future__ import annotations

import dataclasses
import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import DatabaseError, transaction

from inbox.connectors import exchange
from inbox.models import Exchange

logger = logging.getLogger(__name__)

KEPT = 20  # for each channel
WELL_EVERY = 60.0  # seconds between two reads that went well, for one kind of address
MOST_KINDS = 5000
AN_ID = re.compile(r"(?=[^/]*\d)[^/]{4,}")  # a part of a path: it says which, not what kind

COLUMNS = {"method": 10, "host": 260, "path": 500, "error": 300}

_stream: ContextVar[str] = ContextVar("stream", default="")
_kept_at: dict[tuple[int, str, str], float] = {}
_lock = threading.Lock()


def keeper(channel_id: int) -> exchange.Observer:
    """Return what keeps the exchanges of one channel."""

    def keep(seen: exchange.Exchange) -> None:
        if _is_worth_keeping(channel_id, seen):
            _keep(channel_id, seen)

    return keep


@contextmanager
def reading(stream: str) -> Iterator[None]:
    """Have it said of what is asked meanwhile that it was asked to read `stream`."""
    before = _stream.set(stream)
    try:
        yield
    finally:
        _stream.reset(before)


def _is_worth_keeping(channel_id: int, seen: exchange.Exchange) -> bool:
    if seen.method != "GET" or not 200 <= seen.status < 400:
        return True
    kind = (channel_id, _stream.get(), AN_ID.sub("#", seen.path))
    now = time.monotonic()
    with _lock:
        if now - _kept_at.get(kind, -WELL_EVERY) < WELL_EVERY:
            return False
        if len(_kept_at) >= MOST_KINDS:
            _kept_at.clear()
        _kept_at[kind] = now
    return True


def _keep(channel_id: int, seen: exchange.Exchange) -> None:
    """Store one and drop the oldest. What only explains must not stop what it explains."""
    values = dataclasses.asdict(seen)
    for name, longest in COLUMNS.items():
        values[name] = values[name][:longest]
    try:
        with transaction.atomic():
            Exchange.objects.create(channel_id=channel_id, stream=_stream.get(), **values)
            rows = Exchange.objects.filter(channel_id=channel_id)
            old = rows.values_list("pk", flat=True)[KEPT : KEPT * 3]
            rows.filter(pk__in=list(old)).delete()
    except DatabaseError as error:
        extra = {"channel": channel_id, "error": type(error).__name__}
        logger.warning("exchange not kept", extra=extra)
