"""Walking down what a server lists, newest first, by marks that are its own ids.

Ids are any text and are never compared; only the server knows their order. So a window ends where
a page is empty, or where it meets the mark it was to stop at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from inbox.connectors.errors import BadPayload
from inbox.connectors.mastodon.client import as_list
from inbox.connectors.mastodon.mapping import LONGEST_ID, MISSHAPEN, at, identifier
from inbox.connectors.received import Answer
from inbox.connectors.types import BadItem, FetchPage, InboundMessage, Window

# How far back a stream is read when it is read for the first time, and how far after an absence,
# lest a server that does not know where to stop has all that was ever said read again.
HISTORY, LONGEST_ABSENCE = timedelta(days=30), timedelta(days=90)

_LINK = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?(next|prev)"?')

Reader = Callable[[Any], Sequence[InboundMessage]]
Marks = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Edges:
    """Where one page begins and ends."""

    newest: str | None
    oldest: str | None
    is_last: bool = False  # by the header


def page(answer: Answer, window: Window, read: Reader, *, marks: Marks | None = None) -> FetchPage:
    """Return one page of `window`; an entry that `read` cannot read becomes a problem.

    marks: where the ids of the entries are no marks, what is. Such a list ends where its header
    says so; any other only where it is empty, since some servers leave out what they filtered.
    """
    entries = as_list(answer)
    ends = edges(entries, answer.headers, marks or _id_of)
    ids = [(marks or _id_of)(entry) for entry in entries]
    is_done = not entries or (marks is not None and ends.is_last)
    if window.after in ids:
        entries, is_done = entries[: ids.index(window.after)], True
    found: dict[str, InboundMessage] = {}
    problems: list[BadItem] = []
    for entry in entries:
        try:
            for item in read(entry):
                known = found.get(item.external_id)
                # Of a status that is there twice: what is for us, and then its latest version.
                if known is None or (known.is_context, item.version_id) > (
                    item.is_context,
                    known.version_id,
                ):
                    found[item.external_id] = item
        except MISSHAPEN as exc:
            problems.append(BadItem(f"{type(exc).__name__}: {exc}", _payload(entry)))
    messages = tuple(sorted(found.values(), key=lambda item: item.sent_at, reverse=True))
    since = datetime.now(UTC) - (HISTORY if window.after is None else LONGEST_ABSENCE)
    if entries and all(_is_before(entry, since) for entry in entries):
        is_done = True
    if ends.oldest is not None and ends.oldest == window.before:
        raise BadPayload("The server promises more, but this page leads no further down.")
    return FetchPage(
        messages=messages,
        newest=ends.newest,
        next_before=None if is_done else ends.oldest,
        problems=tuple(problems),
    )


def with_messages(found: FetchPage, messages: Sequence[InboundMessage]) -> FetchPage:
    """Return `found` with other messages, in the order that a page must have."""
    ordered = sorted(messages, key=lambda item: item.sent_at, reverse=True)
    return replace(found, messages=tuple(ordered))


def edges(entries: Sequence[Any], headers: Mapping[str, str], marks: Marks | None = None) -> Edges:
    """Return the marks of a page: those of its Link header, else the ids of its ends.

    A link's own address is never followed, so no server can send us elsewhere by it.
    https://docs.joinmastodon.org/api/guidelines/#pagination
    """
    if not entries:
        return Edges(None, None)
    links = {rel: parse_qs(urlsplit(url).query) for url, rel in _LINK.findall(_link(headers))}
    mark = marks or _id_of
    newest = _first(links.get("prev", {}), "min_id", "since_id") or mark(entries[0])
    oldest = _first(links.get("next", {}), "max_id") or mark(entries[-1])
    if newest is None or oldest is None:
        raise BadPayload("The server lists something that has no id.")
    return Edges(newest, oldest, is_last=bool(links) and "next" not in links)


def _link(headers: Mapping[str, str]) -> str:
    return headers.get("link", "")[:4000]


def _first(query: Mapping[str, list[str]], *names: str) -> str | None:
    for name in names:
        for value in query.get(name, ()):
            if 0 < len(value) <= LONGEST_ID:
                return value
    return None


def _id_of(entry: Any) -> str | None:
    try:
        return identifier(entry["id"])
    except MISSHAPEN:
        return None


def _payload(entry: Any) -> Any:
    """Return the status inside an entry that wraps one, for the record."""
    for name in ("status", "last_status"):
        if isinstance(entry, dict) and isinstance(entry.get(name), dict):
            return entry[name]
    return entry


def _is_before(entry: Any, since: datetime) -> bool:
    """Say whether an entry is from before `since`; by its status if it has no time of its own."""
    try:
        return at(entry.get("created_at") or entry["last_status"]["created_at"]) < since
    except MISSHAPEN:
        return False
