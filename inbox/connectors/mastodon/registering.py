"""Making our app known to a server, and what it may ask people for there."""

from __future__ import annotations

from inbox.connectors.errors import BadPayload, ConnectorError, Rejected
from inbox.connectors.mastodon.client import BROAD_SCOPES, SCOPES, MastodonClient
from inbox.connectors.types import AppKeys


def register(client: MastodonClient, *, redirect_uri: str, broadly: bool) -> AppKeys:
    """Return the keys of our app, which asks for no more than it needs where a server can tell.

    Not all know the narrow scopes: some say so in their metadata, some refuse them here, some
    only when people sign in (`broadly`), and some answer with others than were asked for.
    """
    if broadly or not _knows_narrow(client):
        return _ask(client, redirect_uri, BROAD_SCOPES)
    try:
        return _ask(client, redirect_uri, SCOPES)
    except Rejected:
        return _ask(client, redirect_uri, BROAD_SCOPES)


def _knows_narrow(client: MastodonClient) -> bool:
    try:
        known = client.metadata().get("scopes_supported")
    except ConnectorError:
        return True  # most servers have no metadata
    return not isinstance(known, list) or not known or set(SCOPES.split()) <= set(map(str, known))


def _ask(client: MastodonClient, redirect_uri: str, asked: str) -> AppKeys:
    app = client.create_app(redirect_uri=redirect_uri, scopes=asked)
    client_id, secret = app.get("client_id"), app.get("client_secret")
    if not client_id or not isinstance(client_id, str | int) or not isinstance(secret, str):
        raise BadPayload("The server took the app, but gave no keys for it.")
    # https://docs.joinmastodon.org/entities/Application/#scopes: since 4.3
    told = app.get("scopes")
    scopes = " ".join(map(str, told)) if isinstance(told, list) and told else asked
    return AppKeys(str(client_id), secret, scopes, is_broad=asked == BROAD_SCOPES)
