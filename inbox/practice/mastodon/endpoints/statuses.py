"""Statuses and their media: https://docs.joinmastodon.org/methods/statuses/"""

from __future__ import annotations

from typing import Any

from inbox.practice.mastodon import shapes
from inbox.practice.mastodon.api import Call, endpoint
from inbox.practice.mastodon.people import Refused

MOST_ABOVE, MOST_BELOW = 4096, 4096
FILM_SECONDS = 0.5  # how long a film takes to convert


def create(call: Call) -> Any:
    made = call.world.post(
        call.caller,
        call.text("status"),
        visibility=call.text("visibility"),
        in_reply_to_id=call.text("in_reply_to_id") or None,
        spoiler=call.text("spoiler_text"),
        sensitive=call.flag("sensitive"),
        language=call.text("language") or None,
        media_ids=call.many("media_ids"),
        key=call.request.headers.get("idempotency-key", ""),
    )
    return shapes.status(call.world, made, call.me)


def edit(call: Call) -> Any:
    changed = call.world.edit(
        call.caller,
        call.part("id"),
        call.text("status"),
        spoiler=call.text("spoiler_text"),
        sensitive=call.flag("sensitive"),
        media_ids=call.many("media_ids"),
    )
    return shapes.status(call.world, changed, call.me)


def show(call: Call) -> Any:
    return shapes.status(call.world, call.world.status(call.part("id"), call.me), call.me)


def several(call: Call) -> Any:
    """https://docs.joinmastodon.org/methods/statuses/#index"""
    if call.world.faults.is_on("no_bulk_lookup"):
        raise Refused(404, "Not Found")
    found = []
    for status_id in call.many("id"):
        try:
            row = call.world.status(status_id, call.me)
        except Refused:
            continue
        found.append(shapes.status(call.world, row, call.me))
    return found


def source(call: Call) -> Any:
    row = call.world.status(call.part("id"), call.me)
    return {"id": row["id"], "text": row["text"], "spoiler_text": row["spoiler"]}


def delete(call: Call) -> Any:
    row = call.world.delete(call.caller, call.part("id"))
    return shapes.status(call.world, row, call.me) | {"text": row["text"]}


def context(call: Call) -> Any:
    world, start = call.world, call.world.status(call.part("id"), call.me)
    sql = "SELECT * FROM statuses WHERE root_id = ? AND deleted_at IS NULL ORDER BY seq"
    rows = [r for r in world.store.rows(sql, start["root_id"]) if world.can_see(r, call.me)]
    by_id = {row["id"]: row for row in rows}
    above, at = [], start
    while at["parent_id"] in by_id and len(above) < MOST_ABOVE:
        at = by_id[at["parent_id"]]
        above.insert(0, at)
    within, below = {start["id"]}, []
    for row in rows:
        if row["parent_id"] in within:
            within.add(row["id"])
            below.append(row)
    return {
        "ancestors": [shapes.status(world, row, call.me) for row in above],
        "descendants": [shapes.status(world, row, call.me) for row in below[:MOST_BELOW]],
    }


def _favourite(*, on: bool) -> Any:
    def handler(call: Call) -> Any:
        row = call.world.status(call.part("id"), call.me)
        call.world.favourite(call.caller, row, on=on)
        return shapes.status(call.world, row, call.me)

    return handler


def upload(call: Call) -> Any:
    """https://docs.joinmastodon.org/methods/media/#v2: films are ready some time later."""
    file = call.values.get("file")
    if not isinstance(file, dict) or not file["content"]:
        raise Refused(422, "Validation failed: File can't be blank")
    kind = {"image": "image", "video": "video", "audio": "audio"}.get(file["type"].split("/")[0])
    if kind is None:
        raise Refused(422, "Validation failed: File content type is invalid")
    is_slow = kind == "video" or call.world.faults.is_on("slow_media")
    media_id = call.world.add_media(
        call.caller,
        file["content"],
        file["type"],
        description=call.text("description"),
        ready_in=FILM_SECONDS if is_slow else 0,
    )
    call.status = 202 if is_slow else 200
    return _media(call, media_id)


def show_media(call: Call) -> Any:
    shown = _media(call, call.part("id"))
    call.status = 200 if shown["url"] else 206
    return shown


def _media(call: Call, media_id: str) -> dict[str, Any]:
    sql = "SELECT * FROM media WHERE id = ? AND account_id = ?"
    row = call.world.store.row(sql, media_id, call.caller["id"])
    if row is None:
        raise Refused(404, "Record not found")
    return shapes.attachment(call.world, row)


ONE = "/api/v1/statuses/{id}"
ENDPOINTS = [
    endpoint("POST", "/api/v1/statuses", create),
    endpoint("GET", "/api/v1/statuses", several, is_open=True),
    endpoint("GET", ONE, show, is_open=True),
    endpoint("PUT", ONE, edit),
    endpoint("DELETE", ONE, delete),
    endpoint("GET", f"{ONE}/context", context, is_open=True),
    endpoint("GET", f"{ONE}/source", source),
    endpoint("POST", f"{ONE}/favourite", _favourite(on=True)),
    endpoint("POST", f"{ONE}/unfavourite", _favourite(on=False)),
    endpoint("POST", "/api/v2/media", upload),
    endpoint("POST", "/api/v1/media", upload),
    endpoint("GET", "/api/v1/media/{id}", show_media),
]
