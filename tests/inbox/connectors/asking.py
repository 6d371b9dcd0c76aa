"""Asking a connector that speaks to a practice server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.connectors.base import Connector
from inbox.connectors.http import Http
from inbox.connectors.types import FetchPage, InboundMessage, OutboundReply, Window

_keys = itertools.count(1)


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(timeout=5, allow_private=True) as client:
        yield client


def walk(connector: Connector, stream: str, after: str | None = None) -> list[FetchPage]:
    """Return all pages of a window."""
    pages = [connector.fetch_page(stream, Window(after=after))]
    while pages[-1].next_before is not None:
        assert len(pages) < 50, "the window has no end"
        window = Window(after=after, before=pages[-1].next_before)
        pages.append(connector.fetch_page(stream, window))
    return pages


def items(pages: list[FetchPage]) -> list[InboundMessage]:
    return [item for page in pages for item in page.messages]


def reply_to(item: InboundMessage, text: str = "We are on it.", **fields: Any) -> OutboundReply:
    values: dict[str, Any] = {
        "idempotency_key": f"key-{next(_keys)}",
        "text": text,
        "in_reply_to": item.external_id,
        "recipient_external_id": item.author.external_id if item.is_private else "",
        "is_private": item.is_private,
        "started_at": datetime.now(UTC),
        "answers": item.raw,
    }
    return OutboundReply(**values | fields)
