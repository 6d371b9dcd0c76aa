"""From Mastodon's payloads to our values: pure functions.

https://docs.joinmastodon.org/entities/Status/ and https://docs.joinmastodon.org/entities/Account/
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

from inbox.connectors.html import to_text
from inbox.connectors.mastodon.text import whole
from inbox.connectors.plain import is_count, moment
from inbox.connectors.types import InboundAttachment, InboundAuthor, InboundMessage

# From open to closed: https://docs.joinmastodon.org/entities/Status/#visibility
VISIBILITIES = ("public", "unlisted", "private", "direct")
DIRECT = "direct"
# What reading a payload of the wrong shape raises.
MISSHAPEN = (AttributeError, LookupError, OverflowError, TypeError, ValueError)

# https://docs.joinmastodon.org/entities/MediaAttachment/#type; a gifv is a film without sound.
KINDS: Mapping[str, Literal["image", "video", "audio"]] = {
    "image": "image",
    "gifv": "video",
    "video": "video",
    "audio": "audio",
}
LONGEST_ID = 100
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Site:
    """Whose eyes we read with: our account's id on its server, and the domain of its handles."""

    own_id: str
    domain: str


def status(item: Mapping[str, Any], site: Site) -> InboundMessage | None:
    """Read one status; None for what is no message: a boost, or a note of ours to ourselves.

    Raises one of MISSHAPEN if something essential is missing.
    """
    if isinstance(item.get("reblog"), dict) and item["reblog"].get("id"):
        return None
    status_id, writer = identifier(item["id"]), author(item["account"], site)
    is_ours = is_same(item["account"]["id"], site.own_id)
    is_private = item.get("visibility") == DIRECT
    counterpart = _addressee(item, site) if is_ours else writer
    if is_private and counterpart is None:
        return None
    parent = parent_of(item)
    return InboundMessage(
        external_id=status_id,
        version_id=f"{status_id}@{item['edited_at']}" if item.get("edited_at") else status_id,
        # The root is not told; reading.py asks for it where it matters.
        thread_external_id=counterpart.external_id
        if is_private and counterpart
        else (parent or status_id),
        author=writer,
        text=status_text(item, site),
        sent_at=at(item["created_at"]),
        in_reply_to=parent,
        is_reply_to_us=bool(parent) and is_same(item.get("in_reply_to_account_id"), site.own_id),
        is_ours=is_ours,
        is_private=is_private,
        counterpart=counterpart if is_private else None,
        url=address(item.get("url")) or address(item.get("uri")),
        language=str(item.get("language") or "")[:10],
        same_as=str(item.get("uri") or ""),
        reposts=item["reblogs_count"] if is_count(item.get("reblogs_count")) else None,
        attachments=attachments(item),
        raw=item,
    )


def author(account: Mapping[str, Any], site: Site) -> InboundAuthor:
    """Read a person. Known by the whole handle: ids differ from server to server, the handle
    names the same person on all of them."""
    identifier(account["id"])
    acct = whole(_handle(account), site.domain)
    followers = account.get("followers_count")
    return InboundAuthor(
        external_id=acct.lower(),
        handle=acct,
        name=str(account.get("display_name") or ""),
        followers=followers if is_count(followers) else None,
        is_verified=any(f.get("verified_at") for f in _objects(account.get("fields"))),
        avatar_url=address(account.get("avatar")),
        url=address(account.get("url")),
        joined_at=_joined_at(account),
    )


def status_text(item: Mapping[str, Any], site: Site) -> str:
    """Return all that a status says: warning, text, choices of a poll, and what is said of media
    that its server has not got."""
    parts = [str(item.get("spoiler_text") or ""), content_text(item, site)]
    poll = item.get("poll")
    options = _objects(poll.get("options")) if isinstance(poll, dict) else []
    parts.append("\n".join(f"- {option.get('title') or ''}" for option in options))
    for media in _objects(item.get("media_attachments")):
        if not _source(media):
            shows = str(media.get("description") or "")
            parts.append(f"[{media.get('type') or 'media'}] {shows}")
    return "\n\n".join(part.strip() for part in parts if part.strip())


def attachments(item: Mapping[str, Any]) -> tuple[InboundAttachment, ...]:
    """Return what hangs on a status, as far as somebody has got it."""
    return tuple(
        InboundAttachment(
            external_id=identifier(media.get("id") or _source(media)[-LONGEST_ID:]),
            kind=KINDS.get(str(media.get("type")), "file"),
            url=_source(media),
            name=PurePosixPath(urlsplit(_source(media)).path).name,
            description=str(media.get("description") or ""),
        )
        for media in _objects(item.get("media_attachments"))
        if _source(media)
    )


def _source(media: Mapping[str, Any]) -> str:
    """Return where a file is: on the server, or where it came from if the server has no copy."""
    return address(media.get("url")) or address(media.get("remote_url"))


def content_text(item: Mapping[str, Any], site: Site) -> str:
    """Return the text of a status alone; where only pictures are, some servers send none."""
    content = item["content"]
    if content is None and item.get("media_attachments"):
        return ""
    if not isinstance(content, str):
        raise TypeError("a text that is none")
    if not _MARKUP.search(content):
        return html.unescape(content).strip()
    handles = {
        str(mention["url"]): whole(_handle(mention), site.domain)
        for mention in mentions(item)
        if mention.get("url") and mention.get("acct")
    }
    return to_text(content, mentions=handles)


def mentions(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the people whom a status names: https://docs.joinmastodon.org/entities/Status/#Mention"""
    return _objects(item.get("mentions"))


def mentions_us(item: Mapping[str, Any], site: Site) -> bool:
    return any(is_same(mention.get("id"), site.own_id) for mention in mentions(item))


def identifier(value: Any) -> str:
    """Return an id, which is any text; a number is taken for one. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID or value.isspace():
        raise ValueError(f"not an id: {value!r:.40}")
    return value


def is_same(value: Any, own_id: str) -> bool:
    """Say whether `value` from a payload is the id `own_id`."""
    return value is not None and str(value) == own_id


def parent_of(item: Mapping[str, Any]) -> str:
    """Return the id of what a status answers, "" if that is nothing."""
    return identifier(item["in_reply_to_id"]) if item.get("in_reply_to_id") else ""


def at(value: Any) -> datetime:
    """Read a time; without a zone it is UTC, as the documentation has it."""
    found = datetime.fromisoformat(value)
    return moment(value if found.tzinfo else f"{found.isoformat()}+00:00")


def _addressee(item: Mapping[str, Any], site: Site) -> InboundAuthor | None:
    """Return whom a status of ours speaks to: whom it answers, else the first it names."""
    others = [each for each in mentions(item) if not is_same(each.get("id"), site.own_id)]
    answered = str(item.get("in_reply_to_account_id"))
    others.sort(key=lambda mention: not is_same(mention.get("id"), answered))
    return author(others[0], site) if others else None


def _handle(account: Mapping[str, Any]) -> str:
    acct = account["acct"]
    if not isinstance(acct, str) or not acct.strip("@"):
        raise ValueError("a handle that is none")
    return acct.removeprefix("@")


def _joined_at(account: Mapping[str, Any]) -> datetime | None:
    try:
        return at(account["created_at"])
    except MISSHAPEN:
        return None  # nothing hangs on it


def _objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list, whatever else is in it or in its place."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def address(value: Any) -> str:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else ""
