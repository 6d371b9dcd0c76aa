"""The people and brands of the practice network."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from inbox.practice.database import Row
from inbox.practice.x.store import Store, now_ms

HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
# Words that the public pages need as addresses of their own.
RESERVED = {"practice", "i", "avatar"}


class BadHandle(ValueError):
    """The text cannot be a handle."""


def clean_handle(handle: str) -> str:
    """Return `handle` without a leading @. Raises BadHandle."""
    handle = handle.strip().removeprefix("@")
    if not HANDLE.fullmatch(handle) or handle.lower() in RESERVED:
        raise BadHandle(f"{handle!r} is not a handle: 1 to 15 letters, digits or _")
    return handle


def by_id(store: Store, user_id: int) -> Row | None:
    return store.row("SELECT * FROM users WHERE id = ?", user_id)


def by_handle(store: Store, handle: str) -> Row | None:
    return store.row("SELECT * FROM users WHERE handle_key = ?", handle.removeprefix("@").lower())


def by_ids(store: Store, ids: Iterable[int]) -> dict[int, Row]:
    found = store.rows_in("SELECT * FROM users WHERE id IN ({keys})", list(set(ids)))
    return {row["id"]: row for row in found}


def by_handles(store: Store, handles: Iterable[str]) -> dict[str, Row]:
    """Return the users that exist among `handles`, by lower-case handle."""
    keys = list({handle.lower() for handle in handles})
    found = store.rows_in("SELECT * FROM users WHERE handle_key IN ({keys})", keys)
    return {row["handle_key"]: row for row in found}


COLUMNS = (
    "name",
    "bio",
    "followers",
    "following",
    "is_verified",
    "accepts_messages",
    "can_sign_in",
)


def ensure(store: Store, handle: str, *, created_at: int | None = None, **facts: Any) -> Row:
    """Return the user called `handle`, made if need be; facts that are not None are set."""
    handle = clean_handle(handle)
    known = {key: value for key, value in facts.items() if value is not None}
    if unknown := set(known) - set(COLUMNS):
        raise TypeError(f"unknown facts about a user: {sorted(unknown)}")
    with store.transaction():
        if by_handle(store, handle) is None:
            store.run(
                "INSERT INTO users (id, handle, handle_key, name, created_at)"
                " VALUES (?, ?, ?, ?, ?)",
                store.next_id(),
                handle,
                handle.lower(),
                handle,
                now_ms() if created_at is None else created_at,
            )
        for column, value in known.items():
            store.run(
                f"UPDATE users SET {column} = ? WHERE handle_key = ?",  # noqa: S608 - from COLUMNS
                value,
                handle.lower(),
            )
    found = by_handle(store, handle)
    assert found is not None  # noqa: S101 - made above
    return found


def counts(store: Store, ids: list[int]) -> dict[int, dict[str, int]]:
    """Return followers, following, posts and likes given, by user id."""
    found = store.rows_in(
        """
        SELECT id,
            followers + (SELECT count(*) FROM follows WHERE target_id = users.id) AS followers,
            following + (SELECT count(*) FROM follows WHERE user_id = users.id) AS following,
            (SELECT count(*) FROM posts WHERE author_id = users.id
                AND is_current = 1 AND deleted_at IS NULL) AS posts,
            (SELECT count(*) FROM likes WHERE user_id = users.id) AS likes
        FROM users WHERE id IN ({keys})
        """,
        ids,
    )
    return {row["id"]: dict(row) for row in found}
