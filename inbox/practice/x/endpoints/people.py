"""Looking up people, following them."""

from __future__ import annotations

from typing import Any

from inbox.practice.database import Row
from inbox.practice.x import problems, users
from inbox.practice.x.api import Answer, Call, Endpoint, answer_list, answer_one, read_id
from inbox.practice.x.fields import read_view

READ = frozenset({"tweet.read", "users.read"})
FOLLOW = READ | {"follows.write"}
FIELDS = frozenset({"user.fields", "expansions", "post.fields", "tweet.fields"})
MAX_LOOKUP = 100


def get_me(call: Call) -> Answer:
    page = call.page(read_view("user", call.query))
    return answer_one(page, page.tell_users([call.user]))


def get_by_id(call: Call) -> Answer:
    user_id = call.path_id("id")
    return _one(call, users.by_id(call.store, user_id), "id", user_id)


def get_by_username(call: Call) -> Answer:
    handle = call.request.path_params["username"]
    if not users.HANDLE.fullmatch(handle):
        raise problems.invalid(
            "username",
            handle,
            f"The `username` query parameter value [{handle}] is not ^[A-Za-z0-9_]{{1,15}}$",
        )
    return _one(call, users.by_handle(call.store, handle), "username", handle)


def _one(call: Call, user: Row | None, parameter: str, value: object) -> Answer:
    page = call.page(read_view("user", call.query))
    if user is None:
        return {"errors": [problems.not_found("user", parameter, value)]}
    return answer_one(page, page.tell_users([user]))


def get_by_ids(call: Call) -> Answer:
    names = _asked(call, "ids")
    found = users.by_ids(call.store, [read_id("ids", name) for name in names])
    return _many(call, "ids", {str(user_id): row for user_id, row in found.items()}, names)


def get_by_usernames(call: Call) -> Answer:
    names = _asked(call, "usernames")
    return _many(call, "usernames", users.by_handles(call.store, names), names)


def _asked(call: Call, parameter: str) -> list[str]:
    names = [name for name in call.query.get(parameter, "").split(",") if name]
    if not 1 <= len(names) <= MAX_LOOKUP:
        raise problems.invalid(
            parameter,
            names,
            f"The number of values in the `{parameter}` query parameter list "
            f"[{len(names)}] is not between 1 and {MAX_LOOKUP}",
        )
    return list(dict.fromkeys(names))


def _many(call: Call, parameter: str, found: dict[str, Row], names: list[str]) -> Answer:
    page = call.page(read_view("user", call.query))
    rows = [found[name.lower()] for name in names if name.lower() in found]
    page.errors = [
        problems.not_found("user", parameter, name) for name in names if name.lower() not in found
    ]
    return answer_list(page, page.tell_users(rows))


def follow(call: Call) -> Answer:
    target = _target(call, call.body.get("target_user_id"))
    call.store.run(
        "INSERT OR IGNORE INTO follows (user_id, target_id) VALUES (?, ?)",
        call.user["id"],
        target["id"],
    )
    return {"data": {"following": True, "pending_follow": False}}


def unfollow(call: Call) -> Answer:
    call.own_path_id("source_user_id")
    call.store.run(
        "DELETE FROM follows WHERE user_id = ? AND target_id = ?",
        call.user["id"],
        call.path_id("target_user_id"),
    )
    return {"data": {"following": False}}


def _target(call: Call, raw: Any) -> Row:
    call.own_path_id()
    if call.network.faults.is_on("self_serve"):
        raise problems.client_forbidden("Following is not part of this access level.")
    user_id = read_id("target_user_id", raw)
    target = users.by_id(call.store, user_id)
    if target is None or user_id == call.user["id"]:
        raise problems.forbidden("You cannot follow this user.")
    return target


ENDPOINTS = (
    Endpoint("GET", "/2/users/me", get_me, 75, READ, FIELDS),
    Endpoint("GET", "/2/users/by/username/{username}", get_by_username, 900, READ, FIELDS),
    Endpoint("GET", "/2/users/by", get_by_usernames, 900, READ, FIELDS | {"usernames"}),
    Endpoint("GET", "/2/users", get_by_ids, 900, READ, FIELDS | {"ids"}),
    Endpoint("GET", "/2/users/{id}", get_by_id, 900, READ, FIELDS),
    Endpoint(
        "POST", "/2/users/{id}/following", follow, 50, FOLLOW, body=frozenset({"target_user_id"})
    ),
    Endpoint(
        "DELETE", "/2/users/{source_user_id}/following/{target_user_id}", unfollow, 50, FOLLOW
    ),
)
