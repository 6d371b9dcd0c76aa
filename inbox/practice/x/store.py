"""Everything the practice network remembers, in one SQLite file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from inbox.practice.database import Database, Row
from inbox.practice.x.search import has_words

# Ids carry the time of arrival: https://docs.x.com/fundamentals/x-ids
ID_EPOCH_MS = 1_288_834_974_657
ID_TIME_SHIFT = 22

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY,
    handle TEXT NOT NULL,
    handle_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    bio TEXT NOT NULL DEFAULT '',
    followers INTEGER NOT NULL DEFAULT 0,
    following INTEGER NOT NULL DEFAULT 0,
    is_verified INTEGER NOT NULL DEFAULT 0,
    accepts_messages INTEGER NOT NULL DEFAULT 1,
    can_sign_in INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS posts (
    id INTEGER PRIMARY KEY,
    first_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL REFERENCES users,
    text TEXT NOT NULL,
    prefix INTEGER NOT NULL DEFAULT 0,
    lang TEXT NOT NULL DEFAULT 'und',
    created_at INTEGER NOT NULL,
    parent_id INTEGER,
    parent_author_id INTEGER,
    conversation_id INTEGER NOT NULL,
    quoted_id INTEGER,
    is_current INTEGER NOT NULL DEFAULT 1,
    is_hidden INTEGER NOT NULL DEFAULT 0,
    deleted_at INTEGER,
    source_key TEXT UNIQUE
);
CREATE INDEX IF NOT EXISTS posts_by_author ON posts (author_id, id);
CREATE INDEX IF NOT EXISTS posts_by_conversation ON posts (conversation_id, id);
CREATE INDEX IF NOT EXISTS posts_by_parent ON posts (parent_id);
CREATE INDEX IF NOT EXISTS posts_by_first ON posts (first_id);
CREATE INDEX IF NOT EXISTS posts_by_quoted ON posts (quoted_id) WHERE quoted_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS mentions (
    handle_key TEXT NOT NULL,
    post_id INTEGER NOT NULL,
    PRIMARY KEY (handle_key, post_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS likes (
    user_id INTEGER NOT NULL, first_id INTEGER NOT NULL, PRIMARY KEY (first_id, user_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS follows (
    user_id INTEGER NOT NULL, target_id INTEGER NOT NULL, PRIMARY KEY (target_id, user_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    sender_id INTEGER NOT NULL REFERENCES users,
    recipient_id INTEGER NOT NULL REFERENCES users,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    source_key TEXT UNIQUE
);
CREATE INDEX IF NOT EXISTS messages_by_sender ON messages (sender_id, id);
CREATE INDEX IF NOT EXISTS messages_by_recipient ON messages (recipient_id, id);
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    scope TEXT NOT NULL,
    challenge TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    expires_at INTEGER
);
CREATE TABLE IF NOT EXISTS webhooks (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    is_valid INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS subscriptions (
    id INTEGER PRIMARY KEY,
    event_type TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users,
    webhook_id INTEGER NOT NULL REFERENCES webhooks,
    tag TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    UNIQUE (event_type, user_id, webhook_id)
);
CREATE TABLE IF NOT EXISTS media (
    id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL, first_id INTEGER, content BLOB NOT NULL,
    content_type TEXT NOT NULL, alt TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS media_by_post ON media (first_id) WHERE first_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS memory (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


def now_ms() -> int:
    """Return the time in milliseconds since 1970."""
    return int(time.time() * 1000)


def arrival_ms(snowflake: int) -> int:
    """Return when the network received the item with this id, in milliseconds since 1970."""
    return (snowflake >> ID_TIME_SHIFT) + ID_EPOCH_MS


def first_id_at(ms: int) -> int:
    """Return the smallest id that an item received at `ms` may have."""
    return max(0, ms - ID_EPOCH_MS) << ID_TIME_SHIFT


class Store(Database):
    """The practice network's rows, and ids for new ones."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEMA, pragmas=("cache_size=-32000",))
        self._db.create_function("has_words", 2, has_words, deterministic=True)
        self._last_id: int = self.value(
            "SELECT max(coalesce((SELECT max(id) FROM posts), 0),"
            " coalesce((SELECT max(id) FROM users), 0),"
            " coalesce((SELECT max(id) FROM messages), 0),"
            " coalesce((SELECT max(id) FROM webhooks), 0),"
            " coalesce((SELECT max(id) FROM subscriptions), 0),"
            " coalesce((SELECT max(id) FROM media), 0))"
        )
        # Who hears of what happens: called with a word for it and the id of the row.
        self.listeners: list[Callable[[str, int], None]] = []

    def tell(self, what: str, row_id: int) -> None:
        """Say that something happened that others may want to hear of."""
        for listener in self.listeners:
            listener(what, row_id)

    def next_id(self) -> int:
        """Return an id above all earlier ones; it says when the item arrived."""
        self._last_id = max(self._last_id + 1, first_id_at(now_ms()))
        return self._last_id

    def run_many(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        self._db.executemany(sql, values)

    def rows_in(self, sql: str, keys: Sequence[Any]) -> list[Row]:
        """Return the rows of `sql`, whose `{keys}` stands for a list of any length."""
        found: list[Row] = []
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            marks = ",".join("?" * len(part))
            found += self._db.execute(sql.replace("{keys}", marks), part).fetchall()
        return found

    def recall(self, key: str) -> Any:
        """Return what was remembered under `key`, or None."""
        value = self.value("SELECT value FROM memory WHERE key = ?", key)
        return None if value is None else json.loads(value)

    def remember(self, key: str, value: Any) -> None:
        self.run(
            "INSERT INTO memory VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key,
            json.dumps(value),
        )
