"""What the desk does when Bluesky misbehaves."""

from __future__ import annotations

import httpx

from inbox.connectors.bluesky.connector import BlueskyConnector
from tests.inbox.connectors.bluesky.fake import FakeBluesky
from tests.inbox.connectors.bluesky.payloads import CREDENTIALS
from tests.inbox.connectors.contract import FakeNetwork
from tests.inbox.connectors.faults import DeskFaults, dated


class TestBluesky(DeskFaults):
    connector_class = BlueskyConnector
    credentials = CREDENTIALS

    def fake(self) -> FakeNetwork:
        return FakeBluesky()

    def limit(self, seconds: int, *, skew: int = 0) -> httpx.Response:
        """https://docs.bsky.app/docs/advanced-guides/rate-limits: seconds since 1970"""
        date, reset = dated(seconds, skew)
        headers = {"date": date, "ratelimit-remaining": "0", "ratelimit-reset": f"{reset:.0f}"}
        return httpx.Response(429, json={"error": "RateLimitExceeded"}, headers=headers)

    def ours(self, network: FakeNetwork) -> int:
        assert isinstance(network, FakeBluesky)
        return len(network.records)
