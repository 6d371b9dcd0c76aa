"""Who is on the server and who learns of what happens there."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from inbox.practice.database import Row
from inbox.practice.faults import Faults
from inbox.practice.mastodon.limits import Limits
from inbox.practice.mastodon.store import Store

NAME = "Mastodon"


class Refused(Exception):
    """A request cannot be met: `status` and the server's words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass
class People:
    """Who is on the server, who follows and avoids whom, and who learns of what.

    `domain` is that of the handles.
    """

    store: Store
    limits: Limits
    faults: Faults
    domain: str
    listeners: list[Any] = field(default_factory=list)
    site: str = ""

    def now(self) -> float:
        return time.time() + float(self.faults.switches["clock_offset"])

    def next_id(self) -> str:
        return self.store.next_id(ulid=self.faults.is_on("ulid_ids"))

    # -- people --------------------------------------------------------------------------------
    def account(self, account_id: str) -> Row:
        found = self.store.row("SELECT * FROM accounts WHERE id = ?", account_id)
        if found is None:
            raise Refused(404, "Record not found")
        return found

    def find(self, acct: str) -> Row | None:
        """Return the account by its handle, with or without this server's own domain."""
        return self.store.row("SELECT * FROM accounts WHERE acct_key = ?", self._key(acct))

    def ensure(self, acct: str, **facts: Any) -> Row:
        """Return the account `acct`, made if it is missing, with these facts about it."""
        found = self.find(acct)
        username, _, domain = acct.removeprefix("@").partition("@")
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,30}", username):
            raise Refused(422, f"not a handle: {acct}")
        if found is None:
            self.store.run(
                "INSERT INTO accounts (id, username, domain, acct_key, name, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                self.next_id(),
                username,
                "" if domain == self.domain else domain,
                self._key(acct),
                facts.get("name") or username,
                self.now(),
            )
        for name in ("name", "note", "followers", "is_locked", "privacy"):
            if facts.get(name) is not None:
                sql = f"UPDATE accounts SET {name} = ? WHERE acct_key = ?"  # noqa: S608
                self.store.run(sql, facts[name], self._key(acct))
        made = self.find(acct)
        assert made is not None  # noqa: S101 - made above
        return made

    def _key(self, acct: str) -> str:
        username, _, domain = acct.removeprefix("@").lower().partition("@")
        return username if domain in ("", self.domain) else f"{username}@{domain}"

    def related(self, account_id: str, target_id: str, kind: str) -> bool:
        sql = "SELECT 1 FROM relations WHERE account_id = ? AND target_id = ? AND kind = ?"
        return self.store.value(sql, account_id, target_id, kind) is not None

    def relate(self, me: Row, target: Row, kind: str, *, on: bool) -> None:
        values = (me["id"], target["id"], kind)
        if not on:
            sql = "DELETE FROM relations WHERE account_id = ? AND target_id = ? AND kind = ?"
            self.store.run(sql, *values)
        elif not self.related(*values):
            self.store.run("INSERT INTO relations VALUES (?, ?, ?)", *values)
            if kind in ("follow", "request"):
                self._notify(target["id"], kind, me["id"], None)

    # -- who learns of it ----------------------------------------------------------------------
    def _notify(self, account_id: str, type_: str, from_id: str, status_id: str | None) -> None:
        if any(self.related(account_id, from_id, kind) for kind in ("block", "mute")):
            return
        names = "(id, account_id, type, from_id, status_id, created_at)"
        sql = f"INSERT INTO notifications {names} VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
        values = (made := self.next_id(), account_id, type_, from_id, status_id, self.now())
        self.store.run(sql, *values)
        self._tell("notification", made, [account_id])

    def _tell(self, event: str, subject: str, account_ids: Iterable[str]) -> None:
        """Tell those who listen as one of these accounts; `subject` is the id of what it is about.

        https://docs.joinmastodon.org/methods/streaming/#events
        """
        for listener in self.listeners:
            for account_id in account_ids:
                listener(event, subject, account_id=account_id)
