"""A desk that is connected to Bluesky's own servers by the real form, and reads them for real."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from inbox.models import Channel, Stream
from inbox.operations import connecting, recheck, sync
from tests.factories import make_user
from tests.real.bluesky.people import People


def connect(people: People, name: str, *, service: str) -> Channel:
    """Connect `name` with a new app password; service: "" to be led there by the handle."""
    values = {
        "handle": people.handle(name),
        "password": people.app_password(name),
        "service": service,
    }
    finding = connecting.look_at_form(network="bluesky", values=values, by=None)
    assert not any(read.trouble for read in finding.reads)
    return connecting.keep_found(sealed=finding.sealed, by=make_user(role="admin"))


def read_all(channel: Channel) -> None:
    """Read every stream to its end, as workers do over some minutes."""
    for stream in Stream.objects.filter(channel=channel).order_by("pk"):
        for _turn in range(100):
            sync.sync_stream(stream_id=stream.pk)
            stream.refresh_from_db()
            assert stream.last_error == ""
            if not stream.gaps:
                break


def look_again(channel: Channel) -> None:
    """Look for deletions until everything was looked at."""
    for turn in range(1, 6):
        later = timezone.now() + timedelta(minutes=15 * turn)
        recheck.recheck_channel(channel_id=channel.pk, now=later)
