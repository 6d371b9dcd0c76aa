"""How posts, people and messages look in X's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inbox.practice.database import Row
from inbox.practice.x import media, posts, users
from inbox.practice.x import text as rules
from inbox.practice.x.fields import View
from inbox.practice.x.mail import conversation_id
from inbox.practice.x.problems import not_found
from inbox.practice.x.spoken import speak
from inbox.practice.x.store import Store, arrival_ms


def iso(ms: int) -> str:
    """Return X's way of writing a time: 2026-11-22T09:30:00.000Z."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass
class Page:
    """Items on their way out, with all that their expansions bring along."""

    store: Store
    view: View
    base_url: str
    users: dict[int, Row] = field(default_factory=dict)
    posts: dict[int, Row] = field(default_factory=dict)
    media: dict[int, Row] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)

    # -- posts ---------------------------------------------------------------------------------
    def tell_posts(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return posts as JSON and note what their expansions include."""
        self._expand(rows)
        return self._shape_posts(rows)

    def includes(self) -> dict[str, Any]:
        """Return the included users and posts, for the answer's `includes`."""
        found: dict[str, Any] = {}
        if self.users:
            found["users"] = self.tell_users(list(self.users.values()))
        if self.posts:
            key = "tweets" if self.view.old else "posts"
            found[key] = self._shape_posts(list(self.posts.values()))
        if self.media:
            asked, site = self.view.media, self.base_url
            found["media"] = [
                media.tell(row, asked, site, private=media.is_private(self.store, row))
                for row in self.media.values()
            ]
        return found

    def _expand(self, rows: Sequence[Row]) -> None:
        view = self.view
        wanted: set[int] = set()
        if view.expands("referenced_posts", "referenced_tweets.id") or view.expands(
            "referenced_posts", "referenced_tweets.id.author_id"
        ):
            self._include_referenced(rows)
        if view.expands("edit_history_post_ids", "edit_history_tweet_ids"):
            for history in self._histories(rows).values():
                own = {row["id"] for row in rows}
                self.posts |= {row["id"]: row for row in history if row["id"] not in own}
        if view.expands("author_id"):
            wanted |= {row["author_id"] for row in rows}
        if view.expands("author_id", "referenced_tweets.id.author_id"):
            wanted |= {row["author_id"] for row in self.posts.values()}
        if view.expands("in_reply_to_user_id"):
            wanted |= {row["parent_author_id"] for row in rows if row["parent_author_id"]}
        self.users |= users.by_ids(self.store, wanted)
        if view.expands("attachments.media_keys"):
            pictures = media.of_posts(self.store, rows)
            self.media |= {row["id"]: row for each in pictures.values() for row in each}
        if view.expands("entities.mentions.username"):
            named = users.by_handles(self.store, _mentioned(rows))
            self.users |= {row["id"]: row for row in named.values()}

    def _include_referenced(self, rows: Sequence[Row]) -> None:
        ids = [row[key] for row in rows for key in ("parent_id", "quoted_id") if row[key]]
        found = posts.get_many(self.store, ids)
        parameter = "referenced_tweets.id" if self.view.old else "referenced_posts"
        for post_id in dict.fromkeys(ids):
            if post_id in found and found[post_id]["deleted_at"] is None:
                self.posts[post_id] = found[post_id]
            else:
                kind = "tweet" if self.view.old else "post"
                self.errors.append(not_found(kind, parameter, post_id))

    def _histories(self, rows: Iterable[Row]) -> dict[int, list[Row]]:
        firsts = list({row["first_id"] for row in rows})
        found: dict[int, list[Row]] = {}
        for row in self.store.rows_in(
            "SELECT * FROM posts WHERE first_id IN ({keys}) ORDER BY id", firsts
        ):
            found.setdefault(row["first_id"], []).append(row)
        return found

    def _shape_posts(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        named = users.by_handles(self.store, _mentioned(rows))
        histories = self._histories(rows)
        metrics = post_counts(self.store, rows) if "public_metrics" in self.view.post else {}
        pictures = media.of_posts(self.store, rows)
        return [
            self._post(
                row, named, histories[row["first_id"]], metrics, pictures.get(row["first_id"], [])
            )
            for row in rows
        ]

    def _post(
        self,
        row: Row,
        named: dict[str, Row],
        history: list[Row],
        metrics: dict[int, dict[str, int]],
        pictures: list[Row],
    ) -> dict[str, Any]:
        view = self.view
        spoken = speak(row["id"], row["text"], named, row["prefix"])
        if pictures:
            spoken.text, links = media.linked(spoken.text, row, pictures, self.base_url)
            spoken.entities.setdefault("urls", []).extend(links)
        shape: dict[str, Any] = {"id": str(row["id"]), "text": spoken.text}
        shape["edit_history_tweet_ids" if view.old else "edit_history_post_ids"] = [
            str(version["id"]) for version in history
        ]
        optional: dict[str, Any] = {
            "created_at": iso(row["created_at"]),
            "conversation_id": str(row["conversation_id"]),
            "lang": row["lang"],
            "reply_settings": "everyone",
            "possibly_sensitive": False,
            "display_text_range": [spoken.start, len(spoken.text)],
            "edit_controls": _edit_controls(row, history),
            **(
                {"attachments": {"media_keys": [media.key(one) for one in pictures]}}
                if pictures
                else {}
            ),
            "source": "Practice",
        }
        shape |= {key: value for key, value in optional.items() if key in view.post}
        if "entities" in view.post and spoken.entities:
            shape["entities"] = spoken.entities
        if "public_metrics" in view.post:
            shape["public_metrics"] = _post_metrics(metrics[row["first_id"]], old=view.old)
        return shape | self._references(row)

    def _references(self, row: Row) -> dict[str, Any]:
        """Return the ids that a post carries: author, whom and what it answers or quotes."""
        view = self.view
        shape: dict[str, Any] = {}
        if view.expands("author_id") or "author_id" in view.post:
            shape["author_id"] = str(row["author_id"])
        if row["parent_author_id"] and (
            view.expands("in_reply_to_user_id") or "in_reply_to_user_id" in view.post
        ):
            shape["in_reply_to_user_id"] = str(row["parent_author_id"])
        if view.expands("username"):
            author = users.by_id(self.store, row["author_id"])
            shape |= {"username": author["handle"]} if author else {}
        links = (("replied_to", row["parent_id"]), ("quoted", row["quoted_id"]))
        references = [{"type": kind, "id": str(target)} for kind, target in links if target]
        asked = view.expands("referenced_posts", "referenced_tweets.id") or (
            "referenced_tweets" in view.post
        )
        if references and (asked or view.expands("x", "referenced_tweets.id.author_id")):
            shape["referenced_tweets" if view.old else "referenced_posts"] = references
        return shape

    # -- people --------------------------------------------------------------------------------
    def tell_users(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return users as JSON."""
        asked = self.view.user
        counted = (
            users.counts(self.store, [row["id"] for row in rows])
            if "public_metrics" in asked
            else {}
        )
        return [self._user(row, counted) for row in rows]

    def _user(self, row: Row, counted: dict[int, dict[str, int]]) -> dict[str, Any]:
        shape = {"id": str(row["id"]), "name": row["name"], "username": row["handle"]}
        optional: dict[str, Any] = {
            "created_at": iso(row["created_at"]),
            "description": row["bio"],
            "protected": False,
            "verified": bool(row["is_verified"]),
            "verified_type": "blue" if row["is_verified"] else "none",
            "receives_your_dm": bool(row["accepts_messages"]),
            "profile_image_url": f"{self.base_url}avatar/{row['handle']}.svg",
            "url": f"{self.base_url}{row['handle']}",
        }
        shape |= {key: value for key, value in optional.items() if key in self.view.user}
        if "public_metrics" in self.view.user:
            count = counted[row["id"]]
            shape["public_metrics"] = {
                "followers_count": count["followers"],
                "following_count": count["following"],
                "tweet_count" if self.view.old else "post_count": count["posts"],
                "listed_count": 0,
                "like_count": count["likes"],
                "media_count": 0,
            }
        return shape

    # -- private messages ----------------------------------------------------------------------
    def tell_messages(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return direct messages as JSON and note their senders."""
        if self.view.expands("sender_id"):
            self.users |= users.by_ids(self.store, {row["sender_id"] for row in rows})
        named = users.by_handles(self.store, _mentioned(rows))
        pictures = media.of_items(self.store, [row["id"] for row in rows])
        if self.view.expands("attachments.media_keys"):
            self.media |= {row["id"]: row for each in pictures.values() for row in each}
        return [self._message(row, named, pictures.get(row["id"], [])) for row in rows]

    def _message(self, row: Row, named: dict[str, Row], pictures: list[Row]) -> dict[str, Any]:
        view = self.view
        spoken = speak(row["id"], row["text"], named)
        shape: dict[str, Any] = {
            "id": str(row["id"]),
            "event_type": "MessageCreate",
            "text": spoken.text,
        }
        if "created_at" in view.message:
            shape["created_at"] = iso(row["created_at"])
        if "dm_conversation_id" in view.message:
            shape["dm_conversation_id"] = conversation_id(row["sender_id"], row["recipient_id"])
        if "entities" in view.message and spoken.entities:
            shape["entities"] = spoken.entities
        if "attachments" in view.message and pictures:
            shape["attachments"] = {"media_keys": [media.key(one) for one in pictures]}
        if view.expands("sender_id") or "sender_id" in view.message:
            shape["sender_id"] = str(row["sender_id"])
        return shape


def post_counts(store: Store, rows: Iterable[Row]) -> dict[int, dict[str, int]]:
    """Return replies, likes and quotes by a post's first id."""
    firsts = list({row["first_id"] for row in rows})
    found = store.rows_in(
        f"""
        SELECT p.first_id,
            (SELECT count(*) FROM posts r WHERE r.{posts.LIVE} AND r.parent_id IN
                (SELECT id FROM posts v WHERE v.first_id = p.first_id)) AS replies,
            (SELECT count(*) FROM likes l WHERE l.first_id = p.first_id) AS likes,
            (SELECT count(*) FROM posts q WHERE q.{posts.LIVE} AND q.quoted_id IN
                (SELECT id FROM posts v WHERE v.first_id = p.first_id)) AS quotes
        FROM posts p WHERE p.id = p.first_id AND p.first_id IN ({{keys}})
        """,  # noqa: S608 - our own condition
        firsts,
    )
    return {row["first_id"]: dict(row) for row in found}


def _post_metrics(count: dict[str, int], *, old: bool) -> dict[str, int]:
    return {
        "retweet_count" if old else "repost_count": 0,
        "reply_count": count["replies"],
        "like_count": count["likes"],
        "quote_count": count["quotes"],
        "bookmark_count": 0,
        "impression_count": 0,
    }


def _edit_controls(row: Row, history: list[Row]) -> dict[str, Any]:
    return {
        "edits_remaining": max(0, posts.MAX_EDITS + 1 - len(history)),
        "is_edit_eligible": posts.is_editable_kind(row),
        "editable_until": iso(arrival_ms(row["first_id"]) + posts.EDIT_WINDOW_MS),
    }


def _mentioned(rows: Iterable[Row]) -> list[str]:
    return [handle for row in rows for handle in rules.mentions(row["text"])]
