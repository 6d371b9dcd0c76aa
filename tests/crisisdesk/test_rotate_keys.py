"""Keys are changed while people work: nothing is lost, and the old key can go afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db.models import TextField
from django.db.models.functions import Cast

from crisisdesk import keys
from inbox.lib import crypto, heartbeat
from inbox.models import Channel, Server, User
from tests.factories import make_channel

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRETS = {"access_token": "at-1", "refresh_token": "rt-1"}


@pytest.fixture
def desk(settings: Any, ben: User) -> Channel:
    """A channel, and Ben's second step, under the old key; the new one stands in front."""
    cache.clear()
    settings.FIELD_KEYS = [OLD]
    channel = make_channel(secrets=SECRETS)
    kinds = Authenticator.Type
    for kind, data in {
        kinds.TOTP: {"secret": crypto.encrypt("SEED")},
        kinds.RECOVERY_CODES: {"seed": crypto.encrypt("RECOVERY"), "used_mask": 5},
        kinds.WEBAUTHN: {"name": "Key", "credential": {"id": "1"}},
    }.items():
        Authenticator.objects.create(user=ben, type=kind, data=data)
    settings.FIELD_KEYS = [NEW, OLD]
    return channel


def data_of(kind: str) -> dict[str, Any]:
    data: dict[str, Any] = Authenticator.objects.get(type=kind).data
    return data


def stored(channel: Channel) -> str:
    rows = Channel.objects.annotate(token=Cast("secrets", TextField()))
    return str(rows.values_list("token", flat=True).get(pk=channel.pk))


def test_afterwards_the_old_key_can_go(desk: Channel, settings, capsys) -> None:
    call_command("rotate_keys")
    assert "3 secrets moved to the newest key, 0 were there already." in capsys.readouterr().out
    settings.FIELD_KEYS = [NEW]
    assert Channel.objects.get(pk=desk.pk).secrets == SECRETS
    assert crypto.decrypt(data_of("totp")["secret"]) == "SEED"
    assert crypto.decrypt(data_of("recovery_codes")["seed"]) == "RECOVERY"
    assert data_of("recovery_codes")["used_mask"] == 5
    assert data_of("webauthn") == {"name": "Key", "credential": {"id": "1"}}


def test_a_second_run_finds_nothing_to_do(desk: Channel, capsys) -> None:
    call_command("rotate_keys")
    before = stored(desk)
    call_command("rotate_keys")
    assert "0 secrets moved to the newest key, 3 were there already." in capsys.readouterr().out
    assert stored(desk) == before


def test_looking_changes_nothing(desk: Channel) -> None:
    before = stored(desk)
    assert keys.survey() == keys.Count(current=0, older=3, unreadable=[])
    assert stored(desk) == before


def test_what_no_key_opens_is_named_and_left_alone(desk: Channel, settings) -> None:
    before = stored(desk)
    settings.FIELD_KEYS = [NEW]
    fresh = make_channel()
    with pytest.raises(CommandError) as caught:
        call_command("rotate_keys")
    assert f"channel {desk.pk} (@{desk.handle})" in str(caught.value)
    assert "put the key they were written with at the end of FIELD_KEYS" in str(caught.value)
    assert stored(desk) == before
    assert Channel.objects.get(pk=fresh.pk).secrets["access_token"] == "at"
    with pytest.raises(ImproperlyConfigured):
        Channel.objects.get(pk=desk.pk)


def test_batches_reach_every_row(desk: Channel, monkeypatch, settings) -> None:
    monkeypatch.setattr(keys, "BATCH", 2)
    settings.FIELD_KEYS = [OLD]
    for _number in range(4):
        make_channel(secrets=SECRETS)
    settings.FIELD_KEYS = [NEW, OLD]
    assert keys.rotate().older == 7
    settings.FIELD_KEYS = [NEW]
    assert all(channel.secrets == SECRETS for channel in Channel.objects.all())


def test_a_running_desk_must_know_the_key_first(desk: Channel, settings, capsys) -> None:
    settings.FIELD_KEYS = [OLD]
    heartbeat.beat()
    settings.FIELD_KEYS = [NEW, OLD]
    before = stored(desk)
    with pytest.raises(CommandError, match="Restart it with the new list"):
        call_command("rotate_keys")
    assert stored(desk) == before
    heartbeat.beat()
    call_command("rotate_keys")
    assert "3 secrets moved" in capsys.readouterr().out


def test_a_fresh_key_is_printed_alone(db: None, capsys) -> None:
    call_command("rotate_keys", "--new-key")
    Fernet(capsys.readouterr().out.strip())


def test_the_keys_of_our_apps_on_servers_move_too(desk: Channel, settings, capsys) -> None:
    settings.FIELD_KEYS = [OLD]
    keys_of_app = {"client_id": "id", "client_secret": "secret"}
    Server.objects.create(network="mastodon", url="https://s.example", secrets=keys_of_app)
    settings.FIELD_KEYS = [NEW, OLD]
    call_command("rotate_keys")
    settings.FIELD_KEYS = [NEW]
    assert Server.objects.get().keys.client_secret == "secret"
