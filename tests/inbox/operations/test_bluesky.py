"""A whole desk on a practice network of Bluesky's endpoints: in public, in private, in trouble."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.errors import ConnectFailed
from inbox.models import Channel, Conversation, Message, Stream
from inbox.operations import connecting, recheck, sync
from inbox.operations.channels import http
from responses.models import ApprovalPolicy, Reply
from responses.operations import reconciling, sending
from tests.factories import make_user
from tests.inbox.practice.bluesky.server import BRAND, Server, server
from tests.responses.build import make_queued

__all__ = ["server"]


@pytest.fixture(autouse=True)
def _practice_run(settings: Any, db: None) -> Iterator[None]:
    settings.PRACTICE_NETWORK = True
    http.cache_clear()
    yield
    http.cache_clear()


@pytest.fixture
def channel(server: Server) -> Channel:
    return connect(server)


def connect(server: Server, expected: Channel | None = None, **fields: str) -> Channel:
    made = server.user(BRAND)
    values = {"handle": BRAND, "password": made["password"], "service": server.url} | fields
    finding = connecting.look_at_form(network="bluesky", values=values, by=None, expected=expected)
    return connecting.keep_found(sealed=finding.sealed, by=make_user(role="admin"))


def read_all(channel: Channel) -> None:
    for stream in Stream.objects.filter(channel=channel).order_by("pk"):
        for _turn in range(50):
            sync.sync_stream(stream_id=stream.pk)
            stream.refresh_from_db()
            if not stream.gaps:
                break


def test_connecting_keeps_the_session_and_not_the_password(server: Server) -> None:
    channel = connect(server)
    password = server.user(BRAND)["password"]
    assert password not in str(channel.secrets)
    assert password not in str(channel.facts)
    assert channel.facts["form"] == {"handle": BRAND, "service": server.url}
    assert channel.secrets_expire_at is not None
    assert set(channel.streams.values_list("name", flat=True)) == {
        *("own", "mentions", "chat", "threads")
    }
    with pytest.raises(ConnectFailed, match="Invalid identifier or password"):
        connect(server, password="wrong-password")
    again = connect(server, expected=channel)
    assert again.pk == channel.pk


def test_somebody_elses_account_does_not_take_a_channels_place(
    server: Server, channel: Channel
) -> None:
    other = server.user("other.test")
    with pytest.raises(ConnectFailed, match="Nothing was changed"):
        connect(server, expected=channel, handle="other.test", password=other["password"])


def test_public_and_private_words_of_one_person_stay_apart(
    server: Server, channel: Channel
) -> None:
    asked = server.post("rina.test", f"@{BRAND} down?")
    said = server.say("rina.test", "my order is 42")
    read_all(channel)
    public = Conversation.objects.get(is_private=False)
    private = Conversation.objects.get(is_private=True)
    assert [m.external_id for m in public.messages.all()] == [asked]
    assert [m.external_id for m in private.messages.all()] == [f"{said['convo']}/{said['id']}"]
    assert public.author == private.author
    assert private.external_id == f"dm:{server.user('rina.test')['did']}"


def test_a_token_that_ends_is_renewed_without_anybody(server: Server, channel: Channel) -> None:
    server.control("POST", "expire", {})
    server.post("rina.test", f"@{BRAND} down?")
    read_all(channel)  # the first answer is a refusal
    channel.refresh_from_db()
    assert channel.health == Channel.Health.OK
    read_all(channel)
    assert Conversation.objects.count() == 1
    server.control("POST", "expire", {"all": True})
    Channel.objects.update(refreshed_at=None)
    read_all(channel)
    channel.refresh_from_db()
    assert channel.health == Channel.Health.NEEDS_LOGIN


def test_a_deleted_post_is_marked_and_context_waits_for_nobody(
    server: Server, channel: Channel
) -> None:
    root = server.post("eve.test", "their site is down")
    gone = server.post("rina.test", f"@{BRAND} is it?", reply_to=root)
    read_all(channel)
    server.delete(gone)
    recheck.recheck_channel(channel_id=channel.pk, now=timezone.now() + timedelta(minutes=15))
    assert Message.objects.get(external_id=gone).deleted_at is not None
    kept = Message.objects.get(external_id=root)
    assert (kept.is_context, kept.deleted_at) == (True, None)


def test_answers_cut_off_after_they_were_taken_are_out_once_each(
    server: Server, channel: Channel
) -> None:
    """In public by the key, in private by the words."""
    ApprovalPolicy.objects.update_or_create(
        channel=channel, defaults={"private_needs_approval": True}
    )
    for number in range(12):
        server.post(f"customer{number}.test", f"@{BRAND} question {number}")
        server.say(f"customer{number}.test", f"secret {number}")
    read_all(channel)
    agent, manager = make_user(role="agent"), make_user(role="manager")
    cut = {"kind": "cut_after_accept", "method": "POST", "every": 3}
    server.faults(
        {**cut, "path": "/xrpc/com.atproto.repo.putRecord"},
        {**cut, "path": "/xrpc/chat.bsky.convo.sendMessage"},
    )
    for conversation in Conversation.objects.select_related("channel"):
        reply = make_queued(conversation, agent, manager, text=f"Answer {conversation.pk}.")
        sending.deliver(reply_id=reply.pk)
    unknown = Reply.objects.filter(status=Reply.Status.UNKNOWN)
    assert unknown.count() == 8
    server.faults()
    for reply in unknown:
        Reply.objects.filter(pk=reply.pk).update(check_after=reply.created_at)
        reconciling.reconcile(reply_id=reply.pk)
    assert set(Reply.objects.values_list("status", flat=True)) == {Reply.Status.SENT}
    posts = server.posts()
    said = [each for each in server.messages() if each["author"] == BRAND]
    assert len(posts) == len({each["value"]["reply"]["parent"]["uri"] for each in posts}) == 12
    assert len(said) == len({each["convo"] for each in said}) == 12
    wanted = set(Reply.objects.values_list("text", flat=True))
    assert {each["value"]["text"] for each in posts} | {each["text"] for each in said} == wanted
    read_all(channel)
    ours = Message.objects.filter(direction=Message.Direction.OUTGOING)
    assert ours.filter(sent_here=True, edited_at=None).count() == ours.count() == 24
