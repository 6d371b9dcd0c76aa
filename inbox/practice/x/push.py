"""Delivering what happens to those who asked for it: the X Activity API over webhooks.

Events look as on https://docs.x.com/x-api/activity/event-payloads: the old spelling of the field
names, private messages in the form of the older API. Imported posts are not delivered.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx

from inbox.practice.database import Row
from inbox.practice.server import cancel
from inbox.practice.x import posts, users
from inbox.practice.x import text as rules
from inbox.practice.x.api import Network
from inbox.practice.x.fields import View, read_view
from inbox.practice.x.shapes import Page

# How events are delivered: as they come, each twice, the latest first, or not at all.
WAYS = ("once", "twice", "reversed", "lost")
PATIENCE = 10.0  # seconds a receiver gets, as X says
GATHER = 0.3  # seconds in which events gather to be delivered the latest first
SIGNATURE = "x-twitter-webhooks-signature"
BASE_URL = "push:base_url"
POST_VIEW = {
    "tweet.fields": "author_id,conversation_id,created_at,display_text_range,edit_controls,"
    "edit_history_tweet_ids,entities,in_reply_to_user_id,lang,possibly_sensitive,public_metrics,"
    "referenced_tweets,reply_settings",
    "expansions": "author_id,referenced_tweets.id",
    "user.fields": "created_at,description,profile_image_url,protected,public_metrics,verified,"
    "verified_type",
}


class Pusher:
    """Waits for what happens and delivers it in the background of the server."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.waiting: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.network.store.listeners.append(self._note)
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        await cancel(self.task)

    def _note(self, what: str, row_id: int) -> None:
        self.waiting.put_nowait((what, row_id))

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
            while True:
                happened = [await self.waiting.get()]
                way = self.network.faults.switches["push"]
                if way == "reversed":
                    await asyncio.sleep(GATHER)
                while not self.waiting.empty():
                    happened.append(self.waiting.get_nowait())
                if way == "reversed":
                    happened.reverse()
                for what, row_id in happened:
                    for url, body in events(self.network, what, row_id):
                        for _time in range({"lost": 0, "twice": 2}.get(way, 1)):
                            await self._deliver(http, url, body)

    async def _deliver(self, http: httpx.AsyncClient, url: str, body: bytes) -> None:
        """Post an event, and once more if the receiver does not take it; then it is lost."""
        headers = {
            "content-type": "application/json",
            SIGNATURE: sign(body, self.network.consumer[1]),
        }
        for wait in (0.5, 0.0):
            try:
                if (await http.post(url, content=body, headers=headers)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(wait)


def sign(content: bytes, secret: str) -> str:
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return f"sha256={base64.b64encode(digest).decode()}"


async def answers_challenge(network: Network, url: str) -> bool:
    """Ask an address to prove that it knows the app's secret."""
    token = secrets.token_urlsafe(24)
    try:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
            answer = await http.get(url, params={"crc_token": token})
        said = answer.json()["response_token"] if answer.status_code == 200 else ""
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False
    return hmac.compare_digest(str(said), sign(token.encode(), network.consumer[1]))


def events(network: Network, what: str, row_id: int) -> Iterator[tuple[str, bytes]]:
    """Return what happened as bodies, each with the address that it goes to."""
    concerned, make = _MAKERS[what]
    for event_type, user_id in concerned(network, row_id):
        rows = network.store.rows(
            "SELECT s.*, w.url FROM subscriptions s JOIN webhooks w ON w.id = s.webhook_id"
            " WHERE s.event_type = ? AND s.user_id = ? AND w.is_valid = 1",
            event_type,
            user_id,
        )
        for row in rows:
            payload, includes = make(network, row_id)
            event = {
                # X's own are of either sign.
                "event_uuid": str(secrets.randbits(63) - 2**62),
                "filter": {"user_id": str(user_id)},
                "event_type": event_type,
                **({"tag": row["tag"]} if row["tag"] else {}),
                "payload": payload,
                **({"includes": includes} if includes else {}),
            }
            yield row["url"], json.dumps({"data": event}).encode()


def _who_hears_of_post(network: Network, post_id: int) -> Iterator[tuple[str, int]]:
    post = _must(posts.get(network.store, post_id))
    yield "post.create", post["author_id"]
    # Only who is named in the words themselves, not in the mentions that X puts before them.
    named = users.by_handles(network.store, rules.mentions(post["text"][post["prefix"] :]))
    for user in named.values():
        if user["id"] != post["author_id"]:
            yield "post.mention.create", user["id"]
    if post["parent_author_id"] not in (None, post["author_id"]):
        yield "post.reply.create", post["parent_author_id"]
    quoted = posts.get(network.store, post["quoted_id"]) if post["quoted_id"] else None
    if quoted is not None and quoted["author_id"] != post["author_id"]:
        yield "post.quote.create", quoted["author_id"]


def _post(network: Network, post_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    page = _page(network, read_view("post", POST_VIEW))
    post = _must(posts.get(network.store, post_id))
    return page.tell_posts([post])[0], page.includes()


def _who_hears_of_delete(network: Network, post_id: int) -> Iterator[tuple[str, int]]:
    yield "post.delete", _must(posts.get(network.store, post_id))["author_id"]


def _deleted(network: Network, post_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    post = _must(posts.get(network.store, post_id))
    return {"id": str(post_id), "author_id": str(post["author_id"])}, {}


def _who_hears_of_message(network: Network, message_id: int) -> Iterator[tuple[str, int]]:
    message = _message_row(network, message_id)
    yield "dm.received", message["recipient_id"]
    yield "dm.sent", message["sender_id"]


def _message(network: Network, message_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    row = _message_row(network, message_id)
    page = _page(network, read_view("user", {"user.fields": POST_VIEW["user.fields"]}))
    people = users.by_ids(network.store, [row["sender_id"], row["recipient_id"]])
    told = page.tell_users(list(people.values()))
    event = {
        "type": "message_create",
        "id": str(message_id),
        "created_timestamp": str(row["created_at"]),
        "message_create": {
            "target": {"recipient_id": str(row["recipient_id"])},
            "sender_id": str(row["sender_id"]),
            "message_data": {
                "text": row["text"],
                "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
            },
        },
    }
    named = {person["id"]: {"data": person} for person in told}
    return {"direct_message_events": [event], "users": named}, {}


def _message_row(network: Network, message_id: int) -> Row:
    return _must(network.store.row("SELECT * FROM messages WHERE id = ?", message_id))


def _page(network: Network, view: View) -> Page:
    return Page(network.store, view, network.store.recall(BASE_URL) or "")


def _must(row: Row | None) -> Row:
    assert row is not None  # noqa: S101 - rows are never removed
    return row


_MAKERS: dict[str, tuple[Any, Any]] = {
    "post": (_who_hears_of_post, _post),
    "delete": (_who_hears_of_delete, _deleted),
    "message": (_who_hears_of_message, _message),
}
