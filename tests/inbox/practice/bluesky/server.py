"""A running practice network of Bluesky's endpoints for tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import httpx
import pytest

from inbox.practice.bluesky.app import make_app
from inbox.practice.server import make_server
from tests.ports import free_port

BRAND = "brand.test"


class Server:
    """The network in a thread of this process, and shorthands for its control API."""

    def __init__(self, *, limits: float | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        app = make_app(site=self.url, limits=limits)
        self._server = make_server(app, host="127.0.0.1", port=self.port, dates=False)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the practice network did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.http.close()

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
        sent: dict[str, Any] = {"params": body} if method == "GET" else {"json": body}
        answer = self.http.request(method, f"/practice/{name}", **sent)
        if answer.is_error:
            raise ValueError(f"{method} {name}: {answer.status_code} {answer.text}")
        return answer.json()


@pytest.fixture
def server() -> Iterator[Server]:
    """A network of the test's own, without rate limits."""
    with Server() as running:
        yield running
