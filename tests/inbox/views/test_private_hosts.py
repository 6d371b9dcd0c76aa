"""Connecting, outside practice, what is in the operator's own network: once it is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from inbox.lib.private_hosts import PrivateHosts
from inbox.models import Server, User
from inbox.operations import channels
from tests.inbox.connectors.mail.desk import form_of
from tests.inbox.practice.feed.server import Server as Feeds
from tests.inbox.practice.feed.server import entry
from tests.inbox.practice.mastodon.server import Server as Mastodon
from tests.mail_servers import Sending, pymap, smtp_server

CONNECT = "/channels/connect/"
REMEDY = "ask whoever runs the desk to add it to PRIVATE_HOSTS"
Listing = Callable[..., None]


@pytest.fixture
def admin(client: Client, dewi: User) -> Client:
    client.force_login(dewi)
    client.defaults["SERVER_NAME"] = "localhost"  # the practice server sends nobody elsewhere
    return client


@pytest.fixture
def listing(settings: Any) -> Iterator[Listing]:
    def listed(*entries: str) -> None:
        settings.PRIVATE_HOSTS = PrivateHosts.read(entries)
        channels.http.cache_clear()

    listed()
    yield listed
    channels.http.cache_clear()


def test_a_server_of_ones_own_is_reached_once_it_is_listed(
    admin: Client, listing: Listing, tmp_path: Any
) -> None:
    with Mastodon(tmp_path) as server:
        for address in (server.url, server.url.replace("http:", "https:")):
            refused = admin.post(f"{CONNECT}mastodon/", {"server": address})
            assert refused.status_code == 422
            assert "PRIVATE_HOSTS" in refused.text
        listing(f"127.0.0.1:{server.port}")
        page = admin.post(f"{CONNECT}mastodon/", {"server": server.url}, follow=True)
    assert page.status_code == 200
    assert page.context["url"].startswith(f"{server.url}/oauth/authorize?")
    assert Server.objects.get().keys.client_id


def test_a_feed_of_ones_own_is_read_once_it_is_listed(admin: Client, listing: Listing) -> None:
    with Feeds() as server:
        url = server.feed(add=[entry(1)])
        refused = admin.post(f"{CONNECT}feed/", {"addresses": url})
        assert refused.status_code == 422
        assert REMEDY in refused.text
        listing("127.0.0.0/8")
        found = admin.post(f"{CONNECT}feed/", {"addresses": url})
    assert found.status_code == 200
    assert "Practice News" in found.text


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_mailbox_of_ones_own_is_opened_once_its_servers_are_listed(
    admin: Client, listing: Listing
) -> None:
    with pymap() as box, smtp_server(Sending()) as port:
        form = form_of(box, port)
        for tls in ("none", "tls", "starttls"):
            refused = admin.post(f"{CONNECT}mail/?at=form", form | {"imap_tls": tls})
            assert refused.status_code == 422
            assert REMEDY in refused.text
        listing(f"127.0.0.1:{box.port}")
        refused = admin.post(f"{CONNECT}mail/?at=form", form)
        assert "127.0.0.1 is not contacted without encryption" in refused.text, "SMTP's port"
        listing(f"127.0.0.1:{box.port}", f"127.0.0.1:{port}")
        found = admin.post(f"{CONNECT}mail/?at=form", form)
    assert found.status_code == 200
    assert "Is this the account?" in found.text
