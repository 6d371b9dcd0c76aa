"""Recording what the desk itself did on a network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from inbox.models import Conversation, Message, StoredFile, User
from inbox.operations import attachments, standing
from inbox.operations.audit import announce, record
from inbox.operations.ingest import lock_channel
from inbox.operations.seeing import step_along


@transaction.atomic
def record_sent(
    *,
    conversation: Conversation,
    target: Message,
    external_id: str,
    text: str,
    url: str,
    sent_at: datetime,
    by: User,
    pictures: Sequence[tuple[StoredFile, str]] = (),
) -> Message:
    """Store our reply as the network has it; the conversation is answered.

    pictures: files and descriptions of what was sent with it.

    The network's own copy may have been read first: then that row is marked as ours.
    """
    lock_channel(conversation.channel)
    message, _created = Message.objects.update_or_create(
        channel=conversation.channel,
        external_id=external_id,
        defaults={"sent_here": True, "conversation": conversation},
        create_defaults={
            "conversation": conversation,
            "version_id": external_id,
            "thread_external_id": target.thread_external_id,
            "in_reply_to": target.external_id,
            "direction": Message.Direction.OUTGOING,
            "is_private": target.is_private,
            "sent_here": True,
            "text": text,
            "url": url,
            "sent_at": sent_at,
        },
    )
    if pictures and not message.attachments.exists():
        attachments.keep_own(message=message, pictures=pictures)
    before = Conversation.objects.values_list("version", flat=True).get(pk=conversation.pk)
    standing.refresh(conversation_ids=[conversation.pk])
    step_along(message=message, by=by, before=before, after=before + 1)
    record(
        actor=by,
        verb="inbox.message.sent",
        target=message,
        conversation_id=conversation.pk,
        external_id=external_id,
        url=url,
    )
    announce(
        kind="conversation",
        conversation_ids=[conversation.pk],
        channel_id=conversation.channel_id,
    )
    return message
