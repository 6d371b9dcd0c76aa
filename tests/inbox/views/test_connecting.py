"""Connecting an account on a server of the admin's choice, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from inbox.models import AuditEvent, Channel, Server, User
from inbox.operations import channels, health
from tests.inbox.practice.mastodon.server import DOMAIN, server
from tests.inbox.practice.mastodon.server import Server as Practice

__all__ = ["server"]

CONNECT = "/channels/connect/mastodon/"


@pytest.fixture(autouse=True)
def _practice_run(settings: Any) -> Iterator[None]:
    settings.PRACTICE_NETWORK = True
    channels.http.cache_clear()
    yield
    channels.http.cache_clear()


@pytest.fixture
def admin(client: Client, dewi: User) -> Client:
    client.force_login(dewi)
    client.defaults["SERVER_NAME"] = "localhost"  # the practice server sends nobody elsewhere
    return client


def sign_in(admin: Client, practice: Practice, handle: str, page: Any) -> Any:
    """Follow the link of `page` as `handle`; return the desk's answer to what comes back."""
    query = dict(parse_qsl(urlsplit(page.context["url"]).query))
    form = {**query, "handle": handle, "answer": "allow"}
    back = urlsplit(practice.http.post("/oauth/authorize", data=form).headers["location"])
    return admin.get(back.path, dict(parse_qsl(back.query)))


def connect(admin: Client, practice: Practice, handle: str = "brand") -> Any:
    practice.user(handle, name="The Brand", followers=1200)
    page = admin.post(CONNECT, {"server": practice.url}, follow=True)
    return sign_in(admin, practice, handle, page)


def test_the_server_is_asked_for_in_plain_words(admin: Client) -> None:
    page = admin.get(CONNECT)
    assert "On which one is the account" in page.text
    assert 'name="server"' in page.text


@pytest.mark.parametrize("address", ["", "not an address", "ftp://x.example", "http://"])
def test_what_is_no_address_is_explained_beside_the_field(admin: Client, address: str) -> None:
    page = admin.post(CONNECT, {"server": address})
    assert page.status_code == 422
    assert "field__error" in page.text
    assert not Server.objects.exists()


def test_a_server_that_speaks_something_else_is_explained(admin: Client, server: Practice) -> None:
    server.faults({"kind": "status", "status": 404})
    page = admin.post(CONNECT, {"server": server.url})
    assert page.status_code == 422
    assert "did not answer as a Mastodon server" in page.text
    assert not Server.objects.exists()


@pytest.mark.parametrize("address", ["localhost:1", "127.0.0.1", "10.0.0.8", "[::1]:8000"])
def test_the_desk_is_not_led_into_its_own_network(
    admin: Client, settings: Any, address: str
) -> None:
    settings.PRACTICE_NETWORK = False
    channels.http.cache_clear()
    page = admin.post(CONNECT, {"server": address})
    assert page.status_code == 422
    assert "private network" in page.text


def test_nothing_is_kept_before_the_admin_has_seen_it(admin: Client, server: Practice) -> None:
    server.faults(max_characters=1234)
    server.user("brand")
    server.post("rina", "@brand hello")
    found = connect(admin, server)
    assert f"@brand@{DOMAIN}" in found.text
    assert "1234 characters" in found.text
    assert "1 item on the first page" in found.text
    assert not Channel.objects.exists()

    shown = admin.post(reverse("inbox:channel_keep"), follow=True)
    channel = Channel.objects.get()
    assert "is connected" in shown.text
    assert (channel.external_id, channel.name) == (f"brand@{DOMAIN}", "The Brand")
    assert channel.facts["text_length"] == 1234
    assert channel.is_practice
    assert {s.name for s in channel.streams.all()} == {"own", "mentions", "direct_messages"}
    assert AuditEvent.objects.filter(verb="inbox.channel.connected").exists()


