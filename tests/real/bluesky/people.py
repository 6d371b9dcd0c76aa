"""People on a Bluesky network, each with a client that is not ours."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import httpx

_numbers = itertools.count(1)


def eventually(condition: Callable[[], Any], *, within: float = 30.0) -> Any:
    """Return what `condition` returns once that is something; the index follows in its own time."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found


class People:
    """Makes accounts as they are asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._run = next(_numbers)
        self._clients: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return the client (`atproto.Client`) of a person, signed in."""
        from atproto import Client  # only there where these tests run

        if name not in self._clients:
            client = Client(base_url=f"{self.url}/xrpc")
            handle, password = self.handle(name), f"whole-account-{name}"
            client.com.atproto.server.create_account(
                {"handle": handle, "email": f"{name}{self._run}@example.test", "password": password}
            )
            eventually(lambda: _is_known(client, handle, password))
            self._clients[name] = client
        return self._clients[name]

    def handle(self, name: str) -> str:
        return f"{name}{self._run}.test"

    def did(self, name: str) -> str:
        return str(self[name].me.did)

    def app_password(self, name: str, *, privileged: bool = False) -> str:
        made = self[name].com.atproto.server.create_app_password(
            {"name": f"desk {next(_numbers)}", "privileged": privileged}
        )
        return str(made.password)

    def post(self, name: str, text: str, **fields: Any) -> dict[str, str]:
        """Post as `name`; names in the text become mentions. Fields: reply_to, quotes.

        Nobody answers what they cannot see yet, and the index forgets to tell the author of the
        root of an answer that it met before its parent.
        """
        from atproto import client_utils

        client, builder = self[name], client_utils.TextBuilder()
        for index, part in enumerate(text.split("@")):
            who, space, rest = part.partition(" ")
            if index:
                builder.mention(f"@{self.handle(who)}", self.did(who))
            builder.text(part if not index else space + rest)
        record: dict[str, Any] = {
            "$type": "app.bsky.feed.post",
            "text": builder.build_text(),
            "facets": [facet.model_dump(by_alias=True) for facet in builder.build_facets()],
            "createdAt": client.get_current_time_iso(),
        }
        if above := fields.get("reply_to"):
            eventually(lambda: client.get_posts([above["uri"]]).posts)
            root = self.record(above["uri"]).get("reply")
            record["reply"] = {"root": root["root"] if root else above, "parent": above}
        if quoted := fields.get("quotes"):
            record["embed"] = {"$type": "app.bsky.embed.record", "record": quoted}
        made = client.com.atproto.repo.create_record(
            {"repo": client.me.did, "collection": "app.bsky.feed.post", "record": record}
        )
        return {"uri": made.uri, "cid": made.cid}

    def delete(self, name: str, post: dict[str, str]) -> None:
        assert self[name].delete_post(post["uri"])

    def record(self, uri: str) -> dict[str, Any]:
        """Return a record as its server has it, {} if it is gone."""
        repo, collection, rkey = uri.removeprefix("at://").split("/")
        query = {"repo": repo, "collection": collection, "rkey": rkey}
        answer = httpx.get(f"{self.url}/xrpc/com.atproto.repo.getRecord", params=query)
        found: dict[str, Any] = answer.json().get("value", {})
        return found

    def records(self, name: str, collection: str = "app.bsky.feed.post") -> dict[str, Any]:
        """Return all records of somebody by their address, from where they are kept."""
        found: dict[str, Any] = {}
        query: dict[str, Any] = {"repo": self.did(name), "collection": collection, "limit": 100}
        while True:
            answer = httpx.get(f"{self.url}/xrpc/com.atproto.repo.listRecords", params=query)
            body = answer.json()
            found |= {each["uri"]: each["value"] for each in body["records"]}
            if not body.get("cursor") or not body["records"]:
                return found
            query["cursor"] = body["cursor"]

    def told(self, name: str, reason: str) -> list[str]:
        """Return the addresses of what somebody was notified of."""
        answer = self[name].app.bsky.notification.list_notifications({"limit": 100})
        return [each.uri for each in answer.notifications if each.reason == reason]


def _is_known(client: Any, handle: str, password: str) -> bool:
    """Sign in; the index does not know a new account at once."""
    from atproto import exceptions

    try:
        return bool(client.login(handle, password))
    except exceptions.BadRequestError:
        return False
