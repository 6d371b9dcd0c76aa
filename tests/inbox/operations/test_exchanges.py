"""The latest requests of a channel are kept: trouble always, what goes well now and then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from inbox.connectors.errors import ConnectorError
from inbox.connectors.exchange import Exchange as Seen
from inbox.models import Channel, Exchange, User
from inbox.operations import channels, exchanges
from tests.factories import make_channel

pytestmark = pytest.mark.django_db
READ = Seen("GET", "net.example", "/2/users/1/mentions", 200, 12, 0, 300)


@pytest.fixture(autouse=True)
def _forget() -> None:
    exchanges._kept_at.clear()


def test_of_reads_that_go_well_one_a_minute_is_kept(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = exchanges.keeper(channel.pk)
    for _time in range(5):
        keep(READ)
    assert Exchange.objects.count() == 1
    keep(replace(READ, path="/2/users/1/tweets"))  # another kind of address
    exchanges.keeper(make_channel().pk)(READ)  # another channel
    assert Exchange.objects.count() == 3
    now = exchanges.time.monotonic()
    monkeypatch.setattr(exchanges.time, "monotonic", lambda: now + exchanges.WELL_EVERY + 1)
    keep(READ)
    assert Exchange.objects.count() == 4


def test_of_every_stream_one_is_kept_and_it_says_which(channel: Channel) -> None:
    keep = exchanges.keeper(channel.pk)
    for name in ("search:toyota", "search:ford", "search:ford"):
        with exchanges.reading(name):
            keep(READ)
    keep(READ)
    kept = channel.exchanges.order_by("pk").values_list("stream", flat=True)
    assert list(kept) == ["search:toyota", "search:ford", ""]


@pytest.mark.parametrize(
    "change", [{"status": 500}, {"status": 429}, {"status": 0, "error": "cut"}, {"method": "POST"}]
)
def test_trouble_and_whatever_changes_something_is_always_kept(
    channel: Channel, change: dict[str, Any]
) -> None:
    keep = exchanges.keeper(channel.pk)
    for _time in range(3):
        keep(replace(READ, **change))
    assert Exchange.objects.count() == 3


def test_each_channel_keeps_its_twenty_latest(channel: Channel) -> None:
    other = make_channel()
    exchanges.keeper(other.pk)(READ)
    keep = exchanges.keeper(channel.pk)
    for number in range(30):
        keep(replace(READ, status=500, milliseconds=number))
    kept = channel.exchanges.values_list("milliseconds", flat=True)
    assert list(kept) == list(range(29, 9, -1))
    assert other.exchanges.count() == 1


def test_what_is_too_long_is_cut(channel: Channel) -> None:
    exchanges.keeper(channel.pk)(replace(READ, path="/" * 900, error="e" * 900, status=0))
    row = channel.exchanges.get()
    assert (len(row.path), len(row.error)) == (500, 300)


def test_a_database_in_trouble_does_not_stop_what_it_only_explains(
    channel: Channel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(**_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(Exchange.objects, "create", locked)
    exchanges.keeper(channel.pk)(READ)
    assert "exchange not kept" in caplog.text


def test_a_channels_connector_is_watched(channel: Channel, client: Client, dewi: User) -> None:
    """Nothing listens there, so the poll fails, and the admin can see how."""
    connector = channels.connector_with(channel, secrets={"access_token": "SECRET-at"})
    with pytest.raises(ConnectorError):
        connector.http.request("GET", "https://127.0.0.1:9/2/users/me", auth="SECRET-at")
    client.force_login(dewi)
    page = client.get(f"{channel.get_absolute_url()}exchanges/")
    assert "127.0.0.1:9/2/users/me" in page.text
    assert "no answer" in page.text
    assert "SECRET-at" not in page.text