def test_a_server_that_knows_broad_permissions_only_is_asked_for_those(
    admin: Client, server: Practice
) -> None:
    server.user("brand")
    server.faults(plain_scopes="page")

    def refused(page: Any) -> Any:
        back = urlsplit(server.http.get(page.context["url"]).headers["location"])
        assert dict(parse_qsl(back.query))["error"] == "invalid_scope"
        return admin.get(back.path, dict(parse_qsl(back.query)), follow=True)

    again = refused(admin.post(CONNECT, {"server": server.url}, follow=True))
    assert "scope=read+write+follow" in again.context["url"]
    assert f"@brand@{DOMAIN}" in sign_in(admin, server, "brand", again).text
    admin.post(reverse("inbox:channel_keep"))
    health.mark_signed_out(channel=Channel.objects.get(), words="revoked")
    page = admin.get(CONNECT, {"channel": Channel.objects.get().pk})
    assert "scope=read+write+follow" in page.context["url"], "once so, it stays so"
    state = dict(parse_qsl(urlsplit(page.context["url"]).query))["state"]
    callback = reverse("inbox:channel_callback", args=["mastodon"])
    ended = admin.get(callback, {"error": "invalid_scope", "state": state})
    assert ended.status_code == 422, "asking a third time would be in vain"


def test_what_was_found_is_kept_once_and_only_by_who_found_it(
    admin: Client, server: Practice
) -> None:
    connect(admin, server)
    assert "access_token" not in str(dict(admin.session))
    assert Client().post(reverse("inbox:channel_keep")).status_code == 302  # to the sign-in
    assert admin.post(reverse("inbox:channel_keep")).status_code == 302
    assert admin.post(reverse("inbox:channel_keep")).status_code == 422
    assert Channel.objects.count() == 1


def test_a_stream_that_cannot_be_read_is_shown_before_saving(
    admin: Client, server: Practice
) -> None:
    server.user("brand")
    page = admin.post(CONNECT, {"server": server.url}, follow=True)
    path = "/api/v1/accounts/"
    account = server.client("brand").account_verify_credentials().id
    server.faults({"kind": "status", "status": 500, "path": f"{path}{account}/statuses"})
    found = sign_in(admin, server, "brand", page)
    assert "cannot be read" in found.text


def test_one_app_serves_all_accounts_of_a_server(admin: Client, server: Practice) -> None:
    for handle in ("brand", "support"):
        connect(admin, server, handle)
        admin.post(reverse("inbox:channel_keep"))
    assert Channel.objects.count() == 2
    assert Server.objects.get().keys.client_id
    assert "client_secret" not in repr(Server.objects.get().secrets).replace("'client_secret'", "")


def test_reconnecting_asks_the_same_server_and_makes_new_keys(
    admin: Client, server: Practice
) -> None:
    connect(admin, server)
    admin.post(reverse("inbox:channel_keep"))
    channel, old = Channel.objects.get(), Server.objects.get().keys.client_id
    server.faults(revoke_tokens=True)
    health.mark_signed_out(channel=channel, words="revoked")
    page = admin.get(CONNECT, {"channel": channel.pk})
    assert Server.objects.get().keys.client_id != old
    sign_in(admin, server, "brand", page)
    admin.post(reverse("inbox:channel_keep"))
    channel.refresh_from_db()
    assert channel.health == "ok"
    assert Channel.objects.count() == 1


def test_reconnecting_as_somebody_else_changes_nothing(admin: Client, server: Practice) -> None:
    connect(admin, server)
    admin.post(reverse("inbox:channel_keep"))
    channel = Channel.objects.get()
    server.user("other")
    page = admin.get(CONNECT, {"channel": channel.pk})
    refused = sign_in(admin, server, "other", page)
    assert refused.status_code == 422
    assert "You signed in as" in refused.text


def test_a_test_reads_the_limits_anew(admin: Client, server: Practice) -> None:
    connect(admin, server)
    admin.post(reverse("inbox:channel_keep"))
    channel = Channel.objects.get()
    server.faults(max_characters=9000)
    admin.post(reverse("inbox:channel_test", args=[channel.pk]))
    channel.refresh_from_db()
    assert channel.facts["text_length"] == 9000
