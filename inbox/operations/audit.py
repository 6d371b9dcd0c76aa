"""Writing the record and moving the screens: called by every operation, in its transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction

from inbox import live
from inbox.models import AuditEvent, Conversation, LiveEvent, User
from inbox.operations import outbox


def record(
    *,
    actor: User | None,
    verb: str,
    target: models.Model,
    conversation_id: int | None = None,
    **data: Any,
) -> AuditEvent:
    """Write down that `actor` (None: the desk itself) did `verb` to `target`; tell who asked."""
    if actor and actor.token_id:
        data["token"] = actor.token_id
    event = AuditEvent.objects.create(
        actor=actor,
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=target.pk,
        conversation_id=conversation_id,
        data=data,
    )
    outbox.tell(event=event, target=target)
    return event


def announce(
    *,
    kind: str,
    conversation_ids: list[int] | None = None,
    channel_id: int | None = None,
    user_ids: Iterable[int | None] = (None,),
    also: Iterable[str] = (),
    **data: Any,
) -> None:
    """Tell open browsers that something changed; see LiveEvent for the kinds.

    channel_id: only those who see this channel hear of it. Conversations bring their channel
    along: without a `channel_id` it is looked up, in one query for all of them. also: kinds
    without a conversation that change with it, written in the same statement.
    """
    ids: list[int | None] = [*conversation_ids] if conversation_ids else [None]
    homes = _channels_of(conversation_ids) if conversation_ids and channel_id is None else {}
    events = [(kind, pk, homes.get(pk, channel_id)) for pk in ids]
    events += [(other, None, channel_id) for other in also]
    LiveEvent.objects.bulk_create(
        LiveEvent(kind=what, conversation_id=pk, channel_id=home, user_id=user_id, data=data)
        for what, pk, home in events
        for user_id in user_ids
    )
    transaction.on_commit(live.ring)


def _channels_of(conversation_ids: list[int]) -> dict[int | None, int]:
    rows = Conversation.objects.filter(pk__in=conversation_ids)
    return dict(rows.values_list("pk", "channel_id"))
