"""A server in memory, for rules about the connector; the practice server is the thorough one.

Its ids are text in no order that a comparison could find, so only places in lists count.
"""

from __future__ import annotations

import hashlib
import html
import itertools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx

from tests.inbox.connectors.contract import FakeNetwork
from tests.inbox.connectors.mastodon.payloads import (
    OWN_ID,
    RINA,
    US,
    make_notification,
    make_status,
    mention_of,
    stamp,
)

BY_PATH = {
    f"/api/v1/accounts/{OWN_ID}/statuses": "own",
    "/api/v1/notifications": "mentions",
    "/api/v1/conversations": "direct_messages",
}


class FakeMastodon(FakeNetwork):
    """The handful of endpoints that the connector asks."""

    def __init__(self) -> None:
        super().__init__()
        self.items = {"own": [], "mentions": [], "direct_messages": []}
        self._numbers = itertools.count(1001)

    def stock(self, stream: str, count: int) -> None:
        for _ in range(count):
            number = next(self._numbers)
            item = make_status(number, account=US if stream == "own" else RINA)
            item["id"] = hashlib.sha256(str(number).encode()).hexdigest()[:20]
            if stream == "direct_messages":
                item["visibility"] = "direct"
                if number % 2:
                    item |= {"account": US, "mentions": [mention_of(RINA)]}
            self.items[stream].insert(0, item)

    def optional(self, stream: str) -> tuple[str, ...]:
        return ("edited_at", "language", "url", "spoiler_text", "media_attachments", "tags")

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, parse_qs(request.url.query.decode())
        routes: dict[tuple[str, str], Callable[[], httpx.Response]] = {
            ("GET", "/api/v1/accounts/verify_credentials"): lambda: httpx.Response(200, json=US),
            ("POST", "/oauth/token"): self._token,
            ("GET", "/api/v1/statuses"): lambda: self._lookup(query["id[]"]),
            ("POST", "/api/v1/statuses"): lambda: self._create(json.loads(request.content)),
        }
        if (request.method, path) in routes:
            return routes[request.method, path]()
        if path in BY_PATH:
            return self._list(BY_PATH[path], {name: each[0] for name, each in query.items()})
        return self._one(path)

    def _token(self) -> httpx.Response:
        body = {"access_token": "at-2", "refresh_token": "rt-2", "scope": "read"}
        return httpx.Response(200, json=body | {"token_type": "Bearer"})

    def _list(self, stream: str, query: Mapping[str, str]) -> httpx.Response:
        items = self.items[stream]
        prefix = {"mentions": "n", "direct_messages": ""}.get(stream, "")
        ids = [prefix + item["id"] for item in items]
        start = ids.index(query["max_id"]) + 1 if query.get("max_id") in ids else 0
        end = ids.index(query["since_id"]) if query.get("since_id") in ids else len(items)
        page = items[start:end][: int(query["limit"])]
        if stream == "mentions":
            entries = [make_notification(item) for item in page]
        elif stream == "direct_messages":
            entries = [
                {"id": f"c{item['id']}", "accounts": [], "last_status": item} for item in page
            ]
        else:
            entries = page
        headers = {}
        if page:  # conversations are paged by their last status, so the header alone tells
            first, last = prefix + page[0]["id"], prefix + page[-1]["id"]
            headers["link"] = (
                f'<https://evil.example/x?max_id={last}>; rel="next", '
                f'<https://evil.example/x?min_id={first}>; rel="prev"'
            )
        return httpx.Response(200, json=entries, headers=headers)

    def _lookup(self, ids: list[str]) -> httpx.Response:
        known = {item["id"]: item for items in self.items.values() for item in items}
        return httpx.Response(200, json=[known[each] for each in ids if each in known])

    def _one(self, path: str) -> httpx.Response:
        status_id, _, what = path.removeprefix("/api/v1/statuses/").partition("/")
        every = [item for items in self.items.values() for item in items]
        if what == "context":
            below = [item for item in every if item["in_reply_to_id"] == status_id]
            return httpx.Response(200, json={"ancestors": [], "descendants": below})
        found = next((item for item in every if item["id"] == status_id), None)
        if found is None:
            return httpx.Response(404, json={"error": "Record not found"})
        return httpx.Response(200, json=found)

    def _create(self, body: dict[str, Any]) -> httpx.Response:
        number = next(self._numbers)
        words = html.escape(body["status"]).replace(
            "@Rina_W@far.example", '<a href="https://far.example/@rina_w">@<span>rina_w</span></a>'
        )
        item = make_status(
            number,
            account=US,
            content=f"<p>{words}</p>",
            created_at=stamp(datetime.now(UTC)),
            in_reply_to_id=body.get("in_reply_to_id"),
            visibility=body["visibility"],
            mentions=[mention_of(RINA)],
        )
        self.items["own"].insert(0, item)
        return httpx.Response(200, json=item)
