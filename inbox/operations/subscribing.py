"""Having networks deliver by themselves. Polling goes on all the same: it is the floor."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from inbox.connectors.errors import ConnectorError, TransientError
from inbox.models import Channel
from inbox.operations import channels
from inbox.operations.audit import announce, record
from inbox.operations.receipts import takes_deliveries

# A network that could not be asked is asked again after the shorter time.
EVERY, AFTER_FAILURE = timedelta(hours=6), timedelta(minutes=10)
NEEDS_HTTPS = gettext_noop("Networks deliver to https addresses only, and SITE_URL is none.")


def due(*, now: datetime) -> list[int]:
    """Return the channels whose network should be asked now."""
    asked = Q(push_checked_at__lte=now - EVERY)
    failed = Q(push_checked_at__lte=now - AFTER_FAILURE) & ~Q(push_error="")
    rows = Channel.objects.reachable().filter(Q(push_checked_at=None) | asked | failed)
    return [row.pk for row in rows.defer("secrets") if takes_deliveries(row.network)]


def subscribe(*, channel_id: int) -> None:
    """Ask the network of one channel to deliver; what comes of it is written on the channel."""
    channel = Channel.objects.reachable().filter(pk=channel_id).first()
    if channel is None or not takes_deliveries(channel.network):
        return
    _note(channel, _ask(channel))


def address(network: str) -> str:
    """Return where `network` delivers to."""
    return f"{settings.SITE_URL}{reverse('inbox:hook', args=[network])}"


def _ask(channel: Channel) -> str:
    """Return why the network does not deliver, "" if it does."""
    if not (settings.IS_HTTPS or settings.PRACTICE_NETWORK):
        return NEEDS_HTTPS
    try:
        channels.connector_for(channel).subscribe(url=address(channel.network))
    except TransientError as error:
        return error.message
    except ConnectorError as error:
        channels.note_trouble(channel=channel, error=error)
        return error.message
    return ""


def _note(channel: Channel, trouble: str) -> None:
    changed = trouble[:300] != channel.push_error or channel.push_checked_at is None
    Channel.objects.filter(pk=channel.pk).update(
        push_checked_at=timezone.now(), push_error=trouble[:300]
    )
    if changed:
        record(actor=None, verb="inbox.channel.push", target=channel, trouble=trouble)
        announce(kind="channels", channel_id=channel.pk)
