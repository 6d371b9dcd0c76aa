"""Which networks exist; a connector is imported on first use."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from inbox.connectors.base import Connector
from inbox.connectors.types import Manifest

CONNECTORS = {
    "bluesky": "inbox.connectors.bluesky.connector.BlueskyConnector",
    "feed": "inbox.connectors.feed.connector.FeedConnector",
    "mail": "inbox.connectors.mail.connector.MailConnector",
    "mastodon": "inbox.connectors.mastodon.connector.MastodonConnector",
    "x": "inbox.connectors.x.connector.XConnector",
}


@cache
def connector_class(network: str) -> type[Connector]:
    """Return the connector class of `network`. Raises KeyError for a network we do not know."""
    module, name = CONNECTORS[network].rsplit(".", 1)
    found: type[Connector] = getattr(import_module(module), name)
    return found


def manifest(network: str) -> Manifest:
    """Return what `network` is and can do."""
    return connector_class(network).manifest


def choices() -> list[tuple[str, str]]:
    """Return (slug, label) of every network, for forms and model fields."""
    return [(slug, manifest(slug).label) for slug in CONNECTORS]
