"""What all API endpoints share: token, scopes, limits, known parameters, problem documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inbox.practice.database import Row
from inbox.practice.faults import Faults
from inbox.practice.x import oauth, problems
from inbox.practice.x.fields import View, read_view
from inbox.practice.x.limits import Limits
from inbox.practice.x.shapes import Page
from inbox.practice.x.store import Store

NAME = "X"
MAX_ID = 2**63 - 1


@dataclass
class Network:
    """The running network: its memory, its limits, its faults, the apps registered with it."""

    store: Store
    limits: Limits
    faults: Faults
    clients: dict[str, str]
    consumer: tuple[str, str] = ("practice-consumer", "practice-consumer-secret")


@dataclass
class Call:
    """One request by somebody who is signed in."""

    request: Request
    network: Network
    user: Row
    query: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.network.store

    def path_id(self, name: str) -> int:
        """Return an id from the path. Raises a problem."""
        return read_id(name, self.request.path_params[name])

    def own_path_id(self, name: str = "id") -> int:
        """Return the id in the path, which must be the caller's own. Raises a problem."""
        user_id = self.path_id(name)
        if user_id != self.user["id"]:
            raise problems.invalid(
                name,
                user_id,
                f"The `{name}` query parameter value [{user_id}] must be the same as the "
                f"authenticating user [{self.user['id']}]",
            )
        return user_id

    def number(self, name: str, low: int, high: int, default: int) -> int:
        """Return a whole number of the query between `low` and `high`. Raises a problem."""
        raw = self.query.get(name, str(default))
        if not raw.isdecimal() or not low <= int(raw) <= high:
            raise problems.invalid(
                name,
                raw,
                f"The `{name}` query parameter value [{raw}] is not between {low} and {high}",
            )
        return int(raw)

    def id(self, name: str) -> int | None:
        return read_id(name, self.query[name]) if name in self.query else None

    def moment(self, name: str) -> int | None:
        """Return a time of the query in milliseconds since 1970. Raises a problem."""
        if name not in self.query:
            return None
        try:
            found = datetime.fromisoformat(self.query[name])
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise problems.invalid(
                name,
                self.query[name],
                f"The `{name}` query parameter value [{self.query[name]}] is not an RFC3339 time",
            )
        return int(found.timestamp() * 1000)

    def page(self, view: View) -> Page:
        return Page(self.store, view, str(self.request.base_url))


Answer = dict[str, Any] | tuple[int, dict[str, Any]] | Response
Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Endpoint:
    """One operation: where it is, what it needs, how often it may be used.

    `body` names the fields a JSON body may have; None means there is no body.
    """

    method: str
    path: str
    handler: Handler
    limit: int
    scopes: frozenset[str]
    query: frozenset[str] = frozenset()
    body: frozenset[str] | None = None

    def route(self, network: Network) -> Route:
        async def answer(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                return await self._answer(network, request, headers)
            except problems.Problem as problem:
                problem.headers = headers | (problem.headers or {})
                return problem.response()

        return Route(self.path, answer, methods=[self.method])

    async def _answer(
        self, network: Network, request: Request, headers: dict[str, str]
    ) -> Response:
        user, scopes = oauth.authenticate(network.store, request)
        standing = network.limits.take(f"{self.method} {self.path}", user["id"], self.limit)
        headers |= standing.headers()
        if standing.is_over:
            raise problems.too_many()
        if missing := self.scopes - scopes:
            raise problems.forbidden(f"The token lacks the scope {' '.join(sorted(missing))}.")
        call = Call(request, network, user, self._read_query(request))
        if self.body is not None:
            call.body = read_body(await request.body(), self.body)
        result = self.handler(call)
        if isinstance(result, Response):
            result.headers.update(headers)
            return result
        status, content = result if isinstance(result, tuple) else (200, result)
        return JSONResponse(content, status, headers)

    def _read_query(self, request: Request) -> dict[str, str]:
        for name in request.query_params:
            if name not in self.query:
                raise problems.invalid(
                    name,
                    request.query_params[name],
                    f"The query parameter [{name}] is not one of [{','.join(sorted(self.query))}]",
                )
        return dict(request.query_params)


def read_id(name: str, raw: Any) -> int:
    """Read an id: a text of digits. Raises a problem."""
    if not isinstance(raw, str) or not raw.isdecimal() or int(raw) > MAX_ID:
        raise problems.invalid(
            name, raw, f"The `{name}` query parameter value [{raw}] does not match ^[0-9]{{1,19}}$"
        )
    return int(raw)


def read_body(raw: bytes, allowed: frozenset[str]) -> dict[str, Any]:
    """Read a JSON object that has no fields beside `allowed`. Raises a problem."""
    try:
        body = json.loads(raw)
    except ValueError as exc:
        raise problems.bad_text("Requests with bodies must have valid JSON.") from exc
    if not isinstance(body, dict):
        raise problems.bad_text("The body must be a JSON object.")
    for name in body:
        if name not in allowed:
            raise problems.invalid(
                name,
                "",
                f"$.{name}: is not defined in the schema and the schema does not allow additional "
                "properties",
            )
    return body


def answer_list(
    page: Page, data: list[dict[str, Any]], meta: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the answer of a list: data, includes, errors and meta, each only if it has content."""
    parts = {"data": data, "includes": page.includes(), "errors": page.errors}
    result: dict[str, Any] = {key: value for key, value in parts.items() if value}
    return result | ({} if meta is None else {"meta": meta})


def answer_one(page: Page, data: list[dict[str, Any]]) -> dict[str, Any]:
    result = answer_list(page, data)
    return result | ({"data": data[0]} if data else {})


def view_of(call: Call, kind: str) -> View:
    return read_view(kind, call.query)
