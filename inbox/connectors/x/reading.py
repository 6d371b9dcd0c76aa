"""Pages of X's streams, newest first, and the look-up of single posts.

Marks are ids of posts as text. Two kinds of marks say more: `search:ID` goes on from that id in
the recent search, and direct messages are walked by X's own page tokens.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from inbox.connectors.errors import BadPayload, Rejected
from inbox.connectors.types import BadItem, FetchPage, InboundMessage, Window
from inbox.connectors.x import mapping, pushing
from inbox.connectors.x.client import PAGE, XClient
from inbox.connectors.x.mapping import Items, Site

SEARCH = "search:"


def own_posts(client: XClient, site: Site, window: Window) -> FetchPage:
    """Return a page of what our account posted and answered."""
    body = client.posts_of(site.own_id, since_id=window.after, until_id=window.before)
    return _page(mapping.posts(body, site), window)


def mentions(client: XClient, site: Site, window: Window, *, handle: str) -> FetchPage:
    """Return a page of posts that mention us.

    The mentions end after the 800 newest. What a window wants beyond them comes from the recent
    search, which knows the last seven days however many they hold.
    """
    if window.before and window.before.startswith(SEARCH):
        before = window.before.removeprefix(SEARCH)
        return _searched(client, site, replace(window, before=before), query=f"@{handle}")
    body = client.mentions(site.own_id, since_id=window.after, until_id=window.before)
    items = mapping.posts(body, site)
    page = _page(items, window)
    if page.next_before is None and window.before:
        oldest = min([*items.ids, int(window.before)])
        return replace(page, next_before=f"{SEARCH}{oldest}")
    return page


def found(client: XClient, site: Site, window: Window, *, query: str) -> FetchPage:
    """Return a page of what anybody posted that `query` finds."""
    if window.before:
        window = replace(window, before=window.before.removeprefix(SEARCH))
    return _searched(client, site, window, query=query)


def direct_messages(client: XClient, site: Site, window: Window) -> FetchPage:
    """Return a page of direct messages; X offers no ids here, so pages end at `after`."""
    try:
        body = client.messages(pagination_token=window.before)
    except Rejected as exc:
        if window.before is None or exc.status != 400:
            raise
        body = client.messages()  # the page token is too old: walk down again from the top
    items = mapping.messages(body, site)
    return _above(items, window, next_before=items.next_token)


def lookup(client: XClient, site: Site, ids: Sequence[str]) -> dict[str, InboundMessage | None]:
    """Return what posts look like now, by the ids asked for; None for those that are gone.

    Asked for an old version X returns that old version, with the ids of the later ones.
    """
    seen: dict[str, InboundMessage | None] = {}
    for start in range(0, len(ids), PAGE):
        body = _posts(client, ids[start : start + PAGE])
        latest = {
            item["id"]: mapping.latest_version(item)
            for item in body["data"]
            if isinstance(item, dict) and isinstance(item.get("id"), str)
        }
        edited = [new for old, new in latest.items() if new != old]
        newer = _posts(client, edited) if edited else {"data": []}
        now = {
            item.version_id: item
            for each in (body, newer)
            for item in mapping.posts(each, site).messages
        }
        seen |= dict.fromkeys(mapping.gone(body))
        for asked, version in latest.items():
            if version in now:
                seen[asked] = now[version]
            elif version in mapping.gone(newer):
                seen[asked] = None
    return {asked: seen[asked] for asked in ids if asked in seen}


def again(client: XClient, site: Site, raw: Any) -> FetchPage:
    """Read one payload again. A post is asked for anew, since others stood beside it."""
    if not isinstance(raw, dict):
        return FetchPage((), None, None, (BadItem("There is nothing in it to read.", raw),))
    if "event_type" in raw and "payload" in raw:
        told = pushing.read(json.dumps({"data": raw}).encode(), site)
        found = (*told.messages, *_found(client, site, told.named))
        return FetchPage(found, None, None, told.problems)
    if "message_create" in raw:
        items = pushing.messages({"direct_message_events": [raw]}, site)
    elif "sender_id" in raw:
        items = mapping.messages({"data": [raw]}, site)
    else:
        try:
            return FetchPage(_found(client, site, [mapping.identifier(raw.get("id"))]), None, None)
        except ValueError:
            items = mapping.posts({"data": [raw]}, site)
    return FetchPage(items.messages, None, None, items.problems)


def _found(client: XClient, site: Site, ids: Sequence[str]) -> tuple[InboundMessage, ...]:
    found = lookup(client, site, ids) if ids else {}
    missing = [each for each in ids if each not in found]
    if missing:
        raise BadPayload("X gives it out, but still in a form that is not read here.")
    return tuple(item for item in found.values() if item)


def _posts(client: XClient, ids: Sequence[str]) -> dict[str, Any]:
    body = client.posts(ids)
    body["data"] = body.get("data") or []  # all gone: errors only, which is an answer here
    if not isinstance(body["data"], list):
        raise BadPayload("X answered a look-up without a list.")
    return body


def _searched(client: XClient, site: Site, window: Window, *, query: str) -> FetchPage:
    try:
        body = client.search_recent(
            query, since_id=window.after, until_id=window.before, most=window.most
        )
    except Rejected as exc:
        # X refuses ids that are older than the seven days it searches.
        if exc.status == 400 and "until_id" in exc.message:
            return FetchPage((), None, None)
        if exc.status != 400 or "since_id" not in exc.message or not window.after:
            raise
        page = _searched(client, site, replace(window, after=None), query=query)
        return _cut(page, after=window.after)
    page = _page(mapping.posts(body, site), window)
    return replace(page, next_before=page.next_before and f"{SEARCH}{page.next_before}")


def _page(items: Items, window: Window) -> FetchPage:
    """Return items that X paged by ids; the next page begins below the oldest of them."""
    if items.next_token is None:
        return _above(items, window, next_before=None)
    if not items.ids or (window.before and min(items.ids) >= int(window.before)):
        raise BadPayload("X promises more, but this page leads no further down.")
    return _above(items, window, next_before=str(min(items.ids)))


def _above(items: Items, window: Window, *, next_before: str | None) -> FetchPage:
    newest = str(max(items.ids)) if items.ids else None
    page = FetchPage(items.messages, newest, next_before, items.problems, items.reposts)
    return _cut(page, after=window.after, ids=items.ids) if window.after else page


def _cut(page: FetchPage, *, after: str, ids: Sequence[int] = ()) -> FetchPage:
    """Drop what is not younger than `after`; having met it, the window is done."""
    floor = int(after)
    kept = tuple(item for item in page.messages if int(item.version_id) > floor)
    is_done = len(kept) < len(page.messages) or any(known <= floor for known in ids)
    return replace(page, messages=kept, next_before=None if is_done else page.next_before)
