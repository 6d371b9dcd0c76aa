"""The same round of work on servers that speak the API otherwise than Mastodon's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from inbox.connectors.errors import (
    AuthExpired,
    BadPayload,
    RateLimited,
    Rejected,
    TransientError,
    Unsupported,
)
from inbox.connectors.http import Http
from inbox.connectors.mastodon.client import BROAD_SCOPES, SCOPES
from inbox.connectors.mastodon.connector import MastodonConnector
from inbox.connectors.types import ChannelCredentials, Media, OutboundPost, Window
from inbox.lib.terms import Terms
from tests.inbox.connectors.asking import http, items, reply_to, walk
from tests.inbox.connectors.mastodon.test_practice import connect, newest
from tests.inbox.practice.mastodon.server import Server, server

__all__ = ["http", "server"]  # fixtures

BACK = "http://127.0.0.1/back"
FAR = "rina@far.example"
# Endpoints that some servers have not got; without them the desk's main job must be done.
OPTIONAL = [
    "/api/v2/instance",
    "/api/v1/conversations",
    "/api/v2/search",
    "/api/v1/statuses",
    "/api/v1/accounts/lookup",
    "/api/v2/media",
]
KINDS: dict[str, dict[str, Any]] = {
    "sparse": {"sparse": True},
    "plain text": {"plain_text": True},
    "whole handles": {"whole_accts": True},
    "other times": {"offset_times": True},
    "numbers": {"numeric_ids": True},
    "ulid": {"ulid_ids": True},
    "no since": {"ignores_since": True},
    "all types": {"ignores_types": True},
    "strict types": {"strict_types": True},
    "relative links": {"odd_links": "relative"},
    "links elsewhere": {"odd_links": "elsewhere"},
    "no links": {"no_link_header": True},
    "slow media": {"slow_media": True},
    "nested errors": {"error_shape": "nested"},
    "pages as errors": {"error_shape": "html"},
    "404": {"lacks": OPTIONAL[:3] + OPTIONAL[4:]},
    "501": {"lacks": OPTIONAL[:3] + OPTIONAL[4:], "lacks_status": 501},
    "422": {"lacks": OPTIONAL[:3] + OPTIONAL[4:5], "lacks_status": 422},
    "all at once": {
        "sparse": True,
        "plain_text": True,
        "whole_accts": True,
        "offset_times": True,
        "ulid_ids": True,
        "ignores_since": True,
        "ignores_types": True,
        "strict_types": True,
        "no_link_header": True,
        "no_idempotency": True,
        "slow_media": True,
        "no_bulk_lookup": True,
        "error_shape": "html",
        "lacks": OPTIONAL[:3] + OPTIONAL[4:],
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_round_of_work(server: Server, http: Http, kind: str) -> None:
    server.faults(**KINDS[kind])
    brand = connect(server, http)
    ours = server.post("brand", "We are open.")
    asked = server.post(FAR, "@brand my site is down & 1 < 2", in_reply_to=ours["id"])
    server.client(FAR).status_favourite(asked["id"])
    (item,) = items(walk(brand, "mentions"))
    assert item.external_id == asked["id"]
    assert item.author.external_id == FAR
    assert item.is_reply_to_us
    assert item.text.startswith("@brand")
    assert item.text.endswith("my site is down & 1 < 2")

    picture = Media(b"png", "image/png", "A chart")
    reply = reply_to(item, "On it: https://status.example.com/a", media=(picture,))
    assert brand.find_sent(reply) is None
    receipt = brand.send_reply(reply)
    found = brand.find_sent(reply)
    assert found is not None
    assert found.external_id == receipt.external_id
    assert server.posts(author="brand")[-1]["mentions"] == [FAR]

    more = [server.post("bo", f"@brand no. {number}")["id"] for number in range(100)]
    after = walk(brand, "mentions")[0].newest
    late = server.post("bo", "@brand and more")["id"]
    assert [each.external_id for each in items(walk(brand, "mentions", after))] == [late]
    assert {each.external_id for each in items(walk(brand, "mentions"))} >= {*more, late}

    brand.like(item.external_id)
    brand.follow(FAR)
    server.delete(asked["id"])
    seen = brand.lookup([late, asked["id"]])
    assert seen[asked["id"]] is None
    assert seen[late]


@pytest.mark.parametrize("kind", KINDS)
def test_a_private_round(server: Server, http: Http, kind: str) -> None:
    server.faults(**KINDS[kind])
    brand = connect(server, http)
    server.post(FAR, "@brand my order?", visibility="direct")
    item = newest(brand)
    assert (item.is_private, item.thread_external_id) == (True, FAR)
    reply = reply_to(item, "It is on its way.")
    assert brand.find_sent(reply) is None
    brand.send_reply(reply)
    assert brand.find_sent(reply) is not None
    first = replace(reply, in_reply_to="", text="One more thing", idempotency_key="other")
    assert brand.find_sent(first) is None
    brand.send_reply(first)
    assert brand.find_sent(first) is not None
    assert [post["visibility"] for post in server.posts(author="brand")] == ["direct"] * 2
    names = {spec.name for spec in brand.streams()}
    if "direct_messages" in names:
        assert len(items(walk(brand, "direct_messages"))) >= 2


# -- signing in --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("switches", "wanted"),
    [
        ({}, SCOPES),
        ({"plain_scopes": "metadata"}, BROAD_SCOPES),
        ({"plain_scopes": "app"}, BROAD_SCOPES),
    ],
    ids=["narrow", "metadata", "app"],
)
@pytest.mark.parametrize("no_pkce", [False, True], ids=["pkce", "no pkce"])
def test_signing_in_asks_for_no_more_than_it_must(
    server: Server, http: Http, switches: dict[str, Any], wanted: str, no_pkce: bool
) -> None:
    server.user("brand")
    server.faults(no_pkce=no_pkce, **switches)
    stranger = stranger_at(server, http)
    keys = stranger.register_app(redirect_uri=BACK)
    assert (keys.scopes, keys.is_broad) == (wanted, wanted == BROAD_SCOPES)
    endpoints = MastodonConnector.endpoints_at(server.url, keys)
    known = MastodonConnector(ChannelCredentials("", "", endpoints), http)
    url = known.authorize_url(redirect_uri=BACK, state="s", code_challenge="c")
    query = dict(parse_qsl(urlsplit(url).query))
    assert query["scope"] == wanted
    form = {**query, "handle": "brand", "answer": "allow"}
    if not no_pkce:
        form.pop("code_challenge")
    back = server.http.post("/oauth/authorize", data=form).headers["location"]
    code = parse_qs(urlsplit(back).query)["code"][0]
    tokens = known.exchange_code(code=code, redirect_uri=BACK, code_verifier="v")
    assert tokens.secrets["access_token"]
    assert tokens.expires_at is None


def test_an_app_may_be_registered_broadly_at_once(server: Server, http: Http) -> None:
    keys = stranger_at(server, http).register_app(redirect_uri=BACK, broadly=True)
    assert keys.scopes == BROAD_SCOPES


def stranger_at(server: Server, http: Http) -> MastodonConnector:
    endpoints = MastodonConnector.endpoints_at(server.url)
    return MastodonConnector(ChannelCredentials("", "", endpoints), http)


# -- what is missing ---------------------------------------------------------------------------
def test_what_a_server_lacks_is_not_read(server: Server, http: Http) -> None:
    server.faults(lacks=["/api/v2/search", "/api/v1/conversations"], lacks_status=403)
    brand = connect(server, http)
    assert [spec.name for spec in brand.streams()] == ["own", "mentions"]
    assert brand.listening(Terms(words=("down",))) == ("hashtag:down",)


def test_a_failure_that_may_pass_is_not_taken_for_a_lack(server: Server, http: Http) -> None:
    server.faults(lacks=["/api/v1/conversations"], lacks_status=503)
    with pytest.raises(TransientError):
        connect(server, http)


def test_a_server_that_says_nothing_of_itself_has_the_usual_limits(
    server: Server, http: Http
) -> None:
    server.faults(lacks=["/api/v2/instance", "/api/v1/instance"], lacks_status=403)
    brand = connect(server, http)
    assert brand.limits().text_length == 500
    assert brand.credentials.facts["domain"] == urlsplit(server.url).netloc


def test_private_words_are_read_without_their_thread(server: Server, http: Http) -> None:
    brand = connect(server, http)
    first = server.post("rina", "@brand one", visibility="direct")
    last = server.post("rina", "@brand two", visibility="direct", in_reply_to=first["id"])
    server.faults(lacks=["/api/v1/statuses/{id}/context"])
    found = items(walk(brand, "direct_messages"))
    assert [item.external_id for item in found] == [last["id"]]


def test_an_answer_stays_in_doubt_where_the_thread_cannot_be_read(
    server: Server, http: Http
) -> None:
    brand = connect(server, http)
    server.post("rina", "@brand hello")
    reply = reply_to(newest(brand))
    brand.send_reply(reply)
    server.faults(lacks=["/api/v1/statuses/{id}/context"], lacks_status=403)
    with pytest.raises(Rejected):
        brand.find_sent(reply)


def test_a_post_with_a_picture_goes_the_older_way(server: Server, http: Http) -> None:
    server.faults(lacks=["/api/v2/media"], slow_media=True)
    media = (Media(b"png", "image/png", "A chart"),)
    connect(server, http).publish(OutboundPost("key", "Look", media=media))
    assert len(server.posts(author="brand")) == 1


# -- refusals ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shape", "words"), [("", "Record not found"), ("nested", "Record not found"), ("html", "404")]
)
def test_a_refusal_is_told_in_words(server: Server, http: Http, shape: str, words: str) -> None:
    brand = connect(server, http)
    server.faults(error_shape=shape)
    with pytest.raises(Rejected, match=words) as refused:
        brand.like("1")
    assert "{" not in refused.value.message


def test_who_may_not_even_see_themselves_is_signed_out(server: Server, http: Http) -> None:
    """Pleroma's way to say that a token is no longer good."""
    brand = connect(server, http)
    server.faults({"kind": "status", "status": 403})
    with pytest.raises(AuthExpired):
        brand.verify_credentials()
    with pytest.raises(Rejected):
        brand.fetch_page("mentions", Window())


