"""Taking in many posts at once, each only once, with their own times and authors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from inbox.practice.x import posts, users
from inbox.practice.x.store import Store


class BadImport(ValueError):
    """A row cannot be taken in; the message names the row and the field."""


def known_keys(store: Store, keys: Sequence[str]) -> set[str]:
    """Return which of `keys` have been taken in before."""
    found = store.rows_in("SELECT source_key FROM posts WHERE source_key IN ({keys})", keys)
    return {row["source_key"] for row in found}


def parse_time(value: str | int | None) -> int | None:
    """Return ISO 8601 text (UTC if it names no zone) or milliseconds as milliseconds since 1970."""
    if value is None or isinstance(value, int):
        return value
    # Python 3.11 reads ISO 8601 but not a space before the zone, as in "12:00:00 +0000".
    moment = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", value.strip()))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def take_in(store: Store, items: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Import posts in the given order and return how many were new and how many known.

    An item has `key`, `author`, `text`, `created_at`, and may have `in_reply_to` (the key of an
    earlier item), `lang`, and the author's `name`, `followers`, `verified`.
    """
    keys = [str(item["key"]) for item in items]
    with store.transaction():
        known = known_keys(store, keys)
        fresh = {key: item for key, item in zip(keys, items, strict=True) if key not in known}
        authors = _authors(store, list(fresh.values()))
        parents = _known_posts(store, [str(item.get("in_reply_to") or "") for item in items])
        rows: list[list[Any]] = []
        reached: list[tuple[str, int]] = []
        for key, item in fresh.items():
            facts = _facts(store, key, item, authors, parents)
            parents[key] = facts
            rows.append(posts.values(facts))
            parent = parents.get(str(item.get("in_reply_to") or ""))
            parent_handle = parent["handle"] if parent else ""
            reached += [
                (name, facts["id"])
                for name in posts.mention_keys(facts, parent_handle)
                if name != facts["handle"].lower()
            ]
        store.run_many(posts.INSERT, rows)
        store.run_many("INSERT INTO mentions VALUES (?, ?)", reached)
    return {"imported": len(fresh), "known": len(items) - len(fresh)}


def _facts(
    store: Store,
    key: str,
    item: dict[str, Any],
    authors: dict[str, Any],
    parents: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    post_id = store.next_id()
    author = authors[users.clean_handle(item["author"]).lower()]
    parent = parents.get(str(item.get("in_reply_to") or ""))
    return {
        "id": post_id,
        "first_id": post_id,
        "author_id": author["id"],
        "handle": author["handle"],
        "text": item["text"],
        "prefix": 0,
        "lang": item.get("lang") or "und",
        "created_at": _time(item),
        "parent_id": parent["id"] if parent else None,
        "parent_author_id": parent["author_id"] if parent else None,
        "conversation_id": parent["conversation_id"] if parent else post_id,
        "source_key": key,
    }


def _time(item: dict[str, Any]) -> int:
    try:
        moment = parse_time(item.get("created_at"))
    except ValueError as exc:
        raise BadImport(f"{item['key']}: created_at {item['created_at']!r} is no time") from exc
    if moment is None:
        raise BadImport(f"{item['key']}: created_at is missing")
    return moment


def _authors(store: Store, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the authors of `items` by lower-case handle, made or brought up to date."""
    try:
        handles = {users.clean_handle(item["author"]).lower() for item in items}
    except users.BadHandle as exc:
        raise BadImport(str(exc)) from exc
    found = users.by_handles(store, handles)
    for item in items:
        handle = users.clean_handle(item["author"])
        facts = {key: item.get(key) for key in ("name", "followers")}
        facts["is_verified"] = item.get("verified")
        if handle.lower() not in found or any(value is not None for value in facts.values()):
            found[handle.lower()] = users.ensure(store, handle, created_at=_time(item), **facts)
    return found


def _known_posts(store: Store, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what is needed of the posts imported earlier under `keys`."""
    found = store.rows_in(
        "SELECT p.source_key, p.id, p.author_id, p.conversation_id, u.handle FROM posts p"
        " JOIN users u ON u.id = p.author_id WHERE p.source_key IN ({keys})",
        [key for key in set(keys) if key],
    )
    return {row["source_key"]: dict(row) for row in found}
