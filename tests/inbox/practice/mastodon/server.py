"""A real practice server of Mastodon's API for tests, and Mastodon.py as an independent client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mastodon
import pytest

from inbox.practice.mastodon.app import make_app
from tests.served import PracticeServer

DOMAIN = "practice.example"


class Server(PracticeServer):
    """A running server in a thread of this process, and shorthands for its control API."""

    def __init__(self, data: Path, *, limits: float | None = None, domain: str = DOMAIN) -> None:
        super().__init__(lambda url: make_app(data, site=url, limits=limits, domain=domain))

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
