"""What all endpoints share: who calls, with which parameters, in which pages, how it says no."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inbox.practice.database import Row
from inbox.practice.faults import Rule
from inbox.practice.mastodon import oddities
from inbox.practice.mastodon.limits import Standing
from inbox.practice.mastodon.people import Refused
from inbox.practice.mastodon.world import World

Handler = Callable[["Call"], Any]
LONGEST_PAGE = 80


@dataclass
class Call:
    """One request. `me` is None only where anybody may ask."""

    world: World
    request: Request
    me: Row | None
    values: Mapping[str, Any]
    status: int = 200
    link: str = ""

    @property
    def caller(self) -> Row:
        if self.me is None:
            raise Refused(401, "The access token is invalid")
        return self.me

    def part(self, name: str) -> str:
        return str(self.request.path_params[name])

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def many(self, name: str) -> list[str]:
        found = self.values.get(name) or []
        return [str(each) for each in (found if isinstance(found, list) else [found])]

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("true", "1", "on")

    def page(
        self, sql: str, *values: Any, table: str, most: int = 40, usual: int = 20
    ) -> list[Row]:
        """Return one page of `sql`, which yields `seq` and `id`, and link to those around it.

        https://docs.joinmastodon.org/api/guidelines/#pagination
        """
        limit = self.text("limit")
        size = min(int(limit), most) if limit.isdecimal() and int(limit) else usual
        conditions, bounds = [], []
        for name, sign in (("max_id", "<"), ("since_id", ">"), ("min_id", ">")):
            if name != "max_id" and self.world.faults.is_on("ignores_since"):
                continue
            seq = self._seq(table, self.text(name))
            if seq is not None:
                conditions.append(f"seq {sign} ?")
                bounds.append(seq)
        is_upwards = self.text("min_id") and not self.world.faults.is_on("ignores_since")
        order = "ASC" if is_upwards else "DESC"
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        whole = f"SELECT * FROM ({sql}){where} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        rows = self.world.store.rows(whole, *values, *bounds, size)
        if order == "ASC":
            rows.reverse()
        self.link_around(rows, size)
        return rows

    def link_around(self, rows: Sequence[Row], size: int) -> None:
        if not rows or self.world.faults.is_on("no_link_header"):
            return
        links = [f'<{self._address(min_id=rows[0]["id"])}>; rel="prev"']
        if len(rows) == size:
            links.insert(0, f'<{self._address(max_id=rows[-1]["id"])}>; rel="next"')
        self.link = ", ".join(links)

    def _seq(self, table: str, id_: str) -> int | None:
        if not id_:
            return None
        found = self.world.store.value(f"SELECT seq FROM {table} WHERE id = ?", id_)  # noqa: S608
        if found is None:  # gone: its place is that of the next younger one
            sql = f"SELECT min(seq) - 0.5 FROM {table} WHERE length(id) >= ? AND id > ?"  # noqa: S608
            found = self.world.store.value(sql, len(id_), id_)
        return found

    def _address(self, **edge: str) -> str:
        kept = [
            (name, value)
            for name, value in parse_qsl(self.request.url.query)
            if name not in ("max_id", "min_id", "since_id")
        ]
        site = {"relative": "", "elsewhere": "http://elsewhere.example"}
        base = site.get(str(self.world.faults.switches["odd_links"]), self.world.site)
        return f"{base}{self.request.url.path}?{urlencode([*kept, *edge.items()])}"


def endpoint(method: str, path: str, handler: Handler, *, is_open: bool = False) -> Any:
    """Return a maker of the route for `handler`. `is_open`: without a token, too."""

    def route(world: World) -> Route:
        async def answer(request: Request) -> Response:
            if path in world.faults.switches["lacks"]:
                status = int(world.faults.switches["lacks_status"])
                return oddities.refusal(status, "Not Found", world.faults.switches)
            return await _answer(world, request, handler, is_open)

        return Route(path, answer, methods=[method])

    return route


async def _answer(world: World, request: Request, handler: Handler, is_open: bool) -> Response:
    standing: Standing | None = None
    response: Response
    try:
        me = authenticate(world, request)
        if me is None and not is_open:
            raise Refused(401, "The access token is invalid")
        if me is not None:
            standing = world.limits.take(me["id"], request.method, request.url.path)
            if standing.is_over:
                raise Refused(429, "Too many requests")
        call = Call(world, request, me, await read_values(request))
        body = handler(call)
    except Refused as exc:
        response = oddities.refusal(exc.status, str(exc), world.faults.switches)
    else:
        body = oddities.dressed(body, world.faults.switches, domain=world.domain)
        response = JSONResponse(body, call.status)
        if call.link:
            response.headers["link"] = call.link
    if standing:
        response.headers.update(standing.headers(str(world.faults.switches["limit_headers"])))
    return response


def authenticate(world: World, request: HTTPConnection, token: str = "") -> Row | None:
    """Return who calls, None for anybody; `token` counts where no other is given."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    given = given if scheme.lower() == "bearer" else request.query_params.get("access_token", "")
    token = given or token
    if not token:
        return None
    sql = "SELECT a.* FROM tokens t JOIN accounts a ON a.id = t.account_id WHERE t.token = ?"
    found = world.store.row(sql, token)
    if found is None:
        raise Refused(401, "The access token was revoked")
    return found


async def read_values(request: Request) -> dict[str, Any]:
    """Return the parameters of query and body; those whose name ends in [] are lists."""
    pairs: list[tuple[str, Any]] = list(request.query_params.multi_items())
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError as exc:
            raise Refused(400, "Bad Request") from exc
        if not isinstance(body, dict):
            raise Refused(400, "Bad Request")
        return _collect(pairs) | body
    if request.method != "GET" and kind.startswith("multipart/form-data"):
        pairs += _parts(kind, await request.body())
    elif request.method != "GET":
        pairs += parse_qsl((await request.body()).decode(), keep_blank_values=True)
    return _collect(pairs)


def _parts(kind: str, body: bytes) -> list[tuple[str, Any]]:
    """Return the fields of a multipart form, which is built like a mail."""
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    found: list[tuple[str, Any]] = []
    for part in whole.get_payload() if whole.is_multipart() else ():
        name = str(part.get_param("name", "", "content-disposition"))
        content = part.get_payload(decode=True)
        is_file = part.get_filename() is not None
        file = {"content": content, "type": part.get_content_type()}
        found.append((name, file if is_file else content.decode()))
    return found


def _collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            found.setdefault(name[:-2], []).append(value)
        else:
            found[name] = value
    return found


def of_rule(rule: Rule) -> JSONResponse:
    """Return the answer of a status fault; a 429 ends after the rule's seconds, at least one."""
    words = {401: "The access token is invalid", 429: "Too many requests"}
    response = JSONResponse({"error": words.get(rule.status, "Practice fault")}, rule.status)
    if rule.status == 429:
        reset = time.time() + max(1.0, rule.seconds)
        response.headers.update(Standing(300, 0, reset, True).headers())
    return response
