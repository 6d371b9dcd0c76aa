"""The connector over real HTTP: redirections, validators, faults, hostile documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from inbox.connectors.errors import (
    BadPayload,
    ConnectorError,
    Elsewhere,
    RateLimited,
    Rejected,
    TransientError,
)
from inbox.connectors.feed.client import FeedClient
from inbox.connectors.feed.connector import FeedConnector
from inbox.connectors.http import Http
from inbox.connectors.types import ChannelCredentials, Endpoints, FetchPage, Window
from tests.inbox.practice.feed.server import Server, entry, server

__all__ = ["server"]


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(timeout=2, allow_private=True) as client:
        yield client


def read(http: Http, url: str, after: str | None = None) -> FetchPage:
    return connector(http, url).fetch_page("feed:1", Window(after=after))


def connector(http: Http, url: str) -> FeedConnector:
    facts = {"feeds": {"feed:1": {"url": url, "title": "News"}}, "streams": ["feed:1"]}
    who = ChannelCredentials("feed:1", "news", Endpoints("", "", "", ""), facts=facts)
    return FeedConnector(who, http)


def test_an_entry_is_read_again_as_it_is_now_or_as_it_was(server: Server, http: Http) -> None:
    url = server.feed(add=[entry(1), entry(2)])
    (was,) = [item for item in read(http, url).messages if item.url.endswith("/1")]
    reread = connector(http, url).reread
    unread = {"id": was.raw["id"], "title": {"no": "text"}}
    assert [item.text for item in reread("feed:1", unread).messages] == [was.text]
    left = dict(was.raw) | {"id": "tag:gone,2026:9"}
    assert [item.text for item in reread("feed:1", left).messages] == [was.text]
    assert reread("feed:1", {"id": "tag:gone,2026:9"}).problems
    assert reread("feed:1", None).problems


@pytest.mark.parametrize("kind", ["rss", "rdf", "atom"])
def test_every_kind_of_feed_says_the_same(server: Server, http: Http, kind: str) -> None:
    url = server.feed(kind=kind, add=[entry(1), entry(2)])
    page = read(http, url)
    assert [item.text for item in page.messages] == ["Article 2\n\nText 2", "Article 1\n\nText 1"]
    newest = page.messages[0]
    assert newest.sent_at.isoformat() == "2026-11-23T00:02:00+00:00"
    assert newest.url == "https://news.example/2"
    assert (newest.author.external_id, newest.author.name) == ("news.example", "Practice News")
    assert newest.author.followers is None
    assert page.problems == ()


def test_an_unchanged_feed_is_not_sent_again(server: Server, http: Http) -> None:
    url = server.feed(add=[entry(1)])
    mark = read(http, url).newest
    assert read(http, url, mark) == FetchPage((), None, None)
    assert server.sent == {"200": 1, "304": 1}


def test_without_validators_the_digest_tells(server: Server, http: Http) -> None:
    url = server.feed(add=[entry(1)], has_validators=False)
    mark = read(http, url).newest
    assert read(http, url, mark).messages == ()
    server.feed(add=[entry(2)])
    assert len(read(http, url, mark).messages) == 2


def test_three_temporary_redirections_are_followed(server: Server, http: Http) -> None:
    url = server.feed("a", mode="hop")
    for name in ("a-next", "a-next-next"):
        server.feed(name, mode="hop")
    server.feed("a-next-next-next", add=[entry(1)])
    assert len(read(http, url).messages) == 1


BAD = [
    ("moved", Elsewhere, "moved for good"),
    ("loop", Rejected, "on and on"),
    ("page", Elsewhere, "web page"),
    ("huge", BadPayload, "more than 4 MB"),
    ("cut", BadPayload, "ends in the middle"),
]


@pytest.mark.parametrize(("mode", "error", "words"), BAD, ids=[row[0] for row in BAD])
def test_what_is_wrong_is_said_in_words(
    server: Server, http: Http, mode: str, error: type[ConnectorError], words: str
) -> None:
    url = server.feed(mode=mode, add=[entry(1), entry(2)])
    with pytest.raises(error) as caught:
        read(http, url)
    assert words in caught.value.message
    if isinstance(caught.value, Elsewhere):
        wanted = url + "-new" if mode == "moved" else f"{server.url}/feeds/real"
        assert caught.value.addresses == (wanted,)


RULES: list[tuple[dict[str, Any], type[ConnectorError]]] = [
    ({"kind": "status", "status": 500}, TransientError),
    ({"kind": "status", "status": 404}, Rejected),
    ({"kind": "status", "status": 401}, Rejected),
    ({"kind": "refuse"}, TransientError),
    ({"kind": "delay", "seconds": 5}, TransientError),
    ({"kind": "drip", "seconds": 0.2}, TransientError),
]


@pytest.mark.parametrize(("rule", "error"), RULES, ids=lambda value: str(value)[:40])
def test_faults_become_our_errors(
    server: Server, rule: dict[str, Any], error: type[ConnectorError]
) -> None:
    url = server.feed(add=[entry(1)])
    server.faults(rule)
    with Http(timeout=0.6, allow_private=True) as hasty, pytest.raises(error) as caught:
        read(hasty, url)
    assert caught.type is error


def test_retry_after_is_honoured(server: Server, http: Http) -> None:
    url = server.feed(add=[entry(1)])
    server.faults({"kind": "status", "status": 429, "seconds": 30, "times": 1})
    for _turn in range(2):
        with pytest.raises(RateLimited) as caught:
            read(http, url)
        assert caught.value.retry_after == pytest.approx(30, abs=2)
    assert server.sent == {}, "the second time it was not even asked"


def test_outside_practice_private_addresses_are_refused_at_once_and_after_a_hop() -> None:
    with Http(timeout=2) as http:
        for url in ("https://127.0.0.1/feed", "https://10.0.0.1/", "https://[::1]/"):
            with pytest.raises(Rejected, match="private network"):
                FeedClient(http).fetch(url)
        with pytest.raises(Rejected, match="use https"):
            FeedClient(http).fetch("http://news.example/feed")


def test_bombs_and_outside_entities_are_harmless(server: Server, http: Http) -> None:
    try:
        page = read(http, server.feed(mode="bomb"))
    except BadPayload:
        return
    for item in page.messages:
        assert "root:" not in item.text
        assert len(item.text) < 1000
