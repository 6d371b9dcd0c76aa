"""Posting once, to the right people only, and finding out whether it is out already."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.answers import now
from inbox.connectors.errors import BadPayload, OutcomeUnknown, Rejected, TransientError
from inbox.connectors.mastodon import mapping, pages
from inbox.connectors.mastodon.client import MastodonClient, as_list
from inbox.connectors.mastodon.mapping import DIRECT, MISSHAPEN, VISIBILITIES, Site
from inbox.connectors.mastodon.text import addressed, fold, local, mentioned, whole
from inbox.connectors.types import Media, OutboundPost, OutboundReply, Problem, SendReceipt

# How far the time on a status may differ from that of the server's answers.
CLOCK_SKEW = timedelta(minutes=10)
PATIENCE = 15.0  # seconds for all looks together; a reply that waits longer comes another time
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds between looks at a film that is being converted


def send(
    client: MastodonClient, site: Site, reply: OutboundReply, *, visibility: str
) -> SendReceipt:
    """Publish `reply` where the one we answer is told of it and nobody sees more than they may.

    The key makes a server that knows it post once; one that does not leaves it to `find`.
    """
    if not reply.answers and reply.in_reply_to and not reply.is_private:
        reply = _with_answered(reply, client.status(reply.in_reply_to))
    if found := discloses(reply, site):
        raise Rejected(found.message, code=found.code)
    body = {
        "status": text_of(reply, site),
        "visibility": visibility_of(reply, visibility),
        "in_reply_to_id": reply.in_reply_to or None,
        "media_ids": [_upload_first(client, media) for media in reply.media] or None,
    }
    given = {name: value for name, value in body.items() if value is not None}
    return _receipt(client.create_status(given, key=reply.idempotency_key))


def text_of(reply: OutboundReply, site: Site) -> str:
    """Return the text with the mention without which the person would never learn of it."""
    acct = recipient(reply, site)
    return addressed(reply.text, acct, domain=site.domain) if acct else reply.text


def recipient(reply: OutboundReply, site: Site) -> str:
    """Return the handle of the person we answer, "" if that is ourselves or not known."""
    writer = reply.answers.get("account") or {}
    if mapping.is_same(writer.get("id"), site.own_id):
        writer = {}
    acct = str(writer.get("acct") or "")
    if reply.is_private and reply.recipient_external_id:
        same = whole(acct, site.domain).lower() == reply.recipient_external_id.lower()
        return acct if same else reply.recipient_external_id
    return acct


def visibility_of(reply: OutboundReply, usual: str) -> str:
    """Return who may see `reply`: the narrower of our own habit and of what it answers.

    A server copies nothing by itself. What is not known is taken for private.
    """
    if reply.is_private:
        return DIRECT
    if not reply.answers:
        return usual
    theirs = reply.answers.get("visibility")
    if theirs not in VISIBILITIES:
        return DIRECT
    return max(usual, str(theirs), key=VISIBILITIES.index)


def discloses(reply: OutboundReply, site: Site) -> Problem | None:
    """Say whom else a private text would reach: on Mastodon everybody whom it names."""
    if visibility_of(reply, VISIBILITIES[0]) != DIRECT:
        return None
    known = whole(recipient(reply, site), site.domain).lower()
    others = {whole(name, site.domain) for name in mentioned(reply.text)} - {known}
    if not others:
        return None
    names = ", ".join(f"@{local(name, site.domain)}" for name in sorted(others))
    words = f"A private message reaches everybody it names: write {names} without the @."
    return Problem("discloses", words, {"names": names})


def find(client: MastodonClient, site: Site, reply: OutboundReply) -> SendReceipt | None:
    """Return the receipt if `reply` is on the server.

    First below what it answers, then among our latest posts: some servers list private ones only
    in the first place, and the first is gone with the post we answered. Raises BadPayload if
    something of ours could not be read: then nobody can say that it is not there.
    """
    unread = 0
    for item in _candidates(client, site, reply):
        try:
            if _is(item, reply, site):
                return _receipt(item)
        except MISSHAPEN:
            unread += 1
    if unread:
        raise BadPayload(f"{unread} of our own posts could not be read.")
    return None


def publish(
    client: MastodonClient, site: Site, post: OutboundPost, *, visibility: str
) -> SendReceipt:
    """Publish a post that answers nobody; media are uploaded first, where nobody sees them."""
    body = {
        "status": post.text,
        "visibility": visibility,
        "language": post.language or None,
        "spoiler_text": post.warning or None,
        "sensitive": True if post.warning else None,
        "media_ids": [_upload(client, media) for media in post.media] or None,
    }
    given = {name: value for name, value in body.items() if value is not None}
    return _receipt(client.create_status(given, key=post.idempotency_key))


def edit(client: MastodonClient, site: Site, status_id: str, text: str) -> None:
    """Change the text of our status; what is not sent along again would be lost."""
    item = client.status(status_id)
    answered = str(item.get("in_reply_to_account_id") or "")
    for mention in mapping.mentions(item):
        is_answered = mapping.is_same(mention.get("id"), answered) and answered != site.own_id
        if is_answered and mention.get("acct"):
            text = addressed(text, str(mention["acct"]), domain=site.domain)
    body = {
        "status": text,
        "spoiler_text": item.get("spoiler_text") or "",
        "sensitive": bool(item.get("sensitive")),
        "media_ids": [str(media.get("id")) for media in item.get("media_attachments") or ()],
    }
    if item.get("language"):
        body["language"] = item["language"]
    client.edit_status(status_id, body)


def _candidates(
    client: MastodonClient, site: Site, reply: OutboundReply
) -> Iterator[Mapping[str, Any]]:
    if reply.in_reply_to:
        try:
            below = client.context(reply.in_reply_to).get("descendants")
        except Rejected as exc:
            if exc.status not in (404, 410):
                raise
        else:
            if not isinstance(below, list):
                raise BadPayload("The server answered a thread without what is below.")
            yield from (item for item in below if _may_be_ours(item, site))
    max_id = None
    while True:
        answer = client.statuses_of(site.own_id, max_id=max_id)
        found = as_list(answer)
        yield from found
        # By the server's own clock, since ours and its may be hours apart.
        behind = datetime.now(UTC) - datetime.fromtimestamp(now(answer.headers), UTC)
        since = reply.started_at - behind - CLOCK_SKEW
        if not found or any(_is_before(item, since) for item in found[-1:]):
            return
        oldest = pages.edges(found, answer.headers).oldest
        if oldest == max_id:
            raise BadPayload("The server gave the same page twice.")
        max_id = oldest


def _is(item: Mapping[str, Any], reply: OutboundReply, site: Site) -> bool:
    """Our words below the same post are this reply: nobody here says the same thing twice there.

    Without a post to answer, they must be private and to the same person.
    """
    if item.get("reblog") or not mapping.is_same(item["account"]["id"], site.own_id):
        return False
    text = mapping.content_text(item, site)
    if reply.in_reply_to:
        is_there = mapping.parent_of(item) == reply.in_reply_to
    else:
        named = [str(each.get("acct") or "") for each in mapping.mentions(item)]
        people = {whole(name, site.domain).lower() for name in (*named, *mentioned(text))}
        is_there = (
            item.get("visibility") == DIRECT and reply.recipient_external_id.lower() in people
        )
    return is_there and fold(text) == fold(reply.text)


def _may_be_ours(item: Any, site: Site) -> bool:
    """Leave out what is somebody else's for certain."""
    try:
        return mapping.is_same(item["account"]["id"], site.own_id)
    except MISSHAPEN:
        return True


