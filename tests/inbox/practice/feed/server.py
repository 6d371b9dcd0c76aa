"""The practice server of feeds in a thread of this process, and shorthands for its control."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from inbox.practice.feed.app import make_app
from inbox.practice.server import make_server
from tests.inbox.practice.server import free_port


class Server:
    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        self.running = make_server(make_app(), host="127.0.0.1", port=self.port)
        self.thread = threading.Thread(target=self.running.run, daemon=True)

    def feed(self, name: str = "news", **fields: Any) -> str:
        """Set fields of a feed, or put entries on it; returns its address."""
        answer = self.http.put(f"/practice/feeds/{name}", json=fields).raise_for_status()
        url: str = answer.json()["url"]
        return url

    def faults(self, *rules: dict[str, Any]) -> None:
        self.http.put("/practice/faults", json={"rules": rules}).raise_for_status()

    @property
    def sent(self) -> dict[str, int]:
        found: dict[str, int] = self.http.get("/practice/sent").json()
        return found


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    made.thread.start()
    deadline = time.monotonic() + 20
    while not made.running.started:
        assert made.thread.is_alive(), "the practice server did not start"
        assert time.monotonic() < deadline, "the practice server did not start"
        time.sleep(0.005)
    yield made
    made.running.should_exit = True
    made.thread.join(10)
    made.http.close()


def entry(number: int, **fields: str) -> dict[str, str]:
    hour, minute = divmod(number, 60)
    return {
        "id": f"id-{number}",
        "title": f"Article {number}",
        "link": f"https://news.example/{number}",
        "text": f"Text {number}",
        "at": f"2026-11-23T{hour:02}:{minute:02}:00+00:00",
    } | fields
