"""Where events go and which: registering webhooks as an app, subscribing to a person's events.

https://docs.x.com/x-api/webhooks/introduction; unlike X, addresses of this machine are taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inbox.practice.database import Row
from inbox.practice.local import is_loopback
from inbox.practice.x import oauth, problems, push
from inbox.practice.x.api import Network, read_body, read_id
from inbox.practice.x.shapes import iso
from inbox.practice.x.signin import read_form
from inbox.practice.x.store import now_ms

EVENTS = (
    *("post.create", "post.delete", "post.mention.create", "post.reply.create"),
    *("post.quote.create", "dm.received", "dm.sent"),
)
MOST_WEBHOOKS = 5
NO_CHALLENGE = "CRC check failed: the webhook did not answer with the right response_token."

Answer = Callable[[Network, Request], Awaitable[Any]]


def routes(network: Network) -> list[Route]:
    table: list[tuple[str, str, Answer]] = [
        ("POST", "/oauth2/token", give_token),
        ("GET", "/2/webhooks", list_webhooks),
        ("POST", "/2/webhooks", add_webhook),
        ("PUT", "/2/webhooks/{id}", validate_webhook),
        ("DELETE", "/2/webhooks/{id}", delete_webhook),
        ("GET", "/2/activity/subscriptions", list_subscriptions),
        ("POST", "/2/activity/subscriptions", add_subscription),
        ("DELETE", "/2/activity/subscriptions/{id}", delete_subscription),
    ]
    return [Route(path, _door(network, act), methods=[method]) for method, path, act in table]


def _door(network: Network, act: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await act(network, request))
        except problems.Problem as problem:
            return problem.response()
        except oauth.OAuthError as error:
            return JSONResponse(error.as_json(), error.status)

    return answer


async def give_token(network: Network, request: Request) -> Any:
    """https://docs.x.com/fundamentals/authentication/oauth-2-0/application-only"""
    form = await read_form(request)
    key, secret = network.consumer
    oauth.check_client({key: secret}, request.headers.get("authorization", ""), form)
    if form.get("grant_type") != "client_credentials":
        raise oauth.OAuthError("unsupported_grant_type", "The grant type was invalid.")
    token = network.store.recall("app_token")
    if not token:
        token = secrets.token_urlsafe(48)
        network.store.remember("app_token", token)
    return {"token_type": "bearer", "access_token": token}


async def list_webhooks(network: Network, request: Request) -> Any:
    _check_app(network, request)
    rows = network.store.rows("SELECT * FROM webhooks ORDER BY id")
    return {
        **({"data": [_webhook(row) for row in rows]} if rows else {}),
        "meta": {"result_count": len(rows)},
    }


async def add_webhook(network: Network, request: Request) -> Any:
    _check_app(network, request)
    url = read_body(await request.body(), frozenset({"url"})).get("url")
    if not isinstance(url, str) or not is_loopback(url):
        raise problems.bad_text("$.url: must be an address of this machine.")
    store = network.store
    if store.value("SELECT 1 FROM webhooks WHERE url = ?", url):
        raise problems.bad_text("This webhook exists already.")
    if store.value("SELECT count(*) FROM webhooks") >= MOST_WEBHOOKS:
        raise problems.forbidden("There are too many webhooks.")
    if not await push.answers_challenge(network, url):
        raise problems.bad_text(NO_CHALLENGE)
    store.remember(push.BASE_URL, str(request.base_url))
    hook_id = store.next_id()
    store.run("INSERT INTO webhooks VALUES (?, ?, 1, ?)", hook_id, url, now_ms())
    return {"data": _webhook(_find(network, hook_id))}


async def validate_webhook(network: Network, request: Request) -> Any:
    _check_app(network, request)
    row = _find(network, read_id("id", request.path_params["id"]))
    is_valid = await push.answers_challenge(network, row["url"])
    network.store.run("UPDATE webhooks SET is_valid = ? WHERE id = ?", is_valid, row["id"])
    return {"data": {"valid": is_valid}}


async def delete_webhook(network: Network, request: Request) -> Any:
    _check_app(network, request)
    row = _find(network, read_id("id", request.path_params["id"]))
    with network.store.transaction():
        network.store.run("DELETE FROM subscriptions WHERE webhook_id = ?", row["id"])
        network.store.run("DELETE FROM webhooks WHERE id = ?", row["id"])
    return {"data": {"deleted": True}}


async def list_subscriptions(network: Network, request: Request) -> Any:
    user, _scopes = oauth.authenticate(network.store, request)
    rows = network.store.rows(
        "SELECT * FROM subscriptions WHERE user_id = ? ORDER BY id", user["id"]
    )
    return {"data": [_subscription(row) for row in rows]} if rows else {}


async def add_subscription(network: Network, request: Request) -> Any:
    user, _scopes = oauth.authenticate(network.store, request)
    allowed = frozenset({"event_type", "filter", "tag", "webhook_id"})
    body = read_body(await request.body(), allowed)
    if body.get("event_type") not in EVENTS:
        raise problems.bad_text("$.event_type: is not one of the practice network's.")
    wanted = body.get("filter")
    if not isinstance(wanted, dict) or wanted != {"user_id": str(user["id"])}:
        raise problems.forbidden("Private events are told to the person alone.")
    hook = _find(network, read_id("webhook_id", body.get("webhook_id")))
    store = network.store
    store.run(
        "INSERT OR IGNORE INTO subscriptions VALUES (?, ?, ?, ?, ?, ?)",
        store.next_id(),
        body["event_type"],
        user["id"],
        hook["id"],
        str(body.get("tag", "")),
        now_ms(),
    )
    row = store.row(
        "SELECT * FROM subscriptions WHERE event_type = ? AND user_id = ? AND webhook_id = ?",
        body["event_type"],
        user["id"],
        hook["id"],
    )
    return {"data": {"subscription": _subscription(row)}}


async def delete_subscription(network: Network, request: Request) -> Any:
    _check_app(network, request)
    subscription_id = read_id("id", request.path_params["id"])
    gone = network.store.run("DELETE FROM subscriptions WHERE id = ?", subscription_id)
    return {"data": {"deleted": bool(gone)}}


def _check_app(network: Network, request: Request) -> None:
    _scheme, _, token = request.headers.get("authorization", "").partition(" ")
    known = network.store.recall("app_token") or ""
    if not known or not secrets.compare_digest(token.encode(), known.encode()):
        raise problems.unauthorized()


def _find(network: Network, hook_id: int) -> Row:
    row = network.store.row("SELECT * FROM webhooks WHERE id = ?", hook_id)
    if row is None:
        raise problems.Problem(404, "Not Found", "There is no such webhook.")
    return row


def _webhook(row: Row) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "url": row["url"],
        "valid": bool(row["is_valid"]),
        "created_at": iso(row["created_at"]),
    }


def _subscription(row: Row | None) -> dict[str, Any]:
    assert row is not None  # noqa: S101 - just written or just read
    return {
        "subscription_id": str(row["id"]),
        "event_type": row["event_type"],
        "filter": {"user_id": str(row["user_id"])},
        "webhook_id": str(row["webhook_id"]),
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["created_at"]),
        **({"tag": row["tag"]} if row["tag"] else {}),
    }
