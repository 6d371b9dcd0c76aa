"""Bluesky's streams, the threads around what they hold, and the look-up of single posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from inbox.connectors.bluesky import mapping, pages
from inbox.connectors.bluesky.client import MOST_POSTS, BlueskyClient, as_list, cursor_of
from inbox.connectors.bluesky.mapping import MISSHAPEN, Site
from inbox.connectors.errors import AuthExpired, BadPayload, ConnectorError, Rejected
from inbox.connectors.plain import moment
from inbox.connectors.types import BadItem, FetchPage, InboundAuthor, InboundMessage, Window

REASONS = ("mention", "reply", "quote")
# Requests that one page may spend on the threads around it.
MOST_THREADS = 15
MOST_ABOVE = 80  # posts of a thread above one that concerns us
# Posts that a look-up asks for one by one, to tell those that are gone from those kept from us.
MOST_SINGLE = 20


def mentions(client: BlueskyClient, site: Site, window: Window) -> FetchPage:
    """Return a page of what people said to us: mentions, replies, quotes.

    They are never marked as seen: that is for the people who use the account on Bluesky.
    """
    answer = client.notifications(REASONS, cursor=window.before)
    entries = as_list(answer, "notifications")
    fresh = [entry for entry in entries if pages.is_new(entry, window, arrived)]
    shown = _views(client, fresh)

    def read(entry: Any) -> list[InboundMessage]:
        if not isinstance(entry["reason"], str):
            raise TypeError("a reason that is none")
        if entry["reason"] not in REASONS:
            return []
        return [mapping.post(shown.get(entry["uri"], entry), site)]

    cursor = pages.with_ties(cursor_of(answer), window)
    found = pages.page(entries, window, cursor=cursor, read=read, place=arrived)
    return completed(client, site, found)


def own_posts(client: BlueskyClient, site: Site, window: Window) -> FetchPage:
    """Return a page of what our account posted and answered, by whichever app."""
    answer = client.feed_of(site.own_did, cursor=window.before)

    def read(entry: Any) -> list[InboundMessage]:
        # https://docs.bsky.app/docs/api/app-bsky-feed-get-author-feed: a repost is in there too
        is_repost = isinstance(entry, dict) and entry.get("reason")
        return [] if is_repost else [mapping.post(entry["post"], site)]

    def place(entry: Any) -> datetime:
        reason = entry.get("reason") or {}
        if reason.get("indexedAt"):
            return moment(reason["indexedAt"])
        return mapping.sorted_at(entry["post"])

    return pages.page(
        as_list(answer, "feed"), window, cursor=cursor_of(answer), read=read, place=place
    )


def found_by(
    client: BlueskyClient, site: Site, window: Window, *, words: str, tag: str | None = None
) -> FetchPage:
    """Return a page of what anybody posts with `words`, or under the hashtag `tag`."""
    after = pages.read_mark(window.after)
    since = mapping.stamp(after.at) if after else None
    answer = client.search(words, tag=tag, since=since, cursor=window.before)
    found = pages.page(
        as_list(answer, "posts"),
        window,
        cursor=cursor_of(answer),
        read=lambda entry: [mapping.post(entry, site)],
        place=mapping.sorted_at,
    )
    return completed(client, site, found)


def lookup(
    client: BlueskyClient, site: Site, uris: Sequence[str]
) -> dict[str, InboundMessage | None]:
    """Return what posts look like now; None for those that are gone.

    What a list leaves out may also be kept from us by a block, so each is asked for once more.
    """
    found: dict[str, InboundMessage | None] = {}
    left_out: list[str] = []
    for asked in _by(MOST_POSTS, uris):
        listed = {_uri(item): item for item in client.posts(asked)}
        found |= {
            item.external_id: replace(item, is_context=not _is_to_us(item, site))
            for entry in listed.values()
            for item in _readable(entry, site)
        }
        left_out += [uri for uri in asked if uri not in listed]
    for uri in left_out[:MOST_SINGLE]:
        try:
            client.thread(uri, above=0)
        except Rejected as exc:
            if exc.code != "NotFound":
                raise
            found[uri] = None
    known = [item for item in found.values() if item]
    reached = {item.external_id: item for item in with_reach(client, known)}
    return {uri: reached.get(uri) for uri in uris if uri in found}


def again(client: BlueskyClient, site: Site, raw: Any) -> FetchPage:
    """Read one entry of a list again, by asking for its post."""
    try:
        uri = raw["uri"]
        mapping.address(uri)
    except MISSHAPEN:
        return FetchPage((), None, None, (BadItem("There is no post in it.", raw),))
    found = lookup(client, site, [uri])
    if uri not in found:
        raise BadPayload("Bluesky gives it out, but still in a form that is not read here.")
    item = found[uri]  # it was listed as something to us, or as what we look for
    page = FetchPage((replace(item, is_context=False),) if item else (), None, None)
    return completed(client, site, page)


def with_reach(client: BlueskyClient, items: Iterable[InboundMessage]) -> list[InboundMessage]:
    """Return `items` with what only detailed profiles say of the people in them."""
    items = list(items)
    others = [item.counterpart if item.is_ours else item.author for item in items]
    wanted = list(dict.fromkeys(person.external_id for person in others if person))
    known: dict[str, InboundAuthor] = {}
    for dids in _by(MOST_POSTS, wanted):
        try:
            profiles = client.profiles(dids)
        except AuthExpired:
            raise
        except ConnectorError:
            break  # reach is an extra; it never costs what people said to us
        for profile in profiles:
            try:
                person = mapping.author(profile)
            except MISSHAPEN:
                continue
            known[person.external_id] = person
    return [
        replace(
            item,
            author=known.get(item.author.external_id, item.author),
            counterpart=item.counterpart
            and known.get(item.counterpart.external_id, item.counterpart),
        )
        for item in items
    ]


def completed(client: BlueskyClient, site: Site, found: FetchPage) -> FetchPage:
    """Return `found` with the threads above what is in it, and with people's reach."""
    items = _with_threads(client, site, found.messages)
    return pages.with_messages(found, with_reach(client, items))


