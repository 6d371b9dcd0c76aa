"""Mails as people, machines and careless programs write them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from inbox.connectors.mail.account import Account, account
from inbox.connectors.mail.imap import Fetched

AT = datetime(2026, 11, 3, 10, tzinfo=UTC)
CHECKER = "mx.brand.example"


def make_account(**form: str) -> Account:
    """Return the account help@brand.example."""
    filled = {"address": "help@brand.example", "name": "Brand", "checker": CHECKER} | form
    return account({"form": filled, "sent_folder": "Sent"}, {"password": "box-pass-word"})


def make_mail(text: str = "It is broken.\n", /, **headers: str) -> EmailMessage:
    """Return a mail by Rina; `in_reply_to=` sets In-Reply-To, "" leaves a header out."""
    usual = {
        "From": "Rina W <rina@far.example>",
        "To": "help@brand.example",
        "Subject": "Broken",
        "Date": "Tue, 03 Nov 2026 09:59:00 +0000",
        "Message-ID": "<1@far.example>",
    }
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    named = {name.replace("-Id", "-ID"): value for name, value in named.items()}
    mail = EmailMessage()
    for name, value in (usual | named).items():
        if value:
            mail[name] = value
    mail.set_content(text)
    return mail


def fetched(mail: EmailMessage | bytes, **fields: Any) -> Fetched:
    content = mail if isinstance(mail, bytes) else mail.as_bytes()
    values: dict[str, Any] = {
        "uid": 9, "size": len(content), "at": AT, "structure": None, "content": content,
    } | fields  # fmt: skip
    return Fetched(**values)


def bounce(of: str, *, to: str = "rina@far.example", action: str = "failed") -> bytes:
    """Return a delivery status about our mail `of`. https://www.rfc-editor.org/rfc/rfc3464"""
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@brand.example>
To: help@brand.example
Subject: Undelivered Mail Returned to Sender
Date: Tue, 03 Nov 2026 09:59:00 +0000
Message-ID: <b1@brand.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I could not deliver your message.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.brand.example

Final-Recipient: rfc822; {to}
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user here

--B
Content-Type: text/rfc822-headers

Message-ID: {of}
Subject: Re: Broken

--B--
""".encode()
