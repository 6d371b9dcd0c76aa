"""What the desk does when X misbehaves."""

from __future__ import annotations

import httpx

from inbox.connectors.x.connector import XConnector
from tests.inbox.connectors.contract import FakeNetwork
from tests.inbox.connectors.faults import DeskFaults, dated
from tests.inbox.connectors.x.fake import FakeX
from tests.inbox.connectors.x.payloads import CREDENTIALS


class TestX(DeskFaults):
    connector_class = XConnector
    credentials = CREDENTIALS

    def fake(self) -> FakeNetwork:
        return FakeX()

    def limit(self, seconds: int, *, skew: int = 0) -> httpx.Response:
        """https://docs.x.com/x-api/fundamentals/rate-limits: seconds since 1970"""
        date, reset = dated(seconds, skew)
        headers = {
            "date": date,
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": f"{reset:.0f}",
        }
        return httpx.Response(429, headers=headers)
