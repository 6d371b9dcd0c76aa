"""What the desk does when a Mastodon server misbehaves."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from inbox.connectors.mastodon.connector import MastodonConnector
from tests.inbox.connectors.contract import FakeNetwork
from tests.inbox.connectors.faults import DeskFaults, dated
from tests.inbox.connectors.mastodon.fake import FakeMastodon
from tests.inbox.connectors.mastodon.payloads import CREDENTIALS


class TestMastodon(DeskFaults):
    connector_class = MastodonConnector
    credentials = CREDENTIALS

    def fake(self) -> FakeNetwork:
        return FakeMastodon()

    def limit(self, seconds: int, *, skew: int = 0) -> httpx.Response:
        """https://docs.joinmastodon.org/api/rate-limits/: a time in ISO 8601"""
        date, reset = dated(seconds, skew)
        moment = datetime.fromtimestamp(reset, UTC).isoformat().replace("+00:00", "Z")
        headers = {"date": date, "x-ratelimit-remaining": "0", "x-ratelimit-reset": moment}
        return httpx.Response(429, headers=headers)
