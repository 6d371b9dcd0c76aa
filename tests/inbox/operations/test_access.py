"""Roles, accounts and sessions: changed by admins, felt at once, and never the last way in."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.urls import reverse

from inbox.lib.csv import lines
from inbox.lib.devices import browser_and_system
from inbox.lib.errors import BadInput, DomainError, InvalidTransition, NotAllowed
from inbox.models import Conversation, User
from inbox.operations import conversations, security, sessions, users
from tests.factories import make_user

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"


@pytest.mark.parametrize("who", ["ana", "ben", "cleo"])
def test_only_admins_change_people(who: str, dewi: User, request: pytest.FixtureRequest) -> None:
    by, other = request.getfixturevalue(who), make_user()
    for act in (
        lambda: users.set_role(user=other, role="admin", by=by),
        lambda: users.deactivate(user=other, by=by),
        lambda: users.reactivate(user=other, by=by),
        lambda: security.set_second_factor(role="agent", needed=True, by=by),
        lambda: sessions.end_sessions(user=other, by=by),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_an_admin_does_not_lock_herself_out(dewi: User) -> None:
    make_user(role="admin")
    with pytest.raises(InvalidTransition):
        users.set_role(user=dewi, role="agent", by=dewi)
    with pytest.raises(InvalidTransition):
        users.deactivate(user=dewi, by=dewi)
    with pytest.raises(BadInput):
        users.set_role(user=make_user(), role="owner", by=dewi)


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_depose_each_other_leave_one() -> None:
    one, two = make_user("one", "admin"), make_user("two", "admin")
    start = threading.Barrier(2)
    refused = []

    def depose(by: User, other: User) -> None:
        start.wait()
        try:
            users.set_role(user=other, role="agent", by=by)
        except DomainError as error:
            refused.append(error)
        finally:
            connection.close()

    both = [threading.Thread(target=depose, args=pair) for pair in ((one, two), (two, one))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(refused) == 1
    assert User.objects.filter(role="admin", is_active=True).count() == 1


def test_a_closed_account_is_signed_out_and_its_work_is_free(
    conversation: Conversation, ana: User, dewi: User
) -> None:
    browser = Client()
    browser.force_login(ana)
    browser.get("/")
    conversations.take(conversation=conversation, by=ana)
    users.deactivate(user=ana, by=dewi)
    assert not UserSession.objects.filter(user=ana).exists()
    assert browser.get("/").status_code == 302
    conversation.refresh_from_db()
    assert conversation.assignee is None
    users.reactivate(user=ana, by=dewi)
    assert User.objects.get(pk=ana.pk).is_active


def test_one_ends_ones_own_sessions_and_nobody_elses(ana: User, ben: User) -> None:
    here, there, his = Client(), Client(), Client()
    for client, user in ((here, ana), (there, ana), (his, ben)):
        client.force_login(user)
        client.get("/", headers={"user-agent": CHROME})
    page = here.get(reverse("inbox:sessions")).text
    assert page.count("Chrome on Linux") == 2
    foreign = UserSession.objects.get(user=ben)
    assert here.post(reverse("inbox:session_end", args=[foreign.pk])).status_code == 404
    other = UserSession.objects.exclude(session_key=here.session.session_key).get(user=ana)
    here.post(reverse("inbox:session_end", args=[other.pk]))
    assert there.get("/").status_code == 302
    there.force_login(ana)
    there.get("/")
    here.post(reverse("inbox:sessions_end_others"))
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    assert his.get("/").status_code == 200


def test_who_lacks_the_second_factor_reaches_only_its_set_up(
    client: Client, ben: User, dewi: User
) -> None:
    client.force_login(ben)
    assert client.get("/").status_code == 200
    security.set_second_factor(role="manager", needed=True, by=dewi)
    for name in ("inbox:queue", "inbox:sessions", "responses:approvals", "account_change_password"):
        assert client.get(reverse(name))["Location"] == reverse("mfa_index"), name
    page = client.get(reverse("mfa_index"))
    assert page.status_code == 200
    assert "live.js" not in page.text
    assert 'data-key="g i"' not in page.text
    htmx = client.get("/", headers={"hx-request": "true"})
    assert htmx["HX-Redirect"] == reverse("mfa_index")
    Authenticator.objects.create(user=ben, type="recovery_codes", data={})
    assert client.get("/").status_code == 302
    Authenticator.objects.create(user=ben, type="totp", data={})
    assert client.get("/").status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302


def test_the_settings_say_until_an_admin_does(ben: User, dewi: User, settings: Any) -> None:
    settings.MFA_REQUIRED_ROLES = ["manager"]
    assert User.objects.get(pk=ben.pk).lacks_second_factor
    security.set_second_factor(role="manager", needed=False, by=dewi)
    assert not User.objects.get(pk=ben.pk).lacks_second_factor


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, ("Chrome", "Linux")),
        (EDGE, ("Edge", "Windows")),
        (IPHONE, ("Safari", "iPhone")),
        ("curl/8", ("", "")),
        ("", ("", "")),
    ],
)
def test_browsers_are_named(agent: str, words: tuple[str, str]) -> None:
    assert browser_and_system(agent) == words


def test_csv_never_runs() -> None:
    bad = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "ok", 'a"b,c', -5]
    text = "".join(lines([bad]))
    assert text == "\ufeff" + "'=1+1,'+1,'-1,'@x,'\t=1,\"'\r=1\",' =1,ok,\"a\"\"b,c\",-5\r\n"
