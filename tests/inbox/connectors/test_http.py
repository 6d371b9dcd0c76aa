from __future__ import annotations

import gzip
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from inbox.connectors import http as door
from inbox.connectors.buckets import Bucket
from inbox.connectors.errors import (
    AuthExpired,
    BadPayload,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TransientError,
)
from inbox.connectors.http import Http
from inbox.connectors.received import Answer
from tests.inbox.connectors.tiny import TinyServer, answer, tiny_server


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(timeout=0.5, allow_private=True) as client:
        yield client


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def mocked(status: int = 200, **more: object) -> Http:
    reply = httpx.Response(status, **more)  # type: ignore[arg-type]
    return Http(timeout=1, transport=httpx.MockTransport(lambda _: reply))


# -- the deadline ------------------------------------------------------------------------------
@pytest.mark.parametrize(("is_write", "error"), [(False, TransientError), (True, OutcomeUnknown)])
@pytest.mark.parametrize("part", ["silence", "head", "body"])
def test_the_deadline_covers_the_whole_request(
    http: Http, part: str, is_write: bool, error: type[ConnectorError]
) -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        whole = answer(b'"' + b"x" * 500 + b'"')
        if part == "silence":
            server.stopping.wait(5)
        elif part == "head":
            server.drip(connection, whole, 0.05)
        else:
            head, body = whole.split(b"\r\n\r\n")
            connection.sendall(head + b"\r\n\r\n")
            server.drip(connection, body, 0.05)

    with tiny_server(behave) as server:
        started = time.monotonic()
        with pytest.raises(error):
            http.request("POST", server.url, json={}, is_write=is_write)
        assert 0.4 < time.monotonic() - started < 8
        assert server.connections == 1


def test_a_slow_name_look_up_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(5) and [])
    with Http(timeout=0.2, allow_private=True) as http:
        started = time.monotonic()
        with pytest.raises(TransientError, match="cannot be reached"):
            http.request("POST", "http://slow.example/", is_write=True)
        assert time.monotonic() - started < 3
    release.set()


def test_a_deadline_belongs_to_one_request_only() -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        while server.read_request(connection):
            server.stopping.wait(0.8)
            connection.sendall(answer())

    http = Http(timeout=3, allow_private=True)
    with tiny_server(behave) as server:
        for _ in range(4):  # together longer than one deadline
            assert http.request("GET", server.url).status == 200
        assert server.connections == 1, "the connection is kept"


# -- what certainly never left -----------------------------------------------------------------
@pytest.mark.parametrize("is_write", [False, True])
def test_a_refused_connection_was_certainly_not_accepted(http: Http, is_write: bool) -> None:
    with pytest.raises(TransientError, match="cannot be reached"):
        http.request("POST", f"http://127.0.0.1:{unused_port()}/", is_write=is_write)


@pytest.mark.parametrize("is_write", [False, True])
def test_an_unknown_name_was_certainly_not_accepted(
    http: Http, is_write: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(TransientError, match="Name or service not known"):
        http.request("POST", "http://nowhere.example/", is_write=is_write)


def test_a_failed_tls_handshake_was_certainly_not_accepted(http: Http) -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"this is not TLS at all\r\n")

    with tiny_server(behave) as server, pytest.raises(TransientError, match="cannot be reached"):
        http.request("POST", server.url.replace("http:", "https:"), is_write=True)


def test_a_hanging_tls_handshake_was_certainly_not_accepted(http: Http) -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.stopping.wait(5)

    with tiny_server(behave) as server, pytest.raises(TransientError, match="cannot be reached"):
        http.request("POST", server.url.replace("http:", "https:"), is_write=True)


# -- what may have been accepted ---------------------------------------------------------------
@pytest.mark.parametrize(("is_write", "error"), [(False, TransientError), (True, OutcomeUnknown)])
@pytest.mark.parametrize("sent", [b"", answer(b"x" * 100)[:60]], ids=["before", "within"])
def test_a_cut_connection_leaves_the_outcome_open(
    http: Http, sent: bytes, is_write: bool, error: type[ConnectorError]
) -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(sent)

    with tiny_server(behave) as server:
        with pytest.raises(error) as caught:
            http.request("POST", server.url, json={"a": 1}, is_write=is_write)
        assert caught.type is error
        assert len(server.received) == 1, "never sent twice"


