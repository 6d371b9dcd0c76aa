"""Looking again at what is on the desk: edits and deletions that no stream reports."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from inbox.connectors.errors import ConnectorError
from inbox.connectors.types import Capability, InboundMessage
from inbox.models import Channel, Message
from inbox.operations import channels, lookups, outbox, standing
from inbox.operations.audit import announce
from inbox.operations.ingest import lock_channel, revise

BATCH = 100  # X, Bluesky and Mastodon tell about so many or fewer in a few requests


def recheck_channel(*, channel_id: int, now: datetime) -> int:
    """Ask the network about what is due to be looked at again. Returns how many had changed.

    Where reading costs money, no more than the channel's share of the day.
    """
    channel = Channel.objects.get(pk=channel_id)
    if not channel.can(Capability.LOOKUP):
        return 0
    ids = _take(channel, now)
    if not ids:
        return 0
    try:
        found = channels.connector_for(channel).lookup(ids)
    except ConnectorError as error:
        channels.note_trouble(channel=channel, error=error)
        return 0
    return apply_lookup(channel=channel, found=found)


@transaction.atomic
def _take(channel: Channel, now: datetime) -> list[str]:
    """Return the ids to ask about. They rest from now on, whatever the network says of them.

    So two workers do not pay for the same items, nor trouble for the same items again and again.
    """
    lock_channel(channel)
    channel.refresh_from_db(fields=["lookup_on", "lookup_count", "lookup_cap"])
    left = channel.lookups_left
    most = BATCH if left is None else min(BATCH, left)
    rows = list(Message.objects.filter(channel=channel).to_recheck(now).only("external_id")[:most])
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(checked_at=now)
    lookups.note(channel=channel, count=len(rows))
    return [row.external_id for row in rows]


@transaction.atomic
def apply_lookup(*, channel: Channel, found: dict[str, InboundMessage | None]) -> int:
    """Bring stored messages up to what a look-up found. Returns how many had changed."""
    lock_channel(channel)
    rows = list(Message.objects.filter(channel=channel, external_id__in=found))
    changed = revise(channel=channel, messages=rows, items=found)
    touched = {row.conversation_id for row in changed if row.conversation_id}
    edited = {row.conversation_id for row in changed if not row.deleted_at}
    if touched:
        standing.refresh(conversation_ids=touched, reopen=edited)
        announce(kind="conversation", conversation_ids=sorted(touched), channel_id=channel.pk)
        outbox.tell_messages(channel=channel, received=[], changed=changed)
    return len(changed)
