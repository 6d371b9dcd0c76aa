"""Admins get one mail for each change that lasts, in their language, and one when it is well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.translation import get_language

from inbox.models import Channel, User
from inbox.operations import alarms, health
from tests.factories import make_channel, make_conversation, make_user

pytestmark = pytest.mark.django_db
Health = Channel.Health


@pytest.fixture
def admin(db: None) -> User:
    return make_user("eka", "admin", email="eka@example.org")


def later(**gap: float) -> int:
    return alarms.tell_admins(now=timezone.now() + timedelta(**(gap or {"minutes": 3})))


def turn(channel: Channel, state: str, words: str = "") -> None:
    Channel.objects.filter(pk=channel.pk).update(
        health=state, health_reason=words, health_changed_at=timezone.now()
    )


def test_trouble_is_told_once_and_so_is_its_end(channel: Channel, admin: User) -> None:
    turn(channel, Health.BLIND, "The network does not answer.")
    assert [later(), later(), later()] == [1, 0, 0]
    turn(channel, Health.OK)
    assert [later(), later()] == [1, 0]
    subjects = [message.subject for message in mail.outbox]
    assert subjects == [f"{channel} cannot be read", f"{channel} is well again"]
    assert "The network does not answer." in mail.outbox[0].body
    assert channel.get_absolute_url() in mail.outbox[0].body
    assert mail.outbox[0].to == ["eka@example.org"]


def test_what_comes_and_goes_is_not_told(channel: Channel, admin: User) -> None:
    turn(channel, Health.BLIND)
    assert later(seconds=30) == 0
    turn(channel, Health.OK)
    assert later() == 0
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("state", "told"),
    [(Health.SLOW, 0), (Health.BLIND, 1), (Health.EXPIRING, 1), (Health.NEEDS_LOGIN, 1)],
)
def test_only_what_somebody_must_do_something_about_is_told(
    channel: Channel, admin: User, state: str, told: int
) -> None:
    turn(channel, state)
    assert later() == told


def test_from_one_trouble_to_the_next_is_a_change(channel: Channel, admin: User) -> None:
    turn(channel, Health.BLIND)
    later()
    turn(channel, Health.NEEDS_LOGIN)
    assert later() == 1
    assert "must be signed in again" in mail.outbox[-1].subject


def test_each_reads_it_in_their_own_language(
    channel: Channel, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=admin.pk).update(language="id")
    make_user("fay", "admin", email="fay@example.org", language="en")
    said = {}

    def in_words(row: Channel) -> tuple[str, str]:
        said[get_language()] = True
        return "subject", "words"

    monkeypatch.setattr(alarms, "_in_words", in_words)
    turn(channel, Health.BLIND)
    assert later() == 1
    assert set(said) == {"en", "id"}


def test_the_language_somebody_reads_the_desk_in_is_remembered(client: Client, admin: User) -> None:
    client.force_login(admin)
    client.cookies["django_language"] = "id"
    client.get("/channels/")
    admin.refresh_from_db()
    assert admin.language == "id"


def test_agents_and_who_has_left_are_not_mailed(channel: Channel) -> None:
    make_user("ana", "agent", email="ana@example.org")
    make_user("gone", "admin", email="gone@example.org", is_active=False)
    make_user("mute", "admin", email="")
    turn(channel, Health.BLIND)
    later()
    assert mail.outbox == []


def test_a_mail_server_in_trouble_is_tried_again_and_not_hammered(
    channel: Channel, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def refuse(*_: Any, **__: Any) -> int:
        tried.append(1)
        raise ConnectionRefusedError

    turn(channel, Health.BLIND)
    with monkeypatch.context() as patch:
        patch.setattr(alarms, "send_mail", refuse)
        assert [later(), later()] == [0, 0]
    assert len(tried) == 1
    assert later(minutes=11) == 1
    assert len(mail.outbox) == 1


def test_two_workers_tell_it_once(channel: Channel, admin: User) -> None:
    turn(channel, Health.BLIND)
    row = Channel.objects.get(pk=channel.pk)
    assert [alarms._tell(row), alarms._tell(row)] == [True, False]
    assert len(mail.outbox) == 1


def test_paused_channels_and_those_of_other_networks_are_quiet(admin: User) -> None:
    for fields in ({"is_paused": True}, {"is_practice": True}):
        turn(make_channel(**fields), Health.BLIND)
    assert later() == 0


@pytest.mark.parametrize(
    ("secrets", "gap", "state"),
    [
        ({"access_token": "a"}, timedelta(days=3), Health.EXPIRING),
        ({"access_token": "a"}, timedelta(days=30), Health.OK),
        ({"access_token": "a", "refresh_token": "r"}, timedelta(hours=1), Health.OK),
        ({"access_token": "a", "refresh_token": "r"}, timedelta(minutes=3), Health.EXPIRING),
        ({"access_token": "a"}, None, Health.OK),
    ],
)
def test_a_sign_in_that_will_end_is_announced(
    channel: Channel, secrets: dict[str, str], gap: timedelta | None, state: str
) -> None:
    channel.secrets = secrets
    channel.secrets_expire_at = gap and timezone.now() + gap
    channel.save()
    channel.streams.update(last_success_at=timezone.now())
    health.assess(channel_id=channel.pk)
    channel.refresh_from_db()
    assert channel.health == state
    assert bool(channel.health_reason) == (state == Health.EXPIRING)


def test_the_bar_above_the_queue_and_the_composer_say_it_before_writing(
    channel: Channel, client: Client, ana: User
) -> None:
    conversation = make_conversation(channel)
    turn(channel, Health.EXPIRING, health.ENDS)
    client.force_login(ana)
    assert "must be signed in again soon" in client.get("/").text
    panel = client.get(f"/conversations/{conversation.pk}/reply/").text
    assert "sign-in of this channel ends soon" in panel
