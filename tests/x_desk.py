"""A desk that reads a practice network of X as a brand, for tests of the whole way."""

from __future__ import annotations

from typing import Any

from inbox.models import Channel
from inbox.operations import channels
from tests.factories import make_channel
from tests.inbox.practice.server import CLIENT_ID, CLIENT_SECRET, Practice


def connect(practice: Practice, settings: Any, handle: str = "brand") -> Channel:
    """Return a channel that speaks as `handle` there; the desk runs in practice from now on."""
    settings.PRACTICE_NETWORK = True
    settings.NETWORKS = {
        "x": {
            "api_url": practice.url,
            "authorize_url": f"{practice.url}/i/oauth2/authorize",
            "token_url": f"{practice.url}/2/oauth2/token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
    }
    channels.http.cache_clear()
    practice.user(handle)
    tokens = practice.token_for(handle)
    return make_channel(
        external_id=str(tokens["user_id"]),
        handle=handle,
        name="Brand",
        is_practice=True,
        secrets={name: tokens[name] for name in ("access_token", "refresh_token")},
    )
