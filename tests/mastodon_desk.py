"""A desk that is connected to a practice server by the real sign-in, for tests of the whole way."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

from django.utils import timezone

from inbox.models import Channel, Server, Stream
from inbox.operations import connecting, recheck, servers, signing_in, sync
from tests.inbox.practice.mastodon.server import Server as Practice

BACK = "http://127.0.0.1/channels/callback/mastodon/"


def sign_in(practice: Practice, handle: str) -> tuple[Server, dict[str, str]]:
    """Go through the server's own pages as `handle`; return what comes back to the desk."""
    server = servers.open_server(
        network="mastodon", address=practice.url, redirect_uri=BACK, by=None
    )
    begun = signing_in.begin_sign_in(network="mastodon", by=None, redirect_uri=BACK, server=server)
    query = dict(parse_qsl(urlsplit(begun.url).query))
    form = {**query, "handle": handle, "answer": "allow"}
    back = practice.http.post("/oauth/authorize", data=form).headers["location"]
    answer = parse_qs(urlsplit(back).query)
    assert answer["state"] == [begun.state]
    return server, {"code": answer["code"][0], "code_verifier": begun.code_verifier}


def connect(practice: Practice, handle: str = "brand") -> Channel:
    """Connect `handle`, made if it is missing, as a channel."""
    practice.user(handle)
    server, answer = sign_in(practice, handle)
    return connecting.finish_sign_in(
        network="mastodon", redirect_uri=BACK, by=None, server=server, **answer
    )


def read_all(channel: Channel) -> None:
    """Read every stream to its end, as workers do over some minutes."""
    for stream in Stream.objects.filter(channel=channel).order_by("pk"):
        for _turn in range(100):
            sync.sync_stream(stream_id=stream.pk)
            stream.refresh_from_db()
            if not stream.gaps or stream.last_error:
                break


def look_again(channel: Channel) -> None:
    """Look for edits and deletions until everything was looked at."""
    for turn in range(1, 11):
        later = timezone.now() + timedelta(minutes=15 * turn)
        recheck.recheck_channel(channel_id=channel.pk, now=later)
