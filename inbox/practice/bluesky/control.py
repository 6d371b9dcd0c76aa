"""The control API for people and tests: act as anybody, look at everything, inject faults.

Everything is JSON under /practice/; only programs on this machine reach it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.routing import Route

from inbox.practice.bluesky import marks
from inbox.practice.bluesky.world import POST, SWITCHES, Account, Record, Refused, World
from inbox.practice.faults import BadRule
from inbox.practice.orders import door

MENTION = re.compile(r"@([a-z0-9.-]+\.[a-z]+)")
FACTS = ("name", "followers", "scope")
Action = Callable[[World, dict[str, Any]], Any]


def routes(world: World) -> list[Route]:
    table: list[tuple[str, str, Action]] = [
        ("POST", "/practice/users", make_user),
        ("POST", "/practice/post", make_post),
        ("POST", "/practice/delete", delete_post),
        ("POST", "/practice/block", block),
        ("POST", "/practice/say", say),
        ("POST", "/practice/expire", expire),
        ("GET", "/practice/records", list_records),
        ("GET", "/practice/messages", list_messages),
        ("GET", "/practice/reports", lambda world, _body: {"reports": world.reports}),
        ("GET", "/practice/faults", lambda world, _body: world.faults.as_json()),
        ("PUT", "/practice/faults", put_faults),
    ]
    return [
        Route(path, door(partial(action, world), refusals=(Refused, BadRule)), methods=[method])
        for method, path, action in table
    ]


def make_user(world: World, body: dict[str, Any]) -> Any:
    """handle, and facts: name, followers, scope of its app password."""
    facts = {name: body[name] for name in FACTS if name in body}
    account = world.ensure(body["handle"], **facts)
    return {"did": account.did, "password": account.password}


def make_post(world: World, body: dict[str, Any]) -> Any:
    """author, text, and optionally reply_to, quotes (addresses), images (descriptions), at."""
    author = world.ensure(body["author"])
    at = marks.stamp(world.now())
    value = {"$type": POST, "text": body["text"], "createdAt": body.get("at") or at}
    value |= _facets(world, body["text"])
    if body.get("reply_to"):
        parent = _ref(world, body["reply_to"])
        above = world.records[parent["uri"]].value.get("reply")
        value["reply"] = {"root": above["root"] if above else parent, "parent": parent}
    if body.get("quotes"):
        quoted = _ref(world, body["quotes"])
        value["embed"] = {"$type": "app.bsky.embed.record", "record": quoted}
    if body.get("images"):
        value["embed"] = {
            "$type": "app.bsky.embed.images",
            "images": [_image(world, words) for words in body["images"]],
        }
    value |= body.get("record") or {}
    return _shown(world, world.put(author, POST, body.get("rkey") or marks.tid(), value))


def delete_post(world: World, body: dict[str, Any]) -> Any:
    world.records[body["uri"]].deleted = True
    return {}


def block(world: World, body: dict[str, Any]) -> Any:
    """by, whom: handles."""
    value = {"subject": world.ensure(body["whom"]).did, "createdAt": marks.stamp(world.now())}
    made = world.put(world.ensure(body["by"]), "app.bsky.graph.block", marks.tid(), value)
    return _shown(world, made)


def say(world: World, body: dict[str, Any]) -> Any:
    """author, to (handles), text: a private message."""
    author = world.ensure(body["author"])
    others = [world.ensure(handle).did for handle in body["to"]]
    convo = world.convo(author.did, *others)
    return {"convo": convo.id, **world.say(convo, author.did, {"text": body["text"]})}


def expire(world: World, body: dict[str, Any]) -> Any:
    """End every access token; with `all`, the sessions too."""
    for token, (did, scope, ends) in world.tokens.items():
        if scope != "com.atproto.refresh" or body.get("all"):
            world.tokens[token] = did, scope, min(ends, 0.0)
    return {}


def list_records(world: World, body: dict[str, Any]) -> Any:
    """All records of a collection, in the order of their arrival; filter: author."""
    found = [
        _shown(world, record)
        for uri, record in world.records.items()
        if uri.split("/")[3] == body.get("collection", POST)
    ]
    if "author" in body:
        found = [each for each in found if each["author"] == body["author"]]
    return {"records": found}


def list_messages(world: World, body: dict[str, Any]) -> Any:
    """All private messages, oldest first."""
    found = [
        {
            "convo": convo.id,
            "author": world.accounts[message["sender"]["did"]].handle,
            "members": [world.accounts[did].handle for did in convo.members],
            "text": message["text"],
            "id": message["id"],
        }
        for convo in world.convos
        for message in reversed(convo.messages)
    ]
    return {"messages": found}


def put_faults(world: World, body: dict[str, Any]) -> Any:
    """rules, and switches: clock_offset, chat_is_down."""
    unknown = body.keys() - SWITCHES.keys() - {"rules"}
    if unknown:
        raise BadRule(f"unknown switches: {', '.join(sorted(unknown))}")
    world.faults.set_rules(body.pop("rules", []))
    world.faults.switches.update(body)
    return world.faults.as_json()


def _shown(world: World, record: Record) -> dict[str, Any]:
    return {
        "uri": record.uri,
        "cid": record.cid,
        "author": world.author(record).handle,
        "value": record.value,
        "deleted": record.deleted,
    }


def _ref(world: World, uri: str) -> dict[str, str]:
    return {"uri": uri, "cid": world.records[uri].cid}


def _image(world: World, words: str) -> dict[str, Any]:
    content = b"\x89PNG" + words.encode()
    link = marks.cid(content, codec=0x55)
    world.blobs[link] = "image/png", content
    ref = {"$type": "blob", "ref": {"$link": link}, "mimeType": "image/png", "size": len(content)}
    return {"image": ref, "alt": words}


def _facets(world: World, text: str) -> dict[str, Any]:
    made = []
    for match in MENTION.finditer(text):
        named: Account = world.ensure(match[1])
        start = len(text[: match.start()].encode())
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": named.did}
        index = {"byteStart": start, "byteEnd": start + len(match[0].encode())}
        made.append({"index": index, "features": [feature]})
    return {"facets": made} if made else {}
