"""Feeds: glue between the desk's contract and documents that are only there to be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from inbox.connectors.base import Connector
from inbox.connectors.errors import ConnectorError, Elsewhere, Rejected, Unsupported
from inbox.connectors.feed import links, reading
from inbox.connectors.feed.client import FeedClient
from inbox.connectors.http import Http
from inbox.connectors.types import (
    Capability,
    ChannelCredentials,
    ConnectForm,
    FetchPage,
    FormField,
    InboundAuthor,
    Limits,
    Manifest,
    Opening,
    StreamSpec,
    TokenSet,
    Window,
)
from inbox.lib.terms import Terms

PART = "feed"
MOST_FEEDS = 20


class FeedConnector(Connector):
    """A handful of feeds that belong together, such as the alerts for one brand."""

    manifest = Manifest(
        slug="feed",
        label="RSS, Atom and Google Alerts",
        icon="rss",
        capabilities=frozenset({Capability.POLL, Capability.LISTEN}),
        limits=Limits(text_length=1, private_text_length=1),
        streams=(),
        parts=(StreamSpec(PART, timedelta(minutes=10)),),
        connect_form=ConnectForm(
            intro=(
                "News, blogs and Google Alerts are read along; nobody can be answered there."
                " An article that several of these feeds name is one conversation."
            ),
            fields=(
                FormField(
                    "addresses",
                    "Addresses of the feeds",
                    "One on each line. For Google Alerts choose “Deliver to: RSS feed” there and"
                    " copy the address behind the feed's icon.",
                    kind="lines",
                ),
            ),
        ),
    )

    def __init__(self, credentials: ChannelCredentials, http: Http) -> None:
        super().__init__(credentials, http)
        self._client = FeedClient(http)
        self._feeds: dict[str, dict[str, str]] = dict(credentials.facts.get("feeds", {}))

    def open(self, values: Mapping[str, str]) -> Opening:
        addresses = list(dict.fromkeys(values["addresses"].split()))
        if not addresses:
            raise Rejected("Write the address of at least one feed.")
        if len(addresses) > MOST_FEEDS:
            raise Rejected(f"At most {MOST_FEEDS} feeds go into one channel.")
        self._feeds = {_name(url): {"url": url} for url in addresses}
        return Opening(TokenSet({}, None), self.read_facts())

    def read_facts(self) -> Mapping[str, Any]:
        """Look at every feed; the first that cannot be read is named."""
        for known in self._feeds.values():
            try:
                found = self._client.fetch(known["url"]).feed
            except Elsewhere as error:
                error.message = f"{known['url']}: {error.message}"
                error.instead_of = known["url"]
                raise
            except ConnectorError as error:
                error.message = f"{known['url']}: {error.message}"
                raise
            if found:
                host = links.publisher(known["url"])
                known |= {"title": found.title[:200] or host, "site": found.site[:500]}
        return {
            "feeds": self._feeds,
            "streams": list(self._feeds),
            "form": {"addresses": "\n".join(known["url"] for known in self._feeds.values())},
            "stream_names": {name: known["title"] for name, known in self._feeds.items()},
        }

    def verify_credentials(self) -> InboundAuthor:
        """Say what is read here. A channel that is known stays itself when its feeds change."""
        if not self._feeds:
            raise Rejected("This channel has no feed.")
        name, first = next(iter(self._feeds.items()))
        host = links.publisher(first["url"])
        others = len(self._feeds) - 1
        title = first.get("title") or host
        return InboundAuthor(
            external_id=self.credentials.external_id or name,
            handle=self.credentials.handle or host,
            name=f"{title} +{others}" if others else title,
            url=first.get("site") or first["url"],
        )

    def listening(self, terms: Terms) -> tuple[str, ...]:
        """Nobody can ask a feed for words: all that is read is looked through."""
        return tuple(self._feeds)

    def fetch_page(self, stream: str, window: Window) -> FetchPage:
        if stream not in self._feeds:
            raise Unsupported(f"This channel has no feed {stream}")
        return reading.entries(self._client, self._feeds[stream]["url"], window)

    def reread(self, stream: str, raw: Any) -> FetchPage:
        if stream not in self._feeds:
            raise Unsupported(f"This channel has no feed {stream}")
        return reading.again(self._client, self._feeds[stream]["url"], raw)


def _name(url: str) -> str:
    """Return the stream's name of a feed; the same address is the same stream for ever."""
    return f"{PART}:{sha256(url.encode()).hexdigest()[:16]}"
