"""The practice server of feeds in a thread of this process, and shorthands for its control."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from inbox.practice.feed.app import make_app
from tests.served import PracticeServer


class Server(PracticeServer):
    def __init__(self) -> None:
        super().__init__(lambda url: make_app(), dates=True)

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
    with Server() as running:
        yield running


def entry(number: int, **fields: str) -> dict[str, str]:
    hour, minute = divmod(number, 60)
    return {
        "id": f"id-{number}",
        "title": f"Article {number}",
        "link": f"https://news.example/{number}",
        "text": f"Text {number}",
        "at": f"2026-11-23T{hour:02}:{minute:02}:00+00:00",
    } | fields
