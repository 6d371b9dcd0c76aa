"""Sending a reply once, and finding out whether it is out already."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from inbox.connectors.errors import ConnectorError, Rejected, TransientError, Unsupported
from inbox.connectors.mail import composing
from inbox.connectors.mail.account import Account
from inbox.connectors.mail.door import Door
from inbox.connectors.mail.mapping import NO_ANSWER
from inbox.connectors.types import OutboundReply, Problem, SendReceipt

logger = logging.getLogger(__name__)

# How long the proof of a mail may be on its way to our own mailbox.
PROOF_TAKES = timedelta(minutes=10)


def send(door: Door, account: Account, reply: OutboundReply) -> SendReceipt:
    """Send `reply` and keep a copy.

    Once the server has taken it, it is sent: a copy that could not be kept changes nothing.
    """
    if found := problem(reply):
        raise Rejected(found.message, code=found.code)
    ends = door.until()
    at = datetime.now(UTC)
    content = composing.composed(reply, account, at=at)
    to = composing.envelope_address(composing.recipient(reply))
    proof = [account.address] if account.wants_copy and not account.keeps_sent else []
    with door.smtp(account, until=ends) as smtp:
        smtp.send(content, sender=account.address, recipients=[to, *proof])
    if account.sent_folder and not account.keeps_sent:
        try:
            with door.imap(account, until=ends) as imap:
                imap.append(account.sent_folder, content)
        except ConnectorError as error:
            logger.warning("no copy kept of a sent mail", extra={"code": error.code})
    return SendReceipt(composing.message_id(reply, account), at)


def find(door: Door, account: Account, reply: OutboundReply) -> SendReceipt | None:
    """Return the receipt if `reply` is out: in our Sent folder, or come back as a copy.

    A server that keeps what it sends proves by silence that nothing was sent. With any other,
    silence proves nothing: raises TransientError while a copy may be on its way, and Unsupported
    after that, so that a person decides.
    """
    wanted = composing.message_id(reply, account)
    folders = dict.fromkeys(filter(None, (account.sent_folder, account.folder)))
    with door.imap(account) as imap:
        for folder in folders:
            imap.open(folder)
            uids = imap.search("HEADER", "Message-ID", f'"{wanted}"')
            if uids:
                at = imap.fetch(uids[:1])
                moment = at[0].at if at and at[0].at else datetime.now(UTC)
                return SendReceipt(wanted, moment)
    if account.keeps_sent and account.sent_folder:
        return None
    if account.wants_copy and datetime.now(UTC) - reply.started_at < PROOF_TAKES:
        raise TransientError("No copy of the mail has come back yet.", retry_after=60)
    raise Unsupported("The mail server was cut off, and no copy of the mail has come back.")


def problem(reply: OutboundReply) -> Problem | None:
    """Say why what is answered must not be: a machine wrote it."""
    what = str(reply.answers.get("origin") or "person")
    words = NO_ANSWER.get(what)
    return Problem("not_a_person", words) if words else None
