"""A connector over real servers on this machine."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.guard import Reach
from inbox.connectors.http import Http
from inbox.connectors.mail.connector import MailConnector
from inbox.connectors.mail.door import Door
from inbox.connectors.types import (
    ChannelCredentials,
    Endpoints,
    InboundMessage,
    OutboundReply,
    Window,
)
from tests.mail_servers import HOST, Mailbox

ADDRESS = "help@brand.example"
PRACTICE = Reach(allow_private=True)


def form_of(box: Mailbox, smtp_port: int, **values: str) -> dict[str, str]:
    """Return the form as an admin fills it in for these servers."""
    return {
        "address": ADDRESS,
        "name": "Brand",
        "user": box.user,
        "password": box.password,
        "imap_host": HOST,
        "imap_port": str(box.port),
        "imap_tls": "none",
        "smtp_host": HOST,
        "smtp_port": str(smtp_port),
        "smtp_tls": "none",
        "folder": box.folder,
        "wants_copy": "1",
    } | values


@contextmanager
def unconnected(
    *, timeout: float = 10, reach: Reach = PRACTICE, context: ssl.SSLContext | None = None
) -> Iterator[MailConnector]:
    nobody = ChannelCredentials("", "", Endpoints("", "", "", ""))
    with Http(timeout=timeout, allow_private=True) as http:
        door = Door(timeout=timeout, reach=reach, context=context)
        yield MailConnector(nobody, http, door=door)


@contextmanager
def connected(form: dict[str, str], *, timeout: float = 10) -> Iterator[MailConnector]:
    """Open a mailbox as the desk does, and return what speaks for it from then on."""
    with unconnected(timeout=timeout) as connector:
        opening = connector.open(form)
        who = ChannelCredentials(
            form["address"],
            form["address"],
            Endpoints("", "", "", ""),
            secrets=opening.tokens.secrets,
            facts=opening.facts,
        )
        yield MailConnector(who, connector.http)


def read_all(connector: MailConnector, stream: str = "inbox") -> list[InboundMessage]:
    """Read a stream to its end, newest first."""
    page = connector.fetch_page(stream, Window())
    found = list(page.messages)
    while page.next_before:
        page = connector.fetch_page(stream, Window(before=page.next_before))
        found += page.messages
    return found


def answer_to(message: InboundMessage, text: str = "We send you a new one.") -> OutboundReply:
    values: dict[str, Any] = {
        "idempotency_key": f"key for {message.external_id}",
        "text": text,
        "in_reply_to": message.external_id,
        "recipient_external_id": message.author.external_id,
        "is_private": True,
        "started_at": datetime.now(UTC),
        "answers": message.raw,
    }
    return OutboundReply(**values)
