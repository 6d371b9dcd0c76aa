"""Connecting, renewing and pausing channels: who may, and what is never lost or leaked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from inbox.connectors.errors import AuthExpired, TransientError
from inbox.connectors.types import InboundAuthor, TokenSet
from inbox.errors import ChannelUnavailable, ConnectFailed
from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import AuditEvent, Channel, User
from inbox.operations import channels, connecting, health, signing_in
from tests.factories import make_channel, make_user


class FakeNetwork:
    """Signs everybody in as `account`; every refresh token works once."""

    def __init__(self, account: str = "1") -> None:
        self.account = account
        self.refreshes = 0

    def exchange_code(self, **_: Any) -> TokenSet:
        ends = timezone.now() + timedelta(hours=2)
        return TokenSet({"access_token": "a1", "refresh_token": "r1"}, ends)

    def verify_credentials(self) -> InboundAuthor:
        return InboundAuthor(self.account, "nusahosting", "Nusa Hosting", followers=900)

    def read_facts(self) -> dict[str, Any]:
        return {}

    def refresh(self) -> TokenSet:
        self.refreshes += 1
        return TokenSet({"access_token": "a2"}, timezone.now() + timedelta(hours=2))


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> FakeNetwork:
    network = FakeNetwork()
    monkeypatch.setattr(channels, "_connector", lambda _: network)
    monkeypatch.setattr(connecting, "connector_before", lambda *_, **__: network)
    return network


def finish(by: User | None, **fields: Any) -> Channel:
    values: dict[str, Any] = {
        "network": "x", "code": "c", "code_verifier": "v", "redirect_uri": "http://d/cb",
    } | fields  # fmt: skip
    return connecting.finish_sign_in(by=by, **values)


def test_a_finished_sign_in_becomes_a_channel_with_its_streams(
    network: FakeNetwork, dewi: User
) -> None:
    channel = finish(dewi)
    assert (channel.handle, channel.name) == ("nusahosting", "Nusa Hosting")
    assert {s.name for s in channel.streams.all()} == {"own", "mentions", "direct_messages"}
    assert AuditEvent.objects.filter(verb="inbox.channel.connected", actor=dewi).exists()


def test_signing_in_again_reconnects_the_same_channel(network: FakeNetwork, dewi: User) -> None:
    first = finish(dewi)
    health.mark_signed_out(channel=first, words="revoked")
    again = finish(dewi, expected=first)
    again.refresh_from_db()
    assert again.pk == first.pk
    assert again.health == "ok"


def test_reconnecting_as_somebody_else_changes_nothing(network: FakeNetwork, dewi: User) -> None:
    first = finish(dewi)
    network.account = "2"
    with pytest.raises(ConnectFailed, match="signed in as @nusahosting"):
        finish(dewi, expected=first)
    assert Channel.objects.count() == 1


@pytest.mark.parametrize("role", ["agent", "manager", "auditor"])
def test_only_admins_manage_channels(network: FakeNetwork, channel: Channel, role: str) -> None:
    user = make_user(role=role)
    acts: list[Any] = [
        lambda: finish(user),
        lambda: signing_in.begin_sign_in(network="x", by=user, redirect_uri="http://d/cb"),
        lambda: channels.set_paused(channel=channel, paused=True, by=user),
        lambda: channels.configure(channel=channel, name="n", poll_seconds=None, by=user),
        lambda: channels.probe(channel=channel, by=user),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_secrets_are_encrypted_at_rest_and_hidden_in_repr(channel: Channel) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM inbox_channel WHERE id = %s", [channel.pk])
        (stored,) = cursor.fetchone()
    assert "access_token" not in stored
    channel.refresh_from_db()
    assert channel.secrets["refresh_token"] == "rt"
    assert "rt" not in repr(channel.secrets)


def test_a_sign_in_about_to_end_is_renewed_before_use(
    network: FakeNetwork, channel: Channel
) -> None:
    Channel.objects.update(secrets_expire_at=timezone.now() + timedelta(minutes=1))
    channel.refresh_from_db()
    channels.connector_for(channel)
    stored = Channel.objects.get()
    assert stored.secrets == {"access_token": "a2", "refresh_token": "rt"}
    assert network.refreshes == 1


def test_two_workers_never_spend_the_same_refresh_token(
    network: FakeNetwork, channel: Channel
) -> None:
    Channel.objects.update(refresh_lease_until=timezone.now() + timedelta(seconds=20))
    with pytest.raises(TransientError):
        channels.refresh_channel(channel=channel)
    assert network.refreshes == 0


def test_a_practice_channel_is_never_used_on_the_real_network(db: None, settings: Any) -> None:
    practice = make_channel(is_practice=True)
    with pytest.raises(ChannelUnavailable):
        channels.connector_for(practice)
    settings.PRACTICE_NETWORK = True
    with pytest.raises(ChannelUnavailable):
        channels.connector_for(make_channel(is_practice=False))


def test_a_failing_test_says_why_and_marks_the_channel(
    network: FakeNetwork, channel: Channel, dewi: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise AuthExpired("the app was removed")

    monkeypatch.setattr(network, "verify_credentials", refuse)
    monkeypatch.setattr(network, "refresh", refuse)
    result = channels.probe(channel=channel, by=dewi)
    assert result.trouble == "the app was removed"
    assert Channel.objects.get().health == "needs_login"


def test_poll_interval_has_bounds(channel: Channel, dewi: User) -> None:
    with pytest.raises(BadInput, match="5 to 3600"):
        channels.configure(channel=channel, name="n", poll_seconds=1, by=dewi)


def test_a_silent_stream_makes_the_channel_slow_then_blind(channel: Channel) -> None:
    now = timezone.now()
    channel.streams.update(last_success_at=now)
    health.assess(channel_id=channel.pk)
    assert Channel.objects.get().health == "ok"
    channel.streams.filter(name="mentions").update(last_success_at=now - timedelta(minutes=2))
    health.assess(channel_id=channel.pk)
    assert Channel.objects.get().health == "slow"
    channel.streams.filter(name="mentions").update(last_success_at=now - timedelta(minutes=20))
    health.assess(channel_id=channel.pk)
    assert Channel.objects.get().health == "blind"
    channel.streams.update(last_success_at=timezone.now())
    health.assess(channel_id=channel.pk)
    assert Channel.objects.get().health == "ok"
    assert AuditEvent.objects.filter(verb="inbox.channel.health").count() == 3
