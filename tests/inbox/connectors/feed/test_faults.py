"""What the desk does when a feed misbehaves; its form of a limit is the plain Retry-After."""

from __future__ import annotations

from inbox.connectors.feed.connector import FeedConnector
from tests.inbox.connectors.contract import FakeNetwork
from tests.inbox.connectors.faults import DeskFaults
from tests.inbox.connectors.feed.test_contract import NAME, FakeFeed, TestFeed

CREDENTIALS = TestFeed.credentials
del TestFeed  # its rules run where they are written


class TestFeedFaults(DeskFaults):
    connector_class = FeedConnector
    credentials = CREDENTIALS
    stream = NAME

    def fake(self) -> FakeNetwork:
        return FakeFeed()
