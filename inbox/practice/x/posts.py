"""Writing, editing, hiding, liking and deleting posts, whoever asks for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from inbox.practice.database import Row
from inbox.practice.x import text as rules
from inbox.practice.x import users
from inbox.practice.x.store import Store, arrival_ms, first_id_at, now_ms

DAY_MS = 86_400_000
EDIT_WINDOW_MS = 30 * 60_000
MAX_EDITS = 5
LIVE = "is_current = 1 AND deleted_at IS NULL"


class NotPossible(Exception):
    """The network's rules do not allow this; the message is what the network says."""


def get(store: Store, post_id: int) -> Row | None:
    """Return any version of a post, deleted or not."""
    return store.row("SELECT * FROM posts WHERE id = ?", post_id)


def get_live(store: Store, post_id: int) -> Row | None:
    """Return any version of a post that is not deleted."""
    found = get(store, post_id)
    return found if found and found["deleted_at"] is None else None


def get_many(store: Store, ids: Sequence[int]) -> dict[int, Row]:
    found = store.rows_in("SELECT * FROM posts WHERE id IN ({keys})", ids)
    return {row["id"]: row for row in found}


def create(
    store: Store,
    author: Row,
    text: str,
    *,
    parent: Row | None = None,
    quoted_id: int | None = None,
    exclude: Collection[int] = (),
    created_at: int | None = None,
    lang: str | None = None,
    source_key: str | None = None,
) -> Row:
    """Publish a post as `author`. A reply gets X's automatic mentions in front of its text."""
    with store.transaction():
        prefix, body = auto_mentions(store, author, text, parent, exclude)
        post_id = store.next_id()
        _insert(
            store,
            {
                "id": post_id,
                "first_id": post_id,
                "author_id": author["id"],
                "text": prefix + body,
                "prefix": len(prefix),
                "lang": lang or "und",
                "created_at": arrival_ms(post_id) if created_at is None else created_at,
                "parent_id": parent["id"] if parent else None,
                "parent_author_id": parent["author_id"] if parent else None,
                "conversation_id": parent["conversation_id"] if parent else post_id,
                "quoted_id": quoted_id,
                "source_key": source_key,
            },
        )
    store.tell("post", post_id)
    return _must(store, post_id)


def auto_mentions(
    store: Store, author: Row, text: str, parent: Row | None, exclude: Collection[int] = ()
) -> tuple[str, str]:
    """Return the mentions that X puts before a reply, and the text after them.

    They are the author we answer and everybody mentioned there, but never the writer;
    X does not count them in the length.
    """
    if parent is None:
        return "", text
    names = []
    parent_author = users.by_id(store, parent["author_id"])
    if parent_author and parent_author["id"] != author["id"]:
        names.append(parent_author["handle"])
    mentioned = users.by_handles(store, rules.mentions(parent["text"]))
    left_out = {author["handle_key"]} | {
        row["handle_key"] for row in mentioned.values() if row["id"] in exclude
    }
    names += [row["handle"] for row in mentioned.values()]
    wanted = list({name.lower(): name for name in names if name.lower() not in left_out}.values())
    given, body = _leading_mentions(text)
    missing = [name for name in wanted if name.lower() not in {handle.lower() for handle in given}]
    free = "".join(f"@{name} " for name in missing)
    if all(handle.lower() in {name.lower() for name in wanted} for handle in given):
        return free + text[: len(text) - len(body)], body
    return free, text


def _leading_mentions(text: str) -> tuple[list[str], str]:
    """Return the handles that a text begins with, and the rest."""
    handles = []
    rest = text
    while (match := rules.MENTION.match(rest)) and rest[match.end() : match.end() + 1] == " ":
        handles.append(match["handle"])
        rest = rest[match.end() :].lstrip(" ")
    return handles, rest


def edit(store: Store, post: Row, text: str, *, at: int | None = None) -> Row:
    """Replace the newest version of `post` by a new one, which gets an id of its own."""
    with store.transaction():
        newest = newest_version(store, post)
        post_id = store.next_id()
        parent = get(store, newest["parent_id"]) if newest["parent_id"] else None
        prefix, body = auto_mentions(store, _author(store, newest), text, parent)
        store.run("UPDATE posts SET is_current = 0 WHERE first_id = ?", newest["first_id"])
        kept = (
            "first_id author_id lang parent_id parent_author_id conversation_id quoted_id is_hidden"
        )
        _insert(
            store,
            {column: newest[column] for column in kept.split()}
            | {
                "id": post_id,
                "text": prefix + body,
                "prefix": len(prefix),
                "created_at": arrival_ms(post_id) if at is None else at,
            },
        )
    return _must(store, post_id)


