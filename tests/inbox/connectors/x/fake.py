"""X in memory, for rules about the connector; the practice network is the thorough one."""

from __future__ import annotations

import html
import itertools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.inbox.connectors.contract import FakeNetwork
from tests.inbox.connectors.x.payloads import (
    OWN_ID,
    RINA,
    US,
    make_message,
    make_post,
    not_found,
    problem,
    stamp,
)


class FakeX(FakeNetwork):
    """The handful of endpoints that the connector asks."""

    mentions_kept = 800
    # Ids up to here are older than the seven days of recent search.
    too_old = 0

    def __init__(self) -> None:
        super().__init__()
        self.items = {"own": [], "mentions": [], "direct_messages": []}
        self._numbers = itertools.count(1001)

    def stock(self, stream: str, count: int) -> None:
        for _ in range(count):
            number = next(self._numbers)
            if stream == "direct_messages":
                sender = OWN_ID if number % 2 else "77"
                item = make_message(number, sender_id=sender)
            else:
                item = make_post(number, author_id=OWN_ID if stream == "own" else "77")
            self.items[stream].insert(0, item)

    def optional(self, stream: str) -> tuple[str, ...]:
        if stream == "direct_messages":
            return ("participant_ids", "event_type", "entities", "dm_conversation_id")
        return ("conversation_id", "edit_history_post_ids", "lang", "entities")

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        routes: dict[tuple[str, str], Callable[[], httpx.Response]] = {
            ("GET", "/2/users/me"): lambda: httpx.Response(200, json={"data": US}),
            ("POST", "/2/oauth2/token"): self._token,
            ("GET", "/2/users/500/tweets"): lambda: self._posts(self.items["own"], query),
            ("GET", "/2/users/500/mentions"): lambda: self._posts(
                self.items["mentions"][: self.mentions_kept], query
            ),
            ("GET", "/2/tweets/search/recent"): lambda: self._search(query),
            ("GET", "/2/tweets"): lambda: self._lookup(query),
            ("GET", "/2/dm_events"): lambda: self._messages(query),
            ("GET", "/2/dm_conversations/with/77/dm_events"): lambda: self._messages(query),
            ("POST", "/2/tweets"): lambda: self._create_post(json.loads(request.content)),
            ("POST", "/2/dm_conversations/with/77/messages"): lambda: self._create_message(
                json.loads(request.content)
            ),
        }
        return routes[(request.method, path)]()

    def _token(self) -> httpx.Response:
        body = {"access_token": "at-2", "refresh_token": "rt-2", "expires_in": 7200}
        return httpx.Response(200, json=body | {"token_type": "bearer"})

    def _posts(self, items: list[dict[str, Any]], query: Mapping[str, str]) -> httpx.Response:
        since, until = int(query.get("since_id", 0)), int(query.get("until_id", 2**62))
        start = query.get("start_time", "")
        found = [
            item
            for item in items
            if since < int(item["id"]) < until and str(item["created_at"]) >= start
        ]
        offset = int(query.get("pagination_token", 0))
        limit = int(query.get("max_results", 10))
        page = found[offset : offset + limit]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if len(found) > offset + limit:
            meta["next_token"] = str(offset + limit)
        body = {"data": page, "includes": {"users": [US, RINA]}, "meta": meta}
        return httpx.Response(200, json=body if page else {"meta": meta})

    def _search(self, query: Mapping[str, str]) -> httpx.Response:
        refused = [
            {"message": f"'{name}' must be a tweet id created after [then]."}
            for name in ("since_id", "until_id")
            if name in query and int(query[name]) <= self.too_old
        ]
        if refused:
            body = problem("invalid-request", "One or more parameters to your request was invalid.")
            return httpx.Response(400, json=body | {"errors": refused})
        recent = [item for item in self.items["mentions"] if int(item["id"]) > self.too_old]
        return self._posts(recent, query)

    def _lookup(self, query: Mapping[str, str]) -> httpx.Response:
        known = {item["id"]: item for item in self.items["own"] + self.items["mentions"]}
        asked = query["ids"].split(",")
        body: dict[str, Any] = {"includes": {"users": [US, RINA]}}
        if found := [known[each] for each in asked if each in known]:
            body["data"] = found
        if missing := [not_found(each) for each in asked if each not in known]:
            body["errors"] = missing
        return httpx.Response(200, json=body)

    def _messages(self, query: Mapping[str, str]) -> httpx.Response:
        items = self.items["direct_messages"]
        offset, limit = int(query.get("pagination_token", 0)), int(query["max_results"])
        meta: dict[str, Any] = {"result_count": len(items[offset : offset + limit])}
        if len(items) > offset + limit:
            meta["next_token"] = str(offset + limit)
        if not items:
            return httpx.Response(200, json={"meta": meta})
        page = items[offset : offset + limit]
        body = {"data": page, "includes": {"users": [US, RINA]}, "meta": meta}
        return httpx.Response(200, json=body)

    def _create_post(self, body: dict[str, Any]) -> httpx.Response:
        parent = body["reply"]["in_reply_to_tweet_id"]
        number = next(self._numbers)
        item = make_post(
            number,
            author_id=OWN_ID,
            # X puts the mention in front, escapes, and shortens the address.
            text="@rina_w "
            + html.escape(body["text"]).replace("status.example.com/now", "https://t.co/a1"),
            entities={
                "urls": [
                    {"url": "https://t.co/a1", "expanded_url": "http://status.example.com/now"}
                ]
            },
            created_at=stamp(datetime.now(UTC)),
            conversation_id=parent,
            in_reply_to_user_id="77",
            referenced_posts=[{"type": "replied_to", "id": parent}],
        )
        self.items["own"].insert(0, item)
        return httpx.Response(201, json={"data": {"id": item["id"], "text": item["text"]}})

    def _create_message(self, body: dict[str, Any]) -> httpx.Response:
        number = next(self._numbers)
        now = stamp(datetime.now(UTC))
        item = make_message(number, sender_id=OWN_ID, text=body["text"], created_at=now)
        self.items["direct_messages"].insert(0, item)
        data = {"dm_conversation_id": f"77-{OWN_ID}", "dm_event_id": item["id"]}
        return httpx.Response(201, json={"data": data})
