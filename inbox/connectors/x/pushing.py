"""What X delivers by itself: whose word it is, what it tells, and how we ask for it.

https://docs.x.com/x-api/webhooks/introduction and
https://docs.x.com/x-api/activity/event-payloads, which keep the old spelling of the field names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.errors import BadPayload, BadSignature
from inbox.connectors.plain import plain
from inbox.connectors.types import BadItem, Challenge, Delivered, InboundMessage
from inbox.connectors.x import mapping, media
from inbox.connectors.x.client import XClient
from inbox.connectors.x.mapping import MISSHAPEN, Items, Site

SIGNATURE = "x-twitter-webhooks-signature"
# X has us sign any token it likes, with the key that signs its deliveries. A token that could be
# the body of one is therefore refused: this alphabet has no brace.
TOKEN = re.compile(r"[A-Za-z0-9+/=_.~-]{1,256}")
POSTED = ("post.mention.create", "post.reply.create", "post.quote.create", "post.create")
SENT = ("dm.received", "dm.sent")
DELETED, REVOKED = "post.delete", "oauth.revoke"
WANTED = (*POSTED, *SENT, DELETED)
# Nothing that anybody has to answer; asked for by another program of the same app.
IGNORED = (
    *("like.", "follow.", "profile.", "mute.", "block.", "spaces.", "broadcast.", "news."),
    *("chat.", "dm.read", "dm.indicate_typing", "post.repost."),
)


def answer(query: Mapping[str, str], *, secret: str) -> Challenge:
    """Prove to X that we know the app's secret. Raises BadSignature."""
    token = query.get("crc_token", "")
    if not secret or not TOKEN.fullmatch(token):
        raise BadSignature("This is no challenge of X.")
    return Challenge(json.dumps({"response_token": _sign(token.encode(), secret)}))


def verify(body: bytes, headers: Mapping[str, str], *, secret: str) -> None:
    """Raise BadSignature unless `body` is signed with the app's secret."""
    given = headers.get(SIGNATURE, "").encode()
    if not secret or not hmac.compare_digest(given, _sign(body, secret).encode()):
        raise BadSignature("The signature does not match: X did not write this.")


def accounts(body: bytes) -> frozenset[str]:
    """Return whom a delivery is about, as far as it says."""
    event = _event(body)
    places = (event.get("filter"), event.get("payload"))
    ids = [place.get("user_id") for place in places if isinstance(place, dict)]
    return frozenset(str(each) for each in ids if each)


def read(body: bytes, site: Site) -> Delivered:
    """Return what a delivery tells us."""
    event = _event(body)
    kind, payload = event.get("event_type"), event.get("payload")
    if kind == REVOKED:
        return Delivered(ended="The access was withdrawn on X.")
    if not isinstance(kind, str) or kind.startswith(IGNORED):
        return Delivered() if isinstance(kind, str) else _unread("an event of no kind", event)
    if kind not in WANTED:
        return _unread(f"an event of a kind that is not known: {kind[:60]}", event)
    if not isinstance(payload, dict):
        return _unread("an event without content", event)
    if kind == DELETED:
        return _deleted(payload, event)
    if kind in SENT:
        return _delivered(messages(payload, site))
    return _delivered(mapping.posts({**event, "data": [payload]}, site))


def ask_for(client: XClient, *, url: str, own_id: str) -> None:
    """Have X deliver what concerns us to `url`; what it does already is left alone."""
    hook_id = _hook(client, url)
    has = {
        subscription.get("event_type")
        for subscription in client.subscriptions()
        if subscription.get("webhook_id") == hook_id
        and (subscription.get("filter") or {}).get("user_id") == own_id
    }
    for kind in WANTED:
        if kind not in has:
            client.add_subscription(kind, user_id=own_id, hook_id=hook_id)


def _hook(client: XClient, url: str) -> str:
    known = next((hook for hook in client.hooks() if hook.get("url") == url), None)
    if known is None:
        known = client.add_hook(url)
    elif not known.get("valid"):
        client.validate_hook(str(known.get("id")))
    return str(known.get("id"))


def _sign(content: bytes, secret: str) -> str:
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return f"sha256={base64.b64encode(digest).decode()}"


def _event(body: bytes) -> dict[str, Any]:
    try:
        read = plain(json.loads(body))
    except (ValueError, RecursionError) as exc:
        raise BadPayload(f"X delivered something that is not JSON: {type(exc).__name__}") from exc
    event = read.get("data") if isinstance(read, dict) else None
    if not isinstance(event, dict):
        raise BadPayload("X delivered something that is no event.")
    return event


def _delivered(items: Items) -> Delivered:
    """Sort items; one whose author or media the delivery leaves out has to be looked up."""
    whole = [item for item in items.messages if item.is_private or _is_whole(item)]
    named = [item.external_id for item in items.messages if item not in whole]
    return Delivered(tuple(whole), named=tuple(named), problems=items.problems)


def _is_whole(item: InboundMessage) -> bool:
    return bool(item.author.handle) and len(item.attachments) == len(media.keys(item.raw))


def _deleted(payload: Mapping[str, Any], event: Any) -> Delivered:
    try:
        return Delivered(gone=(mapping.identifier(payload["id"]),))
    except MISSHAPEN as exc:
        return _unread(f"{type(exc).__name__}: {exc}", event)


def _unread(reason: str, event: Any) -> Delivered:
    return Delivered(problems=(BadItem(reason, event),))


def messages(payload: Mapping[str, Any], site: Site) -> Items:
    """Read private messages, which come in the form of X's older API."""
    people = payload.get("users")
    users = {
        str(key): person["data"]
        for key, person in (people.items() if isinstance(people, dict) else ())
        if isinstance(person, dict) and isinstance(person.get("data"), dict)
    }
    found: list[InboundMessage] = []
    problems: list[BadItem] = []
    events = payload.get("direct_message_events")
    for event in events if isinstance(events, list) else [payload]:
        try:
            found.append(replace(mapping.message(_as_today(event), users, {}, site), raw=event))
        except MISSHAPEN as exc:
            problems.append(BadItem(f"{type(exc).__name__}: {exc}", event))
    return Items(tuple(found), tuple(problems), (), None)


def _as_today(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return a private message of the older API in the form of the present one."""
    created = event["message_create"]
    content = created["message_data"]
    sent_at = datetime.fromtimestamp(int(event["created_timestamp"]) / 1000, UTC)
    return {
        "id": event["id"],
        "sender_id": created["sender_id"],
        "participant_ids": [created["sender_id"], created["target"]["recipient_id"]],
        "text": content.get("text"),
        "entities": content.get("entities"),
        "created_at": sent_at.isoformat(),
    }
