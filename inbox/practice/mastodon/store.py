"""Everything the practice server remembers, in one SQLite file."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from inbox.practice.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    username TEXT NOT NULL, domain TEXT NOT NULL, acct_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', followers INTEGER NOT NULL DEFAULT 0,
    is_locked INTEGER NOT NULL DEFAULT 0, privacy TEXT NOT NULL DEFAULT 'public',
    created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS statuses (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL,
    text TEXT NOT NULL, spoiler TEXT NOT NULL DEFAULT '', is_sensitive INTEGER NOT NULL DEFAULT 0,
    visibility TEXT NOT NULL, language TEXT, parent_id TEXT, parent_account_id TEXT,
    root_id TEXT NOT NULL, created_at REAL NOT NULL, edited_at REAL, deleted_at REAL
);
CREATE INDEX IF NOT EXISTS statuses_by_account ON statuses (account_id, seq);
CREATE INDEX IF NOT EXISTS statuses_by_root ON statuses (root_id, seq);
CREATE TABLE IF NOT EXISTS mentions (
    status_id TEXT NOT NULL, account_id TEXT NOT NULL, PRIMARY KEY (status_id, account_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mentions_by_account ON mentions (account_id, status_id);
CREATE TABLE IF NOT EXISTS tags (
    tag TEXT NOT NULL, status_id TEXT NOT NULL, PRIMARY KEY (tag, status_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS media (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL, kind TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '', ready_at REAL NOT NULL, status_id TEXT
);
CREATE TABLE IF NOT EXISTS media_files (
    id TEXT PRIMARY KEY, content BLOB NOT NULL, content_type TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notifications (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL,
    type TEXT NOT NULL, from_id TEXT NOT NULL, status_id TEXT, created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS notifications_by_account ON notifications (account_id, seq);
CREATE TABLE IF NOT EXISTS relations (
    account_id TEXT NOT NULL, target_id TEXT NOT NULL, kind TEXT NOT NULL,
    PRIMARY KEY (account_id, target_id, kind)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS favourites (
    status_id TEXT NOT NULL, account_id TEXT NOT NULL, PRIMARY KEY (status_id, account_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reports (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, account_id TEXT NOT NULL, target_id TEXT NOT NULL,
    status_ids TEXT NOT NULL, comment TEXT NOT NULL, created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS apps (
    client_id TEXT PRIMARY KEY, client_secret TEXT NOT NULL, name TEXT NOT NULL,
    redirect_uris TEXT NOT NULL, scopes TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, account_id TEXT NOT NULL, client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL, scope TEXT NOT NULL, challenge TEXT NOT NULL,
    expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY, account_id TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS keys (
    account_id TEXT NOT NULL, key TEXT NOT NULL, status_id TEXT NOT NULL, expires_at REAL NOT NULL,
    PRIMARY KEY (account_id, key)
) WITHOUT ROWID;
"""
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Store(Database):
    """The practice server's rows, and ids for new ones."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEMA)
        self._last = 0

    def next_id(self, *, ulid: bool) -> str:
        """Return an id above all earlier ones of its kind: digits as on Mastodon, or a ULID.

        Ids say when something was made (https://github.com/ulid/spec), but nobody may rely on it.
        """
        self._last = max(self._last + 1, int(time.time() * 1000) << 16)
        if not ulid:
            return str(self._last)
        value = (self._last << 64) | secrets.randbits(64)  # 128 bits, the time in the first 48
        return "".join(CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))
