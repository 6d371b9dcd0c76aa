"""Posting a reply once, and finding out whether it is out already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.errors import BadPayload, ConnectorError, OutcomeUnknown, Rejected
from inbox.connectors.types import InboundMessage, OutboundReply, Problem, SendReceipt
from inbox.connectors.x import mapping
from inbox.connectors.x.client import XClient
from inbox.connectors.x.mapping import Items, Site
from inbox.connectors.x.pictures import Pictures
from inbox.connectors.x.text import fold

# How much X's clock may be behind ours.
CLOCK_SKEW = timedelta(minutes=2)
DUPLICATE_CODE = "187"  # in the older form of X's errors
# https://docs.x.com/changelog, February 2026: replies by apps must be summoned
NOT_SUMMONED = (
    "X lets an app answer only people who mentioned or quoted the account; "
    "anybody else can be answered on X itself."
)


def refusal(site: Site, reply: OutboundReply, *, handle: str) -> Problem | None:
    """Return why X would turn any answer away: nobody has called us by name or quoted us.

    Of a post that we know nothing of nothing can be said, and whose post was quoted is not told.
    """
    post = reply.answers
    if reply.is_private or not post or mapping.speaks_to(post, site, handle=handle):
        return None
    return Problem("not_summoned", NOT_SUMMONED)


def send(
    client: XClient, site: Site, reply: OutboundReply, pictures: Pictures, *, handle: str
) -> SendReceipt:
    """Publish `reply`. X refuses to say the same twice, so a refusal may prove that it is out."""
    shown = [pictures.upload(media, is_private=reply.is_private) for media in reply.media]
    try:
        if reply.is_private:
            who = reply.recipient_external_id
            data = client.create_message(reply.text, recipient_id=who, media_ids=shown)
            return _receipt(data, "dm_event_id")
        data = client.create_post(reply.text, in_reply_to=reply.in_reply_to, media_ids=shown)
        return _receipt(data, "id", url=lambda post_id: mapping.post_url(site, handle, post_id))
    except Rejected as exc:
        if exc.status != 403:
            raise
        if _is_duplicate(exc):
            return _already_out(client, site, reply, exc)
        hint = "" if reply.is_private else f" {NOT_SUMMONED}"
        raise Rejected(exc.message + hint, code=exc.code, status=exc.status) from exc


def find(client: XClient, site: Site, reply: OutboundReply) -> SendReceipt | None:
    """Return the receipt if `reply` is on X. By X's own clock, since ids and ours may differ.

    Raises BadPayload if something could not be read: then nobody can say that it is not there.
    """
    since = reply.started_at - CLOCK_SKEW
    pages = _own_messages if reply.is_private else _own_posts
    wanted, unread = fold(reply.text), 0
    for items in pages(client, site, reply, since):
        unread += len(items.problems)
        for item in items.messages:
            if (
                item.is_ours
                and item.sent_at >= since
                and (reply.is_private or item.in_reply_to == reply.in_reply_to)
                and fold(item.text) == wanted
            ):
                return SendReceipt(item.external_id, item.sent_at, item.url)
    if unread:
        raise BadPayload(f"{unread} of our own items on X could not be read.")
    return None


def _own_posts(
    client: XClient, site: Site, reply: OutboundReply, since: datetime
) -> Iterator[Items]:
    token = None
    while True:
        body = client.posts_of(site.own_id, start_time=since, pagination_token=token)
        items = mapping.posts(body, site)
        yield items
        token = items.next_token
        if not token:
            return


def _own_messages(
    client: XClient, site: Site, reply: OutboundReply, since: datetime
) -> Iterator[Items]:
    token = None
    while True:
        body = client.messages_with(reply.recipient_external_id, pagination_token=token)
        items = mapping.messages(body, site)
        yield items
        token = items.next_token
        if not token or any(_is_before(item, since) for item in items.messages):
            return


def _is_before(item: InboundMessage, since: datetime) -> bool:
    return item.sent_at < since


def _already_out(
    client: XClient, site: Site, reply: OutboundReply, refusal: Rejected
) -> SendReceipt:
    try:
        found = find(client, site, reply)
    except ConnectorError as exc:
        raise OutcomeUnknown(f"{refusal.message} Whether it was this reply is not known.") from exc
    if found is None:
        raise refusal
    return found


def _is_duplicate(exc: Rejected) -> bool:
    return exc.code == DUPLICATE_CODE or "duplicate" in exc.message.lower()


def _receipt(
    data: dict[str, Any], key: str, *, url: Callable[[str], str] = lambda _: ""
) -> SendReceipt:
    external_id = data.get(key)
    if not isinstance(external_id, str) or not external_id:
        raise OutcomeUnknown("X took the reply, but did not say under which id.")
    return SendReceipt(external_id, datetime.now(UTC), url(external_id))
