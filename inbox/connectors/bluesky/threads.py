"""What is said far below our posts, of which nobody tells us.

A reply is notified to those less than five levels above it and to nobody else:
https://github.com/bluesky-social/atproto/blob/main/packages/bsky/src/data-plane/server/indexing/plugins/post.ts
So the threads that we wrote in lately are read from our posts down, now and then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.bluesky import mapping, pages, reading
from inbox.connectors.bluesky.client import BlueskyClient, as_list
from inbox.connectors.bluesky.mapping import MISSHAPEN, Site
from inbox.connectors.errors import Rejected
from inbox.connectors.types import FetchPage, InboundMessage, Window

LATELY = timedelta(days=7)  # how old a post of ours may be below which is read
MOST_THREADS = 15  # at one look, each a request
DEEPEST = 100  # levels below a post of ours


def below_us(client: BlueskyClient, site: Site, window: Window) -> FetchPage:
    """Return what was said lately below our latest posts, at any depth."""
    entries: dict[str, Any] = {}
    roots: dict[str, str] = {}
    for uri, root in _anchors(client, site).items():
        for node in _below(client, uri):
            key = str(node.get("uri"))
            entries[key], roots[key] = node, root

    def read(entry: Any) -> list[InboundMessage]:
        item = mapping.post(entry, site)
        return [replace(item, thread_external_id=roots[item.external_id])]

    found = pages.page(
        list(entries.values()), window, cursor=None, read=read, place=reading.arrived
    )
    return pages.with_messages(found, reading.with_reach(client, found.messages))


def _anchors(client: BlueskyClient, site: Site) -> dict[str, str]:
    """Return the highest posts of ours in the latest threads, each with the root of its thread."""
    found: dict[str, str] = {}
    for entry in as_list(client.feed_of(site.own_did, cursor=None), "feed"):
        try:
            item = mapping.post(entry["post"], site)
        except MISSHAPEN:
            continue
        is_late = item.sent_at >= datetime.now(UTC) - LATELY
        if not item.is_ours or not is_late:
            continue
        root = item.thread_external_id
        is_all_ours = mapping.address(root).repo == site.own_did
        found.setdefault(root if is_all_ours else item.external_id, root)
    return dict(list(found.items())[:MOST_THREADS])


def _below(client: BlueskyClient, uri: str) -> Iterator[dict[str, Any]]:
    """Yield the posts below one; nothing below one that is gone."""
    try:
        answer = client.thread(uri, below=DEEPEST)
    except Rejected as exc:
        if exc.code != "NotFound":
            raise
        return
    waiting = [answer.get("thread")]
    while waiting:
        for node in _replies(waiting.pop()):
            waiting.append(node)
            if isinstance(node.get("post"), dict):  # or it was deleted or is kept from us
                yield node["post"]


def _replies(node: Any) -> list[Mapping[str, Any]]:
    found = node.get("replies") if isinstance(node, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
