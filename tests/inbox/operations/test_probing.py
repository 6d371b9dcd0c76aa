"""Every sign-in is tried once a day: what it allows is kept fresh, its end is noticed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.connectors.errors import AuthExpired, TransientError
from inbox.connectors.types import InboundAuthor
from inbox.models import Channel
from inbox.operations import channels, probing

pytestmark = pytest.mark.django_db


class Network:
    def __init__(self, channel: Channel) -> None:
        self.account = InboundAuthor(channel.external_id, channel.handle)
        self.fail: Exception | None = None
        self.asked = 0

    def read_facts(self) -> dict[str, Any]:
        self.asked += 1
        if self.fail:
            raise self.fail
        return {"text_length": 500}

    def verify_credentials(self) -> InboundAuthor:
        return self.account

    def refresh(self) -> None:
        raise AuthExpired("revoked")


@pytest.fixture
def network(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> Network:
    found = Network(channel)
    monkeypatch.setattr(channels, "connector_for", lambda _: found)
    monkeypatch.setattr(channels, "_connector", lambda _: found)
    return found


def test_limits_stay_fresh_once_a_day(channel: Channel, network: Network) -> None:
    now = timezone.now()
    assert probing.due(now=now) == [channel.pk]
    for _twice in range(2):
        probing.probe(channel_id=channel.pk)
    assert network.asked == 1
    channel.refresh_from_db()
    assert channel.facts == {"text_length": 500}
    assert probing.due(now=now + timedelta(hours=23)) == []
    assert probing.due(now=now + timedelta(hours=25)) == [channel.pk]


def test_a_renamed_account_is_called_by_its_new_name(channel: Channel, network: Network) -> None:
    network.account = InboundAuthor(channel.external_id, "new_name")
    probing.probe(channel_id=channel.pk)
    channel.refresh_from_db()
    assert (channel.handle, channel.name.startswith("Brand")) == ("new_name", True)


def test_a_sign_in_of_somebody_else_is_not_used(channel: Channel, network: Network) -> None:
    network.account = InboundAuthor("424242", "stranger")
    probing.probe(channel_id=channel.pk)
    channel.refresh_from_db()
    assert (channel.health, channel.health_reason) == ("needs_login", probing.SOMEBODY_ELSE)
    assert channel.facts == {}


def test_a_dead_sign_in_is_noticed(channel: Channel, network: Network) -> None:
    network.fail = AuthExpired("revoked")
    probing.probe(channel_id=channel.pk)
    channel.refresh_from_db()
    assert channel.health == "needs_login"


def test_a_network_out_of_reach_is_tried_again_soon(channel: Channel, network: Network) -> None:
    network.fail = TransientError("down")
    probing.probe(channel_id=channel.pk)
    channel.refresh_from_db()
    assert channel.health == "ok"
    soon = timezone.now() + probing.AFTER_TROUBLE
    assert probing.due(now=timezone.now()) == []
    assert probing.due(now=soon + timedelta(minutes=1)) == [channel.pk]


def test_paused_channels_are_left_alone(channel: Channel, network: Network) -> None:
    Channel.objects.update(is_paused=True)
    probing.probe(channel_id=channel.pk)
    assert network.asked == 0
