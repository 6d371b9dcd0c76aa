"""A whole desk on a server of the Mastodon API: what comes in, and whom an answer reaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inbox.models import Author, Channel, Conversation, Message
from inbox.operations import channels
from responses.models import ApprovalPolicy, Reply
from responses.operations import reconciling, sending
from tests import mastodon_desk as desk
from tests.factories import make_user
from tests.inbox.practice.mastodon.server import DOMAIN, Server, server
from tests.responses.build import make_queued

__all__ = ["server"]
pytestmark = pytest.mark.django_db(transaction=False)

PEOPLE = ("rina", "bo@far.example", "eve@other.example", "budi")


@pytest.fixture(autouse=True)
def _practice_run(settings: Any) -> Iterator[None]:
    settings.PRACTICE_NETWORK = True
    channels.http.cache_clear()
    yield
    channels.http.cache_clear()


def storm(server: Server) -> list[str]:
    """Post two hundred times as four people by Mastodon.py; return the ids of what is to us."""
    clients = {name: server.client(name) for name in PEOPLE}
    to_us: list[str] = []
    news = server.post("brand", "Maintenance tonight.")["id"]
    last = ""
    for number in range(200):
        name = PEOPLE[number % len(PEOPLE)]
        client = clients[name]
        match number % 5:
            case 0:  # a mention
                last = str(client.status_post(f"@brand is it down? {number}").id)
            case 1:  # an answer to our own post
                words = f"@brand not again {number}"
                last = str(client.status_post(words, in_reply_to_id=news).id)
            case 2:  # an answer to somebody else's, which names us
                words = f"@brand here as well {number}"
                last = str(client.status_post(words, in_reply_to_id=last).id)
            case 3:  # in private
                words = f"@brand my order {number}"
                last = str(client.status_post(words, visibility="direct").id)
            case _:  # beside the public timelines
                words = f"@brand among friends {number}"
                last = str(client.status_post(words, visibility="unlisted").id)
        to_us.append(last)
    for status_id in to_us[::10]:
        server.edit(status_id, "@brand changed my mind")
    for status_id in to_us[3::20]:
        server.delete(status_id)
    return to_us


def test_the_inbox_equals_the_servers_own_record(server: Server, db: None) -> None:
    channel = desk.connect(server)
    storm(server)
    desk.read_all(channel)
    desk.look_again(channel)
    desk.read_all(channel)
    record = {post["id"]: post for post in server.posts()}
    to_us = {key: post for key, post in record.items() if "brand" in post["mentions"]}
    assert len(to_us) == 200

    rows = list(Message.objects.filter(channel=channel).select_related("conversation", "author"))
    inbound = {row.external_id: row for row in rows if not row.is_ours}
    assert Counter(row.external_id for row in rows).most_common(1)[0][1] == 1
    # What was gone before we first looked was never ours to see.
    there = {key for key, post in to_us.items() if not post["deleted"]}
    assert there <= inbound.keys()
    assert inbound.keys() <= to_us.keys()
    for key, row in inbound.items():
        post = to_us[key]
        assert bool(row.deleted_at) == post["deleted"]
        assert row.is_private == (post["visibility"] == "direct")
        assert row.raw["visibility"] == post["visibility"]
        assert row.author is not None
        whole = post["author"] if "@" in post["author"] else f"{post['author']}@{DOMAIN}"
        assert row.author.external_id == whole
        if not post["deleted"]:
            assert post["text"].removeprefix("@brand") in row.text
        assert row.conversation is not None
        if row.is_private:
            assert row.conversation.external_id == f"dm:{whole}"
        else:
            assert row.conversation.external_id == _top(post, record)
    assert Author.objects.filter(network="mastodon").count() == len(PEOPLE)


def _top(post: dict[str, Any], record: dict[str, Any]) -> str:
    """Return the first message by somebody else in the thread of `post`, as the server has it."""
    top = post
    while top["in_reply_to"] and record[top["in_reply_to"]]["author"] != "brand":
        top = record[top["in_reply_to"]]
    return str(top["id"])


def test_edits_and_deletions_after_the_first_look_are_seen(server: Server, db: None) -> None:
    channel = desk.connect(server)
    edited, gone = (server.post("rina", f"@brand {n}")["id"] for n in range(2))
    desk.read_all(channel)
    server.edit(edited, "@brand never mind")
    server.delete(gone)
    desk.look_again(channel)
    changed = Message.objects.get(external_id=edited)
    assert changed.text.endswith("never mind")
    assert changed.versions.get().text.endswith("0")
    assert Message.objects.get(external_id=gone).deleted_at is not None


@pytest.mark.parametrize("forgetful", [False, True], ids=["keys", "no_keys"])
def test_fifty_answers_arrive_once_each_at_the_right_person(
    server: Server, db: None, forgetful: bool
) -> None:
    """Every third request is cut off after the server took it, whether or not it knows keys."""
    server.faults(no_idempotency=forgetful)
    channel = desk.connect(server)
    for number in range(50):
        visibility = ("public", "unlisted", "direct")[number % 3]
        name, at, domain = PEOPLE[number % 4].partition("@")
        words = f"@brand question {number}"
        server.post(f"{name}{number}{at}{domain}", words, visibility=visibility)
    desk.read_all(channel)
    ApprovalPolicy.objects.update_or_create(
        channel=channel, defaults={"private_needs_approval": True}
    )
    agent, manager = make_user(role="agent"), make_user(role="manager")
    conversations = list(Conversation.objects.filter(channel=channel).select_related("channel"))
    assert len(conversations) == 50
    server.faults(
        {"kind": "cut_after_accept", "method": "POST", "path": "/api/v1/statuses", "every": 3}
    )
    for conversation in conversations:
        reply = make_queued(conversation, agent, manager, text=f"Answer {conversation.pk}.")
        sending.deliver(reply_id=reply.pk)
    unknown = Reply.objects.filter(status=Reply.Status.UNKNOWN)
    assert 10 < unknown.count() < 20
    server.faults()
    for reply in unknown:
        Reply.objects.filter(pk=reply.pk).update(check_after=reply.created_at)
        reconciling.reconcile(reply_id=reply.pk)
    assert set(Reply.objects.values_list("status", flat=True)) == {Reply.Status.SENT}

    record = {post["id"]: post for post in server.posts()}
    answers = [post for post in record.values() if post["author"] == "brand"]
    assert len(answers) == 50
    assert len({post["in_reply_to"] for post in answers}) == 50
    for post in answers:
        question = record[post["in_reply_to"]]
        assert post["mentions"] == [question["author"]]
        assert post["visibility"] == question["visibility"]
        told = server.client(question["author"]).notifications(types=["mention"])
        assert [str(each.status.id) for each in told] == [post["id"]]

    desk.read_all(channel)
    ours = Message.objects.filter(channel=channel, direction=Message.Direction.OUTGOING)
    assert ours.count() == 50
    assert ours.filter(sent_here=True).count() == 50


def test_the_composer_counts_what_the_server_will_count(server: Server, db: None) -> None:
    from responses.operations import sendable

    server.faults(max_characters=30)
    channel = desk.connect(server)
    server.post("rina", "@brand hi")
    desk.read_all(channel)
    conversation = Conversation.objects.get()
    target = conversation.messages.get()
    values: dict[str, Any] = {
        "target": target, "conversation": conversation, "is_private": False
    }  # fmt: skip
    assert sendable.measure(text="x" * 24, **values).length == 30
    assert sendable.problems(text="x" * 24, **values) == []
    assert sendable.problems(text="x" * 25, **values)[0].code == "too_long"


def test_two_servers_are_two_channels_and_one_person_is_one_author(
    server: Server, tmp_path: Path, db: None
) -> None:
    with Server(tmp_path / "second", domain="second.example") as second:
        first, other = desk.connect(server), desk.connect(second)
        for practice in (server, second):
            practice.post("bo@far.example", "@brand is it down?")
        desk.read_all(first)
        desk.read_all(other)
    assert Channel.objects.count() == 2
    assert {str(channel.server) for channel in Channel.objects.all()} == {
        server.url.removeprefix("http://"),
        second.url.removeprefix("http://"),
    }
    assert Author.objects.filter(external_id="bo@far.example").count() == 1
    assert Conversation.objects.count() == 2


def test_context_waits_for_nobody(server: Server, db: None) -> None:
    channel = desk.connect(server)
    root = server.post("eve", "their site is down!!")
    asked = server.post("rina", "@eve @brand is it?", in_reply_to=root["id"])
    desk.read_all(channel)
    conversation = Conversation.objects.get()
    assert [m.external_id for m in conversation.messages.filter(is_context=True)] == [root["id"]]
    assert conversation.preview.endswith("is it?")
    assert conversation.author.external_id == f"rina@{DOMAIN}"
    reply = make_queued(conversation)
    assert reply.target.external_id == asked["id"]
    server.edit(root["id"], "@brand your site is down")
    desk.read_all(channel)
    assert not conversation.messages.filter(is_context=True).exists()
