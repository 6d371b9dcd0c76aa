"""Whoever lost their second factor is let in again by an admin, and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse

from inbox.lib.errors import InvalidTransition, NotAllowed
from inbox.models import AuditEvent, LiveEvent, User
from inbox.operations.users import remove_second_factor


@pytest.fixture
def locked_out(ben: User, client: Client) -> User:
    """Ben has factors and a session that is open somewhere."""
    for kind in Authenticator.Type.values:
        Authenticator.objects.create(user=ben, type=kind, data={})
    other = Client()
    other.force_login(ben)
    key = other.session.session_key
    UserSession.objects.create(user=ben, session_key=key, ip="127.0.0.1", user_agent="x")
    return ben


def ask(client: Client, by: User, who: User) -> Any:
    client.force_login(by)
    return client.post(reverse("inbox:person_factor", args=[who.pk]), follow=True)


def test_it_takes_every_factor_and_every_session_and_is_recorded(
    locked_out: User, dewi: User
) -> None:
    remove_second_factor(user=locked_out, by=dewi)
    assert not Authenticator.objects.filter(user=locked_out).exists()
    assert not UserSession.objects.filter(user=locked_out).exists()
    event = AuditEvent.objects.get(verb="inbox.user.factor_removed")
    assert (event.actor, event.target_id) == (dewi, locked_out.pk)
    assert event.data["kinds"] == sorted(Authenticator.Type.values)
    assert LiveEvent.objects.filter(kind=LiveEvent.ACCESS, user_id=locked_out.pk).exists()


def test_the_factors_of_others_stay(locked_out: User, dewi: User, ana: User) -> None:
    Authenticator.objects.create(user=ana, type=Authenticator.Type.TOTP, data={})
    remove_second_factor(user=locked_out, by=dewi)
    assert Authenticator.objects.get().user == ana


@pytest.mark.parametrize("who", ["ana", "ben", "cleo"])
def test_only_an_admin_can(locked_out: User, who: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed):
        remove_second_factor(user=locked_out, by=request.getfixturevalue(who))
    assert Authenticator.objects.filter(user=locked_out).exists()


def test_never_ones_own(dewi: User) -> None:
    Authenticator.objects.create(user=dewi, type=Authenticator.Type.TOTP, data={})
    with pytest.raises(InvalidTransition):
        remove_second_factor(user=dewi, by=dewi)
    assert Authenticator.objects.filter(user=dewi).exists()


def test_where_there_is_none_it_says_so(ana: User, dewi: User) -> None:
    with pytest.raises(InvalidTransition, match="has no second factor"):
        remove_second_factor(user=ana, by=dewi)


def test_the_page_names_the_person_before_anything_happens(
    locked_out: User, dewi: User, client: Client
) -> None:
    client.force_login(dewi)
    address = reverse("inbox:person_factor", args=[locked_out.pk])
    assert address in client.get(reverse("inbox:person", args=[locked_out.pk])).text
    assert "Remove second factor of ben" in client.get(address).text
    assert Authenticator.objects.filter(user=locked_out).exists()


def test_the_person_gets_a_mail(locked_out: User, dewi: User, client: Client) -> None:
    User.objects.filter(pk=locked_out.pk).update(email="ben@example.org")
    assert "a mail tells them" in ask(client, dewi, locked_out).text
    assert mail.outbox[0].to == ["ben@example.org"]
    assert "dewi has removed the second factor" in mail.outbox[0].body


def test_without_an_address_the_admin_is_told_to_tell_them(
    locked_out: User, dewi: User, client: Client
) -> None:
    User.objects.filter(pk=locked_out.pk).update(email="")
    assert "No mail was sent" in ask(client, dewi, locked_out).text
    assert not mail.outbox
