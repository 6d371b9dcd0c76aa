"""From the bytes of a feed to its title and entries, and from a web page to the feeds it names."""

from __future__ import annotations

import math
import time
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser

from inbox.connectors.errors import BadPayload, Elsewhere
from inbox.connectors.plain import plain

FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
ENDINGS = (b"</rss>", b"</feed>", b"</rdf>", b"</channel>")
MOST_ADDRESSES = 5
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself, and its entries as they stand in it."""

    title: str
    site: str
    entries: tuple[dict[str, Any], ...] = field(repr=False)


def read(content: bytes, headers: Mapping[str, str], *, url: str) -> Feed:
    """Return the feed in `content`, which came from `url`.

    Lenient, as many feeds break the rules of XML; but one that was cut off is refused, since
    half of an entry would be taken for an edit of the whole. Raises Elsewhere for a page that
    names feeds, BadPayload for what is none.
    """
    # As an open file only: bare bytes that look like an address or a path, which the other side
    # chooses, the parser would fetch or open itself, past the guard.
    parsed = feedparser.parse(
        BytesIO(content), response_headers={**_kept(headers), "content-location": url}
    )
    if not parsed.get("version"):
        found = _feeds_of_page(content, url)
        if found:
            words = "This is a web page, not a feed; it names one or more feeds."
            raise Elsewhere(words, addresses=found, instead_of=url)
        raise BadPayload("This is not a feed: neither RSS nor Atom was found at the address.")
    if parsed.get("bozo") and not content.rstrip().lower().endswith(ENDINGS):
        tail = content[-200:].lower()
        if not any(ending in tail for ending in ENDINGS) and b":rdf>" not in tail:
            raise BadPayload("The feed ends in the middle, so it was not read.")
    about = parsed.get("feed", {})
    return Feed(
        title=str(about.get("title") or "").strip(),
        site=str(about.get("link") or "").strip(),
        entries=tuple(_entry(entry) for entry in parsed.get("entries", ())),
    )


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Only what says how to read the bytes; the rest may confuse the parser."""
    return {"content-type": headers["content-type"]} if "content-type" in headers else {}


def _entry(entry: Any) -> dict[str, Any]:
    """Return an entry as plain JSON; times that were understood as seconds since 1970."""
    found: dict[str, Any] = plain(_shown(dict(entry), 0))
    return found


def _shown(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        return str(value)[:1000]
    if isinstance(value, time.struct_time):
        return _seconds(value)
    if isinstance(value, dict):
        return {str(name): _shown(part, depth + 1) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(part, depth + 1) for part in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return str(value)


def _seconds(moment: time.struct_time) -> int | None:
    """Return seconds since 1970; the parser gives times in UTC, also impossible ones."""
    try:
        return timegm(moment)
    except (ValueError, OverflowError):
        return None


def _feeds_of_page(content: bytes, url: str) -> list[str]:
    reader = _Links()
    try:
        reader.feed(content[:500_000].decode("utf-8", "replace"))
    except (AssertionError, ValueError):
        return []
    found = [urljoin(url, link) for link in reader.found]
    web = [link for link in found if link.startswith(("https://", "http://"))]
    return list(dict.fromkeys(web))[:MOST_ADDRESSES]


class _Links(HTMLParser):
    """Collects <link rel="alternate" type="application/rss+xml" href="...">."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip() for name, value in attrs}
        kind = given.get("type", "").partition(";")[0].strip().lower()
        is_alternate = "alternate" in given.get("rel", "").lower().split()
        if tag == "link" and is_alternate and kind in FEED_TYPES and given.get("href"):
            self.found.append(given["href"])
