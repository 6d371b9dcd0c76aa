"""Publishing under a key of our own, once, and finding out whether it is out already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from inbox.connectors.bluesky import mapping, records
from inbox.connectors.bluesky.client import BlueskyClient
from inbox.connectors.bluesky.mapping import MISSHAPEN, POST, WEB, Site, reference
from inbox.connectors.bluesky.text import facets
from inbox.connectors.errors import BadPayload, OutcomeUnknown, Rejected
from inbox.connectors.plain import moment
from inbox.connectors.types import Media, OutboundPost, OutboundReply, Problem, SendReceipt

PICTURES = 4
PICTURE_BYTES = 1_000_000  # https://docs.bsky.app/docs/advanced-guides/posts#images-embeds


def send(client: BlueskyClient, site: Site, reply: OutboundReply) -> SendReceipt:
    """Publish `reply` as the record that its key and its first attempt make it.

    Whoever it answers is told of it by the network, without a mention.
    """
    check_media(reply.media)
    record = _record(client, reply.text, reply.media, at=reply.started_at)
    if reply.in_reply_to:
        record["reply"] = _references(_answered(client, reply))
    return _put(client, site, _key(reply), record)


def find(client: BlueskyClient, site: Site, reply: OutboundReply) -> SendReceipt | None:
    """Return the receipt if `reply` is in our repository. The answer is certain: it comes from
    where the record itself would be, and only this reply has this key."""
    found = client.record(site.own_did, POST, _key(reply))
    if found is None:
        return None
    try:
        value = found["value"]
        parent = (value.get("reply") or {}).get("parent") or {"uri": ""}
        is_this = value["text"] == reply.text and parent["uri"] == reply.in_reply_to
        return _receipt(found, value["createdAt"]) if is_this else None
    except MISSHAPEN as exc:
        raise BadPayload("One of our own posts could not be read.") from exc


def publish(client: BlueskyClient, site: Site, post: OutboundPost) -> SendReceipt:
    """Publish a post that answers nobody."""
    check_media(post.media)
    # There are no warnings before a text here, so it is said first.
    text = "\n\n".join(part for part in (post.warning, post.text) if part)
    record = _record(client, text, post.media, at=datetime.now(UTC))
    if post.language:
        record["langs"] = [post.language]
    if post.quotes:
        record["embed"] = _with_quote(record.get("embed"), _version(client, post.quotes))
    return _put(client, site, records.key_of(post.idempotency_key), record)


def problem_of(media: tuple[Media, ...]) -> Problem | None:
    """Say what Bluesky has against `media`."""
    if len(media) > PICTURES:
        words = f"Bluesky takes {PICTURES} pictures at most."
        return Problem("too_many_pictures", words, {"limit": PICTURES})
    if any(not each.content_type.startswith("image/") for each in media):
        return Problem("not_a_picture", "Only pictures can be sent to Bluesky from here.")
    if any(len(each.content) > PICTURE_BYTES for each in media):
        words = f"A picture on Bluesky has at most {PICTURE_BYTES // 1000} kB."
        return Problem("picture_too_large", words, {"limit": PICTURE_BYTES})
    return None


def check_media(media: tuple[Media, ...]) -> None:
    if problem := problem_of(media):
        raise Rejected(problem.message, code=problem.code)


def resolve(client: BlueskyClient, handle: str) -> str | None:
    """Return the DID of a handle, None if there is nobody of that name."""
    try:
        found = client.resolve_handle(handle).get("did")
    except Rejected:
        return None
    return found if isinstance(found, str) else None


def _record(
    client: BlueskyClient, text: str, media: tuple[Media, ...], *, at: datetime
) -> dict[str, Any]:
    """Return a post's record; the pictures go up first, where nobody sees them."""
    record: dict[str, Any] = {"$type": POST, "text": text, "createdAt": mapping.stamp(at)}
    if made := facets(text, lambda handle: resolve(client, handle)):
        record["facets"] = made
    if media:
        record["embed"] = {
            "$type": "app.bsky.embed.images",
            "images": [_picture(client, each) for each in media],
        }
    return record


def _picture(client: BlueskyClient, media: Media) -> dict[str, Any]:
    blob = client.upload(media).get("blob")
    if not isinstance(blob, dict):
        raise BadPayload("Bluesky took a picture, but did not say under which name.")
    return {"image": blob, "alt": media.description}


def _with_quote(pictures: Any, quoted: Mapping[str, str]) -> dict[str, Any]:
    embed = {"$type": "app.bsky.embed.record", "record": quoted}
    if not pictures:
        return embed
    return {"$type": "app.bsky.embed.recordWithMedia", "record": embed, "media": pictures}


def _answered(client: BlueskyClient, reply: OutboundReply) -> Mapping[str, Any]:
    """Return the payload of the post that `reply` answers; without it the network is asked."""
    if reply.answers.get("uri") == reply.in_reply_to:
        return reply.answers
    found = client.posts([reply.in_reply_to])
    if not found:
        raise Rejected("The post that this answers is gone.", code="NotFound")
    return dict(found[0])


def _references(answered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the root and the parent of a reply to `answered`, each as one version of a post."""
    try:
        parent = reference(answered)
        above = answered["record"].get("reply")
        return {"root": reference(above["root"]) if above else parent, "parent": parent}
    except MISSHAPEN as exc:
        raise Rejected("What we know of the post that this answers is damaged.") from exc


def _version(client: BlueskyClient, uri: str) -> dict[str, str]:
    found = client.posts([uri])
    try:
        return reference(found[0])
    except MISSHAPEN as exc:
        raise Rejected("The post is not there (any more).", code="NotFound") from exc


def _put(client: BlueskyClient, site: Site, rkey: str, record: dict[str, Any]) -> SendReceipt:
    """Write `record` under `rkey`, if nothing else is there."""
    try:
        made = client.put_record(site.own_did, POST, rkey, record, instead_of=None)
    except Rejected as exc:
        if exc.code != "InvalidSwap":
            raise
        return _already_there(client, site, rkey, record, exc)
    return _receipt(made, record["createdAt"])


def _already_there(
    client: BlueskyClient, site: Site, rkey: str, record: Mapping[str, Any], refusal: Rejected
) -> SendReceipt:
    """Return the receipt of an earlier attempt that said the same; its time and the people whom
    it names may have been looked up anew since."""
    found = client.record(site.own_did, POST, rkey) or {}
    value = found.get("value")
    if not isinstance(value, dict) or any(
        value.get(name) != record.get(name) for name in ("text", "reply")
    ):
        raise refusal
    return _receipt(found, value.get("createdAt"))


def _receipt(made: Mapping[str, Any], at: Any) -> SendReceipt:
    try:
        where, sent_at = mapping.address(made["uri"]), moment(at)
    except MISSHAPEN as exc:
        raise OutcomeUnknown("Bluesky took it, but did not say under which address.") from exc
    url = f"{WEB}/profile/{where.repo}/post/{where.rkey}"
    return SendReceipt(made["uri"], sent_at, url)


def _key(reply: OutboundReply) -> str:
    return records.key_at(reply.idempotency_key, reply.started_at)
