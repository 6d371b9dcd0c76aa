"""A running practice network of Bluesky's endpoints for tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from inbox.practice.bluesky.app import make_app
from tests.served import PracticeServer

BRAND = "brand.test"


class Server(PracticeServer):
    """The network in a thread of this process, and shorthands for its control API."""

    def __init__(self, *, limits: float | None = None) -> None:
        super().__init__(lambda url: make_app(site=url, limits=limits))

    # -- acting and looking --------------------------------------------------------------------
    def user(self, handle: str, **facts: Any) -> dict[str, str]:
        """Make an account; return its DID and its app password."""
        made: dict[str, str] = self.control("POST", "users", {"handle": handle, **facts})
        return made

    def post(self, author: str, text: str, **more: Any) -> str:
        """Post as anybody and return the address; more: reply_to, quotes, images, at, record."""
        made: str = self.control("POST", "post", {"author": author, "text": text, **more})["uri"]
        return made

    def delete(self, uri: str) -> None:
        self.control("POST", "delete", {"uri": uri})

    def say(self, author: str, text: str, *to: str) -> dict[str, Any]:
        """Say something in private."""
        said: dict[str, Any] = self.control(
            "POST", "say", {"author": author, "text": text, "to": to or (BRAND,)}
        )
        return said

    def posts(self, author: str = BRAND, *, collection: str = "app.bsky.feed.post") -> list[Any]:
        """Return somebody's records as the network has them, in the order of their arrival."""
        query = {"author": author, "collection": collection}
        found: list[Any] = self.control("GET", "records", query)["records"]
        return [each for each in found if not each["deleted"]]

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("GET", "messages", {})["messages"]
        return found

    def faults(self, *rules: dict[str, Any], **switches: Any) -> None:
        """Set the faults; without any the network is well. Switches stay until changed."""
        self.control("PUT", "faults", {"rules": list(rules), **switches})

    def control(self, method: str, name: str, body: dict[str, Any]) -> Any:
        return super().control(method, f"/practice/{name}", body)


@pytest.fixture
def server() -> Iterator[Server]:
    """A network of the test's own, without rate limits."""
    with Server() as running:
        yield running
