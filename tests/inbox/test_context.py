"""The frame shows each person only where they may go, and what nobody should miss."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from inbox import context
from inbox.models import Channel, User
from tests.factories import make_channel


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("ana", ["Inbox", "Notifications", "Needs attention", "Listening"]),
        (
            "ben",
            ["Inbox", "Notifications", "Approvals", "Needs attention", "Listening", "Record"],
        ),
        ("cleo", ["Inbox", "Notifications", "Listening", "Record"]),
        (
            "dewi",
            [
                *("Inbox", "Notifications", "Approvals", "Needs attention"),
                *("Listening", "Record", "Settings"),
            ],
        ),
    ],
)
def test_rail_follows_the_role(
    name: str, places: list[str], request: pytest.FixtureRequest
) -> None:
    assert [str(item.label) for item in context.rail_for(request.getfixturevalue(name))] == places


def test_visitors_get_no_frame(rf: RequestFactory) -> None:
    assert context.frame(rf.get("/")) == {}


def test_frame_reads_nothing_until_it_is_shown(
    rf: RequestFactory, ana: User, django_assert_num_queries: Any
) -> None:
    request = rf.get("/")
    request.user = ana
    request.resolver_match = None
    with django_assert_num_queries(0):
        context.frame(request)


def test_trouble_is_read_once_for_bar_and_dot(
    rf: RequestFactory, ana: User, django_assert_num_queries: Any
) -> None:
    request = rf.get("/")
    request.user = ana
    request.resolver_match = None
    values = context.frame(request)
    with django_assert_num_queries(2):  # which channels one sees, and those in trouble
        values["channels_in_trouble"]()
        values["channels_in_trouble"]()


def test_rail_marks_where_one_is(client: Client, ana: User) -> None:
    client.force_login(ana)
    html = client.get(reverse("inbox:queue")).content.decode()
    assert html.count('aria-current="page"') >= 1


def test_channel_in_trouble_is_named_above_every_page(client: Client, ana: User) -> None:
    make_channel(name="Brand on X", health=Channel.Health.BLIND, health_reason="X is down.")
    client.force_login(ana)
    html = client.get(reverse("mfa_index")).content.decode()
    assert "Brand on X" in html
    assert "new messages are missing" in html
    assert "X is down." in html
    assert "1 channel in trouble" in html


def test_only_admins_are_led_to_the_remedy(client: Client, ana: User, dewi: User) -> None:
    channel = make_channel(health=Channel.Health.NEEDS_LOGIN)
    client.force_login(ana)
    assert channel.get_absolute_url() not in client.get(reverse("mfa_index")).content.decode()
    client.force_login(dewi)
    assert channel.get_absolute_url() in client.get(reverse("mfa_index")).content.decode()
