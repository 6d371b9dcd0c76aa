"""Open streams follow the rights of now: teams, roles, sessions, closed accounts, passwords."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client

from inbox import events, live
from inbox.hub import Client as Listener
from inbox.hub import Hub
from inbox.models import Channel, LiveEvent, RoleRule, Team, User
from inbox.operations import security, sessions, teams, users
from inbox.operations.audit import announce
from inbox.tail import Change, Reader
from tests.factories import make_channel
from tests.inbox.test_events import Browser, listening, status

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_hub(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    settings.REDIS_URL = ""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    monkeypatch.setattr(events, "hub", Hub())
    live.local_bell.clear()
    yield
    events.hub.close()


def cookie_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    client.get("/")  # notes the session
    name = django_settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@pytest.fixture
def team(ana: User, channel: Channel) -> Team:
    """Ana's team, which owns the channel."""
    team = Team.objects.create(name="Day")
    team.members.add(ana)
    Channel.objects.filter(pk=channel.pk).update(team=team)
    return team


def ends_after(cookie: str, act: Callable[[], object]) -> int:
    """Do `act` while somebody listens; their stream must end. Returns what coming back gives."""

    async def scene() -> int:
        async with listening(cookie) as browser:
            await asyncio.to_thread(act)
            assert await browser.ends()
        return await status(cookie, method="HEAD")

    return asyncio.run(scene())


def test_only_who_sees_the_channel_hears_of_it(
    ana: User, ben: User, channel: Channel, team: Team
) -> None:
    shared, anas, bens = make_channel(), cookie_of(ana), cookie_of(ben)

    async def scene() -> None:
        async with listening(anas) as hers, listening(bens) as his:
            await asyncio.to_thread(announce, kind="attention", channel_id=channel.pk)
            assert (await hers.change())["kind"] == "attention"
            await asyncio.to_thread(announce, kind="approvals", channel_id=shared.pk)
            assert (await hers.change())["kind"] == "approvals"
            assert (await his.change())["kind"] == "approvals"

    asyncio.run(scene())


def test_a_personal_event_reaches_its_person_only(ana: User, ben: User) -> None:
    anas, bens = cookie_of(ana), cookie_of(ben)

    async def scene() -> None:
        async with listening(anas) as hers, listening(bens) as his:
            await asyncio.to_thread(announce, kind="attention", user_ids=[ana.pk])
            await asyncio.to_thread(announce, kind="channels")
            assert {(await hers.change())["kind"], (await hers.change())["kind"]} == {
                "attention",
                "channels",
            }
            assert (await his.change())["kind"] == "channels"

    asyncio.run(scene())


def test_who_leaves_a_team_stops_hearing_at_once_and_is_told_to_load_anew(
    ana: User, dewi: User, channel: Channel, team: Team
) -> None:
    make_channel()
    cookie = cookie_of(ana)

    async def scene() -> None:
        async with listening(cookie) as browser:
            last = await asyncio.to_thread(LiveEvent.objects.create, kind="channels")
            await asyncio.to_thread(teams.set_members, team=team, members=[], by=dewi)
            await asyncio.to_thread(announce, kind="attention", channel_id=channel.pk)
            assert await browser.ends()
        async with Browser(cookie, f"after={last.pk}") as browser:
            assert (await browser.change())["kind"] == "resync"
            await asyncio.to_thread(announce, kind="attention", channel_id=channel.pk)
            await asyncio.to_thread(announce, kind="approvals")
            heard = [(await browser.change())["kind"]]
            while heard[-1] != "approvals":  # the latest seconds may be told once more
                heard.append((await browser.change())["kind"])
            assert "attention" not in heard

    asyncio.run(scene())


def test_the_stream_of_others_goes_on(ana: User, ben: User, dewi: User, team: Team) -> None:
    cookie = cookie_of(ben)

    async def scene() -> None:
        async with listening(cookie) as his:
            await asyncio.to_thread(teams.set_members, team=team, members=[], by=dewi)
            await asyncio.to_thread(announce, kind="attention")
            assert (await his.change())["kind"] == "attention"

    asyncio.run(scene())


def test_a_channel_that_goes_to_a_team_is_silent_for_all_others(
    ben: User, dewi: User, team: Team
) -> None:
    channel = make_channel()
    act = lambda: teams.set_channel_team(channel=channel, team=team, by=dewi)  # noqa: E731
    assert ends_after(cookie_of(ben), act) == 204


def test_a_new_role_takes_effect_at_once(ana: User, dewi: User) -> None:
    act = lambda: users.set_role(user=ana, role="manager", by=dewi)  # noqa: E731
    assert ends_after(cookie_of(ana), act) == 204


def test_a_closed_account_ends_every_stream(ana: User, dewi: User) -> None:
    assert ends_after(cookie_of(ana), lambda: users.deactivate(user=ana, by=dewi)) == 401


def test_an_ended_session_ends_its_stream_and_only_that_session(ana: User, dewi: User) -> None:
    first, second = cookie_of(ana), cookie_of(ana)
    row = UserSession.objects.order_by("pk")[0]
    assert ends_after(first, lambda: sessions.end_session(session=row, by=dewi)) == 401
    assert asyncio.run(status(second, method="HEAD")) == 204


def test_a_new_password_ends_the_streams_of_other_browsers(ana: User) -> None:
    other, here = cookie_of(ana), Client()
    here.force_login(ana)
    words = {"password1": "a brand new secret", "password2": "a brand new secret"}

    def change() -> None:
        here.post("/accounts/password/change/", {"oldpassword": "correct horse battery", **words})

    assert ends_after(other, change) == 401
    assert here.get("/").status_code == 200


def test_signing_out_ends_the_stream(ana: User) -> None:
    client = Client()
    client.force_login(ana)
    name = django_settings.SESSION_COOKIE_NAME
    cookie = f"{name}={client.cookies[name].value}"
    assert ends_after(cookie, lambda: client.post("/accounts/logout/")) == 401


def test_a_role_that_now_needs_a_second_factor_loses_the_stream(ana: User, dewi: User) -> None:
    act = lambda: security.set_second_factor(role="agent", needed=True, by=dewi)  # noqa: E731
    assert ends_after(cookie_of(ana), act) == 403
    assert RoleRule.all_roles()["agent"]


def test_rights_that_change_while_somebody_joins_are_looked_at_again(ana: User) -> None:
    looks = []

    async def admit() -> Reader:
        looks.append(1)
        if len(looks) == 1:
            events.hub._spread([Change(LiveEvent.ACCESS, None, None, ana.pk)], 1)
        return Reader(ana.pk, frozenset())

    async def scene() -> None:
        client = await events.hub.join(admit)
        events.hub.leave(client)

    asyncio.run(scene())
    assert len(looks) == 2


def test_a_batch_is_encoded_once_for_all_who_see_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def encode(changes: Any, settled: int) -> bytes:
        made.append(len(list(changes)))
        return b"x"

    monkeypatch.setattr("inbox.hub.encode", encode)

    async def scene() -> None:
        hub = Hub()
        for number in range(2000):
            seen = None if number % 2 else frozenset({1, 2})
            hub.clients.add(Listener(Reader(number, seen)))
        hub._spread([Change("conversation", 5, 3), Change("conversation", 6, 1)], 9)

    asyncio.run(scene())
    assert sorted(made) == [1, 2]
