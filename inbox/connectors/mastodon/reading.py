"""Mastodon's streams, the threads around what they hold, and the look-up of single statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from inbox.connectors.errors import AuthExpired, BadPayload, ConnectorError, Rejected
from inbox.connectors.mastodon import mapping, pages
from inbox.connectors.mastodon.client import PAGE, MastodonClient, as_object
from inbox.connectors.mastodon.mapping import MISSHAPEN, Site
from inbox.connectors.types import BadItem, FetchPage, InboundMessage, Window

# Requests that one page may spend on the threads around it; what is left waits for its parent.
MOST_THREADS = 15
CONVERSATIONS_PAGE = 10  # each may cost a request for what was said since the last look
# Where statuses can only be asked for one by one; the rest waits for the next look.
MOST_SINGLE = 10


def mentions(
    client: MastodonClient, site: Site, window: Window, *, types: Sequence[str]
) -> FetchPage:
    """Return a page of what people said to us, in public or not, and of what they changed.

    Notifications are asked for by type, and looked at again: a server may not know the filter.
    """
    answer = client.notifications(types, since_id=window.after, max_id=window.before)

    def read(entry: Any) -> list[InboundMessage]:
        if entry["type"] not in (types or ("mention",)) or entry["status"] is None:
            return []  # not for us, or about what is gone already
        return _one(entry["status"], site)

    return _with_threads(client, site, pages.page(answer, window, read))


def own_posts(client: MastodonClient, site: Site, window: Window) -> FetchPage:
    """Return a page of what our account posted and answered, by whichever app."""
    answer = client.statuses_of(site.own_id, since_id=window.after, max_id=window.before)
    return pages.page(answer, window, lambda entry: _one(entry, site))


def tagged(client: MastodonClient, site: Site, window: Window, *, tag: str) -> FetchPage:
    """Return a page of what anybody posts under a hashtag."""
    answer = client.tagged(tag.removeprefix("#"), since_id=window.after, max_id=window.before)
    return _with_threads(client, site, pages.page(answer, window, lambda e: _one(e, site)))


def found(client: MastodonClient, site: Site, window: Window, *, words: str) -> FetchPage:
    """Return a page of public statuses that the server's own index finds.

    The answer holds accounts and hashtags too, and no header says where its pages begin.
    """
    answer = client.search(words, since_id=window.after, max_id=window.before)
    statuses = replace(answer, body=as_object(answer).get("statuses") or [])
    return pages.page(statuses, window, lambda entry: _public(entry, site))


def direct_messages(client: MastodonClient, site: Site, window: Window) -> FetchPage:
    """Return a page of private conversations: the last word of each, and those before it.

    Our own words among them are in no other list that every server has.
    """
    answer = client.conversations(
        since_id=window.after, max_id=window.before, limit=CONVERSATIONS_PAGE
    )

    def read(entry: Any) -> list[InboundMessage]:
        last = entry["last_status"]
        found = _one(last, site) if last else []
        if found and found[0].in_reply_to:
            found += _said_before(client, site, found[0])
        return found

    return pages.page(answer, window, read, marks=_last_status)


def _said_before(client: MastodonClient, site: Site, item: InboundMessage) -> list[InboundMessage]:
    """Return the private words above `item`; where the server has none, the last one counts."""
    try:
        return [each for each in _above(client, site, item) if each.is_private]
    except (Rejected, BadPayload):
        return []


def lookup(
    client: MastodonClient, site: Site, ids: Sequence[str]
) -> dict[str, InboundMessage | None]:
    """Return what statuses look like now; None for those that are gone or kept from us."""
    found: dict[str, InboundMessage | None] = {}
    single: list[str] = []
    for start in range(0, len(ids), PAGE):
        asked = ids[start : start + PAGE]
        try:
            answer = client.statuses(asked)
        except (Rejected, BadPayload):
            single += ids[start:]
            break
        seen = {item.external_id: item for each in answer for item in _around(each, site)}
        listed = {str(each.get("id")) for each in answer if isinstance(each, dict)}
        found |= seen
        single += [each for each in asked if each not in listed]
    for each in single[:MOST_SINGLE]:
        found |= _look_at(client, site, each)
    if None in found.values() and not any(found.values()):
        client.me()  # a server that answers 404 to everything knows nothing of any status
    return {asked: found[asked] for asked in ids if asked in found}


def person(client: MastodonClient, site: Site, handle: str) -> Mapping[str, Any]:
    """Return the account of a whole handle; a server without the look-up is searched."""
    try:
        return client.find_account(handle)
    except Rejected:
        for each in client.search_accounts(handle):
            try:
                is_it = mapping.author(each, site).external_id == handle.lower()
            except MISSHAPEN:
                continue
            if is_it:
                found: Mapping[str, Any] = each
                return found
        raise


def again(client: MastodonClient, site: Site, raw: Any) -> FetchPage:
    """Read one entry of a list again, by asking for its status."""
    entry = raw if isinstance(raw, dict) else {}
    status = entry.get("status") or entry.get("last_status") or entry
    try:
        status_id = mapping.identifier(status["id"])
    except MISSHAPEN:
        return FetchPage((), None, None, (BadItem("There is no status in it.", raw),))
    found = lookup(client, site, [status_id])
    if status_id not in found:
        raise BadPayload("The server gives it out, but still in a form that is not read here.")
    item = found[status_id]  # it was listed as something to us, or as what we look for
    return FetchPage((replace(item, is_context=False),) if item else (), None, None)


def _look_at(
    client: MastodonClient, site: Site, status_id: str
) -> dict[str, InboundMessage | None]:
    try:
        item = client.status(status_id)
    except Rejected as exc:
        # https://docs.joinmastodon.org/methods/statuses/#404-not-found-0
        return {status_id: None} if exc.status in (404, 410) else {}
    except BadPayload:
        return {}
    return {found.external_id: found for found in _around(item, site)}


def _with_threads(client: MastodonClient, site: Site, found: FetchPage) -> FetchPage:
    """Say of each answer which thread it is in, and add what the thread said before.

    A status names its parent only. Below a post of ours the desk knows the way up by itself; in
    other people's threads the server is asked, once for each parent.
    """
    roots = {item.external_id: item.external_id for item in found.messages if not item.in_reply_to}
    messages: dict[str, InboundMessage] = {}
    context: dict[str, InboundMessage] = {}
    asked = 0
    for item in sorted(found.messages, key=lambda item: item.sent_at):
        parent = item.in_reply_to
        if parent and not item.is_private and not item.is_reply_to_us:
            if parent not in roots and asked < MOST_THREADS:
                asked += 1
                above = _thread_above(client, site, item)
                context |= {each.external_id: each for each in above}
                roots |= {each.external_id: each.thread_external_id for each in above}
            root = roots.setdefault(parent, parent)
            item = replace(item, thread_external_id=root)
            roots[item.external_id] = root
        messages[item.external_id] = item
    return pages.with_messages(found, list((context | messages).values()))


def _thread_above(client: MastodonClient, site: Site, item: InboundMessage) -> list[InboundMessage]:
    """Return what stands above `item` in public, all of it in the thread of the topmost."""
    try:
        above = [each for each in _above(client, site, item) if not each.is_private]
    except AuthExpired:
        raise
    except ConnectorError:
        return []  # the thread is an extra; it never costs what people said to us
    root = above[0].external_id if above else ""
    return [replace(each, thread_external_id=root) for each in above]


def _above(client: MastodonClient, site: Site, item: InboundMessage) -> list[InboundMessage]:
    """Return the readable statuses above `item`, topmost first."""
    above = client.context(item.external_id).get("ancestors")
    if not isinstance(above, list):
        raise BadPayload("The server answered a thread without what is above.")
    return [each for entry in above for each in _around(entry, site)]


def _around(entry: Any, site: Site) -> list[InboundMessage]:
    """Read a status for its own sake: what is neither ours nor to us only explains others."""
    return [
        each
        if each.is_ours or each.is_private or mapping.mentions_us(each.raw, site)
        else replace(each, is_context=True)
        for each in _readable(entry, site)
    ]


def _last_status(entry: Any) -> str | None:
    """Return what private conversations are ordered by, where no header says it."""
    try:
        return mapping.identifier(entry["last_status"]["id"])
    except MISSHAPEN:
        return None


def _one(entry: Any, site: Site) -> list[InboundMessage]:
    item = mapping.status(entry, site)
    return [item] if item else []


def _public(entry: Any, site: Site) -> list[InboundMessage]:
    """Read a status that anybody may see: what was said to us in private the index finds too."""
    return [item for item in _one(entry, site) if not item.is_private]


def _readable(entry: Any, site: Site) -> list[InboundMessage]:
    """Read what is beside the point of a request: what cannot be read is left out."""
    try:
        return _one(entry, site)
    except MISSHAPEN:
        return []
