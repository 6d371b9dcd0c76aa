"""What the desk says on Bluesky's own servers, seen by those whom it is said to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from inbox.models import Channel, Conversation, Message
from inbox.operations import channels
from responses.models import ApprovalPolicy, Reply
from responses.operations import reconciling, sending
from tests.factories import make_user
from tests.real.bluesky import desk
from tests.real.bluesky.people import People, eventually
from tests.real.bluesky.proxy import Proxy
from tests.real.bluesky.server import BlueskyNetwork
from tests.responses.build import make_queued

pytestmark = pytest.mark.django_db

ANSWERS = 50
CUT = {
    "kind": "cut_after_accept",
    "method": "POST",
    "path": "/xrpc/com.atproto.repo.putRecord",
    "every": 3,
}


@pytest.fixture
def proxy(network: BlueskyNetwork) -> Iterator[Proxy]:
    with Proxy(network.url) as running:
        yield running


def test_fifty_answers_arrive_once_each_at_the_right_person(
    people: People, proxy: Proxy, db: None
) -> None:
    """Every third request is cut off after the server took it."""
    channel = desk.connect(people, "brand", service=proxy.url)
    asked = {
        people.post(f"customer{number % 10}", f"@brand question {number}")["uri"]: number
        for number in range(ANSWERS)
    }
    eventually(lambda: len(people.told("brand", "mention")) == ANSWERS)
    desk.read_all(channel)
    conversations = list(Conversation.objects.filter(channel=channel).select_related("channel"))
    assert len(conversations) == ANSWERS
    ApprovalPolicy.objects.update_or_create(channel=channel)
    agent, manager = make_user(role="agent"), make_user(role="manager")
    proxy.faults.set_rules([CUT])
    wanted: dict[str, tuple[str, str]] = {}
    for conversation in conversations:
        number = asked[conversation.external_id]
        name = f"customer{number % 10}"
        text = (
            f"Ça va? 👩‍👩‍👧‍👧 @{people.handle(name)}: https://status.example.com/{number} #NusaUp"
        )
        wanted[conversation.external_id] = name, text
        reply = make_queued(conversation, agent, manager, text=text)
        sending.deliver(reply_id=reply.pk)
    unknown = Reply.objects.filter(status=Reply.Status.UNKNOWN)
    assert unknown.count() == ANSWERS // 3
    proxy.faults.set_rules([])
    for reply in unknown:
        Reply.objects.filter(pk=reply.pk).update(check_after=reply.created_at)
        reconciling.reconcile(reply_id=reply.pk)
    assert set(Reply.objects.values_list("status", flat=True)) == {Reply.Status.SENT}

    record = people.records("brand")
    assert len(record) == ANSWERS
    assert {value["reply"]["parent"]["uri"] for value in record.values()} == asked.keys()
    receipts = set(Reply.objects.values_list("message__external_id", flat=True))
    assert receipts == record.keys()
    for value in record.values():
        name, text = wanted[value["reply"]["parent"]["uri"]]
        number = asked[value["reply"]["parent"]["uri"]]
        assert value["text"] == text
        assert live(value) == [
            (f"@{people.handle(name)}", people.did(name)),
            (f"https://status.example.com/{number}", f"https://status.example.com/{number}"),
            ("#NusaUp", "NusaUp"),
        ]
    for number in range(10):
        name = f"customer{number}"
        mine = {
            key
            for key, value in record.items()
            if wanted[value["reply"]["parent"]["uri"]][0] == name
        }
        # Named in the text, so told of it by that reason.
        told = eventually(lambda: _all_told(people, name, mine))  # noqa: B023 - called at once
        assert sorted(told) == sorted(mine)

    desk.read_all(channel)
    ours = Message.objects.filter(channel=channel, direction=Message.Direction.OUTGOING)
    assert ours.count() == ANSWERS
    assert ours.filter(sent_here=True, edited_at=None).count() == ANSWERS


def _all_told(people: People, name: str, wanted: set[str]) -> list[str]:
    told = people.told(name, "mention") + people.told(name, "reply")
    return told if wanted <= set(told) else []


def live(value: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the words of a post that lead somewhere, and where."""
    whole = value["text"].encode()
    found = []
    for facet in value["facets"]:
        (feature,) = facet["features"]
        target = next(text for name, text in feature.items() if name != "$type")
        words = whole[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        found.append((words, target))
    return found


def test_a_second_attempt_under_the_same_key_changes_nothing(
    network: BlueskyNetwork, people: People, db: None
) -> None:
    channel, reply = answer_one(network, people)
    outbound = sending.outbound_of(reply)
    connector = channels.connector_for(channel)
    first = connector.send_reply(outbound)
    assert connector.send_reply(outbound) == first
    assert connector.find_sent(outbound) == first
    assert people.records("brand").keys() == {first.external_id}


def test_an_ended_token_is_renewed_on_the_way(
    network: BlueskyNetwork, people: People, db: None
) -> None:
    channel, reply = answer_one(network, people)
    before = dict(channel.secrets)
    channels.refresh_channel(channel=channel)
    channel.refresh_from_db()
    assert channel.secrets["access_token"] != before["access_token"]
    sending.deliver(reply_id=reply.pk)
    reply.refresh_from_db()
    assert reply.status == Reply.Status.SENT


@pytest.mark.parametrize("filler", ["x", "日", "👩‍👩‍👧‍👧", "e\u0301", "क्षि", "🇮🇩"])
def test_what_we_let_through_the_server_takes(
    network: BlueskyNetwork, people: People, filler: str, db: None
) -> None:
    """Never longer than the server takes, and where it counts as we do, not shorter either."""
    channel, reply = answer_one(network, people)
    connector, outbound = channels.connector_for(channel), sending.outbound_of(reply)
    text = filler
    while not connector.check_reply(_with_text(outbound, text + filler)):
        text += filler
    receipt = connector.send_reply(_with_text(outbound, text))
    assert people.record(receipt.external_id)["text"] == text


def _with_text(outbound: Any, text: str) -> Any:
    from dataclasses import replace

    return replace(outbound, text=text)


def answer_one(network: BlueskyNetwork, people: People) -> tuple[Channel, Reply]:
    """Return a channel and an approved reply on it that is due."""
    channel = desk.connect(people, "brand", service=network.url)
    people.post("rina", "@brand is it down?")
    eventually(lambda: people.told("brand", "mention"))
    desk.read_all(channel)
    reply = make_queued(Conversation.objects.get(channel=channel))
    # As at the first attempt, which fixes the key.
    Reply.objects.filter(pk=reply.pk).update(first_attempt_at=reply.created_at)
    return channel, Reply.objects.select_related(
        "target", "conversation__author", "conversation__channel", "channel"
    ).get(pk=reply.pk)
