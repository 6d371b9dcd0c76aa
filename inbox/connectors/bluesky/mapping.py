"""From Bluesky's payloads to our values: pure functions.

https://docs.bsky.app/docs/api/app-bsky-feed-get-posts (postView) and
https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json (the record).
A notification has the same fields as a postView, but for the views of what is embedded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.bluesky.attachments import attachments, descriptions
from inbox.connectors.bluesky.identity import DID, LONGEST_DID
from inbox.connectors.bluesky.text import expanded, mentioned
from inbox.connectors.plain import is_count, moment
from inbox.connectors.types import InboundAuthor, InboundMessage

WEB = "https://bsky.app"
POST = "app.bsky.feed.post"
# What reading a payload of the wrong shape raises.
MISSHAPEN = (AttributeError, LookupError, OverflowError, TypeError, ValueError)
# Of a post that claims to be older than this when it arrives, the time of arrival counts.
LATEST_ARRIVAL = timedelta(days=1)
LONGEST_QUOTE = 300

URI = re.compile(rf"at://({DID.pattern})/([a-zA-Z0-9.]{{3,80}})/([A-Za-z0-9._:~-]{{1,80}})")
LONGEST_URI = 200
CID = re.compile(r"[a-zA-Z0-9]{8,120}")


@dataclass(frozen=True, slots=True)
class Site:
    """Whose eyes we read with."""

    own_did: str


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of at://repo/collection/rkey."""

    repo: str
    collection: str
    rkey: str


def post(item: Mapping[str, Any], site: Site) -> InboundMessage:
    """Read a postView or a notification of a post. Raises one of MISSHAPEN if something
    essential is missing."""
    uri, version, record = item["uri"], cid(item["cid"]), item["record"]
    where, writer = address(uri), author(item["author"])
    if where.repo != writer.external_id or where.collection != POST:
        raise ValueError("a post that is not its author's")
    reply = record.get("reply") or {}
    parent = reference(reply["parent"])["uri"] if reply else ""
    root = reference(reply["root"])["uri"] if reply else uri
    is_ours = writer.external_id == site.own_did
    return InboundMessage(
        external_id=uri,
        # Nobody edits a post of ours; and of what we send the desk knows no CID.
        version_id=uri if is_ours else version,
        thread_external_id=root,
        author=writer,
        text=post_text(item),
        sent_at=sent_at(item),
        in_reply_to=parent,
        is_reply_to_us=bool(parent) and address(parent).repo == site.own_did,
        is_ours=is_ours,
        url=f"{WEB}/profile/{where.repo}/post/{where.rkey}",
        language=language(record),
        reposts=passed_on if is_count(passed_on := item.get("repostCount")) else None,
        attachments=attachments(item, where.repo),
        raw=item,
    )


def author(profile: Mapping[str, Any]) -> InboundAuthor:
    """Read a person; only the detailed view says how many follow them."""
    did = profile["did"]
    if not isinstance(did, str) or len(did) > LONGEST_DID or not DID.fullmatch(did):
        raise ValueError("not a DID")
    handle = profile["handle"]
    if not isinstance(handle, str) or not handle:
        raise ValueError("not a handle")
    followers, verification = profile.get("followersCount"), profile.get("verification") or {}
    states = (verification.get("verifiedStatus"), verification.get("trustedVerifierStatus"))
    return InboundAuthor(
        external_id=did,
        handle=handle,
        name=str(profile.get("displayName") or ""),
        followers=followers if is_count(followers) else None,
        is_verified="valid" in states,
        avatar_url=web(profile.get("avatar")),
        url=f"{WEB}/profile/{did}",
        joined_at=_joined(profile.get("createdAt")),
    )


def post_text(item: Mapping[str, Any]) -> str:
    """Return all that a post says: its text, whom it quotes, the card of a link; if it has none
    of these, what its pictures show."""
    record = item["record"]
    text = record["text"]
    if not isinstance(text, str):
        raise TypeError("a text that is none")
    parts = [expanded(text, record.get("facets")), *_around(item.get("embed") or {}, text)]
    said = [part.strip() for part in parts if part.strip()]
    return "\n\n".join(said or descriptions(item))


def quoted(embed: Any) -> Mapping[str, Any]:
    """Return the view of the post that an embed's view shows, {} if there is none."""
    found = embed.get("record") if isinstance(embed, dict) else None
    if isinstance(found, dict) and isinstance(found.get("record"), dict):  # with media
        found = found["record"]
    is_post = isinstance(found, dict) and isinstance(found.get("value"), dict)
    return found if is_post and isinstance(found, dict) else {}


def concerns(item: Mapping[str, Any], site: Site) -> bool:
    """Say whether a post speaks to us: it answers or quotes us, is below a post of ours, or
    names us."""
    record = item["record"]
    reply, shown = _object(record.get("reply")), _object(_object(record.get("embed")).get("record"))
    named = (reply.get("parent"), reply.get("root"), shown, shown.get("record"))
    ours = f"at://{site.own_did}/"
    if any(str(_object(ref).get("uri")).startswith(ours) for ref in named):
        return True
    return site.own_did in mentioned(record.get("facets"))


def reference(value: Any) -> dict[str, str]:
    """Return a reference to a version of a record (com.atproto.repo.strongRef)."""
    address(value["uri"])
    return {"uri": value["uri"], "cid": cid(value["cid"])}


def address(uri: Any) -> Address:
    """Read the address of a record. Raises ValueError for anything else."""
    match = URI.fullmatch(uri) if isinstance(uri, str) and len(uri) <= LONGEST_URI else None
    if match is None:
        raise ValueError(f"not the address of a record: {uri!r:.60}")
    return Address(match[1], match[3], match[4])


def cid(value: Any) -> str:
    if not isinstance(value, str) or not CID.fullmatch(value):
        raise ValueError("not a CID")
    return value


def sent_at(item: Mapping[str, Any]) -> datetime:
    """Return when a post was written: as its author says, unless that is in the future, long
    before it arrived, or unreadable."""
    arrived = moment(item["indexedAt"])
    try:
        written = moment(item["record"]["createdAt"])
    except MISSHAPEN:
        return arrived
    return written if arrived - LATEST_ARRIVAL <= written <= arrived else arrived


def sorted_at(item: Mapping[str, Any]) -> datetime:
    """Return the time by which lists of posts are ordered: the earlier one of the two."""
    arrived = moment(item["indexedAt"])
    try:
        return min(arrived, moment(item["record"]["createdAt"]))
    except MISSHAPEN:
        return arrived


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def language(record: Mapping[str, Any]) -> str:
    found = record.get("langs") or [""]
    return str(found[0])[:10]


def web(value: Any) -> str:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else ""


def _around(embed: Any, text: str) -> list[str]:
    """Return what a post shows beside its text: the post that it quotes, the card of a link."""
    found = []
    if shown := quoted(embed):
        who, said = str(shown["author"]["handle"]), str(shown["value"].get("text") or "")
        cut = said if len(said) <= LONGEST_QUOTE else f"{said[:LONGEST_QUOTE]}…"
        found.append(f"[quote] @{who}: {cut}")
    card = embed.get("external") or (embed.get("media") or {}).get("external") or {}
    if web(card.get("uri")) and web(card.get("uri")) not in text:
        found.append("\n".join(filter(None, (str(card.get("title") or ""), web(card["uri"])))))
    return found


def _joined(value: Any) -> datetime | None:
    """Return when somebody came; of those whose day is not known the network says the year 1."""
    try:
        return moment(value)
    except MISSHAPEN:
        return None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
