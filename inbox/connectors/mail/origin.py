"""Who or what wrote a mail: a person, a machine that answers, a list; and what vouches for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from inbox.connectors.mail.account import Account
from inbox.connectors.mail.document import Mail

Origin = Literal["person", "bounce", "notice", "auto_reply", "list", "own"]

DAEMONS = ("mailer-daemon@", "postmaster@")
BULK = frozenset({"bulk", "list", "junk"})
# At the beginning of a statement: what follows there was written by the sender.
RESULT = re.compile(r"\s*(spf|dkim|dmarc)\s*=\s*([a-z]+)\b", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_COMMENT = re.compile(r"\([^()]*\)")


def origin(mail: Mail, account: Account) -> Origin:
    """Say what `mail` is; only what a person wrote waits for an answer.

    A bounce is one that gave up, a notice one that still tries. Our own lists, by which people's
    mails may come to us, make no list of them. https://www.rfc-editor.org/rfc/rfc3834
    """
    writer = next((address for _name, address in mail.addresses("from")), "")
    submitted = mail.get("auto-submitted").partition(";")[0].strip().lower()
    precedence = mail.get("precedence").strip().lower()
    has_no_return = mail.get("return-path").replace(" ", "") == "<>"
    is_daemon = writer.startswith(DAEMONS)
    if "delivery-status" in mail.kind or mail.get("x-failed-recipients"):
        action = mail.report.get("action", "failed").lower()
        return "bounce" if action == "failed" else "notice"
    if is_daemon and has_no_return:
        return "bounce"
    if writer == account.address:
        return "own"
    if submitted not in ("", "no") or has_no_return or precedence == "auto_reply":
        return "auto_reply"
    if mail.get("x-autoreply") or mail.get("x-autorespond"):
        return "auto_reply"
    is_list = mail.get("list-id") or mail.get("list-unsubscribe") or precedence in BULK
    return "list" if is_list and not _is_our_list(mail, account) else "person"


def checks(mail: Mail, checker: str) -> Mapping[str, str]:
    """Return what our own server found out about the sender: spf, dkim, dmarc.

    Only its own, topmost line counts; others were in the mail when it came, so anybody may have
    written them. https://www.rfc-editor.org/rfc/rfc8601#section-5
    """
    if not checker:
        return {}
    for value in mail.all("authentication-results"):
        name, *statements = _without_comments(_QUOTED.sub('""', value)).split(";")
        if name.lower().split()[:1] == [checker]:
            found: dict[str, str] = {}
            for method, result in filter(None, map(_result, statements)):
                # Of several signatures one that fits is enough.
                if found.get(method) != "pass":
                    found[method] = result
            return found
    return {}


def _result(statement: str) -> tuple[str, str] | None:
    found = RESULT.match(statement)
    return (found.group(1).lower(), found.group(2).lower()) if found else None


def _is_our_list(mail: Mail, account: Account) -> bool:
    lists = " ".join((mail.get("list-id"), mail.get("list-post"))).lower()
    return bool(re.search(rf"[.@]{re.escape(account.domain)}\b", lists))


def _without_comments(value: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc5322#section-3.2.2: comments may hold anything."""
    for _depth in range(5):
        shorter = _COMMENT.sub(" ", value)
        if shorter == value:
            break
        value = shorter
    return value
