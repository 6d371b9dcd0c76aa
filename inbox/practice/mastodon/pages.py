"""The public site: what anybody sees who comes to the server without signing in."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from inbox.practice.database import Row
from inbox.practice.markup import POLICY, Html, document, fill
from inbox.practice.mastodon import shapes
from inbox.practice.mastodon.people import NAME
from inbox.practice.mastodon.world import World

STYLE = (Path(__file__).parents[1] / "style.css").read_text(encoding="utf-8")
PAGE_SIZE = 200
POST = """<article class="post" id="post-{id}" data-post-id="{id}" data-author="{acct}">
<img class="face" src="/avatar/{username}.svg" alt="" width="40" height="40" loading="lazy">
<div class="body"><p class="head"><a class="who" href="/@{acct}"><b>{name}</b>
 <span class="quiet">@{acct}</span></a> <a class="quiet" href="/@{acct}/{id}"><time
 datetime="{iso}">{when}</time></a>{notes}</p>
{answers}{warning}<p class="text">{text}</p>{pictures}</div></article>"""
PICTURE = '<img class="picture" src="/media/{id}" alt="{alt}" loading="lazy">'
FACE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" '
    'fill="hsl({hue} 32% 46%)"/><text x="20" y="27" font-family="system-ui,sans-serif" '
    'font-size="19" font-weight="600" text-anchor="middle" fill="#fff">{letter}</text></svg>'
)
SEEN = "deleted_at IS NULL AND visibility IN ('public', 'unlisted')"


def routes(world: World) -> list[Route]:
    """Return the routes of the public site."""

    async def timeline(request: Request) -> Response:
        return _listing(world, "Timeline", "1 = 1")

    async def profile(request: Request) -> Response:
        owner = world.find(request.path_params["acct"])
        if owner is None:
            return page("Not found", Html("<h1>This page does not exist</h1>"), 404)
        return _listing(world, f"@{shapes.acct(owner)}", "account_id = ?", owner["id"])

    async def status(request: Request) -> Response:
        sql = f"SELECT * FROM statuses WHERE {SEEN} AND id = ?"  # noqa: S608
        row = world.store.row(sql, request.path_params["id"])
        if row is None:
            return page("Not found", Html("<h1>This page does not exist</h1>"), 404)
        return _listing(world, "Thread", "root_id = ?", row["root_id"])

    async def tag(request: Request) -> Response:
        name = request.path_params["tag"].lower()
        condition = "id IN (SELECT status_id FROM tags WHERE tag = ?)"
        return _listing(world, f"#{name}", condition, name)

    async def style(request: Request) -> Response:
        return Response(STYLE, media_type="text/css")

    async def avatar(request: Request) -> Response:
        name = request.path_params["name"]
        hue = hashlib.sha256(name.lower().encode()).digest()[0] * 360 // 256
        image = fill(FACE, hue=hue, letter=name[:1].upper())
        return Response(image, media_type="image/svg+xml")

    async def media(request: Request) -> Response:
        sql = "SELECT * FROM media_files WHERE id = ?"
        row = world.store.row(sql, request.path_params["id"])
        if row is None:
            return page("Not found", Html("<h1>This page does not exist</h1>"), 404)
        return Response(row["content"], media_type=row["content_type"])

    return [
        Route("/", timeline),
        Route("/media/{id}", media),
        Route("/style.css", style),
        Route("/avatar/{name}.svg", avatar),
        Route("/tags/{tag}", tag),
        Route("/@{acct}/{id}", status),
        Route("/@{acct}", profile),
    ]


def _listing(world: World, title: str, condition: str, *values: object) -> Response:
    sql = f"SELECT * FROM statuses WHERE {SEEN} AND {condition} ORDER BY seq DESC LIMIT ?"  # noqa: S608
    rows = world.store.rows(sql, *values, PAGE_SIZE)
    articles = "".join(_article(world, row) for row in rows)
    empty = Html('<p class="quiet">Nothing has been posted yet.</p>')
    body = fill("<h1>{title}</h1>{posts}", title=title, posts=Html(articles) if rows else empty)
    return page(title, body)


def _article(world: World, row: Row) -> Html:
    author = world.account(row["account_id"])
    answers = Html("")
    if row["parent_account_id"]:
        acct = shapes.acct(world.account(row["parent_account_id"]))
        answers = fill('<p class="quiet">in reply to @{acct}</p>', acct=acct)
    warning = fill("<p><b>{words}</b></p>", words=row["spoiler"]) if row["spoiler"] else Html("")
    sql = "SELECT * FROM media WHERE status_id = ? AND kind = 'image' ORDER BY seq"
    pictures = world.store.rows(sql, row["id"])
    notes = [row["visibility"]] if row["visibility"] != "public" else []
    notes += ["edited"] if row["edited_at"] else []
    return fill(
        POST,
        id=row["id"],
        acct=shapes.acct(author),
        username=author["username"],
        name=author["name"],
        iso=shapes.iso(row["created_at"]),
        when=datetime.fromtimestamp(row["created_at"], UTC).strftime("%d %b %H:%M"),
        notes=f" · {', '.join(notes)}" if notes else "",
        answers=answers,
        warning=warning,
        text=row["text"],
        pictures=Html("".join(fill(PICTURE, id=m["id"], alt=m["description"]) for m in pictures)),
    )


def page(title: str, body: Html, status: int = 200) -> Response:
    """Return a page of the public site."""
    whole = document(title, body, network=NAME)
    return HTMLResponse(whole, status, headers={"content-security-policy": POLICY})
