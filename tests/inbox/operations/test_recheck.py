"""Edits and deletions on the network are noticed, and what was said is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inbox.connectors.errors import AuthExpired, TransientError
from inbox.models import Channel, Conversation, Message
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


def test_a_deleted_post_is_kept_and_no_longer_waits(network: ListNetwork, channel: Channel) -> None:
    del network.items[0]
    assert recheck.recheck_channel(channel_id=channel.pk) == 1
    message = Message.objects.get(external_id="1")
    assert message.deleted_at is not None
    assert message.text == "you are thieves"
    assert Conversation.objects.get(external_id="1").status == "pending"


def test_an_edit_is_kept_beside_what_was_said(network: ListNetwork, channel: Channel) -> None:
    network.items[0] = replace(network.items[0], version_id="9", text="you are great")
    recheck.recheck_channel(channel_id=channel.pk)
    message = Message.objects.get(external_id="1")
    assert message.text == "you are great"
    assert message.versions.get().text == "you are thieves"


def test_a_post_that_comes_back_is_shown_again(network: ListNetwork, channel: Channel) -> None:
    (gone,) = network.items[:1]
    del network.items[0]
    recheck.recheck_channel(channel_id=channel.pk)
    ingest(channel=channel, messages=[replace(gone, version_id="9")])
    assert Message.objects.get(external_id="1").deleted_at is None


def test_those_looked_at_longest_ago_come_first(
    network: ListNetwork, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recheck, "BATCH", 1)
    recheck.recheck_channel(channel_id=channel.pk)
    recheck.recheck_channel(channel_id=channel.pk)
    assert not Message.objects.filter(checked_at=None).exists()


@pytest.mark.parametrize("error", [TransientError("down"), AuthExpired("out")])
def test_trouble_marks_nothing_as_deleted(
    network: ListNetwork, channel: Channel, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(ids: object) -> None:
        raise error

    monkeypatch.setattr(network, "lookup", fail)
    monkeypatch.setattr(channels, "_connector", lambda channel: network)
    assert recheck.recheck_channel(channel_id=channel.pk) == 0
    assert not Message.objects.exclude(deleted_at=None).exists()
