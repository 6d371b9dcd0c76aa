"""Whether a channel can be trusted to show what is happening: ok, slow, blind or needs login."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from inbox.connectors import registry
from inbox.models import Channel, Stream
from inbox.operations import telling
from inbox.operations.audit import announce, record

# A stream is late when it has not been read for three of its usual gaps, and some slack for a
# busy worker; from ten gaps and at least five minutes on, the desk calls itself blind.
SLOW_GAPS, SLOW_SLACK = 3, timedelta(seconds=30)
BLIND_GAPS, BLIND_AT_LEAST = 10, timedelta(minutes=5)
# A sign-in that nobody can renew but a person is announced so long before its end. One that the
# desk renews by itself is renewed ten minutes before; with half of that left something is wrong.
ENDS_SOON, RENEWAL_OVERDUE = timedelta(days=7), timedelta(minutes=5)
# In English; translated where they are shown.
ENDS = gettext_noop("The network ends this sign-in soon, and only a person can renew it.")
NOT_RENEWED = gettext_noop("The sign-in ends within minutes and could not be renewed so far.")


def assess_all() -> None:
    """Judge every channel; time alone can make one late."""
    for channel_id in Channel.objects.reachable().values_list("pk", flat=True):
        assess(channel_id=channel_id)


def assess(*, channel_id: int) -> None:
    """Judge one channel by its streams and tell everybody if the verdict changed."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=channel_id)
        if channel.is_paused or channel.health == Channel.Health.NEEDS_LOGIN:
            return
        now = timezone.now()
        verdict, words = _verdict(channel, now)
        if verdict == Channel.Health.OK and (why := _ending(channel, now)):
            verdict, words = Channel.Health.EXPIRING, why
        _set(channel, verdict, words)


def mark_signed_out(*, channel: Channel, words: str) -> None:
    """Stop talking to a network that no longer accepts our sign-in; an admin must reconnect."""
    with transaction.atomic():
        row = Channel.objects.select_for_update().get(pk=channel.pk)
        _set(row, Channel.Health.NEEDS_LOGIN, words)


def mark_signed_in(*, channel: Channel) -> None:
    """A sign-in has just worked."""
    with transaction.atomic():
        row = Channel.objects.select_for_update().get(pk=channel.pk)
        _set(row, Channel.Health.OK, "")


def _verdict(channel: Channel, now: datetime) -> tuple[Channel.Health, str]:
    worst, words = Channel.Health.OK, ""
    # A search that cannot be read says so itself; what is said to us comes in all the same.
    for stream in channel.streams.filter(is_listening=False):
        verdict = _stream_verdict(channel, stream, now)
        if verdict == Channel.Health.BLIND or worst == Channel.Health.OK != verdict:
            worst, words = verdict, stream.last_error
    return worst, words


def _ending(channel: Channel, now: datetime) -> str:
    """Return why the sign-in will end unless a person does something, "" if it will not."""
    ends = channel.secrets_expire_at
    if ends is None or ends - now > ENDS_SOON:
        return ""
    if not registry.connector_class(channel.network).renews(channel.secrets):
        return ENDS
    return NOT_RENEWED if ends - now < RENEWAL_OVERDUE else ""


def _stream_verdict(channel: Channel, stream: Stream, now: datetime) -> Channel.Health:
    gap = channel.poll_interval(stream.name)
    silence = now - (stream.last_success_at or channel.created_at)
    if silence > max(gap * BLIND_GAPS, BLIND_AT_LEAST):
        return Channel.Health.BLIND
    if silence > gap * SLOW_GAPS + SLOW_SLACK:
        return Channel.Health.SLOW
    return Channel.Health.OK


def _set(channel: Channel, verdict: Channel.Health, words: str) -> None:
    """Change the verdict if it differs; `channel` is locked."""
    before = channel.health
    if before == verdict:
        return
    channel.health, channel.health_reason = verdict, words[:300]
    channel.health_changed_at = timezone.now()
    channel.save(update_fields=["health", "health_reason", "health_changed_at"])
    record(
        actor=None,
        verb="inbox.channel.health",
        target=channel,
        before=before,
        after=str(verdict),
        words=words,
    )
    announce(kind="channels", channel_id=channel.pk)
    if verdict == Channel.Health.NEEDS_LOGIN:
        telling.of_signing_out(channel=channel)
    elif before == Channel.Health.NEEDS_LOGIN:
        telling.of_signing_in(channel=channel)
