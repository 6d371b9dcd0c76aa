"""Feeds keep the rules of all networks, and a connector that breaks them is caught."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import httpx
import pytest

from inbox.connectors.base import Connector
from inbox.connectors.feed.connector import FeedConnector
from inbox.connectors.types import Capability, ChannelCredentials, Endpoints, Manifest, Window
from tests.inbox.connectors.contract import ConnectorContract, FakeNetwork

URL = "https://news.example/feed"
NAME = "feed:1"
ATOM = '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>'
_numbers = itertools.count(1)


class FakeFeed(FakeNetwork):
    """One Atom feed, made of its items' fields as elements."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=ATOM + "".join(map(_entry, self._all())) + "</feed>")

    def stock(self, stream: str, count: int) -> None:
        for _turn in range(count):
            number = next(_numbers)
            at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=number)
            item = {
                "id": f"tag:news.example,2026:{number}",
                "title": f"Article {number}",
                "published": at.isoformat(),
                "updated": at.isoformat(),
                "summary": f"What happened, part {number}",
            }
            self.items.setdefault(stream, []).insert(0, item)

    def optional(self, stream: str) -> tuple[str, ...]:
        return ("id", "title", "published", "updated", "summary")

    def _all(self) -> list[dict[str, Any]]:
        return [item for items in self.items.values() for item in items]


def _entry(item: dict[str, Any]) -> str:
    made = "".join(f"<{name}>{escape(str(text))}</{name}>" for name, text in item.items())
    return f"<entry>{made}</entry>"


class TestFeed(ConnectorContract):
    connector_class = FeedConnector
    credentials = ChannelCredentials(
        NAME,
        "news.example",
        Endpoints("", "", "", ""),
        facts={"feeds": {NAME: {"url": URL, "title": "News"}}, "streams": [NAME]},
    )
    SECRETS = ()
    repeats = True

    def fake(self) -> FakeNetwork:
        return FakeFeed()

    def test_unknown_fields_are_kept_for_the_record(
        self, connector: Connector, network: FakeNetwork
    ) -> None:
        network.stock(NAME, 1)
        network.items[NAME][0]["invented_tomorrow"] = "a new element"
        (message,) = connector.fetch_page(NAME, Window()).messages
        assert message.raw["invented_tomorrow"] == "a new element"

    def test_a_malformed_item_never_costs_the_page(
        self, connector: Connector, network: FakeNetwork
    ) -> None:
        network.stock(NAME, 5)
        network.items[NAME][2] = {"id": "tag:news.example,2026:broken"}
        page = connector.fetch_page(NAME, Window())
        assert len(page.messages) == 4
        (problem,) = page.problems
        assert problem.raw["id"] == "tag:news.example,2026:broken"
        assert problem.reason


class Boaster(FeedConnector):
    """Promises answers that it cannot give."""

    manifest = Manifest(
        slug="feed",
        label="Boaster",
        icon="rss",
        capabilities=frozenset({Capability.POLL, Capability.REPLY}),
        limits=FeedConnector.manifest.limits,
        streams=(),
        parts=FeedConnector.manifest.parts,
        connect_form=FeedConnector.manifest.connect_form,
    )


class Secretive(FeedConnector):
    """Answers though it promises none."""

    def send_reply(self, reply: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize("broken", [Boaster, Secretive])
def test_a_connector_whose_flags_lie_is_caught(broken: type[Connector]) -> None:
    rules = TestFeed()
    rules.connector_class = broken  # type: ignore[misc]
    check: Callable[[], None] = rules.test_flags_match_methods
    with pytest.raises(AssertionError):
        check()
