"""What all endpoints share: who calls, with which parameters, in which pages, how it says no."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inbox.practice.bluesky.limits import Limits, headers
from inbox.practice.bluesky.world import WITH_CHAT, Account, Refused, World
from inbox.practice.faults import Rule

OPEN = {"com.atproto.server.createSession", "com.atproto.identity.resolveHandle"}
BY_REFRESH = {"com.atproto.server.refreshSession"}


Endpoint = Callable[["Call"], Any]


@dataclass
class Call:
    """One request. `me` is None only where anybody may ask."""

    world: World
    request: Request
    me: Account | None
    body: Any

    @property
    def caller(self) -> Account:
        if self.me is None:
            raise Refused("AuthMissing", "Authentication Required", status=401)
        return self.me

    def one(self, name: str) -> str:
        return self.request.query_params.get(name, "")

    def many(self, name: str) -> list[str]:
        return self.request.query_params.getlist(name)

    def page(self, name: str, rows: Sequence[Any], mark: Callable[[Any, int], str]) -> Any:
        """Return a page of `rows`, whose cursor is the mark of its last one."""
        limit = min(int(self.one("limit") or 50), 100)
        found = {name: list(rows[:limit])}
        return found | ({"cursor": mark(rows[limit - 1], limit)} if len(rows) > limit else {})


async def answer(
    world: World, limits: Limits, request: Request, endpoints: Mapping[str, Endpoint]
) -> Response:
    """Carry out one request to /xrpc/."""
    name, standing = request.path_params["name"], None
    try:
        if name not in endpoints:
            raise Refused("MethodNotImplemented", "Method Not Implemented", status=501)
        me = _authenticate(world, request, name)
        if me:
            standing = limits.take(me.did, world.now())
        content = await request.body()
        is_blob = name == "com.atproto.repo.uploadBlob"
        body = content if is_blob else json.loads(content or b"{}")
        found = endpoints[name](Call(world, request, me, body))
    except Refused as exc:
        response: Response = JSONResponse({"error": exc.name, "message": str(exc)}, exc.status)
    except (KeyError, ValueError) as exc:
        response = JSONResponse({"error": "InvalidRequest", "message": str(exc)}, 400)
    else:
        response = found if isinstance(found, Response) else JSONResponse(found)
    if standing:
        response.headers.update(headers(standing))
    return response


def of_rule(rule: Rule, now: float) -> JSONResponse:
    """Return the answer of a status fault; a 429 ends after the rule's seconds, at least one."""
    names = {401: "AuthenticationRequired", 403: "Forbidden", 404: "XRPCNotSupported"}
    names |= {413: "PayloadTooLarge", 429: "RateLimitExceeded"}
    error = {"error": names.get(rule.status, "InternalServerError"), "message": "Practice fault"}
    response = JSONResponse(error, rule.status)
    if rule.status == 429:
        response.headers.update(headers((3000, 0, now + max(1.0, rule.seconds))))
    return response


def _authenticate(world: World, request: Request, name: str) -> Account | None:
    scheme, _space, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        if name in OPEN or name == "com.atproto.sync.getBlob":
            return None
        raise Refused("AuthMissing", "Authentication Required", status=401)
    did, scope, ends = world.tokens.get(token, ("", "", 0.0))
    if scheme.lower() != "bearer" or not did:
        raise Refused("InvalidToken", "Token could not be verified")
    if ends <= world.now():
        raise Refused("ExpiredToken", "Token has expired")
    if (scope == "com.atproto.refresh") != (name in BY_REFRESH):
        raise Refused("InvalidToken", "Invalid token type")
    if name.startswith("chat."):
        _check_chat(world, request, scope)
    return world.accounts[did]


def _check_chat(world: World, request: Request, scope: str) -> None:
    if not request.headers.get("atproto-proxy", "").endswith("#bsky_chat"):
        raise Refused("MethodNotImplemented", "Method Not Implemented", status=501)
    if scope != WITH_CHAT:
        raise Refused("InvalidToken", "Bad token method")
    if world.faults.is_on("chat_is_down"):
        raise Refused("UpstreamFailure", "Upstream Failure", status=502)
