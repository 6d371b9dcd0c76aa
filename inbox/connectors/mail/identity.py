"""Which mail it is, and which conversation it belongs to: the same wherever it is read.

The reasons are in `crisisdesk/decisions/0014-identity-and-threads-of-mail.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from inbox.connectors.mail.account import Account
from inbox.connectors.mail.document import Mail, words
from inbox.connectors.mail.text import fold, subject_key

MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
# Ours: which reply, and which conversation, in a form that every program hands back.
OURS = re.compile(r"<([0-9a-f]{24})\.([0-9a-f]{24})\.desk@([^<>\s@]{1,100})>")
THREAD = re.compile(r"[0-9a-f]{24}")
WENT_TO = ("delivered-to", "x-original-to", "to", "cc")


@dataclass(frozen=True, slots=True)
class Ours:
    """A Message-ID that the desk gave to a reply."""

    message_id: str
    thread: str


def own_id(account: Account, *, key: str, text: str, thread: str) -> str:
    """Return the Message-ID of a reply: known before it is sent, the same for every attempt."""
    return f"<{_digest(key, text)[:24]}.{thread}.desk@{account.domain[:100]}>"


def external_id(mail: Mail) -> str:
    """Return the id of a mail that somebody else wrote, or another program of ours.

    A Message-ID may be missing, or be used again for another mail, so what the mail says counts
    as well; what servers add on its way does not.
    """
    writer = next((address for _name, address in mail.addresses("from", "sender")), "")
    said = (mail.get("message-id"), writer, mail.get("date"), mail.get("subject"), fold(mail.text))
    return _digest(*said)[:40]


def ours_in(text: str, account: Account) -> list[Ours]:
    """Return our own Message-IDs in `text`, the last one first."""
    found = [match for match in OURS.finditer(text) if match.group(3) == account.domain[:100]]
    return [Ours(match.group(), match.group(2)) for match in reversed(found)]


def answered(mail: Mail, account: Account) -> Ours | None:
    """Return the reply of ours that `mail` answers, as its sender's program says.

    Some programs encode long ids as if they were words.
    """
    for name in ("in-reply-to", "references"):
        if found := ours_in(words(mail.get(name)), account):
            return found[0]
    return None


def thread(mail: Mail, account: Account, *, counterpart: str, ours: Ours | None) -> str:
    """Return the conversation: of the reply it answers, else by address, else by subject."""
    return (
        (ours.thread if ours else "")
        or _by_address(mail, account)
        or of_subject(counterpart, mail.get("subject"))
    )


def of_subject(counterpart: str, subject: str) -> str:
    """Return the conversation with somebody about something."""
    return _digest(counterpart, subject_key(subject))[:24]


def plus_address(account: Account, thread_id: str) -> str:
    """Return our address in a form that says which conversation it is about."""
    local, _at, domain = account.address.rpartition("@")
    return f"{local}+{thread_id}@{domain}"


def thread_of(answers: Mapping[str, object]) -> str:
    """Return the conversation that the record of a mail names, "" for none."""
    found = str(answers.get("thread") or "")
    return found if THREAD.fullmatch(found) else ""


def _by_address(mail: Mail, account: Account) -> str:
    if not account.uses_plus:
        return ""
    local = account.address.rpartition("@")[0]
    for _name, address in mail.addresses(*WENT_TO):
        name, _at, domain = address.rpartition("@")
        word = name.removeprefix(f"{local}+")
        if domain == account.domain and word != name and THREAD.fullmatch(word):
            return word
    return ""


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()
