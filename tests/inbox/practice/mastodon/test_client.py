"""Mastodon.py, which is not ours, reads and writes the practice server as it would a real one."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import mastodon
import pytest
import websocket

from inbox.practice.mastodon import streaming
from tests.inbox.practice.mastodon.server import DOMAIN, Server, server

__all__ = ["server"]

BACK = "http://127.0.0.1:9/back"


def test_the_server_introduces_itself(server: Server) -> None:
    brand = server.client("brand")
    server.faults(max_characters=1234)
    told = brand.instance_v2()
    assert told.domain == DOMAIN
    assert told.configuration.statuses.max_characters == 1234
    assert brand.instance_v1().uri == DOMAIN
    server.faults(no_v2_instance=True)
    with pytest.raises(mastodon.MastodonNotFoundError):
        brand.instance_v2()


def test_an_app_signs_in_with_pkce_and_a_code_counts_once(server: Server) -> None:
    server.user("brand", name="The Brand")
    keys = mastodon.Mastodon.create_app(
        "A desk", scopes=["read", "write"], redirect_uris=BACK, api_base_url=server.url
    )
    verifier = "v" * 60
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": keys[0],
        "redirect_uri": BACK,
        "scope": "read write",
        "state": "s",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    page = server.http.get(f"/oauth/authorize?{urlencode(query)}")
    assert "A desk" in page.text
    form = {**query, "handle": "brand", "answer": "allow"}
    grant = {
        "grant_type": "authorization_code",
        "redirect_uri": BACK,
        "client_id": keys[0],
        "client_secret": keys[1],
        "code_verifier": verifier,
    }

    def code() -> str:
        back = server.http.post("/oauth/authorize", data=form).headers["location"]
        return parse_qs(urlsplit(back).query)["code"][0]

    wrong = {**grant, "code": code(), "code_verifier": "w" * 60}
    assert server.http.post("/oauth/token", data=wrong).status_code == 400
    right = {**grant, "code": code()}
    token = server.http.post("/oauth/token", data=right).json()
    signed_in = mastodon.Mastodon(
        access_token=token["access_token"], api_base_url=server.url, mastodon_version="4.4.0"
    )
    assert signed_in.account_verify_credentials().display_name == "The Brand"
    assert server.http.post("/oauth/token", data=right).json()["error"] == "invalid_grant"


def test_posting_answering_editing_and_deleting(server: Server) -> None:
    brand, rina = server.client("brand"), server.client("rina@far.example")
    asked = rina.status_post("@brand is it *down*?\nhttps://status.example.com/a/very/long/path")
    assert asked.account.acct == "rina@far.example"
    (told,) = brand.notifications(types=["mention"])
    assert told.status.id == asked.id
    answer = brand.status_post("@rina@far.example We are on it.", in_reply_to_id=asked.id)
    thread = brand.status_context(answer.id)
    assert [status.id for status in thread.ancestors] == [asked.id]
    assert rina.notifications()[0].status.in_reply_to_id == asked.id
    brand.status_favourite(asked.id)
    rina.status_update(asked.id, "@brand it is up again")
    assert brand.status(asked.id).edited_at is not None
    assert brand.notifications(types=["update"])[0].status.id == asked.id
    rina.status_delete(asked.id)
    with pytest.raises(mastodon.MastodonNotFoundError):
        brand.status(asked.id)


def test_a_key_posts_once_unless_the_server_ignores_it(server: Server) -> None:
    brand = server.client("brand")
    first, second = (brand.status_post("hello", idempotency_key="k").id for _ in range(2))
    assert first == second
    server.faults(no_idempotency=True)
    assert brand.status_post("hello", idempotency_key="k").id != first


def test_only_those_who_are_named_see_a_direct_message(server: Server) -> None:
    brand, rina, eve = (server.client(name) for name in ("brand", "rina", "eve"))
    said = rina.status_post("@brand my order is 42", visibility="direct")
    assert [each.last_status.id for each in brand.conversations()] == [said.id]
    assert eve.conversations() == []
    with pytest.raises(mastodon.MastodonNotFoundError):
        eve.status(said.id)
    assert "order is 42" not in server.http.get("/").text


@pytest.mark.parametrize("ulid", [False, True], ids=["digits", "ulid"])
def test_pages_go_down_and_up_by_links(server: Server, ulid: bool) -> None:
    server.faults(ulid_ids=ulid)
    brand = server.client("brand")
    for number in range(130):
        server.post("rina", f"@brand {number}")
    page = brand.notifications(types=["mention"], limit=50)
    seen = [each.id for each in page]
    while page := brand.fetch_next(page):
        seen += [each.id for each in page]
    assert len(set(seen)) == len(seen) == 130
    assert (len(str(seen[0])) == 26) == ulid
    oldest = seen[-1]
    up = brand.notifications(types=["mention"], min_id=oldest, limit=10)
    assert [each.id for each in up] == seen[-11:-1]
    newest = brand.notifications(types=["mention"], since_id=oldest, limit=10)
    assert [each.id for each in newest] == seen[:10]


def test_following_muting_blocking_and_reporting(server: Server) -> None:
    brand, rina = server.client("brand"), server.client("rina")
    troll = brand.account_lookup("rina").id
    assert brand.account_follow(troll).following
    server.user("locked", is_locked=True)
    assert brand.account_follow(brand.account_lookup("locked").id).requested
    post = rina.status_post("@brand hello")
    assert brand.report(troll, status_ids=[post.id], comment="threats").comment == "threats"
    assert brand.account_mute(troll).muting
    rina.status_post("@brand still there?")
    assert len(brand.notifications(types=["mention"])) == 1
    assert brand.account_block(troll).blocking


def test_media_carry_their_description(server: Server) -> None:
    brand = server.client("brand")
    picture = brand.media_post(io.BytesIO(b"png"), mime_type="image/png", description="A fox")
    posted = brand.status_post("look", media_ids=[picture.id], spoiler_text="animals")
    assert posted.media_attachments[0].description == "A fox"
    assert posted.spoiler_text == "animals"
    film = brand.media_post(io.BytesIO(b"mp4"), mime_type="video/mp4", synchronous=True)
    assert film.url


def test_hashtags_and_search(server: Server) -> None:
    brand = server.client("brand")
    said = server.post("rina", "the site is gone #NusaHosting")
    assert [str(each.id) for each in brand.timeline_hashtag("nusahosting")] == [said["id"]]
    assert str(brand.search_v2("gone", result_type="statuses").statuses[0].id) == said["id"]


class Heard(mastodon.StreamListener):
    """Keeps the texts and the names of what is told."""

    def __init__(self) -> None:
        self.told: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    def on_notification(self, notification: mastodon.return_types.Notification) -> None:
        self.told.put((notification.type, notification.status.content))

    def on_update(self, status: mastodon.return_types.Status) -> None:
        self.told.put(("update", status.content))

    def on_conversation(self, conversation: mastodon.return_types.Conversation) -> None:
        self.told.put(("conversation", conversation.last_status.content))

    def expect(self, name: str, words: str, act: Callable[[], Any]) -> None:
        """Do `act` until its news arrive: until a line is open nobody hears."""
        for _turn in range(100):
            act()
            with contextlib.suppress(queue.Empty):
                told = self.told.get(timeout=0.2)
                assert told[0] == name
                assert words in told[1]
                return
        raise AssertionError(f"no {name}")


def test_streams_bring_news_at_once_as_events(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT", 0.2)  # this client leaves when it hears something
    brand = server.client("brand")
    mentions, private, tag = Heard(), Heard(), Heard()
    handles = [
        brand.stream_user(mentions, run_async=True, timeout=5),
        brand.stream_direct(private, run_async=True, timeout=5),
        brand.stream_hashtag("NusaHosting", tag, run_async=True, timeout=5),
    ]
    mentions.expect("mention", "hello", lambda: server.post("rina", "@brand hello"))
    tag.expect("update", "down", lambda: server.post("eve", "down #nusahosting"))
    words = "my order"
    private.expect(
        "conversation", words, lambda: server.post("rina", f"@brand {words}", visibility="direct")
    )
    for handle in handles:
        handle.close()


def test_streams_bring_news_at_once_over_a_websocket(server: Server) -> None:
    server.faults(websocket_only=True)
    brand = server.client("brand")
    mentions, tag = Heard(), Heard()
    handle = brand.stream_open_websocket(timeout=5)
    brand.stream_user(mentions, websocket_handle=handle)
    brand.stream_hashtag("nusahosting", tag, websocket_handle=handle)
    mentions.expect("mention", "hello", lambda: server.post("rina", "@brand hello"))
    tag.expect("update", "down", lambda: server.post("eve", "down #nusahosting"))
    handle.close()


def test_a_stream_needs_somebody_who_may_hear_it(server: Server) -> None:
    path, token = "/api/v1/streaming", {"authorization": f"Bearer {server.token('brand')}"}
    assert server.http.get(f"{path}/user").status_code == 401
    assert server.http.get(f"{path}/nonsense", headers=token).status_code == 400
    assert server.http.get(f"{path}/hashtag", headers=token).status_code == 400
    url = f"{server.url.replace('http', 'ws')}{path}?stream=user"
    for origin, status in ((server.url, 401), ("https://evil.example", 403)):
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            websocket.create_connection(url, origin=origin)
        assert refused.value.status_code == status
    server.faults(no_streaming=True)
    assert server.http.get(f"{path}/user", headers=token).status_code == 404


def test_limits_are_told_as_mastodon_tells_them(tmp_path: Path) -> None:
    with Server(tmp_path / "limited", limits=0.01) as server:
        token = {"authorization": f"Bearer {server.token('brand')}"}
        path = "/api/v1/accounts/verify_credentials"
        answers = [server.http.get(path, headers=token) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["x-ratelimit-remaining"] == "2"
        assert answers[3].headers["x-ratelimit-reset"].endswith("Z")
        server.faults(reset_limits=True)
        assert server.http.get(path, headers=token).status_code == 200


def test_public_pages_show_public_words_only(server: Server) -> None:
    said = server.post("rina", "for all <b>to see</b>", spoiler="news")
    server.post("rina", "for friends", visibility="private")
    for path in ("/", "/@rina", f"/@rina/{said['id']}"):
        page = server.http.get(path)
        assert "for all &lt;b&gt;" in page.text
        assert "for friends" not in page.text
    assert server.http.get("/practice").status_code == 200


def test_other_machines_and_other_sites_are_turned_away(server: Server) -> None:
    assert server.http.get("/", headers={"host": "evil.example"}).status_code == 403
    path, evil = "/practice/post", {"origin": "https://evil.example"}
    assert server.http.post(path, json={}, headers=evil).status_code == 403


def test_an_unknown_switch_is_refused(server: Server) -> None:
    with pytest.raises(ValueError, match="unknown switches"):
        server.faults(nonsense=True)