def test_a_connection_closed_while_idle_is_not_used_again(http: Http) -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(answer())

    with tiny_server(behave) as server:
        for _ in range(3):
            http.request("POST", server.url, is_write=True)
            assert server.closed.acquire(timeout=2)
        assert len(server.received) == 3


# -- the size ----------------------------------------------------------------------------------
@pytest.mark.parametrize(("is_write", "error"), [(False, BadPayload), (True, OutcomeUnknown)])
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_huge_body_is_not_read(
    is_write: bool, error: type[ConnectorError], is_packed: bool
) -> None:
    body = b'"' + b" " * door.MAX_BODY + b'"'
    headers = "content-encoding: gzip\r\n" if is_packed else ""
    body = gzip.compress(body) if is_packed else body

    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(answer(body, headers=headers))

    with (
        Http(timeout=5, allow_private=True) as http,
        tiny_server(behave) as server,
        pytest.raises(error, match="8 MB"),
    ):
        http.request("POST", server.url, is_write=is_write)


# -- where it may go ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://api.x.com/2/tweets",
        "ftp://api.x.com/",
        "file:///etc/passwd",
        "https:///nothing",
        "//api.x.com",
        "https://[::1",
    ],
)
def test_only_https_is_spoken(url: str) -> None:
    with Http(timeout=1) as http, pytest.raises(Rejected):
        http.request("POST", url, is_write=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
def test_this_machine_is_not_contacted(host: str) -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)

    with tiny_server(behave) as server, Http(timeout=1) as http:
        with pytest.raises(Rejected, match="private network"):
            http.request("GET", f"https://{host}:{server.port}/")
        assert server.connections == 0


@pytest.mark.parametrize(("is_write", "error"), [(False, Rejected), (True, OutcomeUnknown)])
def test_redirects_are_not_followed(
    http: Http, is_write: bool, error: type[ConnectorError]
) -> None:
    def target(server: TinyServer, connection: socket.socket) -> None:
        connection.sendall(answer())

    with tiny_server(target) as inner:

        def behave(server: TinyServer, connection: socket.socket) -> None:
            server.read_request(connection)
            there = f"location: {inner.url}/latest/meta-data\r\n"
            connection.sendall(answer(status="307 Temporary Redirect", headers=there))

        with tiny_server(behave) as server, pytest.raises(error, match="elsewhere"):
            http.request("POST", server.url, is_write=is_write)
        assert inner.connections == 0


# -- answers -----------------------------------------------------------------------------------
def test_an_answer_has_lower_case_headers_and_json() -> None:
    with mocked(201, json={"a": [1]}, headers={"X-Rate-Limit-Remaining": "3"}) as http:
        found = http.request("POST", "https://api.x.com/", json={}, is_write=True)
    assert (found.status, found.body) == (201, {"a": [1]})
    assert found.headers["x-rate-limit-remaining"] == "3"


def test_an_empty_success_has_no_body() -> None:
    with mocked(204) as http:
        assert http.request("DELETE", "https://api.x.com/", is_write=True).body is None


@pytest.mark.parametrize("body", [b"<html>", b"{", b"[" * 100_000, b"\xff\xfe\x00"])
def test_what_is_not_json_is_a_bad_payload_or_an_open_outcome(body: bytes) -> None:
    with mocked(content=body) as http:
        with pytest.raises(BadPayload):
            http.request("GET", "https://api.x.com/")
        with pytest.raises(OutcomeUnknown):
            http.request("POST", "https://api.x.com/", is_write=True)


def test_broken_compression_is_a_bad_payload() -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(answer(b"not gzip", headers="content-encoding: gzip\r\n"))

    with (
        Http(timeout=1, allow_private=True) as http,
        tiny_server(behave) as server,
        pytest.raises(BadPayload),
    ):
        http.request("GET", server.url)


