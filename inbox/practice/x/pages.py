"""The public site: what anybody sees who comes to the network without signing in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from inbox.practice.database import Row
from inbox.practice.markup import POLICY, Html, document, fill
from inbox.practice.x import controls, media, posts, shapes, threads, users
from inbox.practice.x import text as rules
from inbox.practice.x.api import MAX_ID, NAME, Network
from inbox.practice.x.store import Store

STYLE = (Path(__file__).parents[1] / "style.css").read_text(encoding="utf-8")
PAGE_SIZE = 200
POST = """<article class="post{state}" id="post-{id}" data-post-id="{id}" data-author="{handle}">
<img class="face" src="/avatar/{handle}.svg" alt="" width="40" height="40" loading="lazy">
<div class="body"><p class="head"><a class="who" href="/{handle}"><b>{name}</b>{badge}
 <span class="quiet">@{handle}</span></a> <a class="quiet" href="/{handle}/status/{id}"><time
 datetime="{iso}">{when}</time></a>{notes}</p>
{answers}<p class="text">{text}</p>{pictures}
<p class="counts quiet">{counts}</p></div></article>"""
PICTURE = '<img class="picture" src="/media/{id}" alt="{alt}" loading="lazy">'
GONE = '<p class="gone" data-post-id="{id}">This post was deleted by its author.</p>'
HEAD = """<section class="profile"><img class="face" src="/avatar/{handle}.svg" alt="" width="64"
 height="64"><div><h1>{name}{badge}</h1><p class="quiet">@{handle}</p><p>{bio}</p>
