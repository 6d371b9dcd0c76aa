"""Storing what was read so that no item costs another."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError, transaction

from inbox.connectors.types import BadItem, InboundMessage
from inbox.models import Channel
from inbox.operations.ingest import ingest

logger = logging.getLogger(__name__)


def store(
    *, channel: Channel, items: Sequence[InboundMessage], is_fresh: bool = True
) -> tuple[int, list[BadItem]]:
    """Store `items`, one by one if they do not go in together.

    Returns how many are new, and those that could not be stored.
    """
    created, unfit = _try(channel, items, is_fresh=is_fresh)
    if not unfit:
        return created, []
    created, unfit = 0, []
    for item in sorted(items, key=lambda item: item.sent_at):
        new, refused = _try(channel, [item], is_fresh=is_fresh)
        created, unfit = created + new, unfit + refused
    return created, unfit


def _try(
    channel: Channel, items: Sequence[InboundMessage], *, is_fresh: bool
) -> tuple[int, list[BadItem]]:
    """Store `items` or none of them; trouble of the database itself is not theirs and raises."""
    try:
        with transaction.atomic():
            return ingest(channel=channel, messages=items, is_fresh=is_fresh).created, []
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("items not stored", extra={"channel": channel.pk, "count": len(items)})
        reason = f"{type(error).__name__}: {error}"
        return 0, [BadItem(reason, dict(item.raw)) for item in items]
