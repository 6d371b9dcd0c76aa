"""From a mail to our values: pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from inbox.connectors.mail import attachments, document, identity, origin, text
from inbox.connectors.mail.account import Account
from inbox.connectors.mail.document import Mail
from inbox.connectors.mail.identity import Ours
from inbox.connectors.mail.imap import BEGINNING, Fetched
from inbox.connectors.types import InboundAuthor, InboundMessage, Remark

MISSHAPEN = document.MISSHAPEN
LONGEST_SHOWN = 20_000
KEPT_HEADERS = frozenset(
    {"message-id", "in-reply-to", "references", "subject", "date", "from", "sender", "reply-to"}
    | {"to", "cc", "return-path", "delivered-to", "x-original-to", "auto-submitted", "precedence"}
    | {"list-id", "list-post", "authentication-results", "content-type", "x-failed-recipients"}
)
NO_ANSWER = {
    "bounce": "This says that a mail did not arrive; answer what the person wrote.",
    "notice": "A mail server wrote this; nobody would read an answer.",
    "auto_reply": "A machine wrote this; nobody would read an answer.",
    "list": "This came over a mailing list and is not answered from here.",
    "own": "This came from our own address.",
}


def received(found: Fetched, account: Account, *, where: str) -> InboundMessage | None:
    """Read a mail of the inbox; None for a copy of our own reply, which is known already.

    Raises one of MISSHAPEN for what nobody can be said to have written.
    """
    mail = _read(found)
    what = origin.origin(mail, account)
    if what == "own" and identity.ours_in(mail.get("message-id"), account):
        return None
    ours = identity.answered(mail, account)
    if what in ("bounce", "notice") and not ours:
        quoted = identity.ours_in(found.content.decode("latin-1"), account)
        ours = quoted[0] if quoted else None
    author = _author(mail, account)
    counterpart = _reached(mail) if ours and what in ("bounce", "notice") else author
    thread = identity.thread(mail, account, counterpart=counterpart.external_id, ours=ours)
    checked = origin.checks(mail, account.checker)
    # Somebody has to deal with an answer that did not arrive; all else of machines is by the way.
    is_context = what != "person" and not (what == "bounce" and ours)
    return InboundMessage(
        external_id=identity.external_id(mail),
        version_id=identity.external_id(mail),
        thread_external_id=thread,
        author=author,
        text=_bounced(mail) if what == "bounce" else _shown(mail),
        sent_at=_moment(found, mail),
        in_reply_to=ours.message_id if ours else "",
        is_reply_to_us=ours is not None,
        is_private=True,
        is_context=is_context,
        counterpart=counterpart,
        attachments=attachments.attachments(found.structure, where=f"{where}/{found.uid}"),
        remarks=_remarks(mail, found, account, what, checked, author),
        raw=_raw(mail, found, thread)
        | {"origin": what, "answer_to": author.external_id, "checks": dict(checked)}
        | (_of_returned(mail, ours, counterpart) if what == "bounce" and ours else {}),
    )


def sent(found: Fetched, account: Account, *, where: str) -> InboundMessage | None:
    """Read a mail of the folder for what was sent; None for one that went to nobody."""
    mail = _read(found)
    people = [who for who in mail.addresses("to", "cc", "bcc") if who[1] != account.address]
    if not people:
        return None
    name, address = people[0]
    counterpart = InboundAuthor(external_id=address, handle=address, name=name)
    by_desk = identity.ours_in(mail.get("message-id"), account)
    ours = by_desk[0] if by_desk else identity.answered(mail, account)
    thread = identity.thread(mail, account, counterpart=address, ours=ours)
    external_id = by_desk[0].message_id if by_desk else identity.external_id(mail)
    return InboundMessage(
        external_id=external_id,
        version_id=external_id,
        thread_external_id=thread,
        author=own(account),
        text=_shown(mail),
        sent_at=_moment(found, mail),
        is_ours=True,
        is_private=True,
        counterpart=counterpart,
        attachments=attachments.attachments(found.structure, where=f"{where}/{found.uid}"),
        raw=_raw(mail, found, thread),
    )


def own(account: Account) -> InboundAuthor:
    """Return ourselves."""
    return InboundAuthor(
        external_id=account.address,
        handle=account.address,
        name=account.name or account.address,
    )


def _read(found: Fetched) -> Mail:
    if not found.content.strip():
        raise ValueError("the server gave no content")
    return document.read(found.content)


def _author(mail: Mail, account: Account) -> InboundAuthor:
    """Return who gets an answer: where they say that answers go, else who wrote it."""
    wrote = mail.addresses("from") or mail.addresses("sender")
    others = [who for who in mail.addresses("reply-to") if who[1] != account.address]
    is_ours = any(address == account.address for _name, address in wrote)
    people = (others or wrote) if len(others) == 1 and not is_ours else wrote
    people = people or mail.addresses("return-path")
    if not people:
        raise ValueError("a mail without a sender")
    name, address = people[0]
    if not name and wrote and wrote[0][1] == address:
        name = wrote[0][0]
    return InboundAuthor(external_id=address, handle=address, name=name or address)


def _reached(mail: Mail) -> InboundAuthor:
    """Return whom a mail of ours did not reach, or who says so if that is not told."""
    reported = [mail.report.get(name, "") for name in ("original-recipient", "final-recipient")]
    told = document.addresses([*reported, *mail.all("x-failed-recipients")])
    name, address = (told or mail.addresses("from") or [("", "mailer-daemon")])[0]
    return InboundAuthor(external_id=address, handle=address, name=name or address)


def _shown(mail: Mail) -> str:
    """Return the subject, unless it was only taken over, and what was newly written."""
    subject = document.words(mail.get("subject"))
    said = text.without_quote(mail.text)
    is_known = text.is_answer(subject) and (mail.get("in-reply-to") or mail.get("references"))
    whole = said if is_known and said else "\n\n".join(part for part in (subject, said) if part)
    return whole[:LONGEST_SHOWN]


def _bounced(mail: Mail) -> str:
    """Return what a bounce says, in the server's own words."""
    to = mail.report.get("final-recipient") or mail.get("x-failed-recipients")
    why = mail.report.get("diagnostic-code") or mail.report.get("status")
    lines = [f"Not delivered to {to}" if to else "Not delivered", why or _shown(mail)]
    return ": ".join(part for part in lines if part)[:LONGEST_SHOWN]


