"""Bluesky: glue between the desk's contract and the AT Protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from inbox.connectors.base import Connector
from inbox.connectors.bluesky import (
    acts,
    attachments,
    chat,
    mapping,
    reading,
    sending,
    session,
    threads,
)
from inbox.connectors.bluesky.client import BlueskyClient
from inbox.connectors.bluesky.mapping import MISSHAPEN, Site
from inbox.connectors.bluesky.text import (
    CHAT_BYTES,
    CHAT_GRAPHEMES,
    POST_BYTES,
    POST_GRAPHEMES,
    measure,
)
from inbox.connectors.errors import BadPayload, Unsupported
from inbox.connectors.http import Http
from inbox.connectors.received import Document
from inbox.connectors.types import (
    Capability,
    ChannelCredentials,
    ConnectForm,
    FetchPage,
    FormField,
    InboundAuthor,
    InboundMessage,
    Limits,
    Manifest,
    Measure,
    Opening,
    OutboundPost,
    OutboundReply,
    SendReceipt,
    StreamSpec,
    TokenSet,
    Window,
)

SEARCH, HASHTAG = "search", "hashtag"


class BlueskyConnector(Connector):
    """One account, wherever in the network it lives."""

    manifest = Manifest(
        slug="bluesky",
        label="Bluesky",
        icon="cloud",
        capabilities=frozenset(Capability)
        - {Capability.EDIT, Capability.WEBHOOK, Capability.ATTEND},
        limits=Limits(
            text_length=POST_GRAPHEMES,
            private_text_length=CHAT_GRAPHEMES,
            pictures=sending.PICTURES,
            picture_bytes=sending.PICTURE_BYTES,
            private_pictures=0,
        ),
        streams=(
            StreamSpec("own", timedelta(seconds=60)),
            StreamSpec("mentions", timedelta(seconds=30)),
            StreamSpec("chat", timedelta(seconds=30)),
            StreamSpec("threads", timedelta(minutes=5)),
        ),
        not_read="Group chats on Bluesky are not read here: what is answered there reaches all.",
        listening=(
            StreamSpec(SEARCH, timedelta(seconds=60)),
            StreamSpec(HASHTAG, timedelta(seconds=60)),
        ),
        undoable=frozenset({Capability.LIKE, Capability.FOLLOW, Capability.MUTE, Capability.BLOCK}),
        connect_form=ConnectForm(
            intro=(
                "The desk signs in with an app password, which can be withdrawn on Bluesky at any"
                " time. Make one there under Settings, Privacy and security, App passwords; tick"
                " “Allow access to your direct messages” if they are to be answered here."
            ),
            fields=(
                FormField("handle", "Handle", "The whole of it, such as name.bsky.social."),
                FormField("password", "App password", kind="password"),
                FormField(
                    "service",
                    "Address of the account's server",
                    "Only for a server of your own that the handle does not lead to.",
                    is_required=False,
                ),
            ),
        ),
    )

    def __init__(self, credentials: ChannelCredentials, http: Http) -> None:
        super().__init__(credentials, http)
        self._known = credentials.facts
        own_did = str(self._known.get("did") or credentials.external_id)
        self._pds = str(self._known.get("pds") or "")
        self._site = Site(own_did)
        self._client = BlueskyClient(
            http,
            pds=self._pds,
            token=credentials.secrets.get("access_token", ""),
            account=own_did,
        )

    # -- sign-in -------------------------------------------------------------------------------
    def open(self, values: Mapping[str, str]) -> Opening:
        return session.open_session(self.http, values)

    def refresh(self) -> TokenSet:
        return session.renew(self._client, self.credentials.secrets.get("refresh_token", ""))

    def read_facts(self) -> Mapping[str, Any]:
        handle = self._client.session().get("handle")
        return {**self._known, "handle": str(handle or self.credentials.handle)}

    def verify_credentials(self) -> InboundAuthor:
        try:
            account = mapping.author(self._client.profile(str(self._client.session()["did"])))
        except MISSHAPEN as exc:
            raise BadPayload("Bluesky did not say whose account this is.") from exc
        return account

    # -- reading -------------------------------------------------------------------------------
    def fetch_page(self, stream: str, window: Window) -> FetchPage:
        name, _colon, word = stream.partition(":")
        if name == "own":
            return reading.own_posts(self._client, self._site, window)
        if name == "mentions":
            return reading.mentions(self._client, self._site, window)
        if name == "chat":
            return chat.messages(self._client, self._site, window)
        if name == "threads":
            return threads.below_us(self._client, self._site, window)
        if name == SEARCH and word:
            return reading.found_by(self._client, self._site, window, words=word)
        if name == HASHTAG and word:
            tag = word.removeprefix("#")
            return reading.found_by(self._client, self._site, window, words=f"#{tag}", tag=tag)
        raise Unsupported(f"Bluesky has no stream {stream}")

    def lookup(self, external_ids: Sequence[str]) -> dict[str, InboundMessage | None]:
        return reading.lookup(self._client, self._site, external_ids)

    def reread(self, stream: str, raw: Any) -> FetchPage:
        if stream == "chat":
            return chat.again(self._client, self._site, raw)
        return reading.again(self._client, self._site, raw)

    def fetch_attachment(self, url: str, *, max_bytes: int) -> Document:
        return attachments.fetch(
            self.http, url, own_did=self._site.own_did, pds=self._pds, max_bytes=max_bytes
        )

    # -- writing -------------------------------------------------------------------------------
    def measure(self, reply: OutboundReply) -> Measure:
        if reply.is_private:
            return measure(reply.text, most_graphemes=CHAT_GRAPHEMES, most_bytes=CHAT_BYTES)
        return measure(reply.text, most_graphemes=POST_GRAPHEMES, most_bytes=POST_BYTES)

    def send_reply(self, reply: OutboundReply) -> SendReceipt:
        if reply.is_private:
            return chat.send(self._client, reply)
        return sending.send(self._client, self._site, reply)

    def find_sent(self, reply: OutboundReply) -> SendReceipt | None:
        if reply.is_private:
            return chat.find(self._client, self._site, reply)
        return sending.find(self._client, self._site, reply)

    def publish(self, post: OutboundPost) -> SendReceipt:
        return sending.publish(self._client, self._site, post)

    def delete(self, external_id: str) -> None:
        acts.delete(self._client, self._site, external_id)

    def hide(self, external_id: str, *, hidden: bool) -> None:
        acts.hide(self._client, self._site, external_id, hidden=hidden)

    def like(self, external_id: str) -> None:
        acts.like(self._client, self._site, external_id)

    def follow(self, author_external_id: str) -> None:
        acts.follow(self._client, self._site, author_external_id)

    def mute(self, author_external_id: str) -> None:
        self._client.mute(author_external_id)

    def block(self, author_external_id: str) -> None:
        acts.block(self._client, self._site, author_external_id)

    def take_back(self, act: Capability, external_id: str) -> None:
        match act:
            case Capability.LIKE:
                acts.unlike(self._client, self._site, external_id)
            case Capability.FOLLOW:
                acts.unfollow(self._client, self._site, external_id)
            case Capability.MUTE:
                self._client.unmute(external_id)
            case Capability.BLOCK:
                acts.unblock(self._client, self._site, external_id)
            case _:
                super().take_back(act, external_id)

    def report(self, author_external_id: str, *, external_ids: Sequence[str], words: str) -> None:
        acts.report(self._client, author_external_id, uris=external_ids, words=words)
