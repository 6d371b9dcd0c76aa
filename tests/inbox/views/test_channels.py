"""Channel pages: admins connect and change, everybody else only sees the health."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inbox.connectors.exchange import Exchange as Seen
from inbox.connectors.types import BadItem as Unreadable
from inbox.connectors.types import InboundAuthor, TokenSet
from inbox.lib.days import desk_day
from inbox.models import BadItem, Channel, Stream, User
from inbox.operations import bad_items, connecting, exchanges
from tests.factories import make_channel, make_user
from tests.inbox.listening import make_search


@pytest.fixture
def admin(client: Client, dewi: User) -> Client:
    client.force_login(dewi)
    return client


@pytest.fixture
def known_to_x(settings: Any) -> None:
    settings.NETWORKS = {"x": settings.NETWORKS["x"] | {"client_id": "desk"}}


@pytest.mark.parametrize("role", ["agent", "manager", "auditor"])
def test_others_see_health_and_change_nothing(client: Client, channel: Channel, role: str) -> None:
    client.force_login(make_user(role=role))
    page = client.get(reverse("inbox:channels"))
    assert channel.name in page.text
    assert reverse("inbox:channel_networks") not in page.text
    one = client.get(channel.get_absolute_url())
    assert one.status_code == 200
    assert "poll_seconds" not in one.text
    for name, arguments in [
        ("channel_networks", []),
        ("channel_connect", ["x"]),
        ("channel_callback", ["x"]),
    ]:
        assert client.get(reverse(f"inbox:{name}", args=arguments)).status_code == 403
    for name in ("channel_test", "channel_pause"):
        assert client.post(reverse(f"inbox:{name}", args=[channel.pk])).status_code == 403
    client.post(channel.get_absolute_url(), {"name": "Taken over"})
    channel.refresh_from_db()
    assert channel.name != "Taken over"


def test_visitors_are_sent_to_the_sign_in(client: Client, db: None) -> None:
    assert client.get(reverse("inbox:channels")).status_code == 302


def test_the_sign_in_link_carries_state_and_challenge(admin: Client, known_to_x: None) -> None:
    page = admin.get(reverse("inbox:channel_connect", args=["x"]))
    query = parse_qs(urlsplit(page.context["url"]).query)
    assert query["state"] == [admin.session["channel_sign_in"]["state"]]
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == ["http://testserver/channels/callback/x/"]


def test_an_unregistered_app_is_explained(admin: Client) -> None:
    page = admin.get(reverse("inbox:channel_connect", args=["x"]))
    assert page.status_code == 422
    assert "X_CLIENT_ID" in page.text


@pytest.mark.parametrize("query", [{}, {"state": "wrong", "code": "c"}, {"code": "c"}])
def test_a_callback_nobody_asked_for_is_refused(
    admin: Client, known_to_x: None, query: dict[str, str]
) -> None:
    admin.get(reverse("inbox:channel_connect", args=["x"]))
    answer = admin.get(reverse("inbox:channel_callback", args=["x"]), query)
    assert answer.status_code == 422
    assert not Channel.objects.exists()


def test_a_callback_counts_once(
    admin: Client, known_to_x: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Network:
        def exchange_code(self, **_: Any) -> TokenSet:
            return TokenSet({"access_token": "a"}, None)

        def read_facts(self) -> dict[str, Any]:
            return {}

        def verify_credentials(self) -> InboundAuthor:
            return InboundAuthor("77", "nusahosting", "Nusa Hosting")

    admin.get(reverse("inbox:channel_connect", args=["x"]))
    monkeypatch.setattr(connecting, "connector_before", lambda *_, **__: Network())
    query = {"state": admin.session["channel_sign_in"]["state"], "code": "c"}
    address = reverse("inbox:channel_callback", args=["x"])
    assert admin.get(address, query).status_code == 302
    assert Channel.objects.get().handle == "nusahosting"
    assert admin.get(address, query).status_code == 422


def test_pausing_and_resuming(admin: Client, channel: Channel) -> None:
    address = reverse("inbox:channel_pause", args=[channel.pk])
    page = admin.post(address, {"paused": "1"}, follow=True)
    assert "is paused" in page.text
    assert Channel.objects.get().is_paused
    admin.post(address, {"paused": "0"})
    assert not Channel.objects.get().is_paused


def test_a_poll_interval_out_of_bounds_names_the_field(admin: Client, channel: Channel) -> None:
    page = admin.post(channel.get_absolute_url(), {"name": "n", "poll_seconds": "1"})
    assert page.status_code == 200
    assert "greater than or equal to 5" in page.text


def test_what_could_not_be_read_is_counted_and_a_click_away(
    admin: Client, channel: Channel
) -> None:
    BadItem.objects.create(
        channel=channel, stream="mentions", reason="no author", raw={"x": "<b>"}, digest="d"
    )
    page = admin.get(channel.get_absolute_url())
    assert "1 item could not be read" in page.text
    tray = f"{reverse('inbox:tray')}?channel={channel.pk}"
    assert tray in page.text
    assert "no author" in admin.get(tray).text


def test_the_list_costs_a_fixed_number_of_queries(
    admin: Client, db: None, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        make_channel(health_changed_at=timezone.now())
    with django_assert_max_num_queries(15):
        admin.get(reverse("inbox:channels"))


def test_admins_see_what_looking_again_costs_and_set_how_much_it_may(
    admin: Client, channel: Channel
) -> None:
    Channel.objects.update(lookup_on=desk_day(), lookup_count=150)
    page = admin.get(channel.get_absolute_url()).text
    assert "Today: 150 of 400, US$ 0.75." in page
    assert "used up" not in page
    admin.post(channel.get_absolute_url(), {"name": "Brand", "lookup_cap": "150"})
    page = admin.get(channel.get_absolute_url()).text
    assert "Today: 150 of 150, US$ 0.75." in page
    assert "used up" in page


def test_where_looking_again_is_free_nothing_is_said_of_it(admin: Client, db: None) -> None:
    page = admin.get(make_channel(network="mastodon").get_absolute_url()).text
    assert "lookup_cap" not in page
    assert "US$" not in page


def test_a_stream_of_a_search_bears_its_name_everywhere(admin: Client, channel: Channel) -> None:
    make_search(channel, name="Rem blong", words=("blong",))
    (stream,) = Stream.objects.filter(is_listening=True)
    bad_items.keep(channel=channel, stream=stream.name, problems=[Unreadable("odd", {"id": "1"})])
    with exchanges.reading(stream.name):
        exchanges.keeper(channel.pk)(Seen("GET", "net.example", "/search", 500, 12, 0, 300))
    for address in (
        reverse("inbox:channels"),
        channel.get_absolute_url(),
        reverse("inbox:tray"),
        reverse("inbox:channel_exchanges", args=[channel.pk]),
    ):
        page = admin.get(address).text
        assert "Search: <bdi>Rem blong</bdi>" in page
        assert f'dir="auto">{stream.name.removeprefix("search:")}</span>' in page


def test_what_is_not_read_is_said_plainly(admin: Client, db: None) -> None:
    bluesky = make_channel(network="bluesky")
    assert "Group chats on Bluesky are not read here" in admin.get(bluesky.get_absolute_url()).text