def _moment(found: Fetched, mail: Mail) -> datetime:
    """Return when the server got it: the one clock that all of the thread was measured by.

    The sender's own is only asked where the server does not say.
    """
    if found.at:
        return found.at
    try:
        claimed = parsedate_to_datetime(mail.get("date"))
    except (TypeError, ValueError, IndexError, OverflowError):
        return datetime.now(UTC)
    aware = claimed if claimed.tzinfo else claimed.replace(tzinfo=UTC)
    return min(aware.astimezone(UTC), datetime.now(UTC))


def _remarks(
    mail: Mail,
    found: Fetched,
    account: Account,
    what: origin.Origin,
    checked: Mapping[str, str],
    author: InboundAuthor,
) -> tuple[Remark, ...]:
    """Return what people should know before they believe or answer it."""
    made = [] if what == "person" else [Remark(what)]
    wrote = next((address for _name, address in mail.addresses("from")), "")
    if wrote and wrote != author.external_id:
        made.append(Remark("answers_elsewhere", {"written_by": wrote}))
    if account.checker and what not in ("own", "bounce", "notice"):
        made.append(Remark(_verdict(checked), {"domain": wrote.rpartition("@")[2], **checked}))
    if found.size > BEGINNING and len(mail.text) >= BEGINNING // 4:
        made.append(Remark("cut"))
    return tuple(made)


def _verdict(checked: Mapping[str, str]) -> str:
    """Say what the checks come to: DMARC binds the others to the address that people see.

    https://www.rfc-editor.org/rfc/rfc7489#section-3.1
    """
    if not checked:
        return "sender_unchecked"
    if checked.get("dmarc") == "pass":
        return "sender_checked"
    if checked.get("dmarc") == "fail" or "pass" not in checked.values():
        return "sender_doubtful"
    return "sender_unclear"


def _of_returned(mail: Mail, ours: Ours, counterpart: InboundAuthor) -> dict[str, Any]:
    """Return what an answer to a bounce of ours needs: it is another try to reach the person."""
    return {
        "origin": "returned",
        "answer_to": counterpart.external_id,
        "message_id": ours.message_id,
        "subject": mail.returned_subject,
    }


def _above(mail: Mail) -> list[str]:
    """Return the Message-IDs that a mail says it follows, the last one last."""
    both = " ".join(document.words(mail.get(name)) for name in ("references", "in-reply-to"))
    return list(dict.fromkeys(identity.MESSAGE_ID.findall(both)))[-30:]


def _raw(mail: Mail, found: Fetched, thread: str) -> dict[str, Any]:
    """Return the record: headers, all words, and what an answer needs."""
    extra = [pair for pair in mail.headers if pair[0] not in KEPT_HEADERS]
    return {
        "thread": thread,
        "message_id": mail.get("message-id"),
        "references": _above(mail),
        "subject": document.words(mail.get("subject")),
        "headers": [list(pair) for pair in mail.headers if pair[0] in KEPT_HEADERS],
        "other_headers": dict(extra),
        "text": mail.text,
        "size": found.size,
    }
