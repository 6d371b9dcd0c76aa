"""A feed as a page of messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.feed import mapping
from inbox.connectors.feed.client import FeedClient
from inbox.connectors.feed.document import Feed
from inbox.connectors.feed.mapping import MISSHAPEN
from inbox.connectors.types import BadItem, FetchPage, InboundMessage, Window


def entries(client: FeedClient, url: str, window: Window) -> FetchPage:
    """Return all that the feed shows, if it has changed since `window.after`.

    All of it, not only what is younger: entries appear late, under earlier dates or under none,
    and are changed in place. What the desk knows already it recognises by its id.
    """
    found = client.fetch(url, window.after)
    if found.feed is None:
        return FetchPage((), None, None)
    messages, problems = read(found.feed, url)
    newest = found.mark if messages or problems else None
    return FetchPage(tuple(messages), newest, None, tuple(problems))


def again(client: FeedClient, url: str, raw: Any) -> FetchPage:
    """Read one entry again: as the feed shows it now, or as it was if it is no longer in there.

    Feeds show the newest few only, so what has left one was not taken back.
    """
    feed = client.fetch(url).feed
    if feed is None or not isinstance(raw, dict):
        return FetchPage((), None, None, (BadItem("There is nothing in it to read.", raw),))
    same = [entry for entry in feed.entries if _name(entry) == _name(raw) != ""]
    messages, problems = read(replace(feed, entries=(*same, raw)[:1]), url)
    return FetchPage(tuple(messages), None, None, tuple(problems))


def read(feed: Feed, url: str) -> tuple[list[InboundMessage], list[BadItem]]:
    """Return the entries of `feed`, newest first, and those that cannot be read."""
    now = datetime.now(UTC)
    messages: dict[str, InboundMessage] = {}
    problems: list[BadItem] = []
    for index, item in enumerate(feed.entries):
        try:
            # Without dates the order of the feed is the order of time.
            seen_at = now - timedelta(milliseconds=index)
            message = mapping.entry(item, feed, url=url, seen_at=seen_at)
        except MISSHAPEN as error:
            problems.append(BadItem(f"{type(error).__name__}: {error}", item))
        else:
            messages.setdefault(message.external_id, message)
    ordered = sorted(messages.values(), key=lambda message: message.sent_at, reverse=True)
    return ordered, problems


def _name(entry: Mapping[str, Any]) -> str:
    """Return what an entry is known by in its feed."""
    return str(entry.get("id") or entry.get("link") or "").strip()