def test_the_networks_words_come_along() -> None:
    body = {"title": "Forbidden", "detail": "Protected account.", "type": "about:blank"}
    with mocked(403, json=body) as http, pytest.raises(Rejected) as caught:
        http.request("POST", "https://api.x.com/", is_write=True)
    assert caught.value.message == "Protected account."
    assert (caught.value.status, caught.value.code) == (403, "Forbidden")


def test_retry_after_is_read() -> None:
    with mocked(429, headers={"retry-after": "12"}) as http, pytest.raises(RateLimited) as caught:
        http.request("GET", "https://api.x.com/")
    assert caught.value.retry_after == 12


def test_a_network_may_read_its_own_rate_limit_headers() -> None:
    with mocked(429, headers={"wait": "5"}) as http, pytest.raises(RateLimited) as caught:
        http.request(
            "GET", "https://api.x.com/", bucket=Bucket(wait=lambda headers: float(headers["wait"]))
        )
    assert caught.value.retry_after == 5


def test_parameters_that_are_none_are_left_out() -> None:
    asked = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200)

    with Http(timeout=1, transport=httpx.MockTransport(note)) as http:
        http.request("GET", "https://api.x.com/2", params={"a": 1, "b": None, "c": "x,y"})
    assert asked == ["https://api.x.com/2?a=1&c=x%2Cy"]


# -- secrets -----------------------------------------------------------------------------------
@pytest.mark.parametrize("auth", ["SECRET-token", ("app", "SECRET-token")])
@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_secrets_stay_out_of_errors_and_logs(
    auth: str | tuple[str, str], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def quote(request: httpx.Request) -> httpx.Response:
        said = f"{request.headers['authorization']} {request.content.decode()}"
        return httpx.Response(status, json={"detail": said, "errors": [{"code": said}]})

    with (
        Http(timeout=1, transport=httpx.MockTransport(quote)) as http,
        pytest.raises(ConnectorError) as caught,
    ):
        http.request(
            "POST",
            "https://api.x.com/",
            form={"refresh_token": "SECRET-refresh", "grant_type": "refresh_token"},
            auth=auth,
        )
    shown = f"{caught.value!r} {caught.value.code} {caplog.text} {caught.value.__cause__!r}"
    assert "SECRET" not in shown
    assert "U0VDUkVU" not in shown  # base64
    if status != 429:
        assert "grant_type=refresh_token" in caught.value.message


def test_the_body_of_a_sign_in_is_not_in_its_repr() -> None:
    assert "SECRET" not in repr(Answer(200, {}, {"access_token": "SECRET"}))


def test_an_expired_sign_in_is_no_final_no() -> None:
    with mocked(401, json={"title": "Unauthorized"}) as http, pytest.raises(AuthExpired):
        http.request("POST", "https://api.x.com/", is_write=True)


def test_certificates_are_checked() -> None:
    with Http(timeout=1) as http:
        context = http._client._transport._pool._ssl_context  # type: ignore[attr-defined]
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_threads_may_share_one() -> None:
    def behave(server: TinyServer, connection: socket.socket) -> None:
        while asked := server.read_request(connection):
            name = asked.split(b" ")[1].removeprefix(b"/")
            connection.sendall(answer(b'"' + name + b'"'))

    found = {}
    with Http(timeout=5, allow_private=True) as http, tiny_server(behave) as server:

        def ask(number: int) -> None:
            for turn in range(10):
                name = f"{number}-{turn}"
                found[name] = http.request("GET", f"{server.url}/{name}").body

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert len(found) == 80
    assert all(name == body for name, body in found.items())


def test_a_file_s_token_is_shown_to_no_address_it_sends_us_on_to() -> None:
    shown: list[tuple[str, str | None]] = []

    def reply(request: httpx.Request) -> httpx.Response:
        shown.append((request.url.host, request.headers.get("authorization")))
        if request.url.host == "api.example":
            return httpx.Response(302, headers={"location": "https://files.example/1"})
        return httpx.Response(200, content=b"file")

    with Http(timeout=1, transport=httpx.MockTransport(reply)) as http:
        assert http.fetch("https://api.example/1", auth="the-token").content == b"file"
    assert shown == [("api.example", "Bearer the-token"), ("files.example", None)]
