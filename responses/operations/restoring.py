"""After a backup was put back: what it still wants to send may have been sent since."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from inbox.operations.audit import announce, record
from responses import stops
from responses.models import Reply
from responses.states import REPLY


@transaction.atomic
def hold_after_restore(*, made_at: datetime) -> int:
    """Hold every queued reply for a person: the backup of `made_at` knows nothing of later sends.

    Replies under way or unknown need no hold: the desk asks the network about them before it
    sends again. Returns how many are held.
    """
    rows = list(Reply.objects.select_for_update().filter(status=Reply.Status.QUEUED))
    for row in rows:
        REPLY.move(row, Reply.Status.HELD, stop_code=stops.RESTORED, stop_text="")
        record(
            actor=None,
            verb="responses.reply.held",
            target=row,
            conversation_id=row.conversation_id,
            code=stops.RESTORED,
            made_at=made_at.isoformat(),
        )
    if rows:
        announce(kind="conversation", conversation_ids=[row.conversation_id for row in rows])
        for channel_id in {row.channel_id for row in rows}:
            announce(kind="attention", channel_id=channel_id)
    return len(rows)
