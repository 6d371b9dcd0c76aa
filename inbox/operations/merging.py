"""Joining conversations that turn out to be one, when a missing link of a thread arrives late."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from inbox.models import AuditEvent, Channel, Conversation, Message
from inbox.operations.audit import announce, record
from inbox.signals import conversations_merged


def adopt_own_replies(*, channel: Channel, messages: Sequence[Message]) -> list[Message]:
    """Give replies of ours that came before what they answer to the conversation of that.

    Our own timeline is read first, so an answer written in the network's app is often here
    before the question. Returns the adopted rows.
    """
    parents = {row.external_id: row.conversation_id for row in messages if row.conversation_id}
    orphans = Message.objects.filter(
        channel=channel, direction=Message.Direction.OUTGOING, conversation=None
    )
    adopted: list[Message] = []
    while parents:
        found = list(orphans.filter(in_reply_to__in=parents).defer("raw"))
        for row in found:
            row.conversation_id = parents[row.in_reply_to]
        Message.objects.bulk_update(found, ["conversation_id"])
        parents = {row.external_id: parents[row.in_reply_to] for row in found}
        adopted += found
    return adopted


def merge_split_threads(*, channel: Channel, messages: Sequence[Message]) -> dict[int, int]:
    """Join every conversation that hangs below one of `messages` to that message's own.

    What is below a message of a conversation belongs to that conversation, always; it stands
    apart only as long as the link between them is missing. Returns the ids of the
    conversations that are gone, each with the one it went into.
    """
    parents = {row.external_id: row.conversation_id for row in messages if row.conversation_id}
    children = (
        Message.objects.filter(channel=channel, is_private=False, in_reply_to__in=parents)
        .exclude(conversation=None)
        .order_by("conversation_id")
        .values_list("in_reply_to", "conversation_id")
        .distinct()
    )
    gone: dict[int, int] = {}
    for parent, child_id in children:
        source, target = last(gone, child_id), last(gone, parents[parent])
        if source and target and source != target:
            _merge(Conversation.objects.get(pk=source), Conversation.objects.get(pk=target))
            gone[source] = target
    return gone


def last(gone: dict[int, int], pk: int | None) -> int | None:
    """Follow `pk` through the merges in `gone` to the conversation that stays."""
    while pk in gone:
        pk = gone[pk]
    return pk


def _merge(source: Conversation, target: Conversation) -> None:
    """Move everything of `source` into `target`; what people did with it is kept."""
    source.messages.update(conversation=target)
    source.notes.update(conversation=target)
    _move_people(source, target)
    target.labels.add(*source.labels.all())
    if target.assignee_id is None and source.assignee_id is not None:
        target.assignee_id = source.assignee_id
        target.save(update_fields=["assignee"])
    if source.has_attachments and not target.has_attachments:
        target.has_attachments = True
        target.save(update_fields=["has_attachments"])
    AuditEvent.objects.filter(conversation_id=source.pk).update(conversation_id=target.pk)
    conversations_merged.send(Conversation, source=source, target=target)
    record(
        actor=None,
        verb="inbox.conversation.merged",
        target=target,
        conversation_id=target.pk,
        source=source.pk,
    )
    announce(
        kind="conversation",
        conversation_ids=[source.pk],
        channel_id=target.channel_id,
        merged_into=target.pk,
    )
    source.delete()


def _move_people(source: Conversation, target: Conversation) -> None:
    """Let those who watch or were told of `source` find it in `target`, each once.

    Who is there and how far they have read goes with the row: they look anew.
    """
    watching = target.watches.values("user")
    source.watches.exclude(user__in=watching).update(conversation=target)
    told = target.notifications.filter(user=OuterRef("user"), kind=OuterRef("kind"), read_at=None)
    source.notifications.filter(Exists(told), read_at=None).delete()
    source.notifications.update(conversation=target)
