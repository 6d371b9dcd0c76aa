"""Standing at a server's streams: real lines to the practice server, and servers that misbehave."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from inbox.connectors.errors import ConnectorError, Rejected, TransientError, Unsupported
from inbox.connectors.http import Http
from inbox.connectors.mastodon import lines, streaming
from inbox.connectors.mastodon.connector import MastodonConnector
from inbox.connectors.types import ChannelCredentials
from tests.inbox.connectors.asking import http
from tests.inbox.connectors.mastodon.test_practice import connect
from tests.inbox.connectors.tiny import TinyServer, answer, tiny_server
from tests.inbox.practice.mastodon.server import Server, server

__all__ = ["http", "server"]  # fixtures

OWN = ["own", "mentions", "direct_messages"]
SOON = 10.0  # seconds, far more than news take
MOMENT = 0.3  # seconds in which nothing comes
WAYS = pytest.mark.parametrize("switch", [{}, {"websocket_only": True}], ids=["sse", "websocket"])


@WAYS
def test_news_are_told_at_once_under_the_streams_they_are_for(
    server: Server, http: Http, switch: dict[str, Any]
) -> None:
    brand = connect(server, http)
    server.faults(**switch)
    acts: dict[str, Callable[[], Any]] = {
        "mentions": lambda: server.post("rina", "@brand hello"),
        "own": lambda: server.post("brand", "we are back"),
        "hashtag:nusahosting": lambda: server.post("eve", "down again #NusaHosting"),
    }
    with brand.attend([*OWN, "hashtag:nusahosting", "hashtag:other", "search:down"]) as wait:
        assert not wait(0)
        for name, act in acts.items():
            act()
            assert wait(SOON) == {name}
        server.post("rina", "@brand my order?", visibility="direct")
        assert wait(SOON) == {"mentions", "direct_messages"}
        assert not wait(MOMENT)


@WAYS
def test_what_the_desk_does_not_read_rings_no_bell(
    server: Server, http: Http, switch: dict[str, Any]
) -> None:
    brand = connect(server, http)
    server.faults(**switch)
    ours = server.post("brand", "hello all")
    with brand.attend(OWN) as wait:
        server.client("rina").status_favourite(ours["id"])
        server.client("rina").account_follow(brand.credentials.facts["account_id"])
        assert not wait(MOMENT)


@pytest.mark.parametrize(
    ("switch", "count"), [({}, 3), ({"websocket_only": True}, 1)], ids=["sse", "websocket"]
)
def test_no_more_lines_are_opened_than_it_takes(
    server: Server, http: Http, switch: dict[str, Any], count: int
) -> None:
    brand = connect(server, http)
    server.faults(**switch)
    with brand.attend([*OWN, "hashtag:one", "hashtag:two"]):
        assert len(server.world.listeners) == count


def test_a_server_that_tells_nothing_is_left_to_polling(server: Server, http: Http) -> None:
    server.faults(no_streaming=True)
    brand = connect(server, http)
    assert brand.credentials.facts["streaming"] == ""
    with pytest.raises(Unsupported), brand.attend(OWN):
        pass


def test_streams_of_which_no_server_tells_are_left_to_polling(server: Server, http: Http) -> None:
    with pytest.raises(Unsupported), connect(server, http).attend(["search:words"]):
        pass


@WAYS
def test_a_sign_in_that_ended_is_left_to_polling(
    server: Server, http: Http, switch: dict[str, Any]
) -> None:
    brand = connect(server, http)
    server.faults(revoke_tokens=True, **switch)
    with pytest.raises(Unsupported), brand.attend(OWN):
        pass


@WAYS
def test_a_server_that_goes_away_is_noticed(
    server: Server, http: Http, switch: dict[str, Any]
) -> None:
    brand = connect(server, http)
    server.faults(**switch)
    with brand.attend(OWN) as wait:
        server.__exit__(None, None, None)
        with pytest.raises(TransientError):
            wait(SOON)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("wss://stream.example", "https://stream.example"),
        ("https://stream.example:4000/", "https://stream.example:4000"),
        ("wss://stream.example/api/v1/streaming/", "https://stream.example"),
        ("ws://stream.example", "https://social.example"),
        ("http://stream.example", "https://social.example"),
        ("wss://me:secret@stream.example", "https://social.example"),
        ("gopher://stream.example", "https://social.example"),
        ("stream.example", "https://social.example"),
        ("wss://[bad", "https://social.example"),
        ("wss://stream.example:http", "https://social.example"),
        ("", "https://social.example"),
        (None, "https://social.example"),
        ({"wss": 1}, "https://social.example"),
    ],
)
def test_where_the_streams_are(told: Any, wanted: str) -> None:
    assert streaming.base_url(told, api_url="https://social.example") == wanted


def test_a_line_into_a_private_network_is_refused() -> None:
    for address in ("wss://127.0.0.1", "wss://[::1]:8443", "wss://10.1.2.3"):
        with Http(timeout=2) as door:
            brand = at("https://social.example", door, streaming=address)
            with pytest.raises(Rejected, match="private network"), brand.attend(OWN):
                pass


# -- servers of a few bytes --------------------------------------------------------------------
EVENTS = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\r\n"
MENTION = 'event: notification\r\ndata: {"type": "mention",\r\ndata: "status": {}}\r\n\r\n'


def at(url: str, http: Http, **facts: Any) -> MastodonConnector:
    known = {"account_id": "1", "domain": "social.example", **facts}
    endpoints = MastodonConnector.endpoints_at(url)
    secrets = {"access_token": "token-1"}
    return MastodonConnector(
        ChannelCredentials("brand@x", "brand@x", endpoints, secrets, facts=known), http
    )


def stand(connector: MastodonConnector) -> None:
    with connector.attend(OWN) as wait:
        while True:
            wait(SOON)


def test_pieces_of_events_are_put_together(http: Http) -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        server.drip(connection, f"{EVENTS}: hello\r\n{MENTION}".encode(), 0.0005)
        server.stopping.wait(SOON)

    with tiny_server(behave) as server, at(server.url, http).attend(OWN) as wait:
        assert wait(SOON) == {"mentions"}
        assert not wait(0)
    assert b"Authorization: Bearer token-1" in server.received[0]


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        ("401 Unauthorized", "", Unsupported),
        ("403 Forbidden", "", Unsupported),
        ("404 Not Found", "", Unsupported),
        ("301 Moved", "location: https://10.0.0.1/\r\n", Unsupported),
        ("200 OK", "content-type: text/html\r\n", Unsupported),
        ("429 Too Many", "retry-after: 77\r\n", TransientError),
        ("503 Unavailable", "", TransientError),
    ],
)
def test_what_a_refusal_means(
    http: Http, status: str, headers: str, error: type[ConnectorError]
) -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(answer(b"<html>", status=status, headers=headers))

    with tiny_server(behave) as server:
        with pytest.raises(error) as raised, at(server.url, http).attend(OWN):
            pass
        if "retry-after" in headers:
            assert isinstance(raised.value, TransientError)
            assert raised.value.retry_after == 77


@pytest.mark.parametrize(
    "said",
    [
        EVENTS,
        EVENTS + "data: " + "x" * (lines.MOST_PENDING + 10),
        "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n",
        "",
    ],
    ids=["closed", "endless", "bad header", "no http", "nothing"],
)
def test_a_line_that_breaks_is_lost_and_nothing_else(http: Http, said: str) -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(said.encode())

    with tiny_server(behave) as server, pytest.raises(TransientError):
        stand(at(server.url, http))


def test_a_silent_server_is_not_waited_for() -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.stopping.wait(SOON)

    with (
        Http(timeout=0.3, allow_private=True) as http,
        tiny_server(behave) as server,
        pytest.raises(TransientError),
        at(server.url, http).attend(OWN),
    ):
        pass


def test_a_line_on_which_nothing_is_heard_is_given_up(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(server, http).attend(OWN) as wait:
        monkeypatch.setattr(lines, "QUIET", 0.0)
        with pytest.raises(TransientError, match="quiet"):
            wait(MOMENT)


def test_a_silent_socket_is_asked_whether_somebody_is_there(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    brand, heard = connect(server, http), []
    server.faults(websocket_only=True)
    with brand.attend(OWN) as wait:
        monkeypatch.setattr(lines, "ASK_AFTER", 0.0)
        monkeypatch.setattr(lines.Socket, "_take", lambda _self, data: heard.append(data) or [])
        assert not wait(MOMENT)
    assert heard
    assert heard[0][0] == 0x8A  # a pong: https://www.rfc-editor.org/rfc/rfc6455#section-5.5.3


def test_news_that_cannot_be_read_ring_rather_once_too_often(http: Http) -> None:
    brand = at("https://social.example", http)
    door = streaming.Door(http, "", "", brand._site(), ("mention",))
    wish = streaming.Wish("user", frozenset(OWN))

    def rung(event: str, payload: str) -> set[str]:
        return set(streaming._names(door, wish, lines.News(event, payload)))

    assert rung("notification", "not JSON") == {"mentions", "direct_messages"}
    assert rung("notification", '{"type": "mention"}') == {"mentions", "direct_messages"}
    assert rung("notification", '{"type": "pleroma:emoji_reaction"}') == set()
    assert rung("update", '{"account": {"id": "2"}}') == set()
    assert rung("update", "[]") == set()
    assert rung("conversation", "{}") == {"direct_messages"}
    assert rung("filters_changed", "undefined") == set()
    assert not replace(wish, name="direct").is_source(lines.News("x", "", ("user",)))
