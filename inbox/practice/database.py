"""What the stores of practice networks have in common: one SQLite file and short ways to ask it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = sqlite3.Row


class Database:
    """One connection to one file. Used by one thread, so statements never wait for each other."""

    def __init__(self, path: Path, schema: str, *, pragmas: tuple[str, ...] = ()) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", *pragmas):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(schema)

    def close(self) -> None:
        self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Inside another transaction it is part of that one."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def run(self, sql: str, *values: Any) -> int:
        """Carry out a statement and return how many rows it changed."""
        return self._db.execute(sql, values).rowcount

    def rows(self, sql: str, *values: Any) -> list[Row]:
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> Row | None:
        found: Row | None = self._db.execute(sql, values).fetchone()
        return found

    def value(self, sql: str, *values: Any) -> Any:
        found = self.row(sql, *values)
        return found[0] if found else None
