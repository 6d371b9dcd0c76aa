"""What people see of a request: enough to understand it, and never a secret."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import httpx
import pytest

from inbox.connectors.errors import ConnectorError
from inbox.connectors.exchange import SHOWN, SIGN_IN, Exchange
from inbox.connectors.http import Http
from inbox.connectors.redaction import hide_by_name, hide_headers

TOKEN = "SECRET-token-123"


def watch(answer: Any, **request: Any) -> Exchange:
    def respond(asked: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    told: list[Exchange] = []
    method = request.pop("method", "POST")
    with Http(timeout=5, transport=httpx.MockTransport(respond)) as http:
        with contextlib.suppress(ConnectorError):
            door = http.watched(told.append)
            door.request(method, "https://u:p@net.example/2/things?q=1", **request)
        with contextlib.suppress(ConnectorError):
            http.request("GET", "https://net.example/")  # not watched itself
    (found,) = told
    return found


def test_an_exchange_says_what_was_asked_and_answered() -> None:
    found = watch(httpx.Response(201, json={"id": "7"}), json={"text": "hello"}, auth=TOKEN)
    assert (found.method, found.host, found.path) == ("POST", "net.example", "/2/things")
    assert (found.status, found.error) == (201, "")
    assert found.sent == len(found.request_body) == len('{"text":"hello"}')
    assert json.loads(found.response_body) == {"id": "7"}
    assert found.asked["authorization"] == "[hidden]"
    assert TOKEN not in repr(found) + str(found.asked)


def test_no_answer_is_seen_too() -> None:
    found = watch(httpx.ReadTimeout(f"slow {TOKEN}"), auth=TOKEN)
    assert (found.status, found.error, found.answered) == (0, "slow [hidden]", {})


def test_an_answer_that_quotes_the_token_is_clean() -> None:
    found = watch(
        httpx.Response(400, text=f"bad: Bearer {TOKEN}", headers={"x-a": TOKEN}), auth=TOKEN
    )
    assert TOKEN not in found.response_body + str(found.answered)


@pytest.mark.parametrize(
    "request_",
    [
        {"form": {"grant_type": "refresh_token", "refresh_token": TOKEN}},
        {"form": {"a": "b"}, "auth": ("app", TOKEN)},
    ],
)
def test_nothing_of_a_sign_in_is_kept(request_: dict[str, Any]) -> None:
    found = watch(httpx.Response(200, json={"access_token": TOKEN}), **request_)
    assert (found.request_body, found.response_body) == (SIGN_IN, SIGN_IN)
    assert TOKEN not in str(found.asked)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"access_token": "{TOKEN}"}}',
        f'{{"accessJwt":"{TOKEN}","handle":"us"}}',
        f'{{"a": {{"client_secret" : "{TOKEN}'[:-3],  # cut off in the middle
        f'{{"Password": "a\\"{TOKEN}"}}',
        f"user=us&password={TOKEN}&x=1",
        f"code={TOKEN}",
        f'{{"api_key": {"9" * 20}}}',
        f'{{"session_id": "{TOKEN}"}}',
    ],
)
def test_what_its_name_says_is_secret_is_hidden(text: str) -> None:
    clean = hide_by_name(text)
    assert "SECRET-token" not in clean
    assert "999" not in clean
    assert "[hidden]" in clean


def test_what_is_no_secret_stays() -> None:
    text = '{"text": "my token is lost", "code": "too_long", "id": "7", "status": 3}'
    assert hide_by_name(text) == text
    assert hide_headers({"Content-Type": "a", "X-Csrf-Token": "b", "Set-Cookie": "c"}) == {
        "content-type": "a",
        "x-csrf-token": "[hidden]",
        "set-cookie": "[hidden]",
    }


def test_bodies_are_cut_and_files_are_only_named() -> None:
    long = watch(httpx.Response(200, text="x" * 50_000, headers={"content-type": "text/html"}))
    assert len(long.response_body) == SHOWN
    assert long.received == 50_000
    picture = httpx.Response(200, content=b"\x89PNG\x00", headers={"content-type": "image/png"})
    assert watch(picture).response_body == "[image/png]"
    assert watch(httpx.Response(200, text="a\x00b")).response_body == "a\ufffdb"
