"""Signing in at Google or Microsoft in place of a password: their pages, tokens and servers.

- Google: https://developers.google.com/identity/protocols/oauth2/web-server
- Microsoft: https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from json import loads
from typing import Any
from urllib.parse import urlsplit

from inbox.connectors import oauth
from inbox.connectors.errors import BadPayload, Rejected
from inbox.connectors.http import Http
from inbox.connectors.mail.account import ADDRESS, CHECKERS
from inbox.connectors.types import Endpoints, SignInPlace, TokenSet


@dataclass(frozen=True, slots=True)
class Provider:
    """scopes: what we ask for. more: what its page is told beside that."""

    label: str
    scopes: str
    more: Mapping[str, str]


PROVIDERS = {
    # Without these two Google gives nothing to renew a sign-in with, the second time at least.
    "google": Provider(
        "Google",
        "openid email https://mail.google.com/",
        {"access_type": "offline", "prompt": "consent"},
    ),
    "microsoft": Provider(
        "Microsoft",
        "openid email profile offline_access https://outlook.office.com/IMAP.AccessAsUser.All"
        " https://outlook.office.com/SMTP.Send",
        {"prompt": "select_account"},
    ),
}
PLACES = tuple(SignInPlace(slug, provider.label) for slug, provider in PROVIDERS.items())
# An address where somebody signs in may not be one that mail goes to; then "email" has that.
CLAIMS = ("email", "preferred_username")


class SignIn:
    """One provider, at its endpoints."""

    def __init__(self, slug: str, endpoints: Endpoints, http: Http) -> None:
        self._provider = PROVIDERS[slug]
        self._endpoints = endpoints
        self._http = http

    def page(self, *, redirect_uri: str, state: str, code_challenge: str) -> str:
        return oauth.page(
            self._endpoints,
            scopes=self._provider.scopes,
            redirect_uri=redirect_uri,
            state=state,
            code_challenge=code_challenge,
            more=self._provider.more,
        )

    def exchange(self, *, code: str, redirect_uri: str, code_verifier: str) -> TokenSet:
        return oauth.exchange(
            self._token,
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=code_verifier,
            who=self._provider.label,
        )

    def renew(self, secrets: Mapping[str, str]) -> TokenSet:
        return oauth.renew(
            self._token,
            secrets=secrets,
            who=self._provider.label,
            ended="There is no token to renew the sign-in with; sign in again.",
        )

    def form(self, secrets: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
        """Return what the form for a password asks for, with what was `known` of it before."""
        address = address_in(secrets.get("id_token", ""))
        imap = _place(self._endpoints.imap_url, "imap")
        return {
            **known,
            "address": address,
            "user": address,
            **imap,
            **_place(self._endpoints.smtp_url, "smtp"),
            "keeps_sent": "1",
            "checker": known.get("checker") or CHECKERS.get(imap["imap_host"], ""),
        }

    def _token(self, grant: Mapping[str, str]) -> Mapping[str, Any]:
        """https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1, as both describe it."""
        keys = {
            "client_id": self._endpoints.client_id,
            "client_secret": self._endpoints.client_secret,
        }
        answer = self._http.request("POST", self._endpoints.token_url, form={**grant, **keys})
        if not isinstance(answer.body, dict):
            raise BadPayload("The server answered something that is not an object.")
        return answer.body


def address_in(id_token: str) -> str:
    """Return whose mailbox it is.

    The token came from its maker itself, so its signature tells nothing more.
    https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
    """
    payload = id_token.partition(".")[2].partition(".")[0]
    try:
        claims = loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        found = [str(claims.get(name, "")).strip().lower() for name in CLAIMS]
    except (ValueError, AttributeError):
        found = []
    address = next(filter(ADDRESS.fullmatch, found), "")
    if not address:
        raise Rejected("The sign-in did not say whose mailbox it opens.")
    return address


def _place(url: str, kind: str) -> dict[str, str]:
    """Return host, port and encryption from an address as in `Endpoints`."""
    parts = urlsplit(url)
    tls = {kind: "none", f"{kind}+starttls": "starttls"}.get(parts.scheme, "tls")
    return {
        f"{kind}_host": parts.hostname or "",
        f"{kind}_port": str(parts.port or ""),
        f"{kind}_tls": tls,
    }
