"""The SQLite half: one consistent copy of the file, and the swap back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection

from crisisdesk.backup.errors import BackupError

FILE = "desk.sqlite3"


def _path() -> Path:
    return Path(connection.settings_dict["NAME"])


def dump(to: Path) -> None:
    """Copy the database as it is at one moment; with a write-ahead log nobody waits for it.

    https://www.sqlite.org/backup.html
    """
    path = _path()
    if not path.exists():
        raise BackupError(f"There is no database at {path}.")
    try:
        with (
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=20)) as ours,
            closing(sqlite3.connect(to)) as copy,
        ):
            ours.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file
            answer = copy.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupError(f"The database cannot be copied: {error}.") from error
    if answer != "ok":
        raise BackupError(f"The database is damaged: {answer}.")


def load(new: Path) -> None:
    """Put `new` in the database's place; the one before stays beside it as `.before`."""
    connection.close()
    path = _path()
    if path.exists():
        _fold_log(path)
        before = path.with_name(path.name + ".before")
        before.unlink(missing_ok=True)
        os.link(path, before)
    new.replace(path)


def _fold_log(path: Path) -> None:
    """Bring the write-ahead log into the file: beside another file it would be poison."""
    with closing(sqlite3.connect(path, timeout=5)) as database:
        is_busy = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if is_busy:
        raise BackupError("Another program uses the database. Stop it first.")
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
