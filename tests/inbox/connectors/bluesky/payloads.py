"""Payloads shaped like Bluesky's, all invented.

The shapes follow https://docs.bsky.app/docs/api/app-bsky-feed-get-posts,
https://docs.bsky.app/docs/api/app-bsky-notification-list-notifications and
https://docs.bsky.app/docs/api/chat-bsky-convo-get-messages.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from inbox.connectors.types import ChannelCredentials, Endpoints

PDS = "https://pds.example"
OWN_DID = "did:plc:" + "a" * 24
RINA_DID = "did:plc:" + "r" * 24
SECRETS = ("SECRET-access", "SECRET-refresh")
FACTS = {
    "did": OWN_DID,
    "handle": "codero.example",
    "pds": PDS,
    "lacks": [],
    "lacks_streams": [],
    "form": {"handle": "codero.example", "service": ""},
}
CREDENTIALS = ChannelCredentials(
    external_id=OWN_DID,
    handle="codero.example",
    endpoints=Endpoints("", "", "", ""),
    secrets={"access_token": SECRETS[0], "refresh_token": SECRETS[1]},
    facts=FACTS,
)
US = {
    "did": OWN_DID,
    "handle": "codero.example",
    "displayName": "Codero",
    "avatar": "https://cdn.example/codero.jpg",
    "createdAt": "2023-04-01T00:00:00.000Z",
}
RINA = {
    "did": RINA_DID,
    "handle": "rina.example",
    "displayName": "Rina & Co",
    "avatar": "https://cdn.example/rina.jpg",
    "createdAt": "2024-03-01T00:00:00.000Z",
}
NOW = datetime.now(UTC).replace(microsecond=0)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def uri_of(number: int | str, did: str = RINA_DID) -> str:
    return f"at://{did}/app.bsky.feed.post/{number:0>13}"


def cid_of(text: str) -> str:
    return "bafyrei" + sha256(text.encode()).hexdigest()[:52]


def strong_ref(uri: str) -> dict[str, str]:
    return {"uri": uri, "cid": cid_of(uri)}


def make_post(number: int, *, author: dict[str, Any] = RINA, **fields: Any) -> dict[str, Any]:
    """A postView; `number` is its key and its second. Fields of its record go by their names."""
    uri = uri_of(number, author["did"])
    at = stamp(NOW - timedelta(days=1) + timedelta(seconds=number))
    names = ("text", "reply", "facets", "langs", "createdAt")
    record = {
        "$type": "app.bsky.feed.post",
        "text": "@codero.example my site is down",
        "createdAt": at,
        "langs": ["en"],
    } | {name: fields.pop(name) for name in names if name in fields}
    if "shows" in fields:
        record["embed"] = fields.pop("shows")
    return {
        "uri": uri,
        "cid": cid_of(uri),
        "author": author,
        "record": record,
        "indexedAt": at,
        "likeCount": 3,
        "labels": [],
        "viewer": {},
    } | fields


def reply_to(uri: str, root: str = "") -> dict[str, Any]:
    return {"root": strong_ref(root or uri), "parent": strong_ref(uri)}


def make_message(number: int, *, sender: str = RINA_DID, **fields: Any) -> dict[str, Any]:
    """A messageView of the chat."""
    return {
        "$type": "chat.bsky.convo.defs#messageView",
        "id": f"{number:0>13}",
        "rev": f"{number:0>13}",
        "text": "my order is late",
        "sender": {"did": sender},
        "sentAt": stamp(NOW - timedelta(days=1) + timedelta(seconds=number)),
        "facets": [],
        "reactions": [],
    } | fields


def make_convo(convo_id: str, rev: str, *others: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": convo_id,
        "rev": rev,
        "members": [US, *(others or (RINA,))],
        "muted": False,
        "unreadCount": 0,
        "kind": {"$type": "chat.bsky.convo.defs#directConvo"},
    } | fields


def token(scope: str, ends: datetime | None = None) -> str:
    """An access token as a server makes them: a JWT that names its scope and its end."""
    ends = ends or datetime.now(UTC) + timedelta(hours=2)
    claims = json.dumps({"scope": scope, "exp": int(ends.timestamp()), "sub": OWN_DID})
    body = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{body}.c2lnbmF0dXJl"
