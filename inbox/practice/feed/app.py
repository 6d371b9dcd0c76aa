"""The server as one ASGI application: the feeds, and the control by which tests fill them."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from inbox.practice.faults import PRIVATE, BadRule, FaultMiddleware, Faults, Rule
from inbox.practice.feed.documents import MAKERS, Entry, content_type, document
from inbox.practice.local import LocalOnly
from inbox.practice.pictures import draw

HUGE = 6 * 1024 * 1024
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + '<!ENTITY file SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>'
    "<title>&i;</title><item><title>&file;&i;</title><link>https://news.example/bomb</link>"
    "</item></channel></rss>"
)


@dataclass
class Practised:
    """One feed. window: how many of the newest entries it shows; mode: what is wrong with it."""

    kind: str = "rss"
    title: str = "Practice News"
    site: str = "https://news.example/"
    window: int = 0
    mode: str = ""
    has_validators: bool = True
    raw: str = ""
    entries: list[Entry] = field(default_factory=list)

    def body(self) -> str:
        shown = self.entries[: self.window or None]
        return self.raw or document(self.kind, title=self.title, site=self.site, entries=shown)


@dataclass
class Network:
    """All feeds by name, the faults in force, how often documents were sent whole or not, and the
    pictures that entries name."""

    faults: Faults = field(default_factory=Faults)
    feeds: dict[str, Practised] = field(default_factory=dict)
    sent: dict[int, int] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)


def make_app() -> Starlette:
    """Return the application; it keeps everything in memory."""
    network = Network()

    async def feed(request: Request) -> Response:
        practised = network.feeds.get(request.path_params["name"])
        answer = _answer(practised, request) if practised else PlainTextResponse("none", 404)
        network.sent[answer.status_code] = network.sent.get(answer.status_code, 0) + 1
        return answer

    async def control(request: Request) -> Response:
        """PUT sets a feed's fields, `add` puts entries on top, `change` replaces by id."""
        given: dict[str, Any] = await request.json()
        name = request.path_params["name"]
        practised = network.feeds.setdefault(name, Practised())
        for entry in given.pop("add", ()):
            _draw(network, request, entry)
            practised.entries.insert(0, entry)
        changed = {entry["id"]: entry for entry in given.pop("change", ())}
        practised.entries = [changed.get(entry["id"], entry) for entry in practised.entries]
        if given.get("kind", practised.kind) not in MAKERS:
            return JSONResponse({"error": f"kind is one of {', '.join(MAKERS)}"}, 422)
        for key, value in given.items():
            setattr(practised, key, value)
        return JSONResponse({"url": str(request.url_for("feed", name=name))})

    async def picture(request: Request) -> Response:
        drawn = network.pictures.get(request.path_params["name"])
        return Response(drawn, media_type="image/png") if drawn else PlainTextResponse("none", 404)

    async def faults(request: Request) -> Response:
        try:
            network.faults.set_rules((await request.json())["rules"])
        except BadRule as error:
            return JSONResponse({"error": str(error)}, 422)
        return JSONResponse(network.faults.as_json())

    async def sent(request: Request) -> Response:
        return JSONResponse(network.sent)

    app = Starlette(
        routes=[
            Route("/feeds/{name}", feed, name="feed"),
            Route("/pictures/{name}", picture, name="picture"),
            Route("/practice/feeds/{name}", control, methods=["PUT"]),
            Route("/practice/faults", faults, methods=["PUT"]),
            Route("/practice/sent", sent),
        ],
        middleware=[
            Middleware(LocalOnly),
            Middleware(
                FaultMiddleware, faults=network.faults, prefixes=("/feeds/",), refusal=_refusal
            ),
        ],
    )
    app.state.network = network
    return app


def _draw(network: Network, request: Request, entry: Entry) -> None:
    """Make the picture of an entry whose `picture` says what it shows."""
    if not entry.get("picture"):
        return
    name = sha256(entry["picture"].encode()).hexdigest()[:16] + ".png"
    drawn = network.pictures[name] = draw(entry["picture"])
    entry["picture_url"] = str(request.url_for("picture", name=name))
    entry["picture_size"] = str(len(drawn))


def _answer(practised: Practised, request: Request) -> Response:
    here = str(request.url)
    match practised.mode:
        case "moved":
            return Response(status_code=301, headers={"location": f"{here}-new"})
        case "hop":
            return Response(status_code=302, headers={"location": f"{here}-next"})
        case "loop":
            return Response(status_code=302, headers={"location": here})
        case "private":
            return Response(status_code=302, headers={"location": PRIVATE})
        case "page":
            link = '<link rel="alternate" type="application/rss+xml" href="/feeds/real">'
            return Response(f"<html><head>{link}</head></html>", media_type="text/html")
        case "huge":
            return Response(b"x" * HUGE, media_type="application/rss+xml")
        case "bomb":
            return Response(BOMB, media_type="application/rss+xml")
    body = practised.body().encode()
    if practised.mode == "cut":
        body = body[: len(body) // 2]
    tag = f'"{sha256(body).hexdigest()[:16]}"'
    headers = {"content-type": content_type(practised.kind)}
    if practised.has_validators:
        headers["etag"] = tag
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
    return Response(body, headers=headers)


def _refusal(rule: Rule) -> Response:
    headers = {"retry-after": str(round(rule.seconds))} if rule.seconds else {}
    return PlainTextResponse("trouble", rule.status, headers=headers)