def _views(client: BlueskyClient, entries: Sequence[Any]) -> dict[str, Any]:
    """Return the whole views of those notified posts that embed something."""
    uris = [_uri(entry) for entry in entries if _embeds(entry)]
    found: dict[str, Any] = {}
    for asked in _by(MOST_POSTS, [uri for uri in uris if uri]):
        try:
            found |= {_uri(item): item for item in client.posts(asked)}
        except AuthExpired:
            raise
        except ConnectorError:
            break  # the notification itself holds the text and names the pictures
    return found


def _with_threads(
    client: BlueskyClient, site: Site, items: Sequence[InboundMessage]
) -> list[InboundMessage]:
    """Root every answer properly, and add what its thread said before.

    A post says itself what its root is, and may be wrong; where the thread was asked for, or the
    parent is here, those tell. Directly below a post of ours the desk knows the way up by itself.
    """
    roots: dict[str, str] = {}
    messages: dict[str, InboundMessage] = {}
    context: dict[str, InboundMessage] = {}
    asked = 0
    for item in sorted(items, key=lambda item: item.sent_at):
        parent = item.in_reply_to
        if parent and parent not in roots and not item.is_reply_to_us and asked < MOST_THREADS:
            asked += 1
            above = _thread_above(client, site, item)
            context |= {each.external_id: each for each in above}
            roots |= {each.external_id: each.thread_external_id for each in above}
        if parent in roots:
            item = replace(item, thread_external_id=roots[parent])
        roots[item.external_id] = item.thread_external_id
        messages[item.external_id] = item
    return list((context | messages).values())


def _thread_above(client: BlueskyClient, site: Site, item: InboundMessage) -> list[InboundMessage]:
    """Return what stands above `item`, topmost first, all of it in the thread of the topmost.

    Where the way up ends before the root (deleted, blocked), the root is what the posts say.
    """
    try:
        nodes = list(_nodes_above(client.thread(item.external_id, above=MOST_ABOVE)))
    except AuthExpired:
        raise
    except ConnectorError:
        return []  # the thread is an extra; it never costs what people said to us
    above = [each for node in reversed(nodes) for each in _readable(node, site)]
    if not above:
        return []
    top = above[0]
    root = top.thread_external_id if top.in_reply_to else top.external_id
    return [
        replace(
            each,
            thread_external_id=root,
            is_context=not _is_to_us(each, site),
        )
        for each in above
    ]


def _nodes_above(answer: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the posts above, nearest first; a node without a post was deleted or blocked."""
    node = answer.get("thread")
    node = node.get("parent") if isinstance(node, dict) else None
    while isinstance(node, dict) and isinstance(node.get("post"), dict):
        yield node["post"]
        node = node.get("parent")


def _is_to_us(item: InboundMessage, site: Site) -> bool:
    return item.is_ours or mapping.concerns(item.raw, site)


def arrived(entry: Any) -> datetime:
    """Return when the network saw a post first."""
    return moment(entry["indexedAt"])


def _embeds(entry: Any) -> bool:
    record = entry.get("record") if isinstance(entry, dict) else None
    return isinstance(record, dict) and bool(record.get("embed"))


def _uri(item: Any) -> str:
    uri = item.get("uri") if isinstance(item, dict) else None
    return uri if isinstance(uri, str) else ""


def _readable(entry: Any, site: Site) -> list[InboundMessage]:
    """Read what is beside the point of a request: what cannot be read is left out."""
    try:
        return [mapping.post(entry, site)]
    except MISSHAPEN:
        return []


def _by(count: int, values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), count):
        yield values[start : start + count]
