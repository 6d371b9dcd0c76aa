"""The control API for people and tests: act as somebody, import, inject faults.

Everything is JSON under /practice/; only programs on this machine reach it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.routing import Route

from inbox.practice import faults
from inbox.practice.database import Row
from inbox.practice.orders import View, door
from inbox.practice.x import imports, mail, media, oauth, posts, push, shapes, users
from inbox.practice.x.api import Network
from inbox.practice.x.store import Store, arrival_ms

MAX_LISTED = 100_000


class Refused(Exception):
    """A control request makes no sense; the message says why."""


Action = Callable[[Network, dict[str, Any]], Any]


def routes(network: Network) -> list[Route]:
    """Return the control API's routes."""
    table: list[tuple[str, str, Action]] = [
        ("POST", "/practice/users", make_user),
        ("GET", "/practice/users", list_users),
        ("POST", "/practice/tokens", make_tokens),
        ("POST", "/practice/post", make_post),
        ("POST", "/practice/posts", import_posts),
        ("POST", "/practice/posts/known", known_posts),
        ("GET", "/practice/posts", list_posts),
        ("POST", "/practice/edit", edit_post),
        ("POST", "/practice/delete", delete_post),
        ("POST", "/practice/message", make_message),
        ("GET", "/practice/messages", list_messages),
        ("GET", "/practice/faults", get_faults),
        ("PUT", "/practice/faults", put_faults),
    ]
    return [Route(path, _door(network, action), methods=[method]) for method, path, action in table]


def _door(network: Network, action: Action) -> View:
    return door(partial(action, network), refusals=(Refused, mail.NotPossible))


