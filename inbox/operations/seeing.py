"""Noting how far a person has read; one row a person and conversation, written when they look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from inbox.models import Conversation, Message, Seen, User
from inbox.operations.notifications import mark_read


@dataclass(frozen=True, slots=True)
class Mark:
    """What a page showed: the conversation's version, and its newest message, note and event."""

    version: int
    message_id: int
    note_id: int
    event_id: int


@transaction.atomic
def mark_seen(
    *, conversation: Conversation, by: User, mark: Mark, at: datetime | None = None
) -> Seen:
    """Note that `by` has looked at what `mark` says; a page that is behind takes nothing back."""
    row, _is_new = Seen.objects.select_for_update(no_key=True).get_or_create(
        conversation=conversation, user=by
    )
    row.version = max(row.version, min(mark.version, conversation.version))
    for name in ("message_id", "note_id", "event_id"):
        setattr(row, name, max(getattr(row, name), getattr(mark, name)))
    row.at = at or timezone.now()
    row.save()
    mark_read(by=by, conversation=conversation)
    return row


def step_along(*, message: Message, by: User, before: int, after: int) -> None:
    """Who had read everything has also seen their own reply, which the worker has just sent."""
    Seen.objects.filter(conversation=message.conversation_id, user=by, version=before).update(
        version=after, message_id=message.pk
    )
