"""A folder as pages, newest first, by numbers that mean something only under its UIDVALIDITY."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_string
from typing import Any

from inbox.connectors.errors import BadPayload, Rejected
from inbox.connectors.mail import attachments, mapping
from inbox.connectors.mail.account import Account
from inbox.connectors.mail.door import Door
from inbox.connectors.mail.imap import Fetched, Imap, since
from inbox.connectors.mail.mapping import MISSHAPEN
from inbox.connectors.received import Document
from inbox.connectors.types import BadItem, FetchPage, InboundMessage, Window

PAGE = 50
AT_ONCE = 10  # mails asked for in one command; between them a slow line may end the page
MESSAGE_ID = re.compile(r'<[^\s"\\<>]{1,500}>')  # what may stand in a command as it is
Reader = Callable[..., InboundMessage | None]


def page(door: Door, account: Account, window: Window, *, stream: str) -> FetchPage:
    """Return a page of the folder behind `stream`.

    A folder that was made anew has other numbers for the same mails: then no mark counts, and
    all of it is read again; the desk knows the mails by what they are.
    """
    ends = door.until()
    with door.imap(account, until=ends) as imap:
        validity = imap.open(account.folder_of(stream)).validity
        after, before = _number(window.after, validity), _number(window.before, validity)
        if window.before and before is None:
            return FetchPage((), None, None)  # the stretch was of the former folder
        uids = _uids(imap, account, after=after, before=before)
        found, asked = _fetch(imap, uids[:PAGE], give_up_at=ends - door.timeout / 2)
    messages, problems = _read(found, account, stream=stream, validity=validity)
    return FetchPage(
        messages=tuple(messages),
        newest=f"{validity}:{uids[0]}" if uids else None,
        next_before=f"{validity}:{uids[asked - 1]}" if asked < len(uids) else None,
        problems=tuple(problems),
    )


def again(door: Door, account: Account, raw: Any, *, stream: str) -> FetchPage:
    """Read one mail again: by its number while that means anything, else by its Message-ID.

    Raises BadPayload for one that cannot be found by either.
    """
    kept = raw if isinstance(raw, dict) else {}
    with door.imap(account) as imap:
        validity = imap.open(account.folder_of(stream)).validity
        uid = kept.get("uid")
        is_same = kept.get("validity") == validity and isinstance(uid, int)
        found = imap.fetch([uid]) if is_same and isinstance(uid, int) else []
        if not found:
            found = _by_message_id(imap, kept, is_same=is_same)
    messages, problems = _read(found, account, stream=stream, validity=validity)
    return FetchPage(tuple(messages), None, None, tuple(problems))


def attachment(door: Door, account: Account, url: str, *, max_bytes: int) -> Document:
    """Return a file by its address, imap:stream/validity/uid/part."""
    try:
        stream, validity, uid, number = url.removeprefix("imap:").split("/")
        wanted = int(validity), int(uid)
    except ValueError as exc:
        raise Rejected("This is not the address of a file in a mailbox.") from exc
    with door.imap(account) as imap:
        is_same = imap.open(account.folder_of(stream)).validity == wanted[0]
        found = imap.fetch([wanted[1]]) if is_same else []
        known = {
            part.number: part for part in attachments.parts(found[0].structure if found else 0)
        }
        if number not in known:
            raise Rejected("The mail with this file is no longer in its folder.", status=404)
        part = known[number]
        if part.decoded_size > max_bytes:
            raise BadPayload(f"The file is larger than {max_bytes // 1024 // 1024} MB.")
        content = imap.part(wanted[1], number, max_bytes=part.size + 1) or b""
    headers = {"content-type": part.content_type}
    return Document(200, headers, attachments.decoded(content, part.encoding), url)


def sent_folder(imap: Imap, account: Account) -> str:
    """Return the folder for what was sent: the one an admin named, else the one marked so, else "".

    https://www.rfc-editor.org/rfc/rfc6154#section-2
    """
    folders = imap.folders()
    names = {name.casefold(): name for _flags, name in folders}
    if account.sent_folder:
        if account.sent_folder.casefold() not in names:
            raise Rejected(f"The mailbox has no folder “{account.sent_folder}” for what was sent.")
        return names[account.sent_folder.casefold()]
    marked = [name for flags, name in folders if "\\sent" in flags.split()]
    usual = [
        names[name]
        for name in ("sent", "sent items", "sent messages", "inbox.sent")
        if name in names
    ]
    return next(iter(marked + usual), "")


def _uids(imap: Imap, account: Account, *, after: int | None, before: int | None) -> list[int]:
    """Return the numbers inside a window, newest first.

    "n:*" always names the last mail, also if its number is below n.
    """
    if before is not None and before <= 1:
        return []
    last = str(before - 1) if before is not None else "*"
    criteria = ["UID", f"{(after or 0) + 1}:{last}"]
    if after is None:
        criteria += since(datetime.now(UTC) - timedelta(days=account.days))
    found = imap.search(*criteria)
    inside = [uid for uid in found if uid > (after or 0) and (before is None or uid < before)]
    return inside[::-1]


def _fetch(imap: Imap, uids: list[int], *, give_up_at: float) -> tuple[list[Fetched], int]:
    """Return mails in the order asked for, and how many were asked for before time ran out."""
    found: list[Fetched] = []
    for start in range(0, len(uids), AT_ONCE):
        if start and time.monotonic() > give_up_at:
            return found, start
        asked = uids[start : start + AT_ONCE]
        by_uid = {mail.uid: mail for mail in imap.fetch(asked)}
        found += [by_uid[uid] for uid in asked if uid in by_uid]
    return found, len(uids)


def _by_message_id(imap: Imap, kept: Mapping[str, Any], *, is_same: bool) -> list[Fetched]:
    headers = message_from_string(str(kept.get("beginning") or ""))
    name = MESSAGE_ID.fullmatch(str(headers.get("Message-ID") or "").strip())
    if name:
        return imap.fetch(imap.search("HEADER", "Message-ID", f'"{name.group()}"')[-1:])
    if is_same:
        return []  # its number still stands for it, so it is gone
    raise BadPayload("The folder was made anew, and the mail has no name to find it by.")


def _read(
    found: list[Fetched], account: Account, *, stream: str, validity: int
) -> tuple[list[InboundMessage], list[BadItem]]:
    read: Reader = mapping.sent if stream == "sent" else mapping.received
    messages: list[InboundMessage] = []
    problems: list[BadItem] = []
    for mail in found:
        try:
            message = read(mail, account, where=f"imap:{stream}/{validity}")
        except MISSHAPEN as error:
            problems.append(BadItem(f"{type(error).__name__}: {error}", _kept(mail, validity)))
        else:
            messages += [message] if message else []
    return messages, problems


def _kept(mail: Fetched, validity: int) -> dict[str, object]:
    return {
        "uid": mail.uid,
        "validity": validity,
        "size": mail.size,
        "beginning": mail.content[:20_000].decode("latin-1"),
    }


def _number(mark: str | None, validity: int) -> int | None:
    """Return the number in a mark, None if it was made under another validity."""
    known, _colon, uid = (mark or "").partition(":")
    return int(uid) if known == str(validity) and uid.isdigit() else None
