"""Trying every sign-in once a day, so that what it allows stays fresh and its end is noticed."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from inbox.connectors.errors import ConnectorError
from inbox.connectors.types import InboundAuthor
from inbox.models import Channel
from inbox.operations import channels, health
from inbox.operations.audit import announce

logger = logging.getLogger(__name__)

EVERY, AFTER_TROUBLE = timedelta(days=1), timedelta(minutes=15)
SOMEBODY_ELSE = gettext_noop("The sign-in now belongs to another account.")


def due(*, now: datetime) -> list[int]:
    """Return the channels that were not tried for a day."""
    rows = Channel.objects.reachable().filter(Q(probed_at=None) | Q(probed_at__lte=now - EVERY))
    return list(rows.values_list("pk", flat=True))


def probe(*, channel_id: int) -> None:
    """Ask the network who we are and what we may; a second worker at it leaves at once."""
    now = timezone.now()
    rows = Channel.objects.reachable().filter(pk=channel_id)
    if not rows.filter(Q(probed_at=None) | Q(probed_at__lte=now - EVERY)).update(probed_at=now):
        return
    channel = Channel.objects.get(pk=channel_id)
    try:
        connector = channels.connector_for(channel)
        facts, account = connector.read_facts(), connector.verify_credentials()
    except ConnectorError as error:
        channels.note_trouble(channel=channel, error=error)
        Channel.objects.filter(pk=channel_id).update(probed_at=now - EVERY + AFTER_TROUBLE)
        extra = {"channel": channel_id, "kind": type(error).__name__}
        logger.warning("daily look failed", extra=extra)
        return
    if account.external_id != channel.external_id:
        health.mark_signed_out(channel=channel, words=SOMEBODY_ELSE)
        return
    channels.keep_facts(channel, facts)
    _keep_name(channel, account)


def _keep_name(channel: Channel, account: InboundAuthor) -> None:
    """People rename accounts; the name by which the desk calls the channel is its own."""
    now = {"handle": account.handle[:200], "avatar_url": account.avatar_url[:500]}
    if account.handle and any(getattr(channel, name) != value for name, value in now.items()):
        Channel.objects.filter(pk=channel.pk).update(**now)
        announce(kind="channels", channel_id=channel.pk)
