"""Writing the record and moving the screens: called by every operation, in its transaction."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction

from inbox import live
from inbox.models import AuditEvent, LiveEvent, User


def record(
    *,
    actor: User | None,
    verb: str,
    target: models.Model,
    conversation_id: int | None = None,
    **data: Any,
) -> AuditEvent:
    """Write down that `actor` (None: the desk itself) did `verb` to `target`."""
    return AuditEvent.objects.create(
        actor=actor,
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=target.pk,
        conversation_id=conversation_id,
        data=data,
    )


def announce(*, kind: str, conversation_ids: list[int] | None = None, **data: Any) -> None:
    """Tell open browsers that something changed; see LiveEvent for the kinds."""
    ids: list[int | None] = list(conversation_ids) if conversation_ids else [None]
    LiveEvent.objects.bulk_create(LiveEvent(kind=kind, conversation_id=pk, data=data) for pk in ids)
    transaction.on_commit(live.ring)
