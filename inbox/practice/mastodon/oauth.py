"""Signing in by https://docs.joinmastodon.org/methods/oauth/: PKCE, codes once, lasting tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from inbox.practice.database import Row
from inbox.practice.local import is_loopback
from inbox.practice.markup import Html, document, fill, kept
from inbox.practice.mastodon.api import read_values
from inbox.practice.mastodon.people import NAME, Refused
from inbox.practice.mastodon.world import World

CODE_SECONDS = 600.0
ALL_SCOPES = BROAD = "read write follow push"
FORM = """
<h1>Let <b>{client}</b> use a practice account?</h1>
<p class="quiet">It asks for: {scopes}</p>
<form method="post" action="/oauth/authorize" class="stack">
{hidden}
<fieldset><legend>Sign in as</legend>{choices}</fieldset>
<p class="row"><button name="answer" value="allow" class="main">Allow</button>
<button name="answer" value="deny">Deny</button></p>
</form>
"""
CHOICE = """<label class="line"><input type="radio" name="handle" value="{handle}"{checked}>
 <b>{name}</b> <span class="quiet">@{handle}</span></label>"""
KEPT = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge",
        "code_challenge_method")  # fmt: skip
FORM_TARGETS = (
    "'self' http://127.0.0.1:* http://localhost:* https://127.0.0.1:* https://localhost:*"
)
POLICY = f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {FORM_TARGETS}"


class OAuthError(Exception):
    """An OAuth request is refused; `error` is one of RFC 6749's words."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


def routes(world: World) -> list[Route]:
    async def ask(request: Request) -> Response:
        return _page(world, dict(request.query_params))

    async def metadata(request: Request) -> Response:
        if world.faults.switches["plain_scopes"] != "metadata":
            return JSONResponse({"error": "Not Found"}, 404)
        return JSONResponse({"issuer": world.site, "scopes_supported": BROAD.split()})

    async def decide(request: Request) -> Response:
        return _decide(world, await read_values(request))

    async def token(request: Request) -> Response:
        try:
            answer = exchange(world, await read_values(request))
        except (OAuthError, Refused) as exc:
            error = exc.error if isinstance(exc, OAuthError) else "invalid_request"
            return JSONResponse({"error": error, "error_description": str(exc)}, exc.status)
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    async def revoke(request: Request) -> Response:
        values = await read_values(request)
        world.store.run("DELETE FROM tokens WHERE token = ?", str(values.get("token", "")))
        return JSONResponse({})

    return [
        Route("/.well-known/oauth-authorization-server", metadata),
        Route("/oauth/authorize", ask, methods=["GET"]),
        Route("/oauth/authorize", decide, methods=["POST"]),
        Route("/oauth/token", token, methods=["POST"]),
        Route("/oauth/revoke", revoke, methods=["POST"]),
    ]


def is_broad(scopes: str) -> bool:
    return set(scopes.split()) <= set(BROAD.split())


def grant(world: World, account: Row, *, client_id: str, scope: str) -> dict[str, Any]:
    """Return a new access token; it lasts until it is withdrawn."""
    token = secrets.token_urlsafe(32)
    sql = "INSERT INTO tokens VALUES (?, ?, ?, ?)"
    world.store.run(sql, token, account["id"], client_id, scope)
    return {
        "access_token": token,
        "token_type": "Bearer",
        "scope": scope,
        "created_at": int(time.time()),
    }


def exchange(world: World, form: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the token endpoint. Raises OAuthError."""
    app = _app(world, form)
    if not hmac.compare_digest(app["client_secret"], str(form.get("client_secret", ""))):
        raise OAuthError("invalid_client", "Client authentication failed.", 401)
    if form.get("grant_type") != "authorization_code":
        raise OAuthError("unsupported_grant_type", "The grant type is not supported.")
    with world.store.transaction():
        code = world.store.row("SELECT * FROM codes WHERE code = ?", str(form.get("code", "")))
        world.store.run("DELETE FROM codes WHERE code = ?", str(form.get("code", "")))
    is_checked = not world.faults.is_on("no_pkce")
    digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if (
        code is None
        or code["expires_at"] < time.time()
        or code["client_id"] != app["client_id"]
        or code["redirect_uri"] != form.get("redirect_uri")
        or (
            is_checked
            and code["challenge"]
            and not hmac.compare_digest(challenge, code["challenge"])
        )
    ):
        raise OAuthError("invalid_grant", "The authorization grant is invalid or was used before.")
    account = world.account(code["account_id"])
    return grant(world, account, client_id=app["client_id"], scope=code["scope"])


def _app(world: World, query: Mapping[str, Any]) -> Row:
    found = world.store.row("SELECT * FROM apps WHERE client_id = ?", str(query.get("client_id")))
    if found is None:
        raise OAuthError("invalid_client", "The client is not known here.", 401)
    return found


def _check(world: World, query: Mapping[str, Any]) -> Row:
    app = _app(world, query)
    redirect = str(query.get("redirect_uri", ""))
    if redirect not in app["redirect_uris"].split("\n") or not is_loopback(redirect):
        raise OAuthError("invalid_request", "The redirect URI is not that of the app.")
    if query.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code.")
    if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "Only the method S256 is known.")
    if set(str(query.get("scope", "read")).split()) - set(app["scopes"].split()):
        raise OAuthError("invalid_scope", "The app was not registered for that scope.")
    return app


def _page(world: World, query: Mapping[str, Any]) -> Response:
    try:
        app = _check(world, query)
    except OAuthError as exc:
        return _sorry(str(exc))
    if world.faults.switches["plain_scopes"] and not is_broad(query.get("scope", "")):
        return RedirectResponse(_back(query, error="invalid_scope"), 303)
    rows = world.store.rows("SELECT * FROM accounts WHERE domain = '' ORDER BY seq LIMIT 30")
    choices = [
        fill(
            CHOICE,
            handle=row["username"],
            name=row["name"],
            checked=Html(" checked") if index == 0 else "",
        )
        for index, row in enumerate(rows)
    ]
    body = fill(
        FORM,
        client=app["name"],
        scopes=query.get("scope", "read"),
        hidden=kept(query, KEPT),
        choices=Html("".join(choices)),
    )
    headers = {"content-security-policy": POLICY, "cache-control": "no-store"}
    return HTMLResponse(document("Sign in", body, network=NAME), headers=headers)


def _decide(world: World, form: Mapping[str, Any]) -> Response:
    try:
        _check(world, form)
    except OAuthError as exc:
        return _sorry(str(exc))
    account = world.find(str(form.get("handle", "")))
    if form.get("answer") != "allow" or account is None:
        return RedirectResponse(_back(form, error="access_denied"), 303)
    code = secrets.token_urlsafe(32)
    world.store.run(
        "INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, ?)",
        code,
        account["id"],
        form["client_id"],
        form["redirect_uri"],
        form.get("scope", "read"),
        form.get("code_challenge", ""),
        time.time() + CODE_SECONDS,
    )
    return RedirectResponse(_back(form, code=code), 303)


def _back(query: Mapping[str, Any], **answer: str) -> str:
    address = str(query["redirect_uri"])
    state = {"state": query["state"]} if query.get("state") else {}
    return address + ("&" if urlsplit(address).query else "?") + urlencode({**answer, **state})


def _sorry(reason: str) -> Response:
    body = fill("<h1>This sign-in cannot go on</h1><p>{reason}</p>", reason=reason)
    return HTMLResponse(document("Sign in", body, network=NAME), 400)
