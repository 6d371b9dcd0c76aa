"""Pictures of posts: kept here, told as X's `includes.media`, and served like from its own host."""

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

LINK_NUMBER = 999  # of the link that X adds for media; the text's own count from 0


def routes(store: Store) -> list[Route]:
    async def picture(request: Request) -> Response:
        row = store.row("SELECT * FROM media WHERE id = ?", request.path_params["id"])
        if row is None:
            return Response("Not found", 404)
        return Response(row["content"], media_type=row["content_type"])

    return [Route("/media/{id:int}", picture)]


def add(store: Store, owner_id: int, content: bytes, content_type: str, alt: str = "") -> int:
    """Take in a picture that no post shows yet and return its id."""
    media_id = store.next_id()
    sql = "INSERT INTO media (id, owner_id, content, content_type, alt) VALUES (?, ?, ?, ?, ?)"
    store.run(sql, media_id, owner_id, content, content_type, alt)
    return media_id


def draw_for(store: Store, post: Row, wanted: Sequence[dict[str, Any]]) -> None:
    """Give `post` pictures that show `words`, described by `alt`."""
    for one in wanted:
        drawn = draw(str(one["words"]))
        made = add(store, post["author_id"], drawn, "image/png", str(one.get("alt", "")))
        attach(store, post, [made])


def attach(store: Store, post: Row, ids: Sequence[int]) -> None:
    for media_id in ids:
        sql = "UPDATE media SET first_id = ? WHERE id = ?"
        store.run(sql, post["first_id"], media_id)


def of_posts(store: Store, rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Return the pictures of posts by the posts' first ids."""
    firsts = list({row["first_id"] for row in rows})
    found: dict[int, list[Row]] = {}
    sql = "SELECT id, first_id, alt FROM media WHERE first_id IN ({keys}) ORDER BY id"
    for row in store.rows_in(sql, firsts):
        found.setdefault(row["first_id"], []).append(row)
    return found


def key(row: Row) -> str:
    return f"3_{row['id']}"


def tell(row: Row, fields: Iterable[str], base_url: str) -> dict[str, Any]:
    """Return a picture as `includes.media` has it; alt_text only where there is one."""
    shape = {"media_key": key(row), "type": "photo"}
    optional = {"url": f"{base_url}media/{row['id']}", "alt_text": row["alt"]}
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
