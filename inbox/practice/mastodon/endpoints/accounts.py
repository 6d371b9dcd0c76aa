"""People: https://docs.joinmastodon.org/methods/accounts/"""

from __future__ import annotations

from typing import Any

from inbox.practice.database import Row
from inbox.practice.mastodon import shapes
from inbox.practice.mastodon.api import Call, endpoint
from inbox.practice.mastodon.people import Refused


def verify_credentials(call: Call) -> Any:
    return shapes.own_account(call.world, call.caller)


def lookup(call: Call) -> Any:
    found = call.world.find(call.text("acct"))
    if found is None:
        raise Refused(404, "Record not found")
    return shapes.account(call.world, found)


def search(call: Call) -> Any:
    words = f"%{call.text('q').removeprefix('@').lower()}%"
    sql = "SELECT * FROM accounts WHERE acct_key LIKE ? ORDER BY seq LIMIT 40"
    return [shapes.account(call.world, row) for row in call.world.store.rows(sql, words)]


def show(call: Call) -> Any:
    return shapes.account(call.world, call.world.account(call.part("id")))


def statuses(call: Call) -> Any:
    world, owner = call.world, call.world.account(call.part("id"))
    conditions = ["account_id = ?", "deleted_at IS NULL"]
    is_own = call.me is not None and call.me["id"] == owner["id"]
    if not is_own:
        conditions.append("visibility IN ('public', 'unlisted')")
    elif world.faults.is_on("hides_own_directs"):
        conditions.append("visibility <> 'direct'")
    if call.flag("exclude_replies"):
        conditions.append("parent_id IS NULL")
    sql = f"SELECT * FROM statuses WHERE {' AND '.join(conditions)}"  # noqa: S608
    rows = call.page(sql, owner["id"], table="statuses")
    return [shapes.status(world, row, call.me) for row in rows]


def relationships(call: Call) -> Any:
    world = call.world
    return [
        shapes.relationship(world, call.caller, world.account(each)) for each in call.many("id")
    ]


def follow(call: Call) -> Any:
    target = _target(call)
    kind = "request" if target["is_locked"] else "follow"
    call.world.relate(call.caller, target, kind, on=True)
    return shapes.relationship(call.world, call.caller, target)


def unfollow(call: Call) -> Any:
    target = _target(call)
    for kind in ("follow", "request"):
        call.world.relate(call.caller, target, kind, on=False)
    return shapes.relationship(call.world, call.caller, target)


def _switch(kind: str, *, on: bool) -> Any:
    def handler(call: Call) -> Any:
        target = _target(call)
        call.world.relate(call.caller, target, kind, on=on)
        return shapes.relationship(call.world, call.caller, target)

    return handler


def _target(call: Call) -> Row:
    target = call.world.account(call.part("id"))
    if target["id"] == call.caller["id"]:
        raise Refused(403, "This action is not allowed")
    return target


ONE = "/api/v1/accounts/{id}"
ENDPOINTS = [
    endpoint("GET", "/api/v1/accounts/verify_credentials", verify_credentials),
    endpoint("GET", "/api/v1/accounts/lookup", lookup, is_open=True),
    endpoint("GET", "/api/v1/accounts/search", search),
    endpoint("GET", "/api/v1/accounts/relationships", relationships),
    endpoint("GET", ONE, show, is_open=True),
    endpoint("GET", f"{ONE}/statuses", statuses, is_open=True),
    endpoint("POST", f"{ONE}/follow", follow),
    endpoint("POST", f"{ONE}/unfollow", unfollow),
    *(
        endpoint("POST", f"{ONE}/{'' if on else 'un'}{kind}", _switch(kind, on=on))
        for kind in ("mute", "block")
        for on in (True, False)
    ),
]
