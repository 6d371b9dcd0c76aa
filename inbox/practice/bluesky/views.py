"""What one account gets to see: profiles, posts, threads, notifications, conversations."""

from __future__ import annotations

from typing import Any

from inbox.practice.bluesky.world import POST, Account, Convo, Record, Refused, World

NOTIFIED = 4  # levels above a reply whose authors are told of it


def profile(world: World, account: Account) -> dict[str, Any]:
    shown = {"did": account.did, "handle": account.handle, "createdAt": account.created_at}
    return shown | ({"displayName": account.name} if account.name else {})


def detailed(world: World, account: Account, viewer: str) -> dict[str, Any]:
    counts = {"followersCount": account.followers, "followsCount": 0, "postsCount": 0}
    states = {"muted": account.did in world.accounts[viewer].mutes, "blockedBy": False}
    for name, collection in (("following", "follow"), ("blocking", "block")):
        for record in world.live(f"app.bsky.graph.{collection}"):
            if (world.author(record).did, record.value["subject"]) == (viewer, account.did):
                states[name] = record.uri
    return profile(world, account) | counts | {"viewer": states}


def post(world: World, record: Record, viewer: str) -> dict[str, Any]:
    likes = [each for each in world.live("app.bsky.feed.like") if _subject(each) == record.uri]
    mine = [each.uri for each in likes if world.author(each).did == viewer]
    shown = {
        "uri": record.uri,
        "cid": record.cid,
        "author": profile(world, world.author(record)),
        "record": record.value,
        "indexedAt": record.indexed_at,
        "likeCount": len(likes),
        "labels": [],
        "viewer": {"like": mine[0]} if mine else {},
    }
    embed = _embed(world, record, record.value.get("embed") or {})
    return shown | ({"embed": embed} if embed else {})


def thread(world: World, uri: str, viewer: str, above: int, below: int) -> dict[str, Any]:
    """Return a post with those above and below; what is gone or blocked ends the way."""
    record = world.record(uri)
    if record is None:
        return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}
    author = world.author(record).did
    if world.is_blocked(viewer, author):
        kind = "app.bsky.feed.defs#blockedPost"
        return {"$type": kind, "uri": uri, "blocked": True, "author": {"did": author}}
    node: dict[str, Any] = {
        "$type": "app.bsky.feed.defs#threadViewPost",
        "post": post(world, record, viewer),
        "replies": [],
    }
    parent = (record.value.get("reply") or {}).get("parent")
    if parent and above:
        node["parent"] = thread(world, parent["uri"], viewer, above - 1, 0)
    if below:
        node["replies"] = [
            thread(world, each.uri, viewer, 0, below - 1)
            for each in world.live(POST)
            if _above(each.value) == uri
        ]
    return node


def notifications(world: World, account: Account) -> list[dict[str, Any]]:
    """Return who spoke to `account`, newest first; the strongest reason counts."""
    found = []
    for record in world.live(POST):
        author = world.author(record)
        reason = _reason(world, record.value, account.did)
        if not reason or author.did == account.did or author.did in account.mutes:
            continue
        if world.is_blocked(account.did, author.did):
            continue
        found.append(
            {
                "uri": record.uri,
                "cid": record.cid,
                "author": profile(world, author),
                "reason": reason,
                "record": record.value,
                "isRead": True,  # by the app on somebody's telephone
                "indexedAt": record.sort_at,
                "labels": [],
            }
        )
    return found


def convo(world: World, shown: Convo) -> dict[str, Any]:
    kind: dict[str, Any] = {"$type": "chat.bsky.convo.defs#directConvo"}
    if len(shown.members) > 2:
        kind = {
            "$type": "chat.bsky.convo.defs#groupConvo",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "lockStatus": "unlocked",
            "lockStatusModerationOverride": False,
            "memberCount": len(shown.members),
            "memberLimit": 50,
            "name": "A group",
        }
    return {
        "id": shown.id,
        "rev": shown.rev,
        "members": [profile(world, world.accounts[did]) for did in shown.members],
        "muted": False,
        "status": "accepted",
        "unreadCount": 0,
        **({"lastMessage": shown.messages[0]} if shown.messages else {}),
        "kind": kind,
    }


def _reason(world: World, value: dict[str, Any], did: str) -> str:
    ours = f"at://{did}/"
    for facet in value.get("facets") or ():
        if any(feature.get("did") == did for feature in facet["features"]):
            return "mention"
    shown = (value.get("embed") or {}).get("record") or {}
    if str((shown.get("record") or shown).get("uri")).startswith(ours):
        return "quote"
    above = _above(value)
    for _level in range(NOTIFIED):
        if above.startswith(ours):
            return "reply"
        known = world.record(above)
        above = _above(known.value) if known else ""
    return ""


def _above(value: dict[str, Any]) -> str:
    reply = value.get("reply") or {}
    return str((reply.get("parent") or {}).get("uri") or "")


def _subject(record: Record) -> Any:
    return record.value["subject"]["uri"]


def _embed(world: World, record: Record, embed: dict[str, Any]) -> dict[str, Any]:
    match embed.get("$type"):
        case "app.bsky.embed.images":
            images = [_picture(world, each) for each in embed["images"]]
            return {"$type": "app.bsky.embed.images#view", "images": images}
        case "app.bsky.embed.record":
            return {"$type": "app.bsky.embed.record#view", "record": _quoted(world, embed)}
        case "app.bsky.embed.recordWithMedia":
            return {
                "$type": "app.bsky.embed.recordWithMedia#view",
                "record": {"record": _quoted(world, embed["record"])},
                "media": _embed(world, record, embed["media"]),
            }
        case "app.bsky.embed.video":
            link = embed["video"]["ref"]["$link"]
            playlist = f"{world.site}/video/{link}/playlist.m3u8"
            return {"$type": "app.bsky.embed.video#view", "cid": link, "playlist": playlist}
    return {}


def _picture(world: World, image: dict[str, Any]) -> dict[str, str]:
    address = f"{world.site}/img/{image['image']['ref']['$link']}"
    return {"thumb": address, "fullsize": address, "alt": image["alt"]}


def _quoted(world: World, embed: dict[str, Any]) -> dict[str, Any]:
    uri = embed["record"]["uri"]
    record = world.record(uri)
    if record is None:
        return {"$type": "app.bsky.embed.record#viewNotFound", "uri": uri, "notFound": True}
    return {
        "$type": "app.bsky.embed.record#viewRecord",
        "uri": uri,
        "cid": record.cid,
        "author": profile(world, world.author(record)),
        "value": record.value,
        "indexedAt": record.indexed_at,
    }


def require(found: dict[str, Any]) -> dict[str, Any]:
    """Return the view of a post that was asked for itself. Raises Refused if it is gone."""
    if found["$type"].endswith("#notFoundPost"):
        raise Refused("NotFound", f"Post not found: {found['uri']}")
    return found
