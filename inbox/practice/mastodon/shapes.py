"""Entities as https://docs.joinmastodon.org/entities/ describes them."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

from inbox.practice.database import Row
from inbox.practice.mastodon import text as rules
from inbox.practice.mastodon.world import World


def iso(moment: float | None) -> str | None:
    if moment is None:
        return None
    at = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


def acct(row: Row) -> str:
    return f"{row['username']}@{row['domain']}" if row["domain"] else str(row["username"])


def profile(world: World, row: Row) -> str:
    if row["domain"]:
        return f"https://{row['domain']}/@{row['username']}"
    return f"{world.site}/@{row['username']}"


def account(world: World, row: Row) -> dict[str, Any]:
    face = f"{world.site}/avatar/{row['username']}.svg"
    sql = "SELECT count(*) FROM relations WHERE target_id = ? AND kind = 'follow'"
    follows = world.store.value(sql, row["id"])
    sql = (
        "SELECT count(*), max(created_at) FROM statuses WHERE account_id = ? AND deleted_at IS NULL"
    )
    posts = world.store.row(sql, row["id"])
    return {
        "id": row["id"],
        "username": row["username"],
        "acct": acct(row),
        "display_name": row["name"],
        "locked": bool(row["is_locked"]),
        "bot": False,
        "discoverable": True,
        "group": False,
        "created_at": iso(row["created_at"]),
        "note": f"<p>{row['note']}</p>" if row["note"] else "",
        "url": profile(world, row),
        "uri": profile(world, row),
        "avatar": face,
        "avatar_static": face,
        "header": face,
        "header_static": face,
        "followers_count": row["followers"] + follows,
        "following_count": 0,
        "statuses_count": posts[0] if posts else 0,
        "last_status_at": (iso(posts[1]) or "")[:10] or None if posts else None,
        "emojis": [],
        "fields": [],
    }


def own_account(world: World, row: Row) -> dict[str, Any]:
    source = {
        "privacy": row["privacy"],
        "sensitive": False,
        "language": "en",
        "note": row["note"],
        "fields": [],
        "follow_requests_count": 0,
    }
    return account(world, row) | {"source": source}


def status(world: World, row: Row, viewer: Row | None) -> dict[str, Any]:
    author = world.account(row["account_id"])
    people = [world.account(account_id) for account_id in world.mentioned(row["id"])]
    store = world.store
    favourites = store.rows("SELECT account_id FROM favourites WHERE status_id = ?", row["id"])
    tags = store.rows("SELECT tag FROM tags WHERE status_id = ?", row["id"])
    media = store.rows("SELECT * FROM media WHERE status_id = ? ORDER BY seq", row["id"])
    sql = "SELECT count(*) FROM statuses WHERE parent_id = ? AND deleted_at IS NULL"
    address = f"{world.site}/@{acct(author)}/{row['id']}"
    return {
        "id": row["id"],
        "created_at": iso(row["created_at"]),
        "edited_at": iso(row["edited_at"]),
        "in_reply_to_id": row["parent_id"],
        "in_reply_to_account_id": row["parent_account_id"],
        "sensitive": bool(row["is_sensitive"]),
        "spoiler_text": row["spoiler"],
        "visibility": row["visibility"],
        "language": row["language"],
        "uri": address,
        "url": address,
        "replies_count": store.value(sql, row["id"]),
        "reblogs_count": 0,
        "favourites_count": len(favourites),
        "favourited": bool(viewer) and any(f["account_id"] == viewer["id"] for f in favourites),
        "reblogged": False,
        "muted": False,
        "bookmarked": False,
        "content": content(world, row, people),
        "reblog": None,
        "application": {"name": "Practice", "website": None},
        "account": account(world, author),
        "media_attachments": [attachment(world, item) for item in media],
        "mentions": [
            {
                "id": person["id"],
                "username": person["username"],
                "acct": acct(person),
                "url": profile(world, person),
            }
            for person in people
        ],
        "tags": [{"name": t["tag"], "url": f"{world.site}/tags/{t['tag']}"} for t in tags],
        "emojis": [],
        "card": None,
        "poll": None,
        "filtered": [],
    }


def content(world: World, row: Row, people: list[Row]) -> str:
    named = {person["id"] for person in people}

    def address(handle: str) -> str | None:
        person = world.find(handle)
        return profile(world, person) if person and person["id"] in named else None

    return rules.to_html(row["text"], site=world.site, profile=address)


def attachment(world: World, row: Row) -> dict[str, Any]:
    is_ready = row["ready_at"] <= time.time()
    url = f"{world.site}/media/{row['id']}" if is_ready else None
    return {
        "id": row["id"],
        "type": row["kind"],
        "url": url,
        "preview_url": url,
        "remote_url": None,
        "meta": {},
        "description": row["description"] or None,
        "blurhash": None,
    }


def notification(world: World, row: Row, viewer: Row) -> dict[str, Any]:
    made = {
        "id": row["id"],
        "type": row["type"] if row["type"] != "request" else "follow_request",
        "created_at": iso(row["created_at"]),
        "group_key": f"ungrouped-{row['id']}",
        "account": account(world, world.account(row["from_id"])),
    }
    if row["status_id"]:
        made["status"] = status(world, world.status(row["status_id"], viewer), viewer)
    return made


def conversation(world: World, last: Row, viewer: Row) -> dict[str, Any]:
    people = {last["account_id"], *world.mentioned(last["id"])} - {viewer["id"]}
    return {
        "id": f"c{last['root_id']}",
        "unread": last["account_id"] != viewer["id"],
        "accounts": [account(world, world.account(each)) for each in sorted(people)],
        "last_status": status(world, last, viewer),
    }


def relationship(world: World, me: Row, target: Row) -> dict[str, Any]:
    def has(kind: str) -> bool:
        return world.related(me["id"], target["id"], kind)

    return {
        "id": target["id"],
        "following": has("follow"),
        "requested": has("request"),
        "showing_reblogs": has("follow"),
        "notifying": False,
        "languages": None,
        "followed_by": world.related(target["id"], me["id"], "follow"),
        "blocking": has("block"),
        "blocked_by": world.related(target["id"], me["id"], "block"),
        "muting": has("mute"),
        "muting_notifications": has("mute"),
        "requested_by": False,
        "domain_blocking": False,
        "endorsed": False,
        "note": "",
    }


def report(world: World, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "action_taken": False,
        "action_taken_at": None,
        "category": "other",
        "comment": row["comment"],
        "forwarded": False,
        "created_at": iso(row["created_at"]),
        "status_ids": json.loads(row["status_ids"]),
        "rule_ids": [],
        "target_account": account(world, world.account(row["target_id"])),
    }
