"""The one way to an account: a link that works once, for three days, for one person."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inbox.errors import InvitationEnded
from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed
from inbox.models import AuditEvent, Invitation, Team, User
from inbox.operations import invitations

SECRET = "a rather long secret"
SMTP = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def invited(dewi: User) -> tuple[Invitation, str]:
    return invitations.invite(email="Sri@Example.org", role="manager", teams=[], by=dewi)


def accept(token: str, username: str = "sri") -> User:
    return invitations.accept(token=token, username=username, password=SECRET, name="Sri Rahayu")


def test_the_link_makes_the_account_it_is_for(dewi: User) -> None:
    team = Team.objects.create(name="Day")
    row, token = invitations.invite(email="sri@example.org", role="agent", teams=[team], by=dewi)
    user = accept(token)
    assert (user.role, user.email, str(user)) == ("agent", "sri@example.org", "Sri Rahayu")
    assert user.check_password(SECRET)
    assert list(user.teams.all()) == [team]
    assert token.split(":")[0] not in str(Invitation.objects.values().get(pk=row.pk))
    assert token not in str(list(AuditEvent.objects.values_list("data", flat=True)))


def test_it_works_once(invited: tuple[Invitation, str]) -> None:
    accept(invited[1])
    with pytest.raises(InvitationEnded, match="used already"):
        accept(invited[1], "other")


def test_it_ends(invited: tuple[Invitation, str], dewi: User) -> None:
    row, token = invited
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(InvitationEnded, match="too old"):
        accept(token)
    _row, second = invitations.renew(invitation=row, by=dewi)
    with pytest.raises(InvitationEnded, match="newer one"):
        accept(token)
    invitations.revoke(invitation=row, by=dewi)
    with pytest.raises(InvitationEnded, match="withdrawn"):
        accept(second)
    with pytest.raises(InvalidTransition):
        invitations.renew(invitation=row, by=dewi)


@pytest.mark.parametrize("token", ["", "x", "x:y", "ä" * 50])
def test_a_made_up_link_is_refused_in_words(db: None, token: str) -> None:
    with pytest.raises(InvitationEnded):
        invitations.find(token)


def test_an_address_is_invited_once_and_not_if_it_is_here(
    invited: tuple[Invitation, str], dewi: User
) -> None:
    for email in ("sri@example.org", "not an address", ""):
        with pytest.raises(BadInput):
            invitations.invite(email=email, role="agent", teams=[], by=dewi)
    accept(invited[1])
    with pytest.raises(BadInput, match="already has an account"):
        invitations.invite(email="SRI@example.org", role="agent", teams=[], by=dewi)


@pytest.mark.parametrize("who", ["ana", "ben", "cleo"])
def test_only_admins_invite(
    invited: tuple[Invitation, str], who: str, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        invitations.invite(email="eve@example.org", role="admin", teams=[], by=by)
    with pytest.raises(NotAllowed):
        invitations.renew(invitation=invited[0], by=by)
    with pytest.raises(NotAllowed):
        invitations.revoke(invitation=invited[0], by=by)


@pytest.mark.parametrize("password", ["short", "password1234", "sri@example.org"])
def test_a_weak_password_is_refused_and_the_link_stays_good(
    invited: tuple[Invitation, str], password: str
) -> None:
    with pytest.raises(BadInput):
        invitations.accept(token=invited[1], username="sri", password=password, name="Sri")
    assert accept(invited[1])


@pytest.mark.django_db(transaction=True)
def test_two_who_use_the_link_at_once_make_one_account(invited: tuple[Invitation, str]) -> None:
    start, made = threading.Barrier(2), []

    def use(username: str) -> None:
        start.wait()
        try:
            made.append(accept(invited[1], username))
        except InvitationEnded:
            pass
        finally:
            connection.close()

    both = [threading.Thread(target=use, args=[name]) for name in ("sri", "eve")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(made) == 1
    assert User.objects.filter(email="sri@example.org").count() == 1


def test_the_mailed_link_leads_to_the_second_factor_where_the_role_needs_one(
    client: Client, dewi: User, settings: Any
) -> None:
    settings.MFA_REQUIRED_ROLES, settings.EMAIL_BACKEND = ["manager"], SMTP
    client.force_login(dewi)
    form = {"email": "sri@example.org", "role": "manager"}
    page = client.post(reverse("inbox:invite"), form)
    assert page["Location"] == reverse("inbox:people")
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)
    assert link
    assert mail.outbox[0].to == ["sri@example.org"]
    visitor = Client()
    assert "You are invited as Manager" in visitor.get(link[1]).text
    values = {"name": "Sri", "username": "sri", "password": SECRET, "again": SECRET}
    answer = visitor.post(link[1], values)
    assert answer["Location"] == reverse("mfa_activate_totp")
    assert visitor.get(answer["Location"]).status_code == 200  # without being asked once more
    assert visitor.get("/")["Location"] == reverse("mfa_index")
    assert Client().get(link[1]).status_code == 410


def test_without_mail_the_page_shows_the_link_this_once(
    client: Client, dewi: User, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    client.force_login(dewi)
    page = client.post(reverse("inbox:invite"), {"email": "sri@example.org", "role": "agent"})
    link = re.search(r'value="http://testserver(/join/[^"]+)"', page.text)
    assert link
    assert "no-store" in page["Cache-Control"]
    assert link[1] not in client.get(reverse("inbox:people")).text
    visitor = Client()
    values = {"name": "Sri", "username": "sri", "password": SECRET, "again": "other"}
    refused = visitor.post(link[1], values)
    assert refused.status_code == 422
    assert "not the same" in refused.text
    assert visitor.post(link[1], values | {"again": SECRET})["Location"] == "/"


def test_a_mail_server_that_is_down_leads_to_the_link(
    client: Client, dewi: User, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    client.force_login(dewi)
    page = client.post(reverse("inbox:invite"), {"email": "sri@example.org", "role": "agent"})
    assert "did not take the mail" in page.text
    assert "/join/" in page.text