def versions(store: Store, post: Row) -> list[Row]:
    """Return all versions of a post, oldest first."""
    return store.rows("SELECT * FROM posts WHERE first_id = ? ORDER BY id", post["first_id"])


def newest_version(store: Store, post: Row) -> Row:
    return versions(store, post)[-1]


def check_editable(store: Store, post: Row, user: Row) -> None:
    """Raise NotPossible unless `user` may still edit `post`.

    Half an hour and five edits: https://help.x.com/en/using-x/edit-post
    """
    known = versions(store, post)
    if post["author_id"] != user["id"] or post["deleted_at"] is not None:
        raise NotPossible("You are not allowed to edit this Post.")
    if not is_editable_kind(post):
        raise NotPossible("This Post is not eligible for editing.")
    if len(known) > MAX_EDITS or now_ms() - arrival_ms(post["first_id"]) > EDIT_WINDOW_MS:
        raise NotPossible("This Post is no longer editable.")


def is_editable_kind(post: Row) -> bool:
    """Say whether X lets such a post be edited: replies to other people are not."""
    return post["parent_author_id"] in (None, post["author_id"])


def delete(store: Store, post: Row) -> None:
    """Delete a post with all its versions. Deleting twice is the same as once."""
    gone = store.run(
        "UPDATE posts SET deleted_at = ? WHERE first_id = ? AND deleted_at IS NULL",
        now_ms(),
        post["first_id"],
    )
    if gone:
        store.tell("delete", post["id"])


def hide(store: Store, post: Row, *, hidden: bool) -> None:
    store.run("UPDATE posts SET is_hidden = ? WHERE first_id = ?", int(hidden), post["first_id"])


def like(store: Store, user: Row, post: Row, *, liked: bool) -> None:
    if liked:
        sql = "INSERT OR IGNORE INTO likes (user_id, first_id) VALUES (?, ?)"
    else:
        sql = "DELETE FROM likes WHERE user_id = ? AND first_id = ?"
    store.run(sql, user["id"], post["first_id"])


def is_duplicate(store: Store, author: Row, text: str) -> bool:
    """Say whether `author` has a live post with this very text from the last 24 hours."""
    return bool(
        store.value(
            f"SELECT 1 FROM posts WHERE author_id = ? AND id > ? AND text = ? AND {LIVE}",  # noqa: S608
            author["id"],
            first_id_at(now_ms() - DAY_MS),
            text,
        )
    )


COLUMNS = (
    *("id", "first_id", "author_id", "text", "prefix", "lang", "created_at", "parent_id"),
    *("parent_author_id", "conversation_id", "quoted_id", "is_hidden", "source_key"),
)
_DEFAULTS: dict[str, Any] = {"is_hidden": 0, "source_key": None, "quoted_id": None}
INSERT = (
    f"INSERT INTO posts ({', '.join(COLUMNS)}) "  # noqa: S608 - our own column names
    f"VALUES ({', '.join('?' * len(COLUMNS))})"
)


def values(facts: dict[str, Any]) -> list[Any]:
    """Return `facts` in the order of INSERT."""
    complete = _DEFAULTS | facts
    return [complete[column] for column in COLUMNS]


def mention_keys(facts: dict[str, Any], parent_handle: str = "") -> set[str]:
    """Return whom a post reaches, lower case: those it names and the one it answers."""
    found = {handle.lower() for handle in rules.mentions(facts["text"])}
    if parent_handle:
        found.add(parent_handle.lower())
    return found


def _insert(store: Store, facts: dict[str, Any]) -> None:
    store.run(INSERT, *values(facts))
    store.run_many(
        "INSERT INTO mentions VALUES (?, ?)",
        [(key, facts["id"]) for key in mention_keys(facts)],
    )


def _author(store: Store, post: Row) -> Row:
    found = users.by_id(store, post["author_id"])
    assert found is not None  # noqa: S101 - a foreign key
    return found


def _must(store: Store, post_id: int) -> Row:
    found = get(store, post_id)
    assert found is not None  # noqa: S101 - just written
    return found
