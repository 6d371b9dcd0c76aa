"""Looking again at what is on the desk: edits and deletions that no stream reports."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from inbox.connectors.errors import ConnectorError
from inbox.connectors.types import Capability, InboundMessage
from inbox.models import Channel, Conversation, Message
from inbox.operations import channels, outbox, standing
from inbox.operations.audit import announce
from inbox.operations.ingest import lock_channel, revise

# Networks tell about a hundred items in one request (X: GET /2/tweets takes 100 ids), and an
# item older than a week is no longer news.
BATCH = 100
LOOK_BACK = timedelta(days=7)


def recheck_channel(*, channel_id: int) -> int:
    """Ask the network about the items looked at longest ago. Returns how many had changed."""
    channel = Channel.objects.get(pk=channel_id)
    if not channel.can(Capability.LOOKUP):
        return 0
    rows = list(
        Message.objects.filter(
            channel=channel,
            direction=Message.Direction.INCOMING,
            is_private=False,
            deleted_at=None,
            received_at__gte=timezone.now() - LOOK_BACK,
        )
        .exclude(conversation__status=Conversation.Status.RESOLVED)
        .order_by(F("checked_at").asc(nulls_first=True), "-pk")[:BATCH]
    )
    if not rows:
        return 0
    try:
        connector = channels.connector_for(channel)
        found = connector.lookup([row.external_id for row in rows])
    except ConnectorError as error:
        channels.note_trouble(channel=channel, error=error)
        return 0
    with transaction.atomic():
        # Those about which the network said nothing wait for their next turn like the others.
        silent = [row.pk for row in rows if row.external_id not in found]
        Message.objects.filter(pk__in=silent).update(checked_at=timezone.now())
        return apply_lookup(channel=channel, found=found)


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
