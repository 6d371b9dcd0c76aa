"""What people post on the server and who learns of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inbox.practice.database import Row
from inbox.practice.mastodon import text as rules
from inbox.practice.mastodon.people import People, Refused

VISIBILITIES = ("public", "unlisted", "private", "direct")
KEY_SECONDS = 3600.0  # https://docs.joinmastodon.org/methods/statuses/#headers


@dataclass
class World(People):
    """The server as everything in it sees it."""

    # -- statuses ------------------------------------------------------------------------------
    def status(self, status_id: str, viewer: Row | None) -> Row:
        found = self.store.row("SELECT * FROM statuses WHERE id = ?", status_id)
        if found is None or found["deleted_at"] or not self.can_see(found, viewer):
            raise Refused(404, "Record not found")
        return found

    def can_see(self, status: Row, viewer: Row | None) -> bool:
        if status["visibility"] in ("public", "unlisted"):
            return True
        if viewer is None:
            return False
        if viewer["id"] == status["account_id"] or viewer["id"] in self.mentioned(status["id"]):
            return True
        follows = self.related(viewer["id"], status["account_id"], "follow")
        return status["visibility"] == "private" and follows

    def mentioned(self, status_id: str) -> list[str]:
        rows = self.store.rows("SELECT account_id FROM mentions WHERE status_id = ?", status_id)
        return [row["account_id"] for row in rows]

    def post(
        self,
        author: Row,
        text: str,
        *,
        visibility: str = "",
        in_reply_to_id: str | None = None,
        spoiler: str = "",
        sensitive: bool = False,
        language: str | None = None,
        media_ids: Sequence[str] = (),
        key: str = "",
        created_at: float | None = None,
    ) -> Row:
        """https://docs.joinmastodon.org/methods/statuses/#create"""
        with self.store.transaction():
            known = self._known(author, key)
            if known is not None:
                return known
            self._check(text, spoiler, media_ids)
            visibility = visibility or author["privacy"]
            if visibility not in VISIBILITIES:
                raise Refused(422, "Validation failed: Visibility is not included in the list")
            parent = self._parent(in_reply_to_id, author)
            status_id = self.next_id()
            self.store.run(
                "INSERT INTO statuses (id, account_id, text, spoiler, is_sensitive, visibility,"
                " language, parent_id, parent_account_id, root_id, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                status_id,
                author["id"],
                text,
                spoiler,
                int(sensitive),
                visibility,
                language,
                parent["id"] if parent else None,
                parent["account_id"] if parent else None,
                parent["root_id"] if parent else status_id,
                created_at or self.now(),
            )
            self._attach(author, status_id, media_ids)
            if key:
                expires = time.time() + KEY_SECONDS
                sql = "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)"
                self.store.run(sql, author["id"], key, status_id, expires)
            self._index(author, status_id, text)
            status = self.status(status_id, author)
        self._tell_of("update", status)
        return status

    def add_media(
        self,
        owner: Row,
        content: bytes,
        content_type: str,
        *,
        description: str = "",
        ready_in: float = 0.0,
    ) -> str:
        """Take in a picture, film or sound that no status shows yet and return its id."""
        media_id, kind = self.next_id(), content_type.partition("/")[0]
        ready_at = time.time() + ready_in
        with self.store.transaction():
            sql = (
                "INSERT INTO media (id, account_id, kind, description, ready_at)"
                " VALUES (?, ?, ?, ?, ?)"
            )
            self.store.run(sql, media_id, owner["id"], kind, description, ready_at)
            sql = "INSERT INTO media_files VALUES (?, ?, ?)"
            self.store.run(sql, media_id, content, content_type)
        return media_id

    def edit(self, author: Row, status_id: str, text: str, **changes: Any) -> Row:
        """https://docs.joinmastodon.org/methods/statuses/#edit"""
        with self.store.transaction():
            status = self._own(author, status_id)
            media_ids = changes.get("media_ids") or ()
            self._check(text, str(changes.get("spoiler") or ""), media_ids)
            self.store.run(
                "UPDATE statuses SET text = ?, spoiler = ?, is_sensitive = ?, edited_at = ?"
                " WHERE id = ?",
                text,
                changes.get("spoiler") or "",
                int(bool(changes.get("sensitive"))),
                self.now(),
                status["id"],
            )
            self.store.run("UPDATE media SET status_id = NULL WHERE status_id = ?", status_id)
            self._attach(author, status_id, media_ids)
            self._index(author, status_id, text)
            sql = "SELECT account_id FROM favourites WHERE status_id = ?"
            for row in self.store.rows(sql, status_id):
                self._notify(row["account_id"], "update", author["id"], status_id)
            status = self.status(status_id, author)
        self._tell_of("status.update", status)
        return status

    def delete(self, author: Row, status_id: str) -> Row:
        status = self._own(author, status_id)
        self.store.run("UPDATE statuses SET deleted_at = ? WHERE id = ?", self.now(), status_id)
        self.store.run("DELETE FROM notifications WHERE status_id = ?", status_id)
        self._tell_of("delete", status)
        return status

    def favourite(self, me: Row, status: Row, *, on: bool) -> None:
        if not on:
            sql = "DELETE FROM favourites WHERE status_id = ? AND account_id = ?"
            self.store.run(sql, status["id"], me["id"])
            return
        sql = "INSERT OR IGNORE INTO favourites VALUES (?, ?)"
        if self.store.run(sql, status["id"], me["id"]) and status["account_id"] != me["id"]:
            self._notify(status["account_id"], "favourite", me["id"], status["id"])

    # -- what follows from it ------------------------------------------------------------------
    def _known(self, author: Row, key: str) -> Row | None:
        if not key or self.faults.is_on("no_idempotency"):
            return None
        return self.store.row(
            "SELECT s.* FROM keys k JOIN statuses s ON s.id = k.status_id"
            " WHERE k.account_id = ? AND k.key = ? AND k.expires_at > ?",
            author["id"],
            key,
            time.time(),
        )

    def _check(self, text: str, spoiler: str, media_ids: Sequence[str]) -> None:
        if not text.strip() and not media_ids:
            raise Refused(422, "Validation failed: Text can't be blank")
        most = int(self.faults.switches["max_characters"])
        if rules.count(text) + len(spoiler) > most:
            raise Refused(422, f"Validation failed: Text character limit of {most} exceeded")

    def _parent(self, status_id: str | None, author: Row) -> Row | None:
        if not status_id:
            return None
        try:
            return self.status(status_id, author)
        except Refused as exc:
            words = "The post you are trying to reply to does not appear to exist."
            raise Refused(404, words) from exc

    def _own(self, author: Row, status_id: str) -> Row:
        status = self.status(status_id, author)
        if status["account_id"] != author["id"]:
            raise Refused(404, "Record not found")
        return status

    def _attach(self, author: Row, status_id: str, media_ids: Sequence[str]) -> None:
        for media_id in media_ids:
            sql = "SELECT * FROM media WHERE id = ? AND account_id = ?"
            found = self.store.row(sql, media_id, author["id"])
            if found is None or found["ready_at"] > time.time():
                raise Refused(422, "Cannot attach files that have not finished processing.")
            self.store.run("UPDATE media SET status_id = ? WHERE id = ?", status_id, media_id)

    def _index(self, author: Row, status_id: str, text: str) -> None:
        """Find out whom and what a status names; those named for the first time are told."""
        before = set(self.mentioned(status_id))
        self.store.run("DELETE FROM mentions WHERE status_id = ?", status_id)
        self.store.run("DELETE FROM tags WHERE status_id = ?", status_id)
        for found in rules.MENTION.finditer(rules.URL.sub(" ", text)):
            person = self.find(found[0])
            if person is None:
                continue
            values = (status_id, person["id"])
            is_new = self.store.run("INSERT OR IGNORE INTO mentions VALUES (?, ?)", *values)
            if is_new and person["id"] not in before and person["id"] != author["id"]:
                self._notify(person["id"], "mention", author["id"], status_id)
        for tag in rules.TAG.findall(rules.URL.sub(" ", text)):
            self.store.run("INSERT OR IGNORE INTO tags VALUES (?, ?)", tag.lower(), status_id)

    def _tell_of(self, event: str, status: Row) -> None:
        """Tell of a status: its author at home, those in a private talk, listeners to its tags."""
        self._tell(event, status["id"], [status["account_id"]])
        if status["visibility"] == "direct":
            people = {status["account_id"], *self.mentioned(status["id"])}
            self._tell("conversation", status["id"], sorted(people))
        if status["visibility"] != "public":
            return
        sql = "SELECT tag FROM tags WHERE status_id = ?"
        for row in self.store.rows(sql, status["id"]):
            for listener in self.listeners:
                listener(event, status["id"], tag=row["tag"])
