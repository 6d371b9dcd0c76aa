"""Mastodon keeps the rules of all networks."""

from __future__ import annotations

from dataclasses import replace

from inbox.connectors.mastodon.connector import MastodonConnector
from inbox.connectors.types import OutboundReply
from tests.inbox.connectors.contract import ConnectorContract, FakeNetwork
from tests.inbox.connectors.mastodon.fake import FakeMastodon
from tests.inbox.connectors.mastodon.payloads import CREDENTIALS, SECRETS, make_status


class TestMastodon(ConnectorContract):
    connector_class = MastodonConnector
    credentials = CREDENTIALS
    SECRETS = SECRETS

    def fake(self) -> FakeNetwork:
        return FakeMastodon()

    def make_reply(self, *, is_private: bool = False, text: str = "") -> OutboundReply:
        made = super().make_reply(is_private=is_private, text=text)
        if is_private:
            return replace(made, recipient_external_id="rina_w@far.example")
        return replace(made, answers=make_status(made.in_reply_to))
