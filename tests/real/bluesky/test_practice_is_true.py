"""The practice network answers in the shapes of the vendor's own models, the chat above all.

Bluesky's chat service cannot be run here, so it is played; what it says has to be what the models
of an independent client know, with nothing missing and nothing besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.inbox.practice.bluesky.server import BRAND, Server, server

__all__ = ["server"]
NO_CLIENT = "no client: pip install -r tests/requirements-real.txt"
atproto = pytest.importorskip("atproto", reason=NO_CLIENT)
exceptions = pytest.importorskip("atproto.exceptions", reason=NO_CLIENT)


@pytest.fixture
def brand(server: Server) -> Any:
    made = server.user(BRAND, name="The Brand")
    client = atproto.Client(base_url=f"{server.url}/xrpc")
    client.login(BRAND, made["password"])
    return client


def unknown(model: Any, path: str = "") -> Iterator[str]:
    """Yield the fields in an answer that the vendor's models do not know."""
    for name, value in (getattr(model, "model_extra", None) or {}).items():
        yield f"{path}.{name}={value!r:.40}"
    for name in getattr(type(model), "model_fields", {}):
        value = getattr(model, name)
        for each in value if isinstance(value, list) else [value]:
            yield from unknown(each, f"{path}.{name}")


def test_private_conversations(server: Server, brand: Any) -> None:
    asked = server.say("rina.test", "my order?")
    server.say("eve.test", "all of you", BRAND, "rina.test")
    convo = brand.with_bsky_chat_proxy().chat.bsky.convo
    listed = convo.list_convos({"limit": 10})
    assert list(unknown(listed)) == []
    kinds = {each.id: each.kind.py_type for each in listed.convos}
    assert sorted(kind.rpartition("#")[2] for kind in kinds.values()) == [
        "directConvo",
        "groupConvo",
    ]
    (direct,) = convo.list_convos({"kind": "direct"}).convos
    assert (direct.id, direct.last_message.text) == (asked["convo"], "my order?")
    said = convo.send_message({"convoId": direct.id, "message": {"text": "Which number?"}})
    assert list(unknown(said)) == []
    answer = convo.get_messages({"convoId": direct.id})
    assert list(unknown(answer)) == []
    assert [message.text for message in answer.messages] == ["Which number?", "my order?"]
    assert answer.messages[0].sender.did == brand.me.did
    begun = convo.get_convo_for_members({"members": [server.user("bo.test")["did"]]})
    assert list(unknown(begun)) == []
    with pytest.raises(exceptions.BadRequestError, match="too big"):
        convo.send_message({"convoId": direct.id, "message": {"text": "x" * 1001}})


def test_an_app_password_without_the_right_reads_no_chat(server: Server) -> None:
    made = server.user(BRAND, scope="com.atproto.appPass")
    client = atproto.Client(base_url=f"{server.url}/xrpc")
    client.login(BRAND, made["password"])
    with pytest.raises(exceptions.BadRequestError, match="Bad token method"):
        client.with_bsky_chat_proxy().chat.bsky.convo.list_convos()


def test_posts_threads_notifications_and_profiles(server: Server, brand: Any) -> None:
    news = brand.send_post("Maintenance tonight.")
    asked = server.post("rina.test", f"@{BRAND} again?", reply_to=news.uri, images=["Dark"])
    server.post("eve.test", "look", quotes=asked)
    quoted = server.post("eve.test", "look at them", quotes=news.uri)
    brand.like(asked, server.posts("rina.test")[0]["cid"])
    notifications = brand.app.bsky.notification.list_notifications(
        {"reasons": ["mention", "reply", "quote"]}
    )
    assert [each.uri for each in notifications.notifications] == [quoted, asked]
    thread = brand.get_post_thread(asked)
    assert thread.thread.parent.post.uri == news.uri
    assert thread.thread.post.viewer.like
    rina = server.user("rina.test")["did"]
    answers = [
        notifications,
        thread,
        brand.get_posts([asked, quoted]),
        brand.get_author_feed(BRAND),
        brand.get_profiles([rina]),
        brand.app.bsky.feed.search_posts({"q": "look"}),
    ]
    assert [found for answer in answers for found in unknown(answer)] == []
    server.delete(asked)
    with pytest.raises(exceptions.BadRequestError, match="NotFound"):
        brand.get_post_thread(asked)


def test_writing_twice_under_one_key(server: Server, brand: Any) -> None:
    record = {"$type": "app.bsky.feed.post", "text": "x", "createdAt": "2026-01-01T00:00:00Z"}
    put = {"repo": brand.me.did, "collection": "app.bsky.feed.post", "rkey": "3jzfcijpj2z2a"}
    first = brand.com.atproto.repo.put_record({**put, "record": record, "swapRecord": None})
    again = brand.com.atproto.repo.put_record({**put, "record": record, "swapRecord": None})
    assert (first.uri, first.cid) == (again.uri, again.cid)
