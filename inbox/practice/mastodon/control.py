"""The control API for people and tests: act as anybody, look at everything, inject faults.

Everything is JSON under /practice/; only programs on this machine reach it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inbox.practice.database import Row
from inbox.practice.faults import BadRule
from inbox.practice.markup import Html, fill
from inbox.practice.mastodon import oauth, pages, shapes
from inbox.practice.mastodon.people import Refused
from inbox.practice.mastodon.switches import SWITCHES
from inbox.practice.mastodon.world import World
from inbox.practice.orders import View, door
from inbox.practice.pictures import draw

Action = Callable[[World, dict[str, Any]], Any]
FACTS = ("name", "note", "followers", "is_locked", "privacy")
ONCE = ("revoke_tokens", "reset_limits")


def routes(world: World) -> list[Route]:
    table: list[tuple[str, str, Action]] = [
        ("POST", "/practice/users", make_user),
        ("POST", "/practice/tokens", make_token),
        ("POST", "/practice/post", make_post),
        ("POST", "/practice/edit", edit_post),
        ("POST", "/practice/delete", delete_post),
        ("GET", "/practice/posts", list_posts),
        ("GET", "/practice/reports", list_reports),
        ("GET", "/practice/faults", get_faults),
        ("PUT", "/practice/faults", put_faults),
    ]

    async def controls(request: Request) -> Response:
        return pages.page("Controls", _controls(world))

    return [
        Route("/practice", controls),
        *(Route(path, _door(world, action), methods=[method]) for method, path, action in table),
    ]


def _door(world: World, action: Action) -> View:
    return door(partial(action, world), refusals=(Refused,))


def make_user(world: World, body: dict[str, Any]) -> Any:
    """handle, with a domain for somebody of another server, and facts: name, note, followers,
    is_locked, privacy."""
    row = world.ensure(body["handle"], **{name: body.get(name) for name in FACTS})
    return shapes.account(world, row)


def make_token(world: World, body: dict[str, Any]) -> Any:
    """handle: a token as if that person had signed in, of whichever server they are."""
    row = world.ensure(body["handle"])
    scope = body.get("scope") or oauth.ALL_SCOPES
    return oauth.grant(world, row, client_id="practice", scope=scope) | {"account_id": row["id"]}


def make_post(world: World, body: dict[str, Any]) -> Any:
    """author, text, and optionally visibility, in_reply_to, spoiler, language, media (a list of
    pictures to draw, each words and description)."""
    author = world.ensure(body["author"])
    row = world.post(
        author,
        str(body["text"]),
        visibility=body.get("visibility", ""),
        in_reply_to_id=body.get("in_reply_to"),
        spoiler=body.get("spoiler", ""),
        language=body.get("language"),
        media_ids=[
            world.add_media(
                author, draw(one["words"]), "image/png", description=one.get("description", "")
            )
            for one in body.get("media", ())
        ],
    )
    return _post(world, row)


def edit_post(world: World, body: dict[str, Any]) -> Any:
    return _post(world, world.edit(_author(world, body["id"]), body["id"], str(body["text"])))


def delete_post(world: World, body: dict[str, Any]) -> Any:
    return _post(world, world.delete(_author(world, body["id"]), body["id"]))


def list_posts(world: World, body: dict[str, Any]) -> Any:
    """All statuses, oldest first, private and deleted ones too; filters: author, in_reply_to."""
    rows = world.store.rows("SELECT * FROM statuses ORDER BY seq")
    found = [_post(world, row) for row in rows]
    for name in ("author", "in_reply_to"):
        if name in body:
            found = [post for post in found if post[name] == body[name]]
    return {"posts": found}


def list_reports(world: World, body: dict[str, Any]) -> Any:
    rows = world.store.rows("SELECT * FROM reports ORDER BY seq")
    return {"reports": [shapes.report(world, row) for row in rows]}


def get_faults(world: World, body: dict[str, Any]) -> Any:
    return world.faults.as_json()


def put_faults(world: World, body: dict[str, Any]) -> Any:
    """rules (replaces all) and switches, see SWITCHES; revoke_tokens, reset_limits happen once."""
    if unknown := set(body) - {"rules", *ONCE, *SWITCHES}:
        raise BadRule(f"unknown switches: {', '.join(sorted(unknown))}")
    if "rules" in body:
        world.faults.set_rules(body["rules"])
    world.faults.switches |= {name: body[name] for name in SWITCHES if name in body}
    if body.get("revoke_tokens"):
        world.store.run("DELETE FROM tokens")
    if body.get("reset_limits"):
        world.limits.reset()
    return world.faults.as_json()


def _author(world: World, status_id: str) -> Row:
    found = world.store.value("SELECT account_id FROM statuses WHERE id = ?", status_id)
    if found is None:
        raise Refused(404, f"there is no status {status_id}")
    return world.account(found)


def _post(world: World, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "author": shapes.acct(world.account(row["account_id"])),
        "text": row["text"],
        "visibility": row["visibility"],
        "in_reply_to": row["parent_id"],
        "root": row["root_id"],
        "mentions": [shapes.acct(world.account(each)) for each in world.mentioned(row["id"])],
        "edited": row["edited_at"] is not None,
        "deleted": row["deleted_at"] is not None,
    }


def _controls(world: World) -> Html:
    state = json.dumps(world.faults.as_json(), indent=2)
    words = "Change them by PUT /practice/faults; post as anybody by POST /practice/post."
    return fill("<h1>Controls</h1><p>{words}</p><pre>{state}</pre>", words=words, state=state)
