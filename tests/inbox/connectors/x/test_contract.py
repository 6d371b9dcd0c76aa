"""X keeps the rules of all networks."""

from __future__ import annotations

from inbox.connectors.x.connector import XConnector
from tests.inbox.connectors.contract import ConnectorContract, FakeNetwork
from tests.inbox.connectors.x.fake import FakeX
from tests.inbox.connectors.x.payloads import (
    CREDENTIALS,
    SECRETS,
    delivery,
    make_event,
    make_post,
)


class TestX(ConnectorContract):
    connector_class = XConnector
    credentials = CREDENTIALS
    SECRETS = SECRETS

    def fake(self) -> FakeNetwork:
        return FakeX()

    def delivery(self) -> tuple[bytes, dict[str, str]]:
        return delivery(make_event("post.mention.create", make_post(1001)))
