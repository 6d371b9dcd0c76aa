"""From an entry of a feed to our values: pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from inbox.connectors.feed import links
from inbox.connectors.feed.document import Feed
from inbox.connectors.html import to_text
from inbox.connectors.types import InboundAttachment, InboundAuthor, InboundMessage

# What reading an entry of the wrong shape raises.
MISSHAPEN = (AttributeError, LookupError, OverflowError, TypeError, ValueError)
# Beginnings of ids that are the same wherever they are read.
WORLDWIDE = ("http://", "https://", "tag:", "urn:")
MOST_ENCLOSURES = 5
KINDS: tuple[Literal["image", "video", "audio"], ...] = ("image", "video", "audio")
LONGEST_TEXT = 20_000  # some feeds carry whole books
HTML_TYPES = ("text/html", "application/xhtml+xml")


def entry(item: Mapping[str, Any], feed: Feed, *, url: str, seen_at: datetime) -> InboundMessage:
    """Read one entry. `url`: of the feed; `seen_at`: its time if it has none of its own.

    Entries about one article are in one thread: they hang below its address, whether or not
    an entry is known by that address itself. Raises one of MISSHAPEN for what is none.
    """
    link = _link(item, feed, url)
    title, text = _title(item), _text(item)
    if not (title or text or link):
        raise ValueError("an entry with neither title nor text nor link")
    external_id = _identifier(item, link, title, text, url)
    thread = links.key(link) if link else external_id
    whole = "\n\n".join(part for part in (title, _without(text, title)) if part) or link
    return InboundMessage(
        external_id=external_id,
        # By what it says: many publishers move the date of a text that they did not touch.
        version_id=sha256(f"{whole}\n{link}".encode()).hexdigest()[:40],
        thread_external_id=thread,
        author=_author(item, feed, link or url),
        text=whole,
        sent_at=_moment(item, seen_at),
        in_reply_to="" if external_id == thread else thread,
        url=link,
        language=str(item.get("language") or "")[:10],
        same_as=thread,
        attachments=_enclosures(item, feed.site or url),
        raw=dict(item),
    )


def _link(item: Mapping[str, Any], feed: Feed, url: str) -> str:
    """Return where the entry's article is, also where only its id says so."""
    found = links.article(str(item.get("link") or ""), base=feed.site or url)
    if not item.get("link") or not found:
        found = links.article(str(item.get("id") or ""))
    return found


def _enclosures(item: Mapping[str, Any], base: str) -> tuple[InboundAttachment, ...]:
    """Return the files that come with an entry: pictures of an article, or a broadcast."""
    found: dict[str, InboundAttachment] = {}
    for each in item.get("links") or ():
        url = urljoin(base, str(each.get("href") or "").strip())
        if each.get("rel") != "enclosure" or not url.startswith(("https://", "http://")):
            continue
        size, declared = str(each.get("length") or ""), str(each.get("type") or "")
        found[url] = InboundAttachment(
            external_id=links.fitted(url),
            kind=next((kind for kind in KINDS if declared.startswith(f"{kind}/")), "file"),
            url=url,
            name=PurePosixPath(urlsplit(url).path).name,
            content_type=declared,
            size=int(size) if size.isascii() and size.isdigit() and len(size) < 16 else None,
        )
    return tuple(found.values())[:MOST_ENCLOSURES]


def _identifier(item: Mapping[str, Any], link: str, title: str, text: str, url: str) -> str:
    """Return the entry's id. One that means something in its own feed only is put into it."""
    given = str(item.get("id") or "").strip()
    if given.startswith(WORLDWIDE):
        return links.fitted(given)
    if given:
        return links.fitted(f"{links.publisher(url)}:{given}")
    return links.key(link) if link else links.fitted("sha256:" + _digest(url, title, text))


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()


def _title(item: Mapping[str, Any]) -> str:
    return " ".join(_words(item.get("title_detail") or {"value": item.get("title")}).split())


def _text(item: Mapping[str, Any]) -> str:
    """Return the longest of what the entry carries: often a summary and the whole article."""
    bodies = [_words(body) for body in item.get("content") or ()]
    if item.get("summary_detail") or not bodies:  # else the parser has made it of the content
        bodies.append(_words(item.get("summary_detail") or {"value": item.get("summary")}))
    return max(bodies, key=len)[:LONGEST_TEXT].strip()


def _words(detail: Mapping[str, Any]) -> str:
    value = detail.get("value") or ""
    if not isinstance(value, str):
        raise TypeError("a text that is none")
    return to_text(value) if detail.get("type") in HTML_TYPES else value.strip()


def _without(text: str, title: str) -> str:
    """Return `text` unless it only says the title again."""
    return "" if " ".join(text.split()) == title else text


def _author(item: Mapping[str, Any], feed: Feed, link: str) -> InboundAuthor:
    """Return the publication: people answer for it, and it is what readers know."""
    host = links.publisher(link)
    source = item.get("source") or {}
    name = str(source.get("title") or "") if isinstance(source, dict) else ""
    if not name and host == links.publisher(links.article(feed.site)):
        name = feed.title
    return InboundAuthor(
        external_id=host[:200],
        handle=host[:200],
        name=(name or host)[:200],
        url=f"https://{host}/" if host else "",
    )


def _moment(item: Mapping[str, Any], seen_at: datetime) -> datetime:
    """Return when it was published; a date to come, or of another age, is a slip of theirs."""
    for name in ("published_parsed", "updated_parsed"):
        seconds = item.get(name)
        if isinstance(seconds, int) and 0 < seconds <= seen_at.timestamp():
            return datetime.fromtimestamp(seconds, UTC)
    return seen_at
