"""Pictures of posts and messages: kept here, told as X's `includes.media`, served by address.

Those of posts are public. Those of private messages are at an address that opens to none of our
tokens; https://docs.x.com/x-api/direct-messages/download-dm-media gives them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inbox.practice.database import Row
from inbox.practice.pictures import draw
from inbox.practice.x.spoken import short_link
from inbox.practice.x.store import Store

NAME = "practice.png"  # of every picture in a private message
LINK_NUMBER = 999  # of the link that X adds for media; the text's own count from 0


def routes(store: Store) -> list[Route]:
    async def picture(request: Request) -> Response:
        row = store.row("SELECT * FROM media WHERE id = ?", request.path_params["id"])
        if row is None or is_private(store, row):
            return Response("Not found", 404)
        return Response(row["content"], media_type=row["content_type"])

    async def closed(request: Request) -> Response:
        return Response("Sign the request by OAuth 1.0a", 401)

    return [Route("/media/{id:int}", picture), Route("/1.1/ton/data/dm/{rest:path}", closed)]


def add(store: Store, owner_id: int, content: bytes, content_type: str, alt: str = "") -> int:
    """Take in a picture that no post shows yet and return its id."""
    media_id = store.next_id()
    sql = "INSERT INTO media (id, owner_id, content, content_type, alt) VALUES (?, ?, ?, ?, ?)"
    store.run(sql, media_id, owner_id, content, content_type, alt)
    return media_id


def draw_for(store: Store, owner_id: int, item_id: int, wanted: Sequence[dict[str, Any]]) -> None:
    """Give a post or message of `owner_id` pictures that show `words`, described by `alt`."""
    for one in wanted:
        drawn = draw(str(one["words"]))
        made = add(store, owner_id, drawn, "image/png", str(one.get("alt", "")))
        attach(store, item_id, [made])


def attach(store: Store, item_id: int, ids: Sequence[int]) -> None:
    """Hang pictures on a post, by its first id, or on a message."""
    for media_id in ids:
        store.run("UPDATE media SET first_id = ? WHERE id = ?", item_id, media_id)


def describe(store: Store, media_id: int, alt: str) -> None:
    store.run("UPDATE media SET alt = ? WHERE id = ?", alt, media_id)


def free(store: Store, owner_id: int, media_id: int) -> Row | None:
    """Return a picture of `owner_id` that hangs on nothing yet."""
    sql = "SELECT * FROM media WHERE id = ? AND owner_id = ? AND first_id IS NULL"
    return store.row(sql, media_id, owner_id)


def of_posts(store: Store, rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Return the pictures of posts by the posts' first ids."""
    return of_items(store, (row["first_id"] for row in rows))


def of_items(store: Store, ids: Iterable[int]) -> dict[int, list[Row]]:
    """Return pictures by the ids of what they hang on."""
    found: dict[int, list[Row]] = {}
    sql = "SELECT id, first_id, alt FROM media WHERE first_id IN ({keys}) ORDER BY id"
    for row in store.rows_in(sql, list(set(ids))):
        found.setdefault(row["first_id"], []).append(row)
    return found


def is_private(store: Store, row: Row) -> bool:
    return bool(store.value("SELECT 1 FROM messages WHERE id = ?", row["first_id"]))


def key(row: Row) -> str:
    return f"3_{row['id']}"


def tell(row: Row, fields: Iterable[str], base_url: str, *, private: bool) -> dict[str, Any]:
    """Return a picture as `includes.media` has it; alt_text only where there is one."""
    shape = {"media_key": key(row), "type": "photo"}
    path = (
        f"1.1/ton/data/dm/{row['first_id']}/{row['id']}/{NAME}" if private else f"media/{row['id']}"
    )
    optional = {"url": base_url + path, "alt_text": row["alt"]}
    return shape | {name: value for name, value in optional.items() if name in fields and value}


def linked(
    text: str, post: Row, pictures: Sequence[Row], base_url: str
) -> tuple[str, list[dict[str, Any]]]:
    """Return `text` with the link that X adds for pictures, and the entities that name it."""
    link = short_link(post["first_id"], LINK_NUMBER)
    start = len(text) + 1 if text else 0
    whole = f"{text} {link}" if text else link
    shown = f"{base_url}i/status/{post['id']}/photo/"
    entities = [
        {
            "start": start,
            "end": len(whole),
            "url": link,
            "expanded_url": f"{shown}{number}",
            "display_url": f"pic.x.com/{link[-10:]}",
            "media_key": key(row),
        }
        for number, row in enumerate(pictures, 1)
    ]
    return whole, entities
