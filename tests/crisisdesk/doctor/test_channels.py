"""What can be wrong with channels, keys and people."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from crisisdesk.doctor import channels, keys
from inbox.models import BadItem, Channel, User
from tests.crisisdesk.doctor.looking import is_fine, problems, warnings
from tests.factories import make_channel

pytestmark = pytest.mark.django_db
OTHER = Fernet.generate_key().decode()
Health = Channel.Health


def test_a_healthy_channel_is_fine(channel: Channel) -> None:
    assert is_fine(channels.channels())


@pytest.mark.parametrize(
    ("fields", "judge", "words"),
    [
        ({"health": Health.NEEDS_LOGIN}, problems, "is signed out"),
        ({"health": Health.BLIND, "health_reason": "503"}, problems, "for too long (503)"),
        ({"health": Health.SLOW}, warnings, "is read late"),
        ({"is_paused": True}, warnings, "is paused"),
        ({"is_practice": True}, warnings, "which this run does not read"),
        ({"secrets_expire_at": timezone.now() - timedelta(hours=1)}, warnings, "sign-in of x @"),
    ],
)
def test_trouble_of_a_channel_is_said(fields: dict[str, Any], judge: Any, words: str) -> None:
    make_channel(**fields)
    assert words in judge(channels.channels())


def test_a_practice_run_does_not_read_real_channels(channel: Channel, settings) -> None:
    settings.PRACTICE_NETWORK = True
    assert "belongs to the real network" in warnings(channels.channels())


def test_no_channel_and_unread_items_are_said(db: None) -> None:
    assert "None is connected." in warnings(channels.channels())
    BadItem.objects.create(
        channel=make_channel(), stream="mentions", reason="?", raw={}, digest="d"
    )
    assert "1 items from the networks" in warnings(channels.channels())


def test_nobody_can_let_others_in(ben: User) -> None:
    assert "no admin" in problems(channels.people())
    User.objects.filter(pk=ben.pk).update(role="admin")
    assert is_fine(channels.people())


def test_secrets_of_another_key_are_named_and_hide_nothing_else(channel, settings) -> None:
    mine = settings.FIELD_KEYS
    assert is_fine(keys.stored())
    settings.FIELD_KEYS = [OTHER]
    assert f"No key opens channel {channel.pk} (@{channel.handle})." in problems(keys.stored())
    assert is_fine(channels.channels())
    settings.FIELD_KEYS = [OTHER, *mine]
    assert "1 secrets are still under an older key." in warnings(keys.stored())


def test_what_is_not_a_key_is_counted_out_and_never_shown(settings) -> None:
    settings.FIELD_KEYS = [OTHER, "hush"]
    words = problems(keys.ring())
    assert "entry 2 is not a key" in words
    assert "hush" not in words
    assert list(keys.stored()) == []


def test_a_file_of_keys_that_others_can_read_is_said(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path
    path = tmp_path / "secrets.env"
    path.touch()
    os.chmod(path, 0o644)
    assert f"Others on this machine can read {path}." in warnings(keys.ring())
    os.chmod(path, 0o600)
    assert is_fine(keys.ring())
