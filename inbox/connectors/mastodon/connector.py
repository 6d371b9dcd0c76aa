"""Mastodon: glue between the desk's contract and the API that many servers speak."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from inbox.connectors import oauth
from inbox.connectors.base import Connector, Waiter
from inbox.connectors.errors import BadPayload, Unsupported
from inbox.connectors.http import Http
from inbox.connectors.mastodon import facts, mapping, reading, registering, sending, streaming
from inbox.connectors.mastodon.client import MastodonClient
from inbox.connectors.mastodon.mapping import MISSHAPEN, VISIBILITIES, Site
from inbox.connectors.mastodon.text import MAX_LENGTH, URL_LENGTH, count
from inbox.connectors.types import (
    AppKeys,
    Capability,
    ChannelCredentials,
    Endpoints,
    FetchPage,
    InboundAuthor,
    InboundMessage,
    Limits,
    Manifest,
    Measure,
    OutboundPost,
    OutboundReply,
    Problem,
    SendReceipt,
    StreamSpec,
    TokenSet,
    Window,
)

HASHTAG, SEARCH = "hashtag", "search"
TAKEN_BACK = {
    Capability.FOLLOW: "unfollow",
    Capability.MUTE: "unmute",
    Capability.BLOCK: "unblock",
}


class MastodonConnector(Connector):
    """One account on one server of the Mastodon API."""

    manifest = Manifest(
        slug="mastodon",
        label="Mastodon",
        icon="mastodon",
        capabilities=frozenset(Capability) - {Capability.HIDE, Capability.WEBHOOK},
        limits=Limits(
            text_length=MAX_LENGTH,
            private_text_length=MAX_LENGTH,
            pictures=facts.PICTURES,
            picture_bytes=facts.PICTURE_BYTES,
        ),
        streams=(
            StreamSpec("own", timedelta(seconds=60)),
            StreamSpec("mentions", timedelta(seconds=30)),
            StreamSpec("direct_messages", timedelta(seconds=60)),
        ),
        asks_server=True,
        listening=(
            StreamSpec(HASHTAG, timedelta(seconds=60)),
            StreamSpec(SEARCH, timedelta(seconds=120)),
        ),
        versions_grow=True,
        undoable=frozenset(TAKEN_BACK) | {Capability.LIKE},
    )

    def __init__(self, credentials: ChannelCredentials, http: Http) -> None:
        super().__init__(credentials, http)
        self._client = MastodonClient(
            http,
            credentials.endpoints,
            access_token=credentials.secrets.get("access_token", ""),
            account=credentials.external_id,
        )
        self._known = credentials.facts

    # -- sign-in -------------------------------------------------------------------------------
    @classmethod
    def endpoints_at(cls, server_url: str, keys: AppKeys | None = None) -> Endpoints:
        return Endpoints(
            api_url=server_url,
            authorize_url=f"{server_url}/oauth/authorize",
            token_url=f"{server_url}/oauth/token",
            client_id=keys.client_id if keys else "",
            client_secret=keys.client_secret if keys else "",
            scopes=keys.scopes if keys else "",
        )

    def register_app(self, *, redirect_uri: str, broadly: bool = False) -> AppKeys:
        return registering.register(self._client, redirect_uri=redirect_uri, broadly=broadly)

    def read_facts(self) -> Mapping[str, Any]:
        self._known = facts.read(self._client, server_url=self.credentials.endpoints.api_url)
        return self._known

    def authorize_url(self, *, redirect_uri: str, state: str, code_challenge: str) -> str:
        return self._client.authorize_url(
            redirect_uri=redirect_uri, state=state, code_challenge=code_challenge
        )

    def exchange_code(self, *, code: str, redirect_uri: str, code_verifier: str) -> TokenSet:
        return oauth.exchange(
            self._client.token,
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=code_verifier,
            who="The server",
        )

    def refresh(self) -> TokenSet:
        # Mastodon's own tokens last until they are withdrawn; some other servers renew theirs.
        return oauth.renew(
            self._client.token,
            secrets=self.credentials.secrets,
            who="The server",
            ended="The server no longer knows this sign-in; sign in again.",
        )

    @classmethod
    def renews(cls, secrets: Mapping[str, str]) -> bool:
        return bool(secrets.get("refresh_token"))

    def verify_credentials(self) -> InboundAuthor:
        site = self._site()
        try:
            return mapping.author(self._client.me(), site)
        except MISSHAPEN as exc:
            raise BadPayload("The server did not say whose account this is.") from exc

    # -- reading -------------------------------------------------------------------------------
    def fetch_page(self, stream: str, window: Window) -> FetchPage:
        name, _colon, word = stream.partition(":")
        if name == "own":
            return reading.own_posts(self._client, self._site(), window)
        if name == "mentions":
            site = self._site()
            return reading.mentions(self._client, site, window, types=self._types())
        if name == "direct_messages":
            return reading.direct_messages(self._client, self._site(), window)
        if name == HASHTAG and word:
            return reading.tagged(self._client, self._site(), window, tag=word)
        if name == SEARCH and word:
            return reading.found(self._client, self._site(), window, words=word)
        raise Unsupported(f"Mastodon has no stream {stream}")

    def attend(self, streams: Collection[str]) -> AbstractContextManager[Waiter]:
        door = streaming.Door(
            self.http,
            streaming.base_url(
                self._known.get("streaming"), api_url=self.credentials.endpoints.api_url
            ),
            access_token=self.credentials.secrets.get("access_token", ""),
            site=self._site(),
            types=self._types(),
        )
        return streaming.attend(door, streams)

    def lookup(self, external_ids: Sequence[str]) -> dict[str, InboundMessage | None]:
        return reading.lookup(self._client, self._site(), external_ids)

    def reread(self, stream: str, raw: Any) -> FetchPage:
        return reading.again(self._client, self._site(), raw)

    # -- writing -------------------------------------------------------------------------------
    def measure(self, reply: OutboundReply) -> Measure:
        limits = self.limits()
        text = sending.text_of(reply, self._site_offline())
        return Measure(
            length=count(text, url_length=self._known.get("url_length", URL_LENGTH)),
            limit=limits.private_text_length if reply.is_private else limits.text_length,
        )

    def check_reply(self, reply: OutboundReply) -> list[Problem]:
        found = super().check_reply(reply)
        disclosed = sending.discloses(reply, self._site_offline())
        return [*found, disclosed] if disclosed else found

    def send_reply(self, reply: OutboundReply) -> SendReceipt:
        return sending.send(self._client, self._site(), reply, visibility=self._visibility())

    def find_sent(self, reply: OutboundReply) -> SendReceipt | None:
        return sending.find(self._client, self._site(), reply)

    def publish(self, post: OutboundPost) -> SendReceipt:
        return sending.publish(self._client, self._site(), post, visibility=self._visibility())

    def edit(self, external_id: str, text: str) -> None:
        sending.edit(self._client, self._site(), external_id, text)

    def delete(self, external_id: str) -> None:
        self._client.delete_status(external_id)

    def like(self, external_id: str) -> None:
        self._client.favourite(external_id)

    def follow(self, author_external_id: str) -> None:
        self._client.relate(self._id_of(author_external_id), "follow")

    def mute(self, author_external_id: str) -> None:
        self._client.relate(self._id_of(author_external_id), "mute")

    def block(self, author_external_id: str) -> None:
        self._client.relate(self._id_of(author_external_id), "block")

    def take_back(self, act: Capability, external_id: str) -> None:
        if act == Capability.LIKE:
            self._client.unfavourite(external_id)
        elif act in TAKEN_BACK:
            self._client.relate(self._id_of(external_id), TAKEN_BACK[act])
        else:
            super().take_back(act, external_id)

    def report(self, author_external_id: str, *, external_ids: Sequence[str], words: str) -> None:
        self._client.report(
            {
                "account_id": self._id_of(author_external_id),
                "status_ids": list(external_ids),
                "comment": words,
            }
        )

    # -- what this server is -------------------------------------------------------------------
    def _site(self) -> Site:
        """Return whose eyes we read with; without stored facts the server is asked for them."""
        if not self._known.get("account_id"):
            self.read_facts()
        return self._site_offline()

    def _site_offline(self) -> Site:
        known = self._known
        return Site(known.get("account_id", ""), known.get("domain", ""))

    def _types(self) -> Sequence[str]:
        known = self._known.get("notification_types")
        return facts.TYPES[0] if known is None else known

    def _visibility(self) -> str:
        return str(self._known.get("visibility", VISIBILITIES[0]))

    def _id_of(self, author_external_id: str) -> str:
        """Return a person's id on this server; the desk knows people by their whole handle."""
        account = reading.person(self._client, self._site(), author_external_id)
        try:
            return mapping.identifier(account["id"])
        except MISSHAPEN as exc:
            raise BadPayload("The server did not say who this is.") from exc
