"""E-mail keeps the rules of all networks."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import httpx
import pytest

from inbox.connectors.base import Connector
from inbox.connectors.errors import (
    AuthExpired,
    BadPayload,
    OutcomeUnknown,
    Rejected,
    TransientError,
)
from inbox.connectors.http import Http
from inbox.connectors.mail.connector import MailConnector
from inbox.connectors.types import ChannelCredentials, Endpoints, FetchPage, OutboundReply, Window
from tests.inbox.connectors.contract import ConnectorContract, Network, Trouble
from tests.inbox.connectors.mail.fake import PASSWORD, At, FakeDoor, FakeMail, cut

ADDRESS = "help@brand.example"
CLIENT_SECRET, REFRESH = "hush-hush-hush", "renew-renew-renew"
FORM = {"address": ADDRESS, "name": "Brand", "wants_copy": "1", "smtp_port": "465"}
FORM["signature"] = "Brand Care"
CREDENTIALS = ChannelCredentials(
    ADDRESS,
    ADDRESS,
    Endpoints("", "", "", ""),
    secrets={"password": PASSWORD},
    facts={"form": FORM, "sent_folder": "Sent"},
)
TOKENS = replace(
    CREDENTIALS,
    endpoints=Endpoints(
        *("", "https://id.example/authorize", "https://id.example/token", "desk", CLIENT_SECRET),
        imap_url="imaps://imap.brand.example:993",
        smtp_url="smtps://smtp.brand.example:465",
    ),
    secrets={"access_token": PASSWORD, "refresh_token": REFRESH},
    facts={**CREDENTIALS.facts, "sign_in": "google"},
)
IMAP = imaplib.IMAP4


class TestMail(ConnectorContract):
    connector_class = MailConnector
    credentials = CREDENTIALS
    SECRETS = (PASSWORD,)
    one_thread_each = False
    proves_absence = False
    READ_FAILURES: ClassVar = [
        (At("imap.connect", IMAP.abort("gone")), TransientError),
        (At("imap.connect", TimeoutError("slow")), TransientError),
        (At("imap.login", IMAP.error("[AUTHENTICATIONFAILED] no")), AuthExpired),
        (At("imap.login", IMAP.error("Login failed")), AuthExpired),
        (At("imap.login", IMAP.error("[UNAVAILABLE] later")), TransientError),
        (At("imap.select", ("NO", [b"no such folder"])), Rejected),
        (At("imap.uid", IMAP.abort("BYE")), TransientError),
        (At("imap.uid", TimeoutError("slow")), TransientError),
        (At("imap.uid", ConnectionResetError("cut")), TransientError),
        (At("imap.uid", IMAP.error("BAD command")), Rejected),
        (At("imap.uid", ("NO", [b"[INUSE] busy"])), TransientError),
    ]
    WRITE_FAILURES: ClassVar = [
        (At("smtp.mail", (421, b"going down")), TransientError),
        (At("smtp.mail", (530, b"sign in first")), AuthExpired),
        (At("smtp.mail", (552, b"over quota")), Rejected),
        (At("smtp.rcpt", (450, b"try later")), TransientError),
        (At("smtp.rcpt", (452, b"mailbox full")), TransientError),
        (At("smtp.rcpt", (550, b"no such user")), Rejected),
        (At("smtp.data", (451, b"not now")), TransientError),
        (At("smtp.data", cut()), TransientError),
        (At("smtp.content", cut()), TransientError),
        (At("smtp.content", TimeoutError("slow")), TransientError),
        (At("smtp.dot", (451, b"not now")), TransientError),
        (At("smtp.dot", (552, b"too large")), Rejected),
        (At("smtp.dot", cut()), OutcomeUnknown),
        (At("smtp.dot", TimeoutError("slow")), OutcomeUnknown),
    ]
    LOST: ClassVar = [
        At("smtp.dot", cut()),
        At("smtp.dot", TimeoutError("slow")),
        At("smtp.dot", ConnectionResetError("reset")),
    ]
    REFUSED_SIGN_IN: ClassVar[Trouble] = At("imap.login", IMAP.error("Login failed"))
    LOST_SIGN_IN: ClassVar[Trouble] = At("imap.connect", TimeoutError("slow"))
    QUOTES: ClassVar = [
        At("imap.login", IMAP.error("refused"), quotes=True),
        At("imap.select", IMAP.abort("gone"), quotes=True),
        At("smtp.auth", (535, b"no"), quotes=True),
        At("smtp.dot", cut(PASSWORD)),
    ]

    def fake(self) -> Network:
        return FakeMail(ADDRESS)

    @pytest.fixture
    def connector(self, network: Network) -> Iterator[Connector]:
        assert isinstance(network, FakeMail)
        with Http(timeout=5, transport=httpx.MockTransport(network.token)) as http:
            yield MailConnector(self.credentials, http, door=FakeDoor(network))

    def make_reply(self, *, is_private: bool = False, text: str = "") -> OutboundReply:
        made = super().make_reply(is_private=True, text=text)
        answers = {"thread": "0" * 24, "message_id": "<1@far.example>", "subject": "Broken"}
        return replace(made, recipient_external_id="rina@far.example", answers=answers)

    def test_unknown_fields_are_kept_for_the_record(
        self, connector: Connector, network: Network
    ) -> None:
        for stream in self.streams:
            network.stock(stream, 1)
            network.items[stream][0]["X-Invented-Tomorrow"] = "deep"
            (message,) = connector.fetch_page(stream, Window()).messages
            assert message.raw["other_headers"] == {"x-invented-tomorrow": "deep"}

    def test_a_malformed_item_never_costs_the_page(
        self, connector: Connector, network: Network
    ) -> None:
        network.stock("inbox", 5)
        network.items["inbox"][2] |= {"From": "nobody at all", "body": "who wrote this?"}
        page = connector.fetch_page("inbox", Window())
        assert len(page.messages) == 4
        (problem,) = page.problems
        assert "who wrote this?" in problem.raw["beginning"]
        assert "without a sender" in problem.reason
        assert connector.reread("inbox", problem.raw).problems == (problem,)

    def test_a_mail_is_read_again_by_its_number_or_its_name(
        self, connector: Connector, network: Network
    ) -> None:
        assert isinstance(network, FakeMail)
        network.stock("inbox", 3)
        read = connector.fetch_page("inbox", Window()).messages[1]
        item = network.items["inbox"][1]
        kept = {"uid": item["id"], "validity": network.validity}
        assert connector.reread("inbox", kept).messages == (read,)
        network.validity += 1  # the folder was made anew: other numbers
        item["id"] = 77
        with pytest.raises(BadPayload, match="no name"):
            connector.reread("inbox", kept)
        kept["beginning"] = f"Subject: x\r\nMessage-ID: {item['Message-ID']}\r\n\r\nWords"
        (again,) = connector.reread("inbox", kept).messages
        assert again.external_id == read.external_id

    def test_a_mail_that_is_gone_is_not_there_again(
        self, connector: Connector, network: Network
    ) -> None:
        gone = {"uid": 5, "validity": 7, "beginning": 'Message-ID: <a"b@c>\r\n\r\n'}
        assert connector.reread("inbox", gone) == FetchPage((), None, None)
        with pytest.raises(BadPayload):
            connector.reread("inbox", None)


class TestMailByToken(TestMail):
    """The same mailbox, let in by Google in place of a password."""

    credentials = TOKENS
    SECRETS = (PASSWORD, REFRESH, CLIENT_SECRET)
    REFUSED_SIGN_IN: ClassVar[Trouble] = httpx.Response(400, json={"error": "invalid_grant"})
    LOST_SIGN_IN: ClassVar[Trouble] = httpx.ReadTimeout("slow")
    QUOTES: ClassVar = [
        *TestMail.QUOTES,
        httpx.Response(400, json={"error_description": f"not {REFRESH} of {CLIENT_SECRET}"}),
    ]
