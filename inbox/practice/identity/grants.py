"""What was granted to whom: codes and tokens, each refresh token good for one use.

So it is at Microsoft; at Google one lasts. https://www.rfc-editor.org/rfc/rfc6749
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LIFETIME = 3600  # seconds of an access token
CODE_SECONDS = 600.0


class OAuthError(Exception):
    """A request is refused; `error` is one of RFC 6749's words."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


@dataclass(frozen=True)
class Grant:
    """Who lets which app do what; until when, by time.time()."""

    address: str
    client_id: str
    scope: str
    until: float
    redirect_uri: str = ""
    challenge: str = ""


@dataclass
class Grants:
    """All that was granted. clients: the apps that are known here, with their secrets."""

    clients: Mapping[str, str]
    codes: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)

    def allow(self, address: str, query: Mapping[str, str]) -> str:
        """Return the code that an app gets when somebody let it in."""
        code = secrets.token_urlsafe(32)
        self.codes[code] = Grant(
            address,
            query["client_id"],
            query.get("scope", ""),
            time.time() + CODE_SECONDS,
            query["redirect_uri"],
            query["code_challenge"],
        )
        return code

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Answer the token endpoint. Raises OAuthError."""
        client_id = form.get("client_id", "")
        secret = self.clients.get(client_id, "")
        if not secret or not hmac.compare_digest(secret, form.get("client_secret", "")):
            raise OAuthError("invalid_client", "The client secret is not valid.", 401)
        kinds = {"authorization_code": self._of_code, "refresh_token": self._of_refresh}
        if form.get("grant_type") not in kinds:
            raise OAuthError("unsupported_grant_type", "The grant type is not supported.")
        grant = kinds[form["grant_type"]](form)
        if grant is None or grant.client_id != client_id or grant.until < time.time():
            raise OAuthError("invalid_grant", "The grant has expired or was revoked.")
        return self._tokens(grant, secret)

    def holder(self, token: str) -> str:
        """Return whose mailbox an access token opens, "" if it opens none."""
        grant = self.access.get(token)
        return grant.address if grant and grant.until > time.time() else ""

    def revoke(self, *, refresh_too: bool) -> None:
        """Make all access tokens worthless, and with `refresh_too` what renews them."""
        self.access.clear()
        if refresh_too:
            self.refresh.clear()

    def _of_code(self, form: Mapping[str, str]) -> Grant | None:
        grant = self.codes.pop(form.get("code", ""), None)  # spent, right or wrong
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        fits = grant and (grant.redirect_uri, grant.challenge) == (
            form.get("redirect_uri"),
            _base64(digest),
        )
        return grant if fits else None

    def _of_refresh(self, form: Mapping[str, str]) -> Grant | None:
        return self.refresh.pop(form.get("refresh_token", ""), None)

    def _tokens(self, grant: Grant, secret: str) -> dict[str, Any]:
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        granted = grant.address, grant.client_id, grant.scope
        self.access[access] = Grant(*granted, time.time() + LIFETIME)
        self.refresh[refresh] = Grant(*granted, float("inf"))
        return {
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "scope": grant.scope,
            "id_token": _id_token(grant, secret),
        }


def _id_token(grant: Grant, secret: str) -> str:
    """https://openid.net/specs/openid-connect-core-1_0.html#IDToken

    Who asks for the profile as well is told the name of the sign-in, as Microsoft does it.
    """
    claim = "preferred_username" if "profile" in grant.scope.split() else "email"
    head = {"alg": "HS256", "typ": "JWT"}
    claims = {"aud": grant.client_id, "sub": grant.address, claim: grant.address}
    said = ".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    signature = hmac.digest(secret.encode(), said.encode(), "sha256")
    return f"{said}.{_base64(signature)}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
