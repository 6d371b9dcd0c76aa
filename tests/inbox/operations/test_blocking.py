"""What blocked authors write is held back whole, and comes in when a manager says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from inbox.connectors.types import InboundAttachment, InboundMessage, Remark
from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed
from inbox.models import (
    Attachment,
    AuditEvent,
    Author,
    Block,
    Channel,
    Conversation,
    HeldBack,
    Message,
    User,
)
from inbox.operations import blocking, holding
from inbox.operations.ingest import ingest
from tests import inbound
from tests.factories import make_author, make_held

DAY = timedelta(days=1)


@pytest.fixture
def troll(channel: Channel) -> Author:
    """Somebody whose first message is in the queue already."""
    ingest(channel=channel, messages=[by_troll(1)])
    return Author.objects.get(external_id="troll")


def by_troll(number: int, text: str = "clowns", **fields: object) -> InboundMessage:
    return inbound.item(number, text, author=inbound.author("x", external_id="troll"), **fields)


def block(author: Author, by: User, until: datetime | None = None) -> Block:
    return blocking.block_author(author=author, reason="insults", until=until, by=by)


def test_what_a_blocked_author_writes_is_kept_beside_the_queue(
    channel: Channel, troll: Author, ben: User
) -> None:
    block(troll, ben)
    for _time in range(2):  # networks tell everything more than once
        ingest(
            channel=channel,
            messages=[by_troll(2, "more clowns"), by_troll(3, "again", parent=1), inbound.item(4)],
        )
    assert sorted(Message.objects.values_list("external_id", flat=True)) == ["1", "4"]
    assert sorted(HeldBack.objects.values_list("external_id", flat=True)) == ["2", "3"]
    assert Conversation.objects.filter(author=troll).count() == 1  # as it was before
    assert AuditEvent.objects.get(verb="inbox.author.blocked").data["reason"] == "insults"


def test_an_edit_of_what_is_held_back_is_kept_too(
    channel: Channel, troll: Author, ben: User
) -> None:
    block(troll, ben)
    ingest(channel=channel, messages=[by_troll(2)])
    ingest(channel=channel, messages=[by_troll(2, "sorry", version_id="2b")])
    assert HeldBack.objects.get().text == "sorry"


def test_others_in_the_same_thread_are_heard(channel: Channel, troll: Author, ben: User) -> None:
    block(troll, ben)
    ingest(channel=channel, messages=[by_troll(2), inbound.item(3, "me too", parent=2)])
    assert Message.objects.filter(external_id="3", conversation__isnull=False).exists()


def test_a_block_ends_by_itself_and_what_was_held_stays_held(
    channel: Channel, troll: Author, ben: User
) -> None:
    made = block(troll, ben, timezone.now() + DAY)
    ingest(channel=channel, messages=[by_troll(2)])
    Block.objects.filter(pk=made.pk).update(until=timezone.now())
    ingest(channel=channel, messages=[by_troll(2), by_troll(3)])
    assert Message.objects.filter(external_id="3").exists()
    assert HeldBack.objects.waiting().count() == 1
    again = block(troll, ben)
    assert again.pk != made.pk


def test_lifting_lets_in_what_comes_from_now_on(channel: Channel, troll: Author, ben: User) -> None:
    block(troll, ben)
    with pytest.raises(InvalidTransition):
        block(troll, ben)
    blocking.lift_block(author=troll, by=ben)
    ingest(channel=channel, messages=[by_troll(2)])
    assert Message.objects.filter(external_id="2").exists()
    with pytest.raises(InvalidTransition):
        blocking.lift_block(author=troll, by=ben)


def test_what_is_brought_in_is_in_the_queue_as_if_it_came_now(
    channel: Channel, troll: Author, ben: User
) -> None:
    block(troll, ben)
    shown = InboundAttachment("m1", "image", "https://files.example/a.png")
    ingest(channel=channel, messages=[by_troll(2, "my site is down!", attachments=(shown,))])
    began = timezone.now()
    conversation = blocking.bring_back(held=HeldBack.objects.get(), by=ben)
    assert conversation is not None
    message = conversation.messages.get()
    assert (message.text, message.author) == ("my site is down!", troll)
    assert message.sent_at == inbound.NOON + timedelta(minutes=2)
    assert conversation.status == "open"
    assert conversation.waiting_since
    assert conversation.rank_at > began - timedelta(hours=1)
    assert Attachment.objects.count() == 1
    assert not HeldBack.objects.waiting().exists()
    ingest(channel=channel, messages=[by_troll(2, "my site is down!")])
    assert Message.objects.filter(external_id="2").count() == 1
    with pytest.raises(InvalidTransition):
        blocking.bring_back(held=HeldBack.objects.get(), by=ben)


def test_all_of_one_author_come_in_together_oldest_first(
    channel: Channel, troll: Author, ben: User
) -> None:
    block(troll, ben)
    ingest(channel=channel, messages=[by_troll(3, parent=2, root=2), by_troll(2)])
    assert blocking.bring_back_all(held=HeldBack.objects.all(), by=ben) == 2
    conversation = Conversation.objects.get(external_id="2")
    assert conversation.messages.count() == 2


def test_private_words_are_held_back_as_well(channel: Channel, troll: Author, ben: User) -> None:
    block(troll, ben)
    who = inbound.author("x", external_id="troll")
    private = by_troll(2, is_private=True, thread_external_id="troll", counterpart=who)
    ingest(channel=channel, messages=[private])
    row = HeldBack.objects.get()
    assert row.is_private
    conversation = blocking.bring_back(held=row, by=ben)
    assert conversation is not None
    assert conversation.external_id == "dm:troll"


def test_the_namesake_on_another_network_is_heard(
    channel: Channel, troll: Author, ben: User
) -> None:
    namesake = make_author(network="mastodon", external_id="troll")
    block(namesake, ben)
    ingest(channel=channel, messages=[by_troll(2)])
    assert Message.objects.filter(external_id="2").exists()


@pytest.mark.parametrize("role", ["agent", "auditor"])
def test_only_managers_block_and_review(
    channel: Channel, troll: Author, ana: User, role: str
) -> None:
    User.objects.filter(pk=ana.pk).update(role=role)
    somebody = User.objects.get(pk=ana.pk)
    held = make_held(troll, channel)
    for act in (
        lambda: block(troll, somebody),
        lambda: blocking.lift_block(author=troll, by=somebody),
        lambda: blocking.bring_back(held=held, by=somebody),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert not HeldBack.objects.visible_to(somebody).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("reason", "days"), [("  ", 1), ("insults", -1)])
def test_a_block_needs_a_reason_and_an_end_to_come(
    troll: Author, ben: User, reason: str, days: int
) -> None:
    with pytest.raises(BadInput):
        blocking.block_author(
            author=troll, reason=reason, until=timezone.now() + DAY * days, by=ben
        )


def test_a_message_survives_being_packed() -> None:
    who = inbound.author(1, joined_at=datetime(2014, 3, 1, 1, 2, 3, 456789, tzinfo=UTC))
    item = inbound.item(
        5,
        "héllo",
        author=who,
        counterpart=who,
        sent_at=datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC),
        attachments=(InboundAttachment("m", "file", "mail:1/2", size=3),),
        remarks=(Remark("machine", {"who": "a bot"}),),
        raw={"id": "5", "parts": [1, {"deep": True}]},
    )
    assert holding.unpacked(holding.packed(item)) == item
    assert holding.unpacked(holding.packed(item) | {"of_a_later_version": 1}) == item
