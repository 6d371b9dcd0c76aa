"""The endpoints, each by its name in the protocol."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from inbox.practice.bluesky import marks, views
from inbox.practice.bluesky.world import POST, Record, Refused
from inbox.practice.bluesky.xrpc import Call, Endpoint


def create_session(call: Call) -> Any:
    account = call.world.find(str(call.body.get("identifier")))
    if call.body.get("password") != account.password:
        raise Refused("AuthenticationRequired", "Invalid identifier or password", status=401)
    return call.world.session(account)


def list_notifications(call: Call) -> Any:
    wanted, cursor = call.many("reasons"), call.one("cursor")
    rows = [
        row
        for row in views.notifications(call.world, call.caller)
        if row["reason"] in wanted and (not cursor or row["indexedAt"] < cursor)
    ]
    return call.page("notifications", rows, lambda row, _size: str(row["indexedAt"]))


def author_feed(call: Call) -> Any:
    account, cursor = call.world.find(call.one("actor")), call.one("cursor")
    rows = [
        record
        for record in call.world.live(POST)
        if call.world.author(record) is account and (not cursor or _key(record) < cursor)
    ]
    page = call.page("feed", rows, lambda record, _size: _key(record))
    page["feed"] = [{"post": _post(call, record)} for record in page["feed"]]
    return page


def search(call: Call) -> Any:
    words, since = call.one("q").lower(), call.one("since")
    start = int(call.one("cursor") or 0)
    rows = [
        record
        for record in call.world.live(POST)
        if words in record.value["text"].lower() and record.sort_at >= since
    ]
    page = call.page("posts", rows[start:], lambda _record, size: str(start + size))
    page["posts"] = [_post(call, record) for record in page["posts"]]
    return page


def get_posts(call: Call) -> Any:
    if len(call.many("uris")) > 25:
        raise Refused("InvalidRequest", "uris must not have more than 25 elements")
    records = [record for uri in call.many("uris") if (record := call.world.record(uri))]
    shown = [
        record
        for record in records
        if not call.world.is_blocked(call.caller.did, call.world.author(record).did)
    ]
    return {"posts": [_post(call, record) for record in shown]}


def get_thread(call: Call) -> Any:
    above, below = int(call.one("parentHeight") or 80), int(call.one("depth") or 6)
    found = views.thread(call.world, call.one("uri"), call.caller.did, above, below)
    return {"thread": views.require(found)}


def get_profiles(call: Call) -> Any:
    if len(call.many("actors")) > 25:
        raise Refused("InvalidRequest", "actors must not have more than 25 elements")
    known = [call.world.accounts[did] for did in call.many("actors") if did in call.world.accounts]
    return {"profiles": [views.detailed(call.world, each, call.caller.did) for each in known]}


def get_record(call: Call) -> Any:
    uri = f"at://{call.one('repo')}/{call.one('collection')}/{call.one('rkey')}"
    record = call.world.record(uri)
    if record is None:
        raise Refused("RecordNotFound", f"Could not locate record: {uri}")
    return {"uri": uri, "cid": record.cid, "value": record.value}


def put_record(call: Call) -> Any:
    body = call.body
    return _written(call, body["rkey"], body.get("swapRecord", ...))


def create_record(call: Call) -> Any:
    return _written(call, call.body.get("rkey") or marks.tid(), ...)


def delete_record(call: Call) -> Any:
    body = call.body
    record = call.world.record(f"at://{call.caller.did}/{body['collection']}/{body['rkey']}")
    if record:
        record.deleted = True
    return {}


def upload_blob(call: Call) -> Any:
    kind = call.request.headers.get("content-type", "")
    link = marks.cid(call.body, codec=0x55)
    call.world.blobs[link] = kind, call.body
    size = len(call.body)
    return {"blob": {"$type": "blob", "ref": {"$link": link}, "mimeType": kind, "size": size}}


def get_blob(call: Call) -> Any:
    kind, content = call.world.blobs.get(call.one("cid"), ("", b""))
    if not content:
        raise Refused("BlobNotFound", "Blob not found")
    return Response(content, media_type=kind)


def mute(call: Call) -> Any:
    call.caller.mutes.add(call.world.find(call.body["actor"]).did)
    return {}


def unmute(call: Call) -> Any:
    call.caller.mutes.discard(call.world.find(call.body["actor"]).did)
    return {}


def report(call: Call) -> Any:
    made = {
        **call.body,
        "id": len(call.world.reports) + 1,
        "reportedBy": call.caller.did,
        "createdAt": marks.stamp(call.world.now()),
    }
    call.world.reports.append(made)
    return made


def list_convos(call: Call) -> Any:
    start = int(call.one("cursor") or 0)
    mine = [convo for convo in call.world.convos if call.caller.did in convo.members]
    if call.one("kind") == "direct":
        mine = [convo for convo in mine if len(convo.members) == 2]
    mine.sort(key=lambda convo: convo.rev, reverse=True)
    page = call.page("convos", mine[start:], lambda _convo, size: str(start + size))
    page["convos"] = [views.convo(call.world, convo) for convo in page["convos"]]
    return page


def get_messages(call: Call) -> Any:
    convo, cursor = _convo(call, call.one("convoId")), call.one("cursor")
    rows = [message for message in convo.messages if not cursor or message["id"] < cursor]
    return call.page("messages", rows, lambda message, _size: str(message["id"]))


def convo_for_members(call: Call) -> Any:
    members = {call.caller.did, *(call.world.find(did).did for did in call.many("members"))}
    return {"convo": views.convo(call.world, call.world.convo(*members))}


def send_message(call: Call) -> Any:
    convo = _convo(call, call.body["convoId"])
    return call.world.say(convo, call.caller.did, call.body["message"])


ENDPOINTS: dict[str, Endpoint] = {
    "com.atproto.server.createSession": create_session,
    "com.atproto.server.refreshSession": lambda call: call.world.session(call.caller),
    "com.atproto.server.getSession": lambda call: {
        "did": call.caller.did, "handle": call.caller.handle, "active": True
    },
    "com.atproto.identity.resolveHandle": lambda call: {
        "did": call.world.find(call.one("handle")).did
    },
    "com.atproto.repo.getRecord": get_record,
    "com.atproto.repo.putRecord": put_record,
    "com.atproto.repo.createRecord": create_record,
    "com.atproto.repo.deleteRecord": delete_record,
    "com.atproto.repo.uploadBlob": upload_blob,
    "com.atproto.sync.getBlob": get_blob,
    "com.atproto.moderation.createReport": report,
    "app.bsky.actor.getProfile": lambda call: views.detailed(
        call.world, call.world.find(call.one("actor")), call.caller.did
    ),
    "app.bsky.actor.getProfiles": get_profiles,
    "app.bsky.feed.getAuthorFeed": author_feed,
    "app.bsky.feed.getPosts": get_posts,
    "app.bsky.feed.getPostThread": get_thread,
    "app.bsky.feed.searchPosts": search,
    "app.bsky.graph.muteActor": mute,
    "app.bsky.graph.unmuteActor": unmute,
    "app.bsky.notification.listNotifications": list_notifications,
    "chat.bsky.convo.getConvo": lambda call: {
        "convo": views.convo(call.world, _convo(call, call.one("convoId")))
    },
    "chat.bsky.convo.getConvoForMembers": convo_for_members,
    "chat.bsky.convo.getMessages": get_messages,
    "chat.bsky.convo.listConvos": list_convos,
    "chat.bsky.convo.sendMessage": send_message,
}  # fmt: skip


def _written(call: Call, rkey: str, swap: Any) -> Any:
    body = call.body
    if body["repo"] != call.caller.did:
        raise Refused("AuthenticationRequired", "Not your repository", status=401)
    record = call.world.put(call.caller, body["collection"], rkey, body["record"], swap)
    return {"uri": record.uri, "cid": record.cid}


def _convo(call: Call, convo_id: str) -> Any:
    for convo in call.world.convos:
        if convo.id == convo_id and call.caller.did in convo.members:
            return convo
    raise Refused("InvalidConvo", "Convo not found")


def _post(call: Call, record: Record) -> dict[str, Any]:
    return views.post(call.world, record, call.caller.did)


def _key(record: Record) -> str:
    return f"{record.sort_at}::{record.cid}"
