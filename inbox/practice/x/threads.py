"""Who answered whom: the posts above and below a post."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from inbox.practice.database import Row
from inbox.practice.x import posts
from inbox.practice.x.store import Store

MAX_DEPTH = 100


@dataclass
class Branch:
    """A reply and what was answered to it."""

    post: Row
    replies: list[Branch] = field(default_factory=list)


def above(store: Store, post: Row) -> list[Row]:
    """Return what `post` answers, the oldest first, each in its newest version."""
    chain: list[Row] = []
    while post["parent_id"] and len(chain) < MAX_DEPTH:
        parent = posts.get(store, post["parent_id"])
        if parent is None:
            break
        post = posts.newest_version(store, parent)
        chain.insert(0, post)
    return chain


def below(store: Store, post: Row) -> list[Branch]:
    """Return the replies to any version of `post`, oldest first.

    A deleted reply stays in its place only where somebody answered it.
    """
    rows = store.rows(
        "SELECT p.*, (SELECT first_id FROM posts q WHERE q.id = p.parent_id) AS parent_first"
        " FROM posts p WHERE p.conversation_id = ? AND p.is_current = 1 AND p.parent_id IS NOT NULL"
        " ORDER BY p.first_id",
        post["conversation_id"],
    )
    children: dict[int, list[Row]] = {}
    for row in rows:
        children.setdefault(row["parent_first"], []).append(row)
    return _grow(children, post["first_id"], 0)


def _grow(children: dict[int, list[Row]], first_id: int, depth: int) -> list[Branch]:
    if depth >= MAX_DEPTH:
        return []
    grown = [
        Branch(row, _grow(children, row["first_id"], depth + 1))
        for row in children.get(first_id, [])
    ]
    return [branch for branch in grown if branch.replies or branch.post["deleted_at"] is None]


def all_of(branches: Sequence[Branch]) -> Iterator[Row]:
    """Yield every post of a tree."""
    for branch in branches:
        yield branch.post
        yield from all_of(branch.replies)
