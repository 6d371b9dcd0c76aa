"""Payloads shaped like X's, all invented; the shapes follow https://api.x.com/2/openapi.json."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.types import ChannelCredentials, Endpoints

OWN_ID = "500"
SECRETS = ("SECRET-access", "SECRET-refresh", "SECRET-client", "SECRET-consumer")
CREDENTIALS = ChannelCredentials(
    external_id=OWN_ID,
    handle="codero",
    endpoints=Endpoints(
        api_url="https://api.x.com",
        authorize_url="https://x.com/i/oauth2/authorize",
        token_url="https://api.x.com/2/oauth2/token",
        client_id="app-1",
        client_secret=SECRETS[2],
        hook_key="consumer-1",
        hook_secret=SECRETS[3],
    ),
    secrets={"access_token": SECRETS[0], "refresh_token": SECRETS[1]},
)
US = {
    "id": OWN_ID,
    "username": "codero",
    "name": "Codero",
    "public_metrics": {"followers_count": 4100, "following_count": 3},
}
RINA = {
    "id": "77",
    "username": "rina_w",
    "name": "Rina &amp; Co",
    "verified": True,
    "profile_image_url": "https://pbs.example/rina.jpg",
    "created_at": "2014-03-01T00:00:00.000Z",
    "public_metrics": {
        "followers_count": 128000,
        "following_count": 10,
        "post_count": 5,
        "listed_count": 1,
    },
}
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def make_post(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "author_id": "77",
        "text": f"@codero is it down? {number}",
        "created_at": stamp(START + timedelta(seconds=number)),
        "conversation_id": str(number),
        "edit_history_post_ids": [str(number)],
        "lang": "en",
    } | fields


def make_message(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "event_type": "MessageCreate",
        "sender_id": "77",
        "participant_ids": ["77", OWN_ID],
        "dm_conversation_id": f"77-{OWN_ID}",
        "text": f"my order {number}",
        "created_at": stamp(START + timedelta(seconds=number)),
    } | fields


def problem(kind: str, detail: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": f"https://api.x.com/2/problems/{kind}",
        "title": "Problem",
        "detail": detail,
    } | fields


def not_found(value: str, parameter: str = "ids") -> dict[str, Any]:
    return problem(
        "resource-not-found",
        f"Could not find post with {parameter}: [{value}].",
        value=value,
        resource_id=value,
        resource_type="post",
        parameter=parameter,
    )


def make_event(event_type: str, payload: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An event as on https://docs.x.com/x-api/activity/event-payloads"""
    event = {
        "event_uuid": "-6850472171600526495",
        "filter": {"user_id": OWN_ID},
        "event_type": event_type,
        "payload": payload,
        "includes": {"users": [US, RINA]},
    }
    return {"data": event | fields}


def make_sent(number: int, *, sender: str = "77", recipient: str = OWN_ID) -> dict[str, Any]:
    """The payload of a private message's event, in the form of X's older API."""
    event = {
        "type": "message_create",
        "id": str(number),
        "created_timestamp": "1784928224372",
        "message_create": {
            "target": {"recipient_id": recipient},
            "sender_id": sender,
            "message_data": {"text": f"my order {number}", "entities": {"urls": []}},
        },
    }
    return {
        "direct_message_events": [event],
        "users": {"77": {"data": RINA}, OWN_ID: {"data": US}},
    }


def signed(body: bytes, secret: str = SECRETS[3]) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"x-twitter-webhooks-signature": f"sha256={base64.b64encode(digest).decode()}"}


def delivery(event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(event).encode()
    return body, signed(body)
