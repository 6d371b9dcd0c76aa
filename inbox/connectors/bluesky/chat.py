"""Private messages: reading them conversation by conversation, and sending one.

https://docs.bsky.app/docs/api/chat-bsky-convo-list-convos. They are kept apart from all that is
public, at a service of their own. A message is known here as "conversation/message". Groups are
not read: what answers one of their members would reach all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.answers import now
from inbox.connectors.bluesky import mapping, pages
from inbox.connectors.bluesky.client import BlueskyClient, as_list, as_object, cursor_of
from inbox.connectors.bluesky.mapping import MISSHAPEN, Site
from inbox.connectors.bluesky.reading import with_reach
from inbox.connectors.bluesky.sending import resolve
from inbox.connectors.bluesky.text import expanded, facets
from inbox.connectors.errors import BadPayload, OutcomeUnknown, Rejected
from inbox.connectors.plain import moment
from inbox.connectors.types import (
    BadItem,
    FetchPage,
    InboundAuthor,
    InboundMessage,
    OutboundReply,
    SendReceipt,
    Window,
)

MESSAGE = "chat.bsky.convo.defs#messageView"
CONVO = "convoId"  # in what could not be read: where it was said
MOST_PAGES = 20  # of one conversation, at one look
LONGEST_REV = 40
# How far the time on a message may differ from that of the service's answers.
CLOCK_SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Convo:
    """A conversation with one person. rev: changes with all that happens in it, and grows."""

    id: str
    rev: str
    other: InboundAuthor
    us: InboundAuthor


def messages(client: BlueskyClient, site: Site, window: Window) -> FetchPage:
    """Return what was said since the last look in a page of conversations, newest first.

    A mark is the greatest `rev` seen: the service's own clock, one for all conversations.
    """
    answer = client.convos(cursor=window.before)
    listed, cursor = as_list(answer, "convos"), cursor_of(answer)
    if cursor is not None and cursor == window.before:
        raise BadPayload("Bluesky promises more, but this page leads no further down.")
    found: list[InboundMessage] = []
    problems: list[BadItem] = []
    revs: list[str] = []
    for entry in listed:
        try:
            revs.append(_rev(entry["rev"]))
            convo = _convo(entry, site) if _is_after(revs[-1], window.after) else None
        except MISSHAPEN as exc:
            problems.append(BadItem(f"{type(exc).__name__}: {exc}", entry))
            continue
        if convo:
            items, bad = _said(client, site, convo, after=window.after)
            found += items
            problems += bad
    is_done = cursor is None or not any(_is_after(rev, window.after) for rev in revs)
    return FetchPage(
        messages=pages.newest_first(with_reach(client, found)),
        newest=max(revs, key=_order) if revs else None,
        next_before=None if is_done else cursor,
        problems=tuple(problems),
    )


def again(client: BlueskyClient, site: Site, raw: Any) -> FetchPage:
    """Read again a conversation, the rest of one, or a message in one, which nobody can edit."""
    entry = raw if isinstance(raw, dict) else {}
    try:
        convo = _convo(client.convo(_part(entry.get(CONVO) or entry["id"]))["convo"], site)
        if convo is None:
            return FetchPage((), None, None)
        if "sender" in entry:
            said_there = {name: value for name, value in entry.items() if name != CONVO}
            page = FetchPage((_message(said_there, convo, site),), None, None)
        else:
            said, bad = _said(client, site, convo, after=None, cursor=entry.get("before"))
            page = FetchPage(tuple(said), None, None, tuple(bad))
    except MISSHAPEN as exc:
        return FetchPage((), None, None, (BadItem(f"{type(exc).__name__}: {exc}", raw),))
    return pages.with_messages(page, with_reach(client, page.messages))


def send(client: BlueskyClient, reply: OutboundReply) -> SendReceipt:
    """Send a private message, to the one person and nobody else."""
    if reply.media:
        raise Rejected("Private messages on Bluesky carry no pictures.", code="not_a_picture")
    convo_id = _convo_of(client, reply)
    message: dict[str, Any] = {"text": reply.text}
    if made := facets(reply.text, lambda handle: resolve(client, handle)):
        message["facets"] = made
    return _receipt(client.send_message(convo_id, message), convo_id)


def find(client: BlueskyClient, site: Site, reply: OutboundReply) -> SendReceipt | None:
    """Return the receipt if `reply` was sent, by the service's own clock and by its words."""
    convo_id, cursor, unread = _convo_of(client, reply), None, 0
    while True:
        answer = client.messages(convo_id, cursor=cursor)
        behind = datetime.now(UTC) - datetime.fromtimestamp(now(answer.headers), UTC)
        since = reply.started_at - behind - CLOCK_SKEW
        body = as_object(answer)
        is_over = False
        for entry in as_list(body, "messages"):
            try:
                is_over = is_over or moment(entry["sentAt"]) < since
                is_ours = entry["sender"]["did"] == site.own_did
                if is_ours and not is_over and entry.get("text") == reply.text:
                    return _receipt(entry, convo_id)
            except MISSHAPEN:
                unread += _is_message(entry)
        if is_over or cursor_of(body) is None:
            break
        if cursor_of(body) == cursor:
            raise BadPayload("The service gave the same page twice.")
        cursor = cursor_of(body)
    if unread:
        raise BadPayload(f"{unread} private messages could not be read.")
    return None


