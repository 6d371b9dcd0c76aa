"""A real practice server of Mastodon's API for tests, and Mastodon.py as an independent client."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import mastodon
import pytest

from inbox.practice.mastodon.app import make_app
from inbox.practice.server import make_server
from tests.ports import free_port

DOMAIN = "practice.example"


class Server:
    """A running server in a thread of this process, and shorthands for its control API."""

    def __init__(self, data: Path, *, limits: float | None = None, domain: str = DOMAIN) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        app = make_app(data, site=self.url, limits=limits, domain=domain)
        self._server = make_server(app, host="127.0.0.1", port=self.port, dates=False)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the practice server did not start")
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
    def user(self, handle: str, **facts: Any) -> dict[str, Any]:
        return self.control("POST", "/practice/users", {"handle": handle, **facts})

    def token(self, handle: str) -> str:
        made: str = self.control("POST", "/practice/tokens", {"handle": handle})["access_token"]
        return made

    def post(self, author: str, text: str, **more: Any) -> dict[str, Any]:
        """Post as anybody; more: visibility, in_reply_to, spoiler, language."""
        return self.control("POST", "/practice/post", {"author": author, "text": text, **more})

    def edit(self, status_id: str, text: str) -> Any:
        return self.control("POST", "/practice/edit", {"id": status_id, "text": text})

    def delete(self, status_id: str) -> Any:
        return self.control("POST", "/practice/delete", {"id": status_id})

    def posts(self, **filters: str) -> list[dict[str, Any]]:
        """Return the server's own record, oldest first, private and deleted ones too."""
        found: list[dict[str, Any]] = self.control("GET", "/practice/posts", filters)["posts"]
        return found

    def faults(self, *rules: dict[str, Any], **switches: Any) -> Any:
        """Set the faults; without any, the server is well again. Switches stay until changed."""
        return self.control("PUT", "/practice/faults", {"rules": list(rules), **switches})

    def control(self, method: str, path: str, body: dict[str, Any]) -> Any:
        sent: dict[str, Any] = {"params": body} if method == "GET" else {"json": body}
        answer = self.http.request(method, path, **sent)
        if answer.is_error:
            raise ValueError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def client(self, handle: str) -> mastodon.Mastodon:
        """Return Mastodon.py signed in as `handle`.

        Without a version it asks for it without end where the server is down; its own way with
        rate limits is to sleep.
        """
        return mastodon.Mastodon(
            access_token=self.token(handle),
            api_base_url=self.url,
            mastodon_version="4.4.0",
            ratelimit_method="throw",
            request_timeout=20,
        )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, without rate limits."""
    with Server(tmp_path / "mastodon") as running:
        yield running
