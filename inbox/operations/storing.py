"""Storing what was read so that no item costs another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from django.db import InterfaceError, OperationalError, transaction

from inbox.connectors.types import BadItem, InboundMessage
from inbox.models import Channel
from inbox.operations.ingest import ingest

logger = logging.getLogger(__name__)


Put = Callable[[Sequence[InboundMessage]], int]


def store(
    *, channel: Channel, items: Sequence[InboundMessage], put: Put | None = None
) -> tuple[int, list[BadItem]]:
    """Store `items`, one by one if they do not go in together.

    put: stores some of them and returns how many are new; `ingest` if nothing else is wanted.
    Returns how many are new, and those that could not be stored.
    """
    put = put or (lambda some: ingest(channel=channel, messages=some).created)
    created, unfit = _try(channel, items, put)
    if not unfit:
        return created, []
    created, unfit = 0, []
    for item in sorted(items, key=lambda item: item.sent_at):
        new, refused = _try(channel, [item], put)
        created, unfit = created + new, unfit + refused
    return created, unfit


def _try(channel: Channel, items: Sequence[InboundMessage], put: Put) -> tuple[int, list[BadItem]]:
    """Store `items` or none of them; trouble of the database itself is not theirs and raises."""
    try:
        with transaction.atomic():
            return put(items), []
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("items not stored", extra={"channel": channel.pk, "count": len(items)})
        reason = f"{type(error).__name__}: {error}"
        return 0, [BadItem(reason, dict(item.raw)) for item in items]