# -- people ------------------------------------------------------------------------------------
def make_user(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    """handle, and optionally name, bio, followers, following, verified, accepts_messages."""
    return _user_json(_ensure(network.store, body.pop("handle"), body, can_sign_in=True))


def _ensure(
    store: Store, handle: str, body: dict[str, Any], *, can_sign_in: bool | None = None
) -> Row:
    return users.ensure(
        store,
        handle,
        name=body.get("name"),
        bio=body.get("bio"),
        followers=body.get("followers"),
        following=body.get("following"),
        is_verified=body.get("verified"),
        accepts_messages=body.get("accepts_messages"),
        can_sign_in=can_sign_in,
        created_at=imports.parse_time(body.get("joined_at")),
    )


def list_users(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    """Those who were made to sign in as; imported authors are not listed."""
    rows = network.store.rows("SELECT * FROM users WHERE can_sign_in = 1 ORDER BY handle_key")
    return {"users": [_user_json(row) for row in rows]}


def make_tokens(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    """handle, and optionally scope and client_id: tokens as if that person had signed in."""
    user = users.ensure(network.store, body["handle"], can_sign_in=True)
    client_id = body.get("client_id") or next(iter(network.clients))
    scope = body.get("scope") or oauth.ALL_SCOPES
    granted = oauth.grant(network.store, user, client_id=client_id, scope=scope)
    return granted | {"user_id": str(user["id"]), "handle": user["handle"]}


# -- posts -------------------------------------------------------------------------------------
def make_post(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    """author, text, and optionally in_reply_to (id), created_at, lang, media (a list of pictures
    to draw, each words and alt), and the author's facts."""
    store = network.store
    parent = _post(store, body["in_reply_to"]) if body.get("in_reply_to") else None
    author = _ensure(store, body["author"], body)
    post = posts.create(
        store,
        author,
        str(body["text"]),
        parent=parent,
        created_at=imports.parse_time(body.get("created_at")),
        lang=body.get("lang"),
        source_key=body.get("key"),
    )
    media.draw_for(store, post["author_id"], post["first_id"], body.get("media", ()))
    return _post_json(store, post, author)


def import_posts(network: Network, body: dict[str, Any]) -> dict[str, int]:
    """posts: a list of items as `imports.take_in` describes them."""
    return imports.take_in(network.store, body["posts"])


def known_posts(network: Network, body: dict[str, Any]) -> dict[str, list[str]]:
    """keys: which of these have been imported before."""
    return {"known": sorted(imports.known_keys(network.store, body["keys"]))}


def list_posts(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    """Optionally author, in_reply_to, text (exact), key, deleted=1 for deleted ones too."""
    store = network.store
    where, values = ["p.is_current = 1"], []
    if body.get("deleted") != "1":
        where.append("p.deleted_at IS NULL")
    filters = {
        "author": "u.handle_key = lower(?)",
        "in_reply_to": "p.parent_id = ?",
        "text": "p.text = ?",
        "key": "p.source_key = ?",
    }
    for name, sql in filters.items():
        if name in body:
            where.append(sql)
            values.append(body[name].removeprefix("@") if name == "author" else body[name])
    rows = store.rows(
        "SELECT p.*, u.handle FROM posts p JOIN users u ON u.id = p.author_id"  # noqa: S608
        f" WHERE {' AND '.join(where)} ORDER BY p.id LIMIT ?",
        *values,
        MAX_LISTED,
    )
    likes = {
        row["first_id"]: row["n"]
        for row in store.rows("SELECT first_id, count(*) AS n FROM likes GROUP BY first_id")
    }
    return {"posts": [_post_json(store, row, row, likes.get(row["first_id"], 0)) for row in rows]}


def edit_post(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    """id, text: the author changes a post; the answer carries the new id."""
    post = posts.edit(network.store, _post(network.store, body["id"]), str(body["text"]))
    author = users.by_id(network.store, post["author_id"])
    assert author is not None  # noqa: S101 - a foreign key
    return _post_json(network.store, post, author)


def delete_post(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    """id: the author deletes a post."""
    post = _post(network.store, body["id"])
    posts.delete(network.store, post)
    return {"id": str(post["id"]), "deleted": True}


# -- private messages --------------------------------------------------------------------------
def make_message(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    """sender, recipient (handles), text, and optionally created_at, media (as of a post) and the
    sender's facts."""
    store = network.store
    sender = _ensure(store, body["sender"], body)
    recipient = users.ensure(store, body["recipient"])
    message = mail.send(
        store,
        sender,
        recipient,
        str(body["text"]),
        created_at=imports.parse_time(body.get("created_at")),
    )
    media.draw_for(store, sender["id"], message["id"], body.get("media", ()))
    return {"id": str(message["id"]), "sender_id": str(sender["id"])}


def list_messages(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    """Optionally sender and recipient (handles); oldest first."""
    rows = network.store.rows(
        "SELECT m.*, s.handle AS sender, r.handle AS recipient FROM messages m"
        " JOIN users s ON s.id = m.sender_id JOIN users r ON r.id = m.recipient_id"
        " WHERE (? = '' OR s.handle_key = lower(?)) AND (? = '' OR r.handle_key = lower(?))"
        " ORDER BY m.id",
        *[body.get(name, "").removeprefix("@") for name in ("sender", "sender")],
        *[body.get(name, "").removeprefix("@") for name in ("recipient", "recipient")],
    )
    return {
        "messages": [
            {
                "id": str(row["id"]),
                "sender": row["sender"],
                "recipient": row["recipient"],
                "text": row["text"],
                "created_at": shapes.iso(row["created_at"]),
            }
            for row in rows
        ]
    }


# -- faults ------------------------------------------------------------------------------------
def get_faults(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    return network.faults.as_json()


def put_faults(network: Network, body: dict[str, Any]) -> dict[str, Any]:
    """rules (replaces all), self_serve, push (how events are delivered, see `push.WAYS`);
    expire_tokens, revoke_tokens, reset_limits happen once."""
    known = {"rules", "self_serve", "push", "expire_tokens", "revoke_tokens", "reset_limits"}
    if unknown := set(body) - known:
        raise faults.BadRule(f"unknown switches: {', '.join(sorted(unknown))}")
    if "rules" in body:
        network.faults.set_rules(body["rules"])
    if "self_serve" in body:
        network.faults.switches["self_serve"] = bool(body["self_serve"])
    if "push" in body:
        if body["push"] not in push.WAYS:
            raise faults.BadRule(f"push must be one of {', '.join(push.WAYS)}")
        network.faults.switches["push"] = body["push"]
    if body.get("expire_tokens") or body.get("revoke_tokens"):
        oauth.expire_all(network.store, refresh_too=bool(body.get("revoke_tokens")))
    if body.get("reset_limits"):
        network.limits.reset()
    return network.faults.as_json()


def _post(store: Store, raw: Any) -> Row:
    found = posts.get(store, int(raw))
    if found is None:
        raise Refused(f"there is no post {raw}")
    return found


def _user_json(row: Row) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "handle": row["handle"],
        "name": row["name"],
        "followers": row["followers"],
        "verified": bool(row["is_verified"]),
    }


def _post_json(store: Store, post: Row, author: Row, likes: int = 0) -> dict[str, Any]:
    return {
        "id": str(post["id"]),
        "first_id": str(post["first_id"]),
        "author": author["handle"],
        "author_id": str(post["author_id"]),
        "text": post["text"],
        "created_at": shapes.iso(post["created_at"]),
        "received_at": shapes.iso(arrival_ms(post["id"])),
        "in_reply_to": str(post["parent_id"]) if post["parent_id"] else None,
        "conversation_id": str(post["conversation_id"]),
        "hidden": bool(post["is_hidden"]),
        "deleted": post["deleted_at"] is not None,
        "likes": likes,
        "key": post["source_key"],
    }
