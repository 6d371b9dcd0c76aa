"""Deliveries for tests of the desk: as X makes them, signed, about a channel."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client
from django.urls import reverse

from inbox.models import Channel, Receipt
from inbox.operations import receipts
from tests.inbox.connectors.x.payloads import RINA, make_event, make_post, signed

SECRET = "consumer-secret"


def sign_with(settings: Any) -> None:
    """Let X deliver to this desk."""
    settings.NETWORKS = {"x": settings.NETWORKS["x"] | {"hook_key": "k", "hook_secret": SECRET}}


def event(channel: Channel, number: int, **fields: Any) -> dict[str, Any]:
    post = make_post(number, **fields)
    made = make_event("post.mention.create", post, filter={"user_id": channel.external_id})
    made["data"]["includes"] = {"users": [RINA]}
    return made


def post(client: Client, body: bytes | dict[str, Any], **extra: Any) -> Any:
    """Deliver as X does; headers and content type may be changed."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = extra.pop("headers", signed(content, SECRET))
    kind = extra.pop("content_type", "application/json")
    return client.post(reverse("inbox:hook", args=["x"]), content, kind, headers=headers, **extra)


def receive(made: dict[str, Any], *, is_read: bool = True) -> Receipt:
    """Keep a delivery and, unless told otherwise, read it."""
    body = json.dumps(made).encode()
    receipts.keep(network="x", body=body, headers=signed(body, SECRET))
    row = Receipt.objects.latest("pk")
    if is_read:
        receipts.read(receipt_id=row.pk)
        row.refresh_from_db()
    return row
