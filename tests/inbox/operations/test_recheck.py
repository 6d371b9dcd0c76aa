"""Edits and deletions on the network are noticed, and what was said is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from inbox.connectors.errors import AuthExpired, TransientError
from inbox.lib.days import desk_day
from inbox.models import Channel, Conversation, Message, Seen, User
from inbox.operations import channels, recheck
from inbox.operations.ingest import ingest
from tests.inbound import ListNetwork, item

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, channel: Channel) -> ListNetwork:
    network = ListNetwork()
    network.items = [item(1, "you are thieves"), item(2)]
    ingest(channel=channel, messages=network.items)
    monkeypatch.setattr(channels, "connector_for", lambda channel: network)
    return network


def look_again(channel: Channel, **after: float) -> int:
    """Look when the first rest of what is new is over, or so long `after` now."""
    later = timezone.now() + timedelta(**after or {"minutes": 11})
    return recheck.recheck_channel(channel_id=channel.pk, now=later)


def test_a_deleted_post_is_kept_and_no_longer_waits(network: ListNetwork, channel: Channel) -> None:
    del network.items[0]
    assert look_again(channel) == 1
    message = Message.objects.get(external_id="1")
    assert message.deleted_at is not None
    assert message.text == "you are thieves"
    assert Conversation.objects.get(external_id="1").status == "pending"


def test_an_edit_is_kept_beside_what_was_said(network: ListNetwork, channel: Channel) -> None:
    network.items[0] = replace(network.items[0], version_id="9", text="you are great")
    look_again(channel)
    message = Message.objects.get(external_id="1")
    assert message.text == "you are great"
    assert message.versions.get().text == "you are thieves"


def test_a_post_that_comes_back_is_shown_again(network: ListNetwork, channel: Channel) -> None:
    (gone,) = network.items[:1]
    del network.items[0]
    look_again(channel)
    ingest(channel=channel, messages=[replace(gone, version_id="9")])
    assert Message.objects.get(external_id="1").deleted_at is None


def test_those_looked_at_longest_ago_come_first(
    network: ListNetwork, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recheck, "BATCH", 1)
    look_again(channel)
    look_again(channel)
    assert not Message.objects.filter(checked_at=None).exists()


def asked_after(network: ListNetwork, channel: Channel, **after: float) -> set[str]:
    network.asked.clear()
    look_again(channel, **after)
    return set(network.asked)


def test_what_is_new_rests_for_minutes_and_what_is_old_for_a_day(
    network: ListNetwork, channel: Channel
) -> None:
    now = timezone.now()
    Message.objects.filter(external_id="2").update(received_at=now - timedelta(days=3))
    Message.objects.update(checked_at=now)
    assert asked_after(network, channel, minutes=5) == set()
    assert asked_after(network, channel, minutes=11) == {"1"}
    Message.objects.update(checked_at=now)
    assert asked_after(network, channel, hours=25) == {"1", "2"}


def test_what_is_older_than_a_week_is_left_alone(network: ListNetwork, channel: Channel) -> None:
    assert asked_after(network, channel, days=8) == set()


def test_only_what_people_can_still_act_on_is_looked_at(
    network: ListNetwork, channel: Channel
) -> None:
    done, answered = Conversation.objects.order_by("external_id")
    Conversation.objects.filter(pk=done.pk).update(status="resolved")
    Conversation.objects.filter(pk=answered.pk).update(
        waiting_since=None, last_message_at=timezone.now()
    )
    assert asked_after(network, channel, hours=1) == {"2"}
    assert asked_after(network, channel, hours=30) == set()


def test_a_hit_is_looked_at_once_somebody_opened_it(
    network: ListNetwork, channel: Channel, ana: User
) -> None:
    Message.objects.filter(external_id="1").update(found_by="Rem blong")
    assert asked_after(network, channel, hours=1) == {"2"}
    seen = Conversation.objects.get(external_id="1")
    Seen.objects.create(user=ana, conversation=seen)
    assert asked_after(network, channel, hours=2) == {"1", "2"}


def test_where_reading_costs_no_more_is_read_than_the_days_share(
    network: ListNetwork, channel: Channel
) -> None:
    Message.objects.filter(external_id="1").update(received_at=timezone.now() - timedelta(hours=3))
    Channel.objects.update(lookup_cap=1)
    assert asked_after(network, channel, minutes=11) == {"1"}
    channel.refresh_from_db()
    assert (channel.lookups_today, channel.lookups_left) == (1, 0)
    assert asked_after(network, channel, minutes=22) == set()
    Channel.objects.update(lookup_on=desk_day() - timedelta(days=1))
    assert len(asked_after(network, channel, minutes=22)) == 1


def test_where_reading_is_free_there_is_no_share(network: ListNetwork, channel: Channel) -> None:
    Channel.objects.update(network="mastodon", lookup_cap=1)
    assert asked_after(network, channel, minutes=11) == {"1", "2"}
    channel.refresh_from_db()
    assert (channel.lookups_today, channel.lookups_left) == (0, None)


def test_trouble_is_paid_for_and_waits_like_an_answer(
    network: ListNetwork, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "lookup", _fail)
    look_again(channel)
    channel.refresh_from_db()
    assert channel.lookups_today == 2
    assert not Message.objects.filter(checked_at=None).exists()


def _fail(ids: object) -> None:
    raise TransientError("down")


@pytest.mark.parametrize("error", [TransientError("down"), AuthExpired("out")])
def test_trouble_marks_nothing_as_deleted(
    network: ListNetwork, channel: Channel, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(ids: object) -> None:
        raise error

    monkeypatch.setattr(network, "lookup", fail)
    monkeypatch.setattr(channels, "_connector", lambda channel: network)
    assert look_again(channel) == 0
    assert not Message.objects.exclude(deleted_at=None).exists()
