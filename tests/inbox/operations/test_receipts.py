"""Deliveries are read once, in any order, whatever dies on the way; a newer edit is never lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from inbox.connectors.errors import TransientError
from inbox.connectors.types import InboundMessage
from inbox.lib import waiting
from inbox.models import BadItem, Channel, Message, Receipt
from inbox.operations import channels, receipts, storing
from inbox.operations.ingest import ingest
from inbox.tasks import sweep_receipts
from tests.inbound import item
from tests.inbox.connectors.x.payloads import make_event, make_sent
from tests.inbox.deliveries import event, receive, sign_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    sign_with(settings)


class Lookups:
    """What the network says when it is asked; an error is raised once."""

    def __init__(self) -> None:
        self.now: dict[str, InboundMessage | None] = {}
        self.fail: Exception | None = None
        self.asked: list[list[str]] = []

    def lookup(self, ids: list[str]) -> dict[str, InboundMessage | None]:
        self.asked.append(list(ids))
        if self.fail:
            error, self.fail = self.fail, None
            raise error
        return {key: self.now[key] for key in ids if key in self.now}


@pytest.fixture
def x(monkeypatch: pytest.MonkeyPatch) -> Lookups:
    found = Lookups()
    monkeypatch.setattr(channels, "connector_for", lambda channel: found)
    return found


def texts() -> dict[str, str]:
    return dict(Message.objects.values_list("external_id", "text"))


def test_a_delivery_becomes_a_message(channel: Channel, x: Lookups) -> None:
    row = receive(event(channel, 31, text="@codero it is down"))
    message = Message.objects.get()
    assert (message.external_id, message.text) == ("31", "@codero it is down")
    assert message.conversation
    assert (row.state, row.channel, row.leased_until) == ("done", channel, None)
    channel.refresh_from_db()
    assert channel.pushed_at
    assert x.asked == []


def test_private_messages_join_the_private_thread(channel: Channel, x: Lookups) -> None:
    made = make_event(
        "dm.received",
        make_sent(31, recipient=channel.external_id),
        filter={"user_id": channel.external_id},
    )
    receive(made)
    assert Message.objects.get().is_private


def test_delivered_and_polled_is_one_message(channel: Channel, x: Lookups) -> None:
    receive(event(channel, 31, text="hello"))
    ingest(channel=channel, messages=[item(31)])
    receive(event(channel, 31, text="hello", lang="id"))  # another body, the same post
    assert texts() == {"31": "hello"}
    assert Message.objects.get().versions.count() == 0


def test_a_receipt_is_read_once_however_often_it_is_asked_for(
    channel: Channel, x: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = receive(event(channel, 31))
    monkeypatch.setattr(receipts, "_take_in", lambda row: pytest.fail("read again"))
    receipts.read(receipt_id=row.pk)


def test_a_worker_that_dies_between_receipt_and_reading_loses_nothing(
    channel: Channel, x: Lookups, django_capture_on_commit_callbacks: Any
) -> None:
    row = receive(event(channel, 31), is_read=False)
    # It took the lease and was killed.
    later = timezone.now() + receipts.LEASE
    Receipt.objects.filter(pk=row.pk).update(leased_until=later)
    receipts.read(receipt_id=row.pk)
    assert texts() == {}
    assert receipts.due(now=timezone.now()) == []
    assert receipts.due(now=later + timedelta(seconds=1)) == [row.pk]
    Receipt.objects.filter(pk=row.pk).update(leased_until=timezone.now())
    sweep_receipts()
    receipts.read(receipt_id=row.pk)
    assert set(texts()) == {"31"}


def test_a_worker_that_dies_while_storing_leaves_all_or_nothing(
    channel: Channel, x: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = receive(event(channel, 31), is_read=False)
    monkeypatch.setattr(receipts, "apply_lookup", _die)
    with pytest.raises(KeyboardInterrupt):
        receipts.read(receipt_id=row.pk)
    assert texts() == {}
    assert Receipt.objects.get().state == "received"


def _die(**_: Any) -> None:
    raise KeyboardInterrupt


def test_trouble_of_the_database_is_not_the_deliverys(
    channel: Channel, x: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(**_: Any) -> Any:
        raise OperationalError("database is locked")

    row = receive(event(channel, 31), is_read=False)
    monkeypatch.setattr(storing, "store", locked)
    with pytest.raises(OperationalError):
        receipts.read(receipt_id=row.pk)
    assert Receipt.objects.get().state == "received"


def test_what_the_delivery_leaves_out_is_looked_up(channel: Channel, x: Lookups) -> None:
    made = event(channel, 31)
    made["data"]["includes"] = {}
    x.now["31"] = item(31, "whole")
    receive(made)
    assert x.asked == [["31"]]
    assert Message.objects.get().author.handle == "person31"


def test_a_look_up_that_fails_is_tried_again_and_in_the_end_shown(
    channel: Channel, x: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting.random, "uniform", lambda low, high: low)  # the earliest
    made = event(channel, 31)
    made["data"]["includes"] = {}
    row = receive(made, is_read=False)
    for attempt in range(1, receipts.MOST_ATTEMPTS):
        began = timezone.now()
        x.fail = TransientError("not now")
        receipts.read(receipt_id=row.pk)
        row.refresh_from_db()
        assert (row.state, row.attempts, row.error) == ("received", attempt, "not now")
        least = receipts.FIRST_WAIT * 2.0 ** (attempt - 1) / 2
        assert row.next_try_at >= began + timedelta(seconds=least)
        Receipt.objects.update(next_try_at=timezone.now())
    x.fail = TransientError("not now")
    receipts.read(receipt_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "not now")


def test_an_edit_is_looked_up_rather_than_believed(channel: Channel, x: Lookups) -> None:
    """Version 33 of post 31 is stored; a delivery of version 32 comes late."""
    ingest(channel=channel, messages=[item(31, "third", version_id="33")])
    x.now["31"] = item(31, "third", version_id="33")
    receive(event(channel, 32, text="second", edit_history_post_ids=["31", "32"]))
    assert x.asked == [["31"]]
    assert texts() == {"31": "third"}


def test_deliveries_in_the_wrong_order_end_the_same(channel: Channel, x: Lookups) -> None:
    first = event(channel, 31, text="first")
    second = event(channel, 32, text="second", edit_history_post_ids=["31", "32"])
    x.now["31"] = item(31, "second", version_id="32")
    for made in (second, first):
        receive(made)
    assert texts() == {"31": "second"}


def test_an_older_poll_does_not_undo_a_newer_edit(channel: Channel, x: Lookups) -> None:
    """The poll read the post before it was edited and stores it after the edit was delivered."""
    receive(event(channel, 32, text="after", edit_history_post_ids=["31", "32"]))
    ingest(channel=channel, messages=[item(31, "before", version_id="31")])
    assert texts() == {"31": "after"}
    message = Message.objects.get()
    assert [version.text for version in message.versions.all()] == ["before"]
    assert message.edited_at
    ingest(channel=channel, messages=[item(31, "before", version_id="31")])
    assert message.versions.count() == 1
    ingest(channel=channel, messages=[item(31, "last", version_id="33")])
    assert texts() == {"31": "last"}


def test_our_own_deleted_post_is_marked(channel: Channel, x: Lookups) -> None:
    ingest(channel=channel, messages=[item(31, version_id="32")])
    gone = {"id": "32", "author_id": channel.external_id}
    made = make_event("post.delete", gone, filter={"user_id": channel.external_id})
    assert receive(made).state == "done"
    assert Message.objects.get().deleted_at


def test_a_deletion_that_overtakes_its_post_waits_for_it(channel: Channel, x: Lookups) -> None:
    gone = {"id": "31", "author_id": channel.external_id}
    made = make_event("post.delete", gone, filter={"user_id": channel.external_id})
    row = receive(made)
    assert row.state == "received"
    receive(event(channel, 31))
    Receipt.objects.update(next_try_at=timezone.now())
    receipts.read(receipt_id=row.pk)
    assert Message.objects.get().deleted_at


def test_a_deletion_of_what_never_was_here_ends(channel: Channel, x: Lookups) -> None:
    gone = {"id": "31", "author_id": channel.external_id}
    made = make_event("post.delete", gone, filter={"user_id": channel.external_id})
    row = receive(made)
    for _time in range(receipts.WAITS_FOR_UNKNOWN):
        Receipt.objects.update(next_try_at=timezone.now())
        receipts.read(receipt_id=row.pk)
    assert Receipt.objects.get().state == "done"


def test_a_paused_channel_keeps_its_deliveries_until_it_is_resumed(
    channel: Channel, x: Lookups
) -> None:
    Channel.objects.update(is_paused=True)
    row = receive(event(channel, 31))
    assert (row.state, row.attempts, texts()) == ("received", 0, {})
    Channel.objects.update(is_paused=False)
    Receipt.objects.update(next_try_at=timezone.now())
    receipts.read(receipt_id=row.pk)
    assert set(texts()) == {"31"}


def test_what_cannot_be_read_is_kept_in_the_tray(channel: Channel, x: Lookups) -> None:
    receive(event(channel, 31, created_at="yesterday"))
    problem = BadItem.objects.get()
    assert (problem.channel, problem.stream) == (channel, "webhook")
    assert problem.raw["id"] == "31"


def test_a_withdrawn_access_signs_the_channel_out(channel: Channel) -> None:
    content = {"user_id": channel.external_id, "date_time": "2026-07-23T21:44:05+00:00"}
    channel.secrets = {"access_token": "at"}
    channel.save()
    receive(make_event("oauth.revoke", content, filter={}))
    channel.refresh_from_db()
    assert channel.health == Channel.Health.NEEDS_LOGIN


def test_a_bug_of_ours_costs_one_delivery_and_is_shown(
    channel: Channel, x: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "_take_in", lambda row: 1 / 0)
    row = receive(event(channel, 31))
    assert row.state == "failed"
    assert "ZeroDivisionError" in row.error
