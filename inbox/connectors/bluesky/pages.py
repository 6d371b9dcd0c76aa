"""Walking down a list by its cursors, newest first, until what was seen before.

Lists are ordered by the time of their entries, and a cursor is the list's own. A mark is the time
and the address of an entry, so it still divides old from new when that entry is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.bluesky.mapping import MISSHAPEN, address, stamp
from inbox.connectors.errors import BadPayload
from inbox.connectors.plain import moment
from inbox.connectors.types import BadItem, FetchPage, InboundMessage, Window

# How far back a stream is read when it is read for the first time.
HISTORY = timedelta(days=30)

Reader = Callable[[Any], Sequence[InboundMessage]]
Place = Callable[[Any], datetime]


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Where an entry stands in its list."""

    at: datetime
    uri: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.uri}"


def read_mark(text: str | None) -> Mark | None:
    if not text:
        return None
    at, _space, uri = text.partition(" ")
    return Mark(datetime.fromisoformat(at), uri)


def page(
    entries: Sequence[Any], window: Window, *, cursor: str | None, read: Reader, place: Place
) -> FetchPage:
    """Return one page of `window`; an entry that `read` cannot read becomes a problem.

    place: the time by which the list orders an entry.
    """
    if cursor is not None and cursor == window.before:
        raise BadPayload("Bluesky promises more, but this page leads no further down.")
    after = read_mark(window.after)
    marks = [_mark(entry, place) for entry in entries]
    found: dict[str, InboundMessage] = {}
    problems: list[BadItem] = []
    for entry, mark in zip(entries, marks, strict=True):
        if after and mark and (mark.at < after.at or mark == after):
            continue
        try:
            found |= {item.external_id: item for item in read(entry)}
        except MISSHAPEN as exc:
            problems.append(BadItem(f"{type(exc).__name__}: {exc}", _payload(entry)))
    known = [mark for mark in marks if mark]
    oldest = after.at if after else datetime.now(UTC) - HISTORY
    is_done = cursor is None or any(mark.at < oldest for mark in known)
    return FetchPage(
        messages=newest_first(found.values()),
        newest=str(max(known)) if known else None,
        next_before=None if is_done else cursor,
        problems=tuple(problems),
    )


def is_new(entry: Any, window: Window, place: Place) -> bool:
    """Say whether an entry is one that `page` would read."""
    after, mark = read_mark(window.after), _mark(entry, place)
    return not (after and mark and (mark.at < after.at or mark == after))


def with_messages(found: FetchPage, messages: Sequence[InboundMessage]) -> FetchPage:
    """Return `found` with other messages, in the order that a page must have."""
    return replace(found, messages=newest_first(messages))


def newest_first(messages: Any) -> tuple[InboundMessage, ...]:
    return tuple(sorted(messages, key=lambda item: item.sent_at, reverse=True))


def with_ties(cursor: str | None, window: Window) -> str | None:
    """Return a cursor that is a time so that the next page begins with what is of that same
    millisecond: such a list goes on with what is older, and would lose the rest of it."""
    if cursor is None:
        return None
    try:
        later = stamp(moment(cursor) + timedelta(milliseconds=1))
    except MISSHAPEN:
        return cursor
    return cursor if later == window.before else later


def _payload(entry: Any) -> Any:
    """Return the post inside an entry that wraps one, for the record."""
    return entry.get("post") or entry if isinstance(entry, dict) else entry


def _mark(entry: Any, place: Place) -> Mark | None:
    try:
        uri = _payload(entry)["uri"]
        address(uri)
        return Mark(place(entry), uri)
    except MISSHAPEN:
        return None
