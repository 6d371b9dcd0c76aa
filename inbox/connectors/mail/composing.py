"""A reply as the bytes that leave."""

from __future__ import annotations

import html
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from mimetypes import guess_extension
from typing import Any

from inbox.connectors.errors import Rejected
from inbox.connectors.mail import identity, text
from inbox.connectors.mail.account import ADDRESS, Account
from inbox.connectors.types import Media, OutboundReply

LONGEST_REFERENCES = 20  # ids; the first and the last are what programs look for
_LINK = re.compile(r"https?://[^\s<>\"']+")
IDS = frozenset({"message-id", "in-reply-to", "references"})


class _Policy(EmailPolicy):
    """The usual rules, but ids are never encoded: no program would know them again."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in IDS:
            return f"{name}: " + "\r\n ".join(str(value).split()) + "\r\n"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in IDS:
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))


POLICY = _Policy(linesep=SMTP.linesep, max_line_length=78, cte_type="7bit", utf8=False)


def message_id(reply: OutboundReply, account: Account) -> str:
    """Return the Message-ID under which `reply` leaves, whenever it does."""
    thread = identity.thread_of(reply.answers) or identity.of_subject(recipient(reply), "")
    return identity.own_id(account, key=reply.idempotency_key, text=reply.text, thread=thread)


def recipient(reply: OutboundReply) -> str:
    """Return the address that gets `reply`: of who wrote what it answers, as they asked for."""
    return str(reply.answers.get("answer_to") or reply.recipient_external_id)


def body(reply: OutboundReply, account: Account) -> str:
    """Return the words that leave: the reply and the signature as it is now."""
    signature = account.signature.strip()
    return f"{reply.text.rstrip()}\n\n-- \n{signature}" if signature else reply.text.rstrip()


def composed(reply: OutboundReply, account: Account, *, at: datetime) -> bytes:
    """Return the mail. Raises Rejected for an address that no mail can be sent to."""
    to = envelope_address(recipient(reply))
    mail = EmailMessage(policy=POLICY)
    mail["From"] = Address(account.name, addr_spec=envelope_address(account.address))
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = text.answered(str(reply.answers.get("subject") or ""))
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(reply, account)
    above = references(reply)
    if above:
        mail["In-Reply-To"] = above[-1]
        mail["References"] = " ".join(above)
    thread = identity.thread_of(reply.answers)
    if account.uses_plus and thread:
        mail["Reply-To"] = Address(account.name, addr_spec=identity.plus_address(account, thread))
    words = body(reply, account)
    mail.set_content(words + "\n", cte="quoted-printable")
    mail.add_alternative(_html(words), subtype="html", cte="quoted-printable")
    for number, media in enumerate(reply.media, start=1):
        _attach(mail, media, number)
    return mail.as_bytes()


def references(reply: OutboundReply) -> list[str]:
    """Return the Message-IDs above `reply`, the one it answers last.

    https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4
    """
    answered = str(reply.answers.get("message_id") or "")
    known = reply.answers.get("references")
    listed = [str(each) for each in known] if isinstance(known, list) else []
    above = [each for each in [*listed, answered] if _is_id(each)]
    once = list(dict.fromkeys(reversed(above)))[::-1]
    return once if len(once) <= LONGEST_REFERENCES else [once[0], *once[1 - LONGEST_REFERENCES :]]


def envelope_address(address: str) -> str:
    """Return an address in the form that every server takes."""
    local, _at, domain = address.rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        plain = ""
    if not plain.isascii() or not ADDRESS.fullmatch(plain):
        raise Rejected(f"No mail can be sent to “{address}”.")
    return plain


def _is_id(text: str) -> bool:
    return text.isascii() and bool(identity.MESSAGE_ID.fullmatch(text))


def _attach(mail: EmailMessage, media: Media, number: int) -> None:
    kind, _slash, subtype = media.content_type.partition("/")
    ending = guess_extension(media.content_type) or ""
    words = re.sub(r"[^\w .-]+", " ", media.description).strip(" .")[:60]
    mail.add_attachment(
        media.content,
        maintype=kind or "application",
        subtype=subtype or "octet-stream",
        filename=f"{words or f'file {number}'}{ending}",
    )


def _html(words: str) -> str:
    """Return the same words for programs that show no plain text."""
    paragraphs = [part for part in re.split(r"\n{2,}", words.strip("\n")) if part]
    made = "".join(f"<p>{_linked(part)}</p>\n" for part in paragraphs)
    return f"<!doctype html>\n<html><body>\n{made}</body></html>\n"


def _linked(part: str) -> str:
    shown, at = [], 0
    for link in _LINK.finditer(part):
        url = link.group().rstrip(".,;:!?)")
        shown += [html.escape(part[at : link.start()]), _anchor(url)]
        at = link.start() + len(url)
    return "".join([*shown, html.escape(part[at:])]).replace("\n", "<br>\n")


def _anchor(url: str) -> str:
    safe = html.escape(url)
    return f'<a href="{safe}">{safe}</a>'
