"""Nothing that a stranger or a broken network sends may stop a stream or cost another item."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inbox.connectors.plain import plain
from inbox.connectors.types import FetchPage, Window
from inbox.connectors.x import mapping
from inbox.models import BadItem, Channel, Message, Stream
from inbox.operations import channels, sync

pytestmark = pytest.mark.django_db
SITE = mapping.Site("1", "https://x.example")
HIGH = "\ud800"  # half a character


def post(**fields: Any) -> dict[str, Any]:
    return {
        "id": "500",
        "author_id": "77",
        "created_at": "2026-03-01T12:00:00.000Z",
        "text": "my site is down",
        "conversation_id": "500",
    } | fields


def user(**fields: Any) -> dict[str, Any]:
    return {"id": "77", "username": "someone", "name": "Some One"} | fields


HOSTILE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "null byte in text": ({"text": "down\x00 again"}, {}),
    "null byte in name": ({}, {"name": "a\x00b"}),
    "null byte in handle": ({}, {"username": "a\x00b"}),
    "null byte as entity": ({"text": "a&#0;b"}, {}),
    "null byte deep in raw": ({"geo": {"full\x00name": ["\x00"]}}, {}),
    "half a character in text": ({"text": f"down {HIGH}"}, {}),
    "half a character in name": ({}, {"name": HIGH}),
    "half a character deep in raw": ({"geo": {HIGH: [HIGH]}}, {}),
    "not a number in raw": ({"geo": float("nan")}, {}),
    "endless number in raw": ({"geo": float("inf")}, {}),
    "giant number in raw": ({"geo": 10**400}, {}),
    "long text": ({"text": "a" * 50_000}, {}),
    "long word of marks": ({"text": "e" + "\u0301" * 20_000}, {}),
    "long lang": ({"lang": "x" * 500}, {}),
    "long handle": ({}, {"username": "h" * 3000}),
    "long name": ({}, {"name": "n" * 3000}),
    "long avatar": ({}, {"profile_image_url": "https://x/" + "a" * 3000}),
    "long conversation id": ({"conversation_id": "9" * 900}, {}),
    "long id": ({"id": "9" * 900}, {}),
    "long author id": ({"author_id": "9" * 900}, {}),
    "long parent id": ({"referenced_posts": [{"type": "replied_to", "id": "9" * 900}]}, {}),
    "long history": ({"edit_history_post_ids": ["9" * 900, "500"]}, {}),
    "followers beyond bigint": ({}, {"public_metrics": {"followers_count": 2**70}}),
    "followers below zero": ({}, {"public_metrics": {"followers_count": -5}}),
    "followers true": ({}, {"public_metrics": {"followers_count": True}}),
    "metrics of a wrong kind": ({}, {"public_metrics": [1]}),
    "first year of all": ({"created_at": "0001-01-01T00:00:00+14:00"}, {}),
    "last year of all": ({"created_at": "9999-12-31T23:59:59-14:00"}, {}),
    "joined in the first year": ({}, {"created_at": "0001-01-01T00:00:00+14:00"}),
    "no time": ({"created_at": "yesterday"}, {}),
    "time of a wrong kind": ({"created_at": 12}, {}),
    "no text": ({"text": None}, {}),
    "entities of a wrong kind": ({"entities": {"urls": [1]}}, {}),
    "links of a wrong kind": (
        {"text": "x", "entities": {"urls": [{"url": "x", "expanded_url": 1}]}},
        {},
    ),
    "links that grow": (
        {"text": "x" * 9000, "entities": {"urls": [{"url": "x", "expanded_url": "y" * 9000}]}},
        {},
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_item_costs_nobody_else(
    name: str, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, person = HOSTILE[name]
    body = {
        "data": [post(id="600", author_id="78"), post(**bad), post(id="400", author_id="79")],
        "includes": {"users": [user(**person)]},
        "meta": {},
    }
    body = plain(json.loads(json.dumps(body)))  # as inbox.connectors.http decodes it
    items = mapping.posts(body, SITE)
    page = FetchPage(items.messages, str(max(items.ids)), None, items.problems)

    class Network:
        def fetch_page(self, stream: str, window: Window) -> FetchPage:
            return page

    monkeypatch.setattr(channels, "connector_for", lambda channel: Network())
    stream = Stream.objects.get(channel=channel, name="mentions")
    sync.sync_stream(stream_id=stream.pk)
    sync.sync_stream(stream_id=stream.pk)
    assert set(Message.objects.values_list("external_id", flat=True)) >= {"600", "400"}
    assert Message.objects.count() + BadItem.objects.count() == 3
    stream.refresh_from_db()
    assert (stream.failures, stream.head) == (0, "600")
