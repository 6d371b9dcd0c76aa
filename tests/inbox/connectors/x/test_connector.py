"""What is sent to X, byte for byte, and how its particular answers are read."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import respx
import time_machine

from inbox.connectors.errors import AuthExpired, BadPayload, RateLimited, Rejected
from inbox.connectors.http import Http
from inbox.connectors.types import OutboundReply, Window
from inbox.connectors.x.client import SCOPES, TWEETS, seconds_to_reset
from inbox.connectors.x.connector import XConnector
from tests.inbox.connectors.x.payloads import CREDENTIALS, US, make_post

API = "https://api.x.com"
TOKEN_URL = f"{API}/2/oauth2/token"
TOKENS = {"access_token": "at-2", "refresh_token": "rt-2", "expires_in": 7200}


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=True) as router:
        yield router


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(timeout=5) as client:
        yield client


@pytest.fixture
def x(http: Http) -> XConnector:
    return XConnector(CREDENTIALS, http)


# -- sign-in -----------------------------------------------------------------------------------
def test_the_sign_in_asks_for_all_we_use(x: XConnector) -> None:
    url = x.authorize_url(redirect_uri="https://desk.example/back", state="st", code_challenge="ch")
    assert url.startswith("https://x.com/i/oauth2/authorize?")
    query = parse_qs(urlsplit(url).query)
    assert query["scope"] == [SCOPES]
    assert query["response_type"] == ["code"]
    assert query["client_id"] == ["app-1"]


@time_machine.travel("2026-11-23T06:00:00Z", tick=False)
def test_a_code_becomes_tokens(x: XConnector, api: respx.MockRouter) -> None:
    route = api.post(TOKEN_URL).respond(json=TOKENS)
    tokens = x.exchange_code(code="c", redirect_uri="https://d.example/b", code_verifier="v")
    assert tokens.secrets == {"access_token": "at-2", "refresh_token": "rt-2"}
    assert tokens.expires_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    request = route.calls.last.request
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["c"],
        "redirect_uri": ["https://d.example/b"],
        "code_verifier": ["v"],
    }
    basic = base64.b64encode(b"app-1:SECRET-client").decode()
    assert request.headers["authorization"] == f"Basic {basic}"


def test_an_app_without_a_secret_names_itself(http: Http, api: respx.MockRouter) -> None:
    route = api.post(TOKEN_URL).respond(json=TOKENS)
    public = replace(CREDENTIALS, endpoints=replace(CREDENTIALS.endpoints, client_secret=""))
    XConnector(public, http).refresh()
    request = route.calls.last.request
    assert parse_qs(request.content.decode())["client_id"] == ["app-1"]
    assert "authorization" not in request.headers


def test_a_renewal_without_a_new_refresh_token_keeps_the_old(
    x: XConnector, api: respx.MockRouter
) -> None:
    api.post(TOKEN_URL).respond(json={"access_token": "at-2"})
    tokens = x.refresh()
    assert tokens.secrets["refresh_token"] == "SECRET-refresh"
    assert tokens.expires_at is None


def test_without_a_refresh_token_somebody_must_sign_in(http: Http) -> None:
    bare = replace(CREDENTIALS, secrets={"access_token": "at"})
    with pytest.raises(AuthExpired):
        XConnector(bare, http).refresh()


def test_a_wrong_code_is_refused_in_the_networks_words(
    x: XConnector, api: respx.MockRouter
) -> None:
    said = "Value passed for the authorization code was invalid."
    api.post(TOKEN_URL).respond(400, json={"error": "invalid_request", "error_description": said})
    with pytest.raises(Rejected, match=said):
        x.exchange_code(code="c", redirect_uri="https://d.example/b", code_verifier="v")


@pytest.mark.parametrize("body", [{}, {"access_token": ""}, {"access_token": 5}])
def test_a_sign_in_without_a_token_is_unreadable(
    x: XConnector, api: respx.MockRouter, body: dict[str, object]
) -> None:
    api.post(TOKEN_URL).respond(json=body)
    with pytest.raises(BadPayload):
        x.refresh()


def test_an_account_without_an_id_is_unreadable(x: XConnector, api: respx.MockRouter) -> None:
    api.get(f"{API}/2/users/me").respond(json={"data": {"username": "codero"}})
    with pytest.raises(BadPayload):
        x.verify_credentials()


def test_the_account_behind_the_credentials(x: XConnector, api: respx.MockRouter) -> None:
    api.get(f"{API}/2/users/me").respond(json={"data": US})
    account = x.verify_credentials()
    assert (account.external_id, account.handle, account.followers) == ("500", "codero", 4100)


# -- acts --------------------------------------------------------------------------------------
def test_deleting(x: XConnector, api: respx.MockRouter) -> None:
    api.delete(f"{API}/2/tweets/9").respond(json={"data": {"deleted": True}})
    x.delete("9")


@pytest.mark.parametrize("hidden", [True, False])
def test_hiding(x: XConnector, api: respx.MockRouter, hidden: bool) -> None:
    route = api.put(f"{API}/2/tweets/9/hidden").respond(json={"data": {"hidden": hidden}})
    x.hide("9", hidden=hidden)
    assert json.loads(route.calls.last.request.content) == {"hidden": hidden}


def test_liking(x: XConnector, api: respx.MockRouter) -> None:
    route = api.post(f"{API}/2/users/500/likes").respond(json={"data": {"liked": True}})
    x.like("9")
    assert json.loads(route.calls.last.request.content) == {"tweet_id": "9"}


@pytest.mark.parametrize(
    "data",
    [{"following": True, "pending_follow": False}, {"following": False, "pending_follow": True}],
)
def test_following(x: XConnector, api: respx.MockRouter, data: dict[str, bool]) -> None:
    route = api.post(f"{API}/2/users/500/following").respond(json={"data": data})
    x.follow("77")
    assert json.loads(route.calls.last.request.content) == {"target_user_id": "77"}


def test_what_x_did_not_do_is_told(x: XConnector, api: respx.MockRouter) -> None:
    api.delete(f"{API}/2/tweets/9").respond(json={"data": {"deleted": False}})
    with pytest.raises(Rejected, match="deleted is False"):
        x.delete("9")


# -- fields ------------------------------------------------------------------------------------
def test_fields_are_asked_for_in_the_new_spelling(x: XConnector, api: respx.MockRouter) -> None:
    route = api.get(f"{API}/2/users/500/mentions").respond(json={"meta": {}})
    x.fetch_page("mentions", Window())
    query = dict(route.calls.last.request.url.params)
    assert "note_post" in query["post.fields"].split(",")
    assert "edit_history_post_ids" in query["expansions"].split(",")
    assert not any(name.startswith("tweet") for name in query)


def test_fields_can_be_asked_for_in_the_old_spelling(http: Http, api: respx.MockRouter) -> None:
    route = api.get(f"{API}/2/users/500/mentions").respond(
        json={
            "data": [make_post(5, referenced_tweets=[{"type": "replied_to", "id": "4"}])],
            "includes": {"tweets": [make_post(4)]},
        }
    )
    page = XConnector(CREDENTIALS, http, spelling=TWEETS).fetch_page("mentions", Window())
    assert page.messages[0].in_reply_to == "4"
    query = dict(route.calls.last.request.url.params)
    assert "note_tweet" in query["tweet.fields"].split(",")
    assert not any(name.startswith("post") for name in query)


# -- rate limits -------------------------------------------------------------------------------
@time_machine.travel(1_000_000, tick=False)
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-rate-limit-reset": "1000090"}, 90),
        ({"x-rate-limit-reset": "999000"}, 1),
        ({"x-rate-limit-reset": "soon", "retry-after": "4"}, 4),
        ({"retry-after": "4"}, 4),
        ({}, None),
        (
            {
                "x-rate-limit-remaining": "5",
                "x-rate-limit-reset": "1000090",
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": "1040000",
            },
            40_000,
        ),
    ],
)
def test_the_limit_that_is_used_up_counts(headers: dict[str, str], seconds: float | None) -> None:
    assert seconds_to_reset(headers) == seconds


@time_machine.travel(1_000_000, tick=False)
def test_too_many_requests(x: XConnector, api: respx.MockRouter) -> None:
    api.get(f"{API}/2/dm_events").respond(429, headers={"x-rate-limit-reset": "1000300"})
    with pytest.raises(RateLimited) as caught:
        x.fetch_page("direct_messages", Window())
    assert caught.value.retry_after == 300


def test_an_answer_is_only_read_as_json_object(x: XConnector, api: respx.MockRouter) -> None:
    api.get(f"{API}/2/users/500/mentions").mock(return_value=httpx.Response(200, json=[1]))
    with pytest.raises(BadPayload):
        x.fetch_page("mentions", Window())


# -- length ------------------------------------------------------------------------------------
def test_a_reply_is_measured_without_its_leading_mentions(x: XConnector) -> None:
    public = OutboundReply("k", "@rina_w " + "é" * 280, "1", "", False, datetime.now(UTC))
    measured = x.measure(public)
    assert (measured.length, measured.limit) == (280, 280)
    assert x.measure(replace(public, text="日" * 10, is_private=True)).length == 10