<p class="quiet">{followers} followers · joined {joined}</p></div></section>"""
BADGE = Html(
    ' <span class="badge" title="Verified account">✓<span class="unseen"> verified</span></span>'
)
FACE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" '
    'fill="hsl({hue} 32% 46%)"/><text x="20" y="27" font-family="system-ui,sans-serif" '
    'font-size="19" font-weight="600" text-anchor="middle" fill="#fff">{letter}</text></svg>'
)


def routes(network: Network) -> list[Route]:
    """Return the routes of the public site; the last ones match any handle."""
    store = network.store

    async def timeline(request: Request) -> Response:
        return _listing(store, request, "Timeline", Html("<h1>Timeline</h1>"), "p.is_hidden = 0")

    async def profile(request: Request) -> Response:
        user = users.by_handle(store, request.path_params["handle"])
        if user is None:
            return _missing()
        title = f"{user['name']} (@{user['handle']})"
        return _listing(store, request, title, _profile(store, user), "p.author_id = ?", user["id"])

    async def status(request: Request) -> Response:
        return _status(store, request.path_params["post_id"])

    async def style(request: Request) -> Response:
        return Response(STYLE, media_type="text/css")

    async def avatar(request: Request) -> Response:
        handle = request.path_params["handle"]
        hue = hashlib.sha256(handle.lower().encode()).digest()[0] * 360 // 256
        image = fill(FACE, hue=hue, letter=handle[:1].upper())
        return Response(image, media_type="image/svg+xml")

    return [
        Route("/", timeline),
        Route("/style.css", style),
        Route("/avatar/{handle}.svg", avatar),
        *controls.routes(network),
        Route("/{handle}", profile),
        Route("/{handle}/status/{post_id:int}", status),
    ]


def _listing(
    store: Store, request: Request, title: str, head: Html, condition: str, *values: object
) -> Response:
    raw = request.query_params.get("before", "")
    before = int(raw) if raw.isdecimal() and int(raw) <= MAX_ID else MAX_ID
    rows = store.rows(
        f"SELECT p.* FROM posts p WHERE p.{posts.LIVE} AND {condition} AND p.id < ?"  # noqa: S608
        " ORDER BY p.id DESC LIMIT ?",
        *values,
        before,
        PAGE_SIZE + 1,
    )
    more = Html("")
    if len(rows) > PAGE_SIZE:
        rows = rows[:PAGE_SIZE]
        more = fill('<p><a href="?before={id}">Older posts</a></p>', id=rows[-1]["id"])
    articles = articles_of(store, rows)
    empty = Html('<p class="quiet">Nothing has been posted yet.</p>')
    body = Html("".join(articles[row["id"]] for row in rows)) if rows else empty
    return page(title, Html(head + body + more))


def page(title: str, body: Html, status: int = 200) -> Response:
    """Return a page of the public site."""
    return HTMLResponse(
        document(title, body, network=NAME), status, headers={"content-security-policy": POLICY}
    )


def _missing() -> Response:
    return page("Not found", Html("<h1>This page does not exist</h1>"), 404)


def _profile(store: Store, user: Row) -> Html:
    count = users.counts(store, [user["id"]])[user["id"]]
    return fill(
        HEAD,
        handle=user["handle"],
        name=user["name"],
        badge=BADGE if user["is_verified"] else "",
        bio=user["bio"],
        followers=f"{count['followers']:,}",
        joined=datetime.fromtimestamp(user["created_at"] / 1000, UTC).strftime("%B %Y"),
    )


def _status(store: Store, post_id: int) -> Response:
    post = posts.get(store, post_id) if post_id <= MAX_ID else None
    if post is None:
        return _missing()
    newest = posts.newest_version(store, post)
    if newest["id"] != post_id:
        return RedirectResponse(_address(store, newest), 302)
    above = threads.above(store, post)
    tree = threads.below(store, post)
    known = articles_of(store, [*above, post, *threads.all_of(tree)])
    body = "".join(known[row["id"]] for row in above)
    body += f'<div class="chosen">{known[post["id"]]}</div>' + _branches(tree, known)
    return page("Post", Html(body))


def _address(store: Store, post: Row) -> str:
    author = users.by_id(store, post["author_id"])
    return f"/{author['handle'] if author else 'i'}/status/{post['id']}"


def _branches(branches: Sequence[threads.Branch], known: dict[int, Html]) -> Html:
    """Return replies, each with what was answered to it; hidden ones wait behind a line."""
    shown = [branch for branch in branches if not branch.post["is_hidden"]]
    hidden = [branch for branch in branches if branch.post["is_hidden"]]
    text = _list(shown, known)
    if hidden:
        summary = fill("View hidden replies ({n})", n=len(hidden))
        text += (
            f'<details class="hidden"><summary>{summary}</summary>{_list(hidden, known)}</details>'
        )
    return Html(text)


def _list(branches: Sequence[threads.Branch], known: dict[int, Html]) -> str:
    if not branches:
        return ""
    items = (
        f"<li>{known[branch.post['id']]}{_branches(branch.replies, known)}</li>"
        for branch in branches
    )
    return f'<ol class="replies">{"".join(items)}</ol>'


def articles_of(store: Store, rows: Sequence[Row]) -> dict[int, Html]:
    """Return posts as HTML by id; a deleted one says only that it is gone."""
    people = users.by_ids(
        store, {row["author_id"] for row in rows} | {row["parent_author_id"] or 0 for row in rows}
    )
    named = users.by_handles(store, (name for row in rows for name in rules.mentions(row["text"])))
    counts, pictures = shapes.post_counts(store, rows), media.of_posts(store, rows)
    return {
        row["id"]: fill(GONE, id=row["id"])
        if row["deleted_at"] is not None
        else _article(
            row, people, named, counts[row["first_id"]], pictures.get(row["first_id"], [])
        )
        for row in rows
    }


def _article(
    row: Row,
    people: dict[int, Row],
    named: dict[str, Row],
    count: dict[str, int],
    pictures: Sequence[Row],
) -> Html:
    author = people[row["author_id"]]
    answered = people.get(row["parent_author_id"] or 0)
    # The mentions X put in front are shown as what they mean, the others as text.
    names = rules.mentions(row["text"][: row["prefix"]]) or [answered["handle"] if answered else ""]
    answers = (
        fill('<p class="quiet">Replying to @{names}</p>', names=" @".join(names))
        if answered
        else Html("")
    )
    notes = [
        *([" · Edited"] if row["id"] != row["first_id"] else []),
        *([" · Hidden in its conversation"] if row["is_hidden"] else []),
    ]
    return fill(
        POST,
        id=row["id"],
        handle=author["handle"],
        name=author["name"],
        badge=BADGE if author["is_verified"] else "",
        iso=shapes.iso(row["created_at"]),
        when=_when(row["created_at"]),
        notes="".join(notes),
        answers=answers,
        text=_rich(row["text"][row["prefix"] :], named),
        pictures=Html("".join(fill(PICTURE, id=one["id"], alt=one["alt"]) for one in pictures)),
        counts=" · ".join(_counted(count)),
        state=" is-hidden" if row["is_hidden"] else "",
    )


def _when(ms: int) -> str:
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _counted(count: dict[str, int]) -> Iterable[str]:
    for key, one, many in (("replies", "reply", "replies"), ("likes", "like", "likes")):
        yield f"{count[key]} {one if count[key] == 1 else many}"


def _rich(text: str, named: dict[str, Row]) -> Html:
    """Return a text with its mentions linked. Links out are shown, not made."""
    pieces, done = [], 0
    for span in rules.spans(text):
        pieces.append(fill("{text}", text=text[done : span.start]))
        shown = text[span.start : span.end]
        if span.kind == "mention" and span.value.lower() in named:
            handle = named[span.value.lower()]["handle"]
            pieces.append(fill('<a href="/{handle}">{text}</a>', handle=handle, text=shown))
        else:
            pieces.append(fill('<span class="mark">{text}</span>', text=shown))
        done = span.end
    pieces.append(fill("{text}", text=text[done:]))
    return Html("".join(pieces))
