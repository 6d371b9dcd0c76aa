"""A server in memory, for rules about the connector; the practice network is the thorough one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.inbox.connectors.bluesky.payloads import (
    OWN_DID,
    RINA,
    US,
    cid_of,
    make_convo,
    make_message,
    make_post,
    stamp,
    token,
)
from tests.inbox.connectors.contract import FakeNetwork

IN_A_CONVO = 40  # messages


class FakeBluesky(FakeNetwork):
    """The endpoints that the connector asks. Cursors are places in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.items = {"own": [], "mentions": [], "chat": [], "threads": []}
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        self.convos: dict[str, str] = {}  # id of a message: id of its conversation
        self._numbers = itertools.count(1001)

    def stock(self, stream: str, count: int) -> None:
        if stream == "threads" and not self.items["own"]:
            self.stock("own", 1)
        for _turn in range(count):
            number = next(self._numbers)
            if stream == "chat":
                item = make_message(number, sender=OWN_DID if number % 2 else RINA["did"])
                self.convos[item["id"]] = f"convo{number // IN_A_CONVO}"
            else:
                item = make_post(number, author=US if stream == "own" else RINA)
            if stream == "mentions":
                item |= {"reason": "mention", "isRead": bool(number % 3)}
            self.items[stream].insert(0, item)

    def optional(self, stream: str) -> tuple[str, ...]:
        if stream == "chat":
            return ("facets", "embed", "reactions")
        return ("labels", "likeCount", "viewer", "embed", "isRead")

    def answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/xrpc/")
        query = request.url.params
        if request.method == "POST":
            body = json.loads(request.content or b"{}")
            return self._post(name, body)
        answers: dict[str, Callable[[], Any]] = {
            "com.atproto.server.getSession": lambda: {"did": OWN_DID, "handle": US["handle"]},
            "app.bsky.actor.getProfile": lambda: US,
            "app.bsky.actor.getProfiles": lambda: {
                "profiles": [{**RINA, "followersCount": 128_000}]
            },
            "app.bsky.notification.listNotifications": lambda: self._page(
                "notifications", self.items["mentions"], query
            ),
            "app.bsky.feed.getAuthorFeed": lambda: self._page(
                "feed", [{"post": item} for item in self.items["own"]], query
            ),
            "app.bsky.feed.getPosts": lambda: {"posts": self._posts(query.get_list("uris"))},
            "app.bsky.feed.getPostThread": lambda: {
                "thread": {"replies": [{"post": item} for item in self._below(query["uri"])]}
            },
            "chat.bsky.convo.listConvos": lambda: self._convos(query),
            "chat.bsky.convo.getMessages": lambda: self._page(
                "messages", self._messages(query["convoId"]), query
            ),
        }
        known = [item["uri"] for item in self.items["own"]]
        if name in answers and not (name.endswith("PostThread") and query["uri"] not in known):
            return httpx.Response(200, json=answers[name]())
        if name == "com.atproto.repo.getRecord":
            found = self.records.get((query["collection"], query["rkey"]))
            return httpx.Response(200, json=found) if found else _no("RecordNotFound")
        return _no("NotFound")

    def _post(self, name: str, body: dict[str, Any]) -> httpx.Response:
        if name == "com.atproto.server.refreshSession":
            made = {"accessJwt": token("com.atproto.appPass"), "refreshJwt": "rt-2"}
            return httpx.Response(200, json=made)
        if name == "chat.bsky.convo.sendMessage":
            item = make_message(next(self._numbers), sender=OWN_DID, **body["message"])
            item["sentAt"] = stamp(datetime.now(UTC))
            self.convos[item["id"]] = body["convoId"]
            self.items["chat"].insert(0, item)
            return httpx.Response(200, json=item)
        key = body["collection"], body["rkey"]
        uri = f"at://{OWN_DID}/{key[0]}/{key[1]}"
        if key in self.records and self.records[key]["value"] != body["record"]:
            return _no("InvalidSwap")
        made = {"uri": uri, "cid": cid_of(json.dumps(body["record"]))}
        self.records[key] = {**made, "value": body["record"]}
        return httpx.Response(200, json=made)

    def _page(self, name: str, items: list[Any], query: httpx.QueryParams) -> dict[str, Any]:
        start, limit = int(query.get("cursor", "0")), int(query["limit"])
        answer: dict[str, Any] = {name: items[start : start + limit]}
        if len(items) > start + limit:
            answer["cursor"] = str(start + limit)
        return answer

    def _posts(self, uris: list[str]) -> list[dict[str, Any]]:
        known = [*self.items["own"], *self.items["mentions"]]
        return [item for item in known if item["uri"] in uris]

    def _below(self, uri: str) -> list[dict[str, Any]]:
        is_first = bool(self.items["own"]) and uri == self.items["own"][0]["uri"]
        return self.items["threads"] if is_first else []

    def _messages(self, convo_id: str) -> list[dict[str, Any]]:
        return [item for item in self.items["chat"] if self.convos[item["id"]] == convo_id]

    def _convos(self, query: httpx.QueryParams) -> dict[str, Any]:
        newest: dict[str, str] = {}
        for item in self.items["chat"]:
            newest.setdefault(self.convos[item["id"]], item["id"])
        listed = [make_convo(convo_id, rev) for convo_id, rev in newest.items()]
        return self._page("convos", listed, query)


def _no(name: str) -> httpx.Response:
    return httpx.Response(400, json={"error": name, "message": f"Practice: {name}"})
