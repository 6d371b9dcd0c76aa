"""What networks showed and nobody here could read: kept whole until a person has settled it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from inbox.connectors import types
from inbox.connectors.plain import plain
from inbox.models import BadItem, Channel
from inbox.operations.audit import announce


def keep(*, channel: Channel, stream: str, problems: Sequence[types.BadItem]) -> None:
    """Keep each of `problems` once, however often it comes."""
    is_news = False
    for problem in problems:
        whole = json.dumps(plain(problem.raw), sort_keys=True, default=str)
        _row, is_new = BadItem.objects.get_or_create(
            channel=channel,
            digest=hashlib.sha256(whole.encode()).hexdigest(),
            defaults={
                "stream": stream,
                "reason": plain(problem.reason)[:300],
                "raw": json.loads(whole),
            },
        )
        is_news = is_news or is_new
    if is_news:
        announce_tray(channel_id=channel.pk)


def announce_tray(*, channel_id: int | None) -> None:
    """Move the counts on open screens."""
    announce(kind="attention", channel_id=channel_id)
