"""Signing in: OAuth 2.0 authorization code with PKCE, and the tokens it yields.

https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request

from inbox.practice.database import Row
from inbox.practice.local import is_loopback
from inbox.practice.x import problems, users
from inbox.practice.x.store import Store, now_ms

CODE_MS = 30_000
ACCESS_MS = 7_200_000
ALL_SCOPES = (
    "tweet.read tweet.write tweet.moderate.write users.read follows.read follows.write "
    "like.read like.write dm.read dm.write media.write offline.access"
)


class OAuthError(Exception):
    """An OAuth request is refused; `error` is one of RFC 6749's words."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status

    def as_json(self) -> dict[str, str]:
        return {"error": self.error, "error_description": str(self)}


def authenticate(store: Store, request: Request) -> tuple[Row, frozenset[str]]:
    """Return who calls, and the scopes of the token. Raises the 401 problem."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found = store.row("SELECT * FROM tokens WHERE token = ? AND kind = 'access'", token.strip())
    if scheme.lower() != "bearer" or found is None or found["expires_at"] <= now_ms():
        raise problems.unauthorized()
    user = users.by_id(store, found["user_id"])
    if user is None:
        raise problems.unauthorized()
    return user, frozenset(found["scope"].split())


def grant(store: Store, user: Row, *, client_id: str, scope: str = ALL_SCOPES) -> dict[str, Any]:
    """Return a new access token, and a refresh token if the scope has offline.access."""
    access = secrets.token_urlsafe(48)
    answer: dict[str, Any] = {
        "token_type": "bearer",
        "expires_in": ACCESS_MS // 1000,
        "access_token": access,
        "scope": scope,
    }
    with store.transaction():
        _keep(store, access, "access", user["id"], client_id, scope, now_ms() + ACCESS_MS)
        if "offline.access" in scope.split():
            answer["refresh_token"] = secrets.token_urlsafe(48)
            _keep(store, answer["refresh_token"], "refresh", user["id"], client_id, scope, None)
    return answer


def _keep(
    store: Store,
    token: str,
    kind: str,
    user_id: int,
    client_id: str,
    scope: str,
    expires_at: int | None,
) -> None:
    store.run(
        "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?)",
        token,
        kind,
        user_id,
        client_id,
        scope,
        expires_at,
    )


def check_authorize(clients: Mapping[str, str], query: Mapping[str, str]) -> None:
    """Raise OAuthError unless the sign-in page may be shown for this request."""
    if query.get("client_id") not in clients:
        raise OAuthError("invalid_request", "client_id is not registered here.")
    if not is_loopback(query.get("redirect_uri", "")):
        raise OAuthError("invalid_request", "redirect_uri must be an address of this machine.")
    if query.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code.")
    if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
        raise OAuthError("invalid_request", "code_challenge with method S256 is required.")
    if not query.get("state"):
        raise OAuthError("invalid_request", "state is required.")
    unknown = set(query.get("scope", "").split()) - set(ALL_SCOPES.split())
    if unknown or not query.get("scope"):
        raise OAuthError("invalid_scope", f"unknown or no scope: {' '.join(sorted(unknown))}")


def allow(store: Store, user: Row, query: Mapping[str, str]) -> str:
    """Return the address that takes the person back with a code."""
    code = secrets.token_urlsafe(48)
    store.run(
        "INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, ?)",
        code,
        user["id"],
        query["client_id"],
        query["redirect_uri"],
        query["scope"],
        query["code_challenge"],
        now_ms() + CODE_MS,
    )
    return _back(query, code=code)


def deny(query: Mapping[str, str]) -> str:
    """Return the address that takes the person back without a code."""
    return _back(query, error="access_denied")


def _back(query: Mapping[str, str], **answer: str) -> str:
    address = query["redirect_uri"]
    joint = "&" if urlsplit(address).query else "?"
    return address + joint + urlencode({"state": query["state"], **answer})


def exchange(
    store: Store, clients: Mapping[str, str], authorization: str, form: Mapping[str, str]
) -> dict[str, Any]:
    """Answer the token endpoint. Raises OAuthError."""
    client_id = check_client(clients, authorization, form)
    if form.get("grant_type") == "authorization_code":
        return _exchange_code(store, client_id, form)
    if form.get("grant_type") == "refresh_token":
        return _refresh(store, client_id, form)
    raise OAuthError("unsupported_grant_type", "Value passed for the grant type was invalid.")


def check_client(clients: Mapping[str, str], authorization: str, form: Mapping[str, str]) -> str:
    """Return which app calls: by Basic authentication, or a client_id in the body (public app)."""
    client_id, secret = _basic(authorization)
    if client_id:
        if hmac.compare_digest(clients.get(client_id, "").encode(), secret.encode()) and secret:
            return client_id
        raise OAuthError("unauthorized_client", "Missing valid authorization header", 401)
    if form.get("client_id") in clients:
        return form["client_id"]
    raise OAuthError("unauthorized_client", "Missing valid authorization header", 401)


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "?", ""
    return client_id, secret


def _exchange_code(store: Store, client_id: str, form: Mapping[str, str]) -> dict[str, Any]:
    with store.transaction():
        code = store.row("SELECT * FROM codes WHERE code = ?", form.get("code", ""))
        # A code is spent by its first use, right or wrong.
        store.run("DELETE FROM codes WHERE code = ? OR expires_at <= ?", form.get("code"), now_ms())
    if (
        code is None
        or code["expires_at"] <= now_ms()
        or code["client_id"] != client_id
        or code["redirect_uri"] != form.get("redirect_uri")
    ):
        raise OAuthError("invalid_request", "Value passed for the authorization code was invalid.")
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if not hmac.compare_digest(challenge, code["challenge"]):
        raise OAuthError(
            "invalid_request",
            "Value passed for the code verifier did not match the code challenge.",
        )
    user = users.by_id(store, code["user_id"])
    assert user is not None  # noqa: S101 - users are never removed
    return grant(store, user, client_id=client_id, scope=code["scope"])


def _refresh(store: Store, client_id: str, form: Mapping[str, str]) -> dict[str, Any]:
    with store.transaction():
        old = store.row(
            "SELECT * FROM tokens WHERE token = ? AND kind = 'refresh' AND client_id = ?",
            form.get("refresh_token", ""),
            client_id,
        )
        if old is None:
            raise OAuthError("invalid_request", "Value passed for the token was invalid.")
        store.run("DELETE FROM tokens WHERE token = ?", old["token"])
        user = users.by_id(store, old["user_id"])
        assert user is not None  # noqa: S101 - users are never removed
        return grant(store, user, client_id=client_id, scope=old["scope"])


def revoke(store: Store, token: str) -> None:
    """Make one token worthless. An unknown token is no error (RFC 7009)."""
    store.run("DELETE FROM tokens WHERE token = ?", token)


def expire_all(store: Store, *, refresh_too: bool) -> None:
    """Make all access tokens worthless, and with `refresh_too` the refresh tokens as well."""
    store.run("DELETE FROM tokens WHERE kind = 'access' OR ?", int(refresh_too))
