"""Signing in once with an app password; from then on the session is kept and renewed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.connectors.bluesky import identity
from inbox.connectors.bluesky.client import BlueskyClient
from inbox.connectors.errors import AuthExpired, BadPayload, ConnectorError, Rejected
from inbox.connectors.http import Http
from inbox.connectors.types import Opening, TokenSet

LIFETIME = timedelta(hours=2)  # of an access token that does not say it itself
# What a token says of the password that it was got with.
WHOLE_ACCOUNT = "com.atproto.access"
WITH_CHAT = "com.atproto.appPassPrivileged"


def open_session(http: Http, values: Mapping[str, str]) -> Opening:
    """Sign in with a handle and an app password, on the server that the account names itself or
    on the one that the admin wrote."""
    handle = values["handle"].strip().removeprefix("@").lower()
    password, service = values["password"], values.get("service", "").strip()
    if not identity.HANDLE.fullmatch(handle):
        raise Rejected("Write the whole handle, such as name.bsky.social.")
    if service:
        server, who = identity.origin(service), handle
    else:
        who = identity.did_of(http, handle)
        server = identity.server_of(http, who)
    try:
        answer = BlueskyClient(http, pds=server).create_session(who, password)
    except ConnectorError as exc:
        exc.message = exc.message.replace(password, "[hidden]")
        raise
    own = identity.did(answer.get("did"))
    if not service and own != who:
        raise Rejected("The server signed us in as somebody else; nothing was kept.")
    tokens, scope = _tokens(answer), str(_claims(str(answer.get("accessJwt"))).get("scope"))
    if scope == WHOLE_ACCOUNT:
        raise Rejected(
            "This is the account's own password, which opens everything. Make an app password on"
            " Bluesky, under Settings, Privacy and security, and write that one."
        )
    has_chat = scope == WITH_CHAT
    facts = {
        "did": own,
        "handle": str(answer.get("handle") or handle),
        "pds": server,
        "lacks": [] if has_chat else ["direct_message"],
        "lacks_streams": [] if has_chat else ["chat"],
        "form": {"handle": handle, "service": service},
    }
    return Opening(tokens, facts)


def renew(client: BlueskyClient, refresh_token: str) -> TokenSet:
    """Return fresh tokens. Raises AuthExpired if the session has ended for good."""
    if not refresh_token:
        raise AuthExpired("There is no session; connect the channel again.")
    try:
        return _tokens(client.refresh_session(refresh_token))
    except Rejected as exc:
        if exc.status not in (400, 403):
            raise
        raise AuthExpired(exc.message, code=exc.code) from exc


def _tokens(answer: Mapping[str, Any]) -> TokenSet:
    access, refresh = answer.get("accessJwt"), answer.get("refreshJwt")
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        raise BadPayload("The server opened a session without its tokens.")
    try:
        expires_at = datetime.fromtimestamp(_claims(access)["exp"], UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        expires_at = datetime.now(UTC) + LIFETIME
    return TokenSet({"access_token": access, "refresh_token": refresh}, expires_at)


def _claims(token: str) -> Mapping[str, Any]:
    """Return what a token says of itself (RFC 7519); it is the server's word, not checked."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
