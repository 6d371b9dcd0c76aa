"""Who asks: a program by its token, or the person who is signed in to our own pages."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from inbox.models import ApiToken, User
from inbox.operations import tokens


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer cd_…`; the person's rights are narrowed to the token's scopes."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, shown = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = tokens.holder_of(shown=shown.strip())
        if token is None:
            raise AuthenticationFailed(
                _("This token is unknown, revoked or expired. Make a new one on the account page.")
            )
        token.user.scopes, token.user.token_id = frozenset(token.scopes), token.pk
        token.user.is_superuser = False  # for whom Django grants everything unasked
        tokens.note_use(token=token, ip=_address(request))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="CrisisDesk"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API description speaks of tokens."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "cd_…",
            "description": "A token from “API tokens” on your account page.",
        }


def _address(request: Request) -> str | None:
    """Return the caller's address, None where the server knows none (a socket file)."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None