def _said(
    client: BlueskyClient, site: Site, convo: Convo, *, after: str | None, cursor: Any = None
) -> tuple[list[InboundMessage], list[BadItem]]:
    """Return what was said in `convo` since `after`; of late, if it was never read.

    cursor: where to begin, None for the newest.
    """
    found: list[InboundMessage] = []
    problems: list[BadItem] = []
    oldest = datetime.now(UTC) - pages.HISTORY
    for _turn in range(MOST_PAGES):
        body = as_object(client.messages(convo.id, cursor=cursor))
        for entry in as_list(body, "messages"):
            if not _is_message(entry):
                continue
            try:
                if not _is_after(_rev(entry["rev"]), after):
                    return found, problems
                item = _message(entry, convo, site)
                if after is None and item.sent_at < oldest:
                    return found, problems
                found.append(item)
            except MISSHAPEN as exc:
                kept = {CONVO: convo.id, **entry} if isinstance(entry, dict) else entry
                problems.append(BadItem(f"{type(exc).__name__}: {exc}", kept))
        cursor = cursor_of(body)
        if cursor is None:
            return found, problems
    words = f"More than {len(found)} messages at once; those before them were not read."
    return found, [*problems, BadItem(words, {CONVO: convo.id, "before": cursor})]


def _message(entry: Mapping[str, Any], convo: Convo, site: Site) -> InboundMessage:
    text, message_id = entry["text"], _part(entry["id"])
    if not isinstance(text, str):
        raise TypeError("a text that is none")
    is_ours = entry["sender"]["did"] == site.own_did
    if not is_ours and entry["sender"]["did"] != convo.other.external_id:
        raise ValueError("a message by a third")
    shown = mapping.quoted(entry.get("embed"))
    quote = f"[quote] {mapping.WEB}/profile/{_post_path(shown['uri'])}" if shown else ""
    said = [expanded(text, entry.get("facets")).strip(), quote]
    return InboundMessage(
        external_id=f"{convo.id}/{message_id}",
        version_id=f"{convo.id}/{message_id}",
        thread_external_id=convo.other.external_id,
        author=convo.us if is_ours else convo.other,
        text="\n\n".join(part for part in said if part),
        sent_at=moment(entry["sentAt"]),
        is_ours=is_ours,
        is_private=True,
        counterpart=convo.other,
        raw=entry,
    )


def _convo(entry: Mapping[str, Any], site: Site) -> Convo | None:
    """Read a conversation; None for one with nobody or with several."""
    kind = entry.get("kind")
    if isinstance(kind, dict) and not str(kind.get("$type")).endswith("#directConvo"):
        return None
    people = [mapping.author(member) for member in entry["members"]]
    us = [person for person in people if person.external_id == site.own_did]
    others = [person for person in people if person.external_id != site.own_did]
    if len(us) != 1 or len(others) != 1:
        return None
    return Convo(_part(entry["id"]), _rev(entry["rev"]), others[0], us[0])


def _convo_of(client: BlueskyClient, reply: OutboundReply) -> str:
    """Return the conversation that `reply` goes into; one with nobody yet is begun."""
    convo_id, slash, _message_id = reply.in_reply_to.partition("/")
    if slash and ":" not in convo_id:
        return convo_id
    try:
        return _part(client.convo_with(reply.recipient_external_id)["convo"]["id"])
    except MISSHAPEN as exc:
        raise BadPayload("Bluesky did not say in which conversation this is.") from exc


def _is_message(entry: Any) -> bool:
    """Leave out what was deleted and what the service itself says."""
    kind = entry.get("$type") if isinstance(entry, dict) else None
    return not isinstance(kind, str) or kind == MESSAGE


def _post_path(uri: str) -> str:
    where = mapping.address(uri)
    return f"{where.repo}/post/{where.rkey}"


def _receipt(message: Mapping[str, Any], convo_id: str) -> SendReceipt:
    try:
        return SendReceipt(f"{convo_id}/{_part(message['id'])}", moment(message["sentAt"]))
    except MISSHAPEN as exc:
        raise OutcomeUnknown("Bluesky took it, but did not say under which id.") from exc


def _is_after(rev: str, after: str | None) -> bool:
    return after is None or _order(rev) > _order(after)


def _order(rev: str) -> tuple[int, str]:
    return len(rev), rev


def _rev(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_REV:
        raise ValueError("not a rev")
    return value


def _part(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 90 or "/" in value or ":" in value:
        raise ValueError(f"not an id: {value!r:.40}")
    return value