def _is_before(item: Any, since: datetime) -> bool:
    try:
        return mapping.at(item["created_at"]) < since
    except MISSHAPEN as exc:
        raise BadPayload("One of our own posts could not be read.") from exc


def _with_answered(reply: OutboundReply, answers: Mapping[str, Any]) -> OutboundReply:
    return replace(reply, answers=answers)


def _upload_first(client: MastodonClient, media: Media) -> str:
    """Upload a picture of a reply. That its outcome is unknown leaves no doubt about the reply:
    nothing of it was asked for yet."""
    try:
        return _upload(client, media)
    except OutcomeUnknown as error:
        raise TransientError(error.message, code=error.code) from error


def _upload(client: MastodonClient, media: Media) -> str:
    """Upload a file and wait until the server has made it ready."""
    found, until = client.upload(media), time.monotonic() + PATIENCE
    for pause in PAUSES:
        if found.get("url") or time.monotonic() > until:
            break
        time.sleep(pause)
        found = client.uploaded(str(found.get("id")))
    if not found.get("url"):
        raise TransientError("The server is still converting the media.", retry_after=30)
    try:
        return mapping.identifier(found["id"])
    except MISSHAPEN as exc:
        raise BadPayload("The server took a file, but did not say under which id.") from exc


def _receipt(item: Any) -> SendReceipt:
    try:
        status_id, at = mapping.identifier(item["id"]), mapping.at(item["created_at"])
    except MISSHAPEN as exc:
        raise OutcomeUnknown("The server took it, but did not say under which id.") from exc
    return SendReceipt(status_id, at, mapping.address(item.get("url")))