def test_one_endpoint_that_takes_us_for_nobody_does_not_sign_us_out(
    server: Server, http: Http
) -> None:
    brand = connect(server, http)
    server.faults(lacks=["/api/v1/timelines/tag/{tag}"], lacks_status=401)
    with pytest.raises(Rejected):
        brand.fetch_page("hashtag:down", Window())
    server.faults(revoke_tokens=True)
    with pytest.raises(AuthExpired):
        brand.fetch_page("hashtag:down", Window())


def test_a_page_in_place_of_a_list_is_no_empty_list(server: Server, http: Http) -> None:
    brand = connect(server, http)
    server.faults(error_shape="html", lacks=["/api/v1/notifications"], lacks_status=200)
    with pytest.raises(BadPayload):
        brand.fetch_page("mentions", Window())


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("date", 200, 302), ("epoch", 200, 302), ("none", None, None)]
)
def test_how_long_to_wait_is_told_in_many_ways(
    tmp_path: Path, http: Http, kind: str, least: float | None, most: float | None
) -> None:
    with Server(tmp_path / "limited", limits=0.1) as server:
        server.faults(limit_headers=kind)
        brand = connect(server, http)
        own_id = brand.credentials.facts["account_id"]
        while server.world.limits.take(own_id, "GET", "/").remaining:
            pass
        with pytest.raises(RateLimited) as limited:
            brand.fetch_page("mentions", Window())
        told = limited.value.retry_after
        assert told == least if least is None or most is None else least < (told or 0) < most


def test_unsupported_streams_stay_so(server: Server, http: Http) -> None:
    with pytest.raises(Unsupported):
        connect(server, http).fetch_page("home", Window())
