"""Signing in by OAuth 2.0 with PKCE, as several networks do it: the page, the code, the renewal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from inbox.connectors.errors import AuthExpired, BadPayload, Rejected
from inbox.connectors.types import Endpoints, TokenSet

# A network's token endpoint: takes a grant, returns the JSON object that it answers.
TokenEndpoint = Callable[[Mapping[str, str]], Mapping[str, Any]]


def page(
    endpoints: Endpoints,
    *,
    scopes: str,
    redirect_uri: str,
    state: str,
    code_challenge: str,
    more: Mapping[str, str] | None = None,
) -> str:
    """Return the address where people let us in. more: what only this network is told.

    https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 and
    https://www.rfc-editor.org/rfc/rfc7636#section-4.3
    """
    query = {
        "response_type": "code",
        "client_id": endpoints.client_id,
        "redirect_uri": redirect_uri,
        "scope": scopes,
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
        **(more or {}),
    }
    return f"{endpoints.authorize_url}?{urlencode(query)}"


def exchange(
    ask: TokenEndpoint, *, code: str, redirect_uri: str, code_verifier: str, who: str
) -> TokenSet:
    """Turn the code of a finished sign-in into tokens; `who` answers, in words."""
    grant = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier,
    }
    return _tokens(ask, grant, who)


def renew(ask: TokenEndpoint, *, secrets: Mapping[str, str], who: str, ended: str) -> TokenSet:
    """Return fresh tokens. Raises AuthExpired, with the words `ended` if there is no way to ask."""
    token = secrets.get("refresh_token")
    if not token:
        raise AuthExpired(ended)
    try:
        return _tokens(ask, {"grant_type": "refresh_token", "refresh_token": token}, who)
    except Rejected as exc:
        if exc.status not in (400, 403):
            raise
        raise AuthExpired(exc.message, code=exc.code) from exc


def _tokens(ask: TokenEndpoint, grant: Mapping[str, str], who: str) -> TokenSet:
    answer = ask(grant)
    access = answer.get("access_token")
    if not isinstance(access, str) or not access:
        raise BadPayload(f"{who} finished the sign-in without a token.")
    # A refresh token may change with each use; without a new one the old one still counts.
    renewal = answer.get("refresh_token") or grant.get("refresh_token", "")
    lifetime = answer.get("expires_in")
    secrets = {"access_token": access, "refresh_token": str(renewal)}
    if isinstance(who_it_is := answer.get("id_token"), str):
        secrets["id_token"] = who_it_is
    return TokenSet(
        secrets=secrets,
        expires_at=datetime.now(UTC) + timedelta(seconds=lifetime)
        if isinstance(lifetime, int) and lifetime > 0
        else None,
    )
