"""Values as a connector would return them, and a network that lives in a list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.types import (
    FetchPage,
    InboundAuthor,
    InboundMessage,
    TokenSet,
    Window,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def author(number: int | str = 1, **fields: Any) -> InboundAuthor:
    values: dict[str, Any] = {
        "external_id": f"a{number}",
        "handle": f"person{number}",
        "name": f"Person {number}",
        "followers": 100,
    } | fields
    return InboundAuthor(**values)


US = author("us", handle="brand")


def item(number: int, text: str = "hello", **fields: Any) -> InboundMessage:
    """Item `number`: its id, and the minute of its time. `parent=` replies below that number."""
    parent = fields.pop("parent", None)
    root = fields.pop("root", parent if parent is not None else number)
    values: dict[str, Any] = {
        "external_id": str(number),
        "version_id": str(number),
        "thread_external_id": str(root),
        "author": author(number),
        "text": text,
        "sent_at": NOON + timedelta(minutes=number),
        "in_reply_to": "" if parent is None else str(parent),
    } | fields
    return InboundMessage(**values)


def ours(number: int, text: str = "our words", **fields: Any) -> InboundMessage:
    return item(number, text, author=US, is_ours=True, **fields)


class ListNetwork:
    """A connector over a list of items, `size` a page; `fail` is raised once."""

    def __init__(self, size: int = 3) -> None:
        self.items: list[InboundMessage] = []
        self.windows: list[Window] = []
        self.fail: Exception | None = None
        self.asked: list[str] = []
        self.size = size

    def fetch_page(self, stream: str, window: Window) -> FetchPage:
        self.windows.append(window)
        if self.fail:
            error, self.fail = self.fail, None
            raise error
        inside = [
            i
            for i in sorted(self.items, key=lambda i: -int(i.external_id))
            if int(i.external_id) > int(window.after or 0)
            and int(i.external_id) < int(window.before or 10**9)
        ]
        size = min(self.size, window.most or self.size)
        page, rest = inside[:size], inside[size:]
        return FetchPage(
            messages=tuple(page),
            newest=page[0].external_id if page else None,
            next_before=page[-1].external_id if rest else None,
        )

    def lookup(self, external_ids: Any) -> dict[str, InboundMessage | None]:
        self.asked += external_ids
        known = {i.external_id: i for i in self.items}
        return {key: known.get(key) for key in external_ids}

    def refresh(self) -> TokenSet:
        return TokenSet({"access_token": "new"}, None)
