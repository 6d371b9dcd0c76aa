"""Bluesky keeps the rules of all networks."""

from __future__ import annotations

from dataclasses import replace

from inbox.connectors.bluesky.connector import BlueskyConnector
from inbox.connectors.types import OutboundReply
from tests.inbox.connectors.bluesky.fake import FakeBluesky
from tests.inbox.connectors.bluesky.payloads import (
    CREDENTIALS,
    RINA_DID,
    SECRETS,
    make_post,
    uri_of,
)
from tests.inbox.connectors.contract import ConnectorContract, FakeNetwork


class TestBluesky(ConnectorContract):
    connector_class = BlueskyConnector
    credentials = CREDENTIALS
    SECRETS = SECRETS
    nowhere = uri_of(404404)

    def fake(self) -> FakeNetwork:
        return FakeBluesky()

    def make_reply(self, *, is_private: bool = False, text: str = "") -> OutboundReply:
        made = super().make_reply(is_private=is_private, text=text)
        if is_private:
            return replace(made, in_reply_to="convo25/1001", recipient_external_id=RINA_DID)
        answered = make_post(1001)
        return replace(made, in_reply_to=answered["uri"], answers=answered)
