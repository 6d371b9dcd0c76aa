"""The contract that every network's connector fulfils."""

from __future__ import annotations

import abc
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, ClassVar

from inbox.connectors.errors import AuthExpired, Unsupported
from inbox.connectors.http import Http
from inbox.connectors.received import Document
from inbox.connectors.types import (
    AppKeys,
    Capability,
    Challenge,
    ChannelCredentials,
    Delivered,
    Endpoints,
    FetchPage,
    InboundAuthor,
    InboundMessage,
    Limits,
    Manifest,
    Measure,
    Opening,
    OutboundPost,
    OutboundReply,
    Problem,
    SendReceipt,
    StreamSpec,
    TokenSet,
    Window,
)
from inbox.lib.terms import Terms

# Waits at most so many seconds; returns the names of the streams that have news.
Waiter = Callable[[float], frozenset[str]]


class Connector(abc.ABC):
    """Speaks one network for one connected account.

    Takes plain credentials, returns frozen values, knows neither the database nor the settings.
    Methods behind a capability that the manifest does not list raise Unsupported.
    All methods that reach the network may raise the errors of `inbox.connectors.errors`.
    """

    manifest: ClassVar[Manifest]

    def __init__(self, credentials: ChannelCredentials, http: Http) -> None:
        self.credentials = credentials
        self.http = http

    # -- servers of their own ------------------------------------------------------------------
    @classmethod
    def endpoints_at(cls, server_url: str, keys: AppKeys | None = None) -> Endpoints:
        """Return where things are on the server at `server_url`; `asks_server` only."""
        raise Unsupported(f"{cls.manifest.label} has no servers to choose from")

    def register_app(self, *, redirect_uri: str, broadly: bool = False) -> AppKeys:
        """Make our app known to the server; `asks_server` only.

        broadly: with the broadest names of what it may do, for a server that knows no others.
        """
        raise Unsupported(f"{self.manifest.label} does not register apps by itself")

    def read_facts(self) -> Mapping[str, Any]:
        """Return what this server and account allow, as plain JSON that the desk keeps.

        Names known to all networks: text_length, private_text_length, pictures, picture_bytes,
        lacks (capabilities), lacks_streams. All others are the connector's own.
        """
        return {}

    # -- sign-in -------------------------------------------------------------------------------
    def authorize_url(self, *, redirect_uri: str, state: str, code_challenge: str) -> str:
        """Return the address where an admin lets us in (OAuth 2.0 with PKCE, method S256)."""
        raise Unsupported(f"{self.manifest.label} has no sign-in page")

    def exchange_code(self, *, code: str, redirect_uri: str, code_verifier: str) -> TokenSet:
        """Turn the code of a finished sign-in into tokens."""
        raise Unsupported(f"{self.manifest.label} has no sign-in page")

    def open(self, values: Mapping[str, str]) -> Opening:
        """Sign in with what an admin wrote into `manifest.connect_form`; a flag is "1" or "".

        What is secret goes into the tokens, addresses and the like into the facts, which come
        back in `credentials.facts`; `read_facts` may add to them. Raises Elsewhere for an
        address in place of which another one is meant.
        """
        raise Unsupported(f"{self.manifest.label} is connected by signing in there")

    def refresh(self) -> TokenSet:
        """Return fresh tokens for `credentials`; the old refresh token may be dead afterwards."""
        raise AuthExpired("The sign-in has ended; connect the channel again.")

    @classmethod
    def renews(cls, secrets: Mapping[str, str]) -> bool:
        """Say whether a sign-in with these secrets is renewed without a person."""
        return True

    @abc.abstractmethod
    def verify_credentials(self) -> InboundAuthor:
        """Return the account that the credentials belong to; called before a channel is saved."""

    # -- reading -------------------------------------------------------------------------------
    def fetch_page(self, stream: str, window: Window) -> FetchPage:
        """Return one page of `stream` inside `window`, newest first. A failed page raises."""
        raise Unsupported(f"{self.manifest.label} cannot be polled")

    def attend(self, streams: Collection[str]) -> AbstractContextManager[Waiter]:
        """Hold the lines on which the network tells of news on `streams`, as few as possible.

        What is returned waits some seconds and names the streams with news, as soon as there is
        any; it is called again and again. Reading is left to `fetch_page`, and polling goes on.
        Streams of which the network tells nothing are left out; Unsupported if that is all.
        """
        raise Unsupported(f"{self.manifest.label} tells nothing over a line of ours")

    def listening(self, terms: Terms) -> tuple[str, ...]:
        """Return the names of the streams that hold what people say with `terms`, offline.

        Together they should miss nothing; what they bring too much the desk leaves out by
        itself (`inbox.lib.matching`). Here: a stream "hashtag:TAG" for each hashtag and each word
        that could be one, a stream "search:WORDS" for each word and phrase, where `manifest`
        has them.
        """
        lacks = self.credentials.facts.get("lacks_streams", ())
        kinds = {spec.name for spec in self.manifest.listening} - set(lacks)
        if not kinds or not self.can(Capability.LISTEN):
            raise Unsupported(f"{self.manifest.label} cannot be searched")
        tags = [*terms.hashtags, *(word for word in terms.words if word.isalnum())]
        phrases = [f'"{phrase}"' for phrase in terms.phrases]
        names = [f"hashtag:{tag.casefold()}" for tag in tags if "hashtag" in kinds]
        names += [f"search:{words}" for words in (*terms.words, *phrases) if "search" in kinds]
        return tuple(dict.fromkeys(names))

    def check_search(self, terms: Terms) -> list[Problem]:
        """Return what keeps this network from searching for `terms`, offline."""
        if not self.can(Capability.LISTEN):
            return [Problem("no_search", f"{self.manifest.label} cannot be searched.")]
        if not self.listening(terms):
            words = "Here only hashtags can be searched for: name at least one."
            return [Problem("hashtags_only", words)]
        return []

    def lookup(self, external_ids: Sequence[str]) -> dict[str, InboundMessage | None]:
        """Return what public items look like now; None for one that is gone for certain.

        An id about which the network says nothing is absent from the answer.
        """
        raise Unsupported(f"{self.manifest.label} has no look-up")

    def reread(self, stream: str, raw: Any) -> FetchPage:
        """Read again what once could not be read, from its payload or from the network.

        An empty page: it is no longer there.
        """
        raise Unsupported(f"{self.manifest.label} cannot be asked for one item again")

    def fetch_attachment(self, url: str, *, max_bytes: int) -> Document:
        """Return the file of an attachment by its `url`, as it came; nothing of it is checked."""
        return self.http.fetch(url, headers={"Accept": "*/*"}, max_bytes=max_bytes)

    # -- deliveries of the network's own -------------------------------------------------------
    # The first three are asked before anybody knows which account it is about: only the
    # endpoints are there. Names of headers are in lower case.
    def answer_challenge(self, query: Mapping[str, str]) -> Challenge:
        """Prove that the address is ours. Raises BadSignature for what is no challenge."""
        raise Unsupported(f"{self.manifest.label} does not ask whose address it is")

    def verify_webhook(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raise BadSignature unless the network wrote `body`; compare in constant time."""
        raise Unsupported(f"{self.manifest.label} delivers nothing by itself")

    def accounts_of(self, body: bytes, headers: Mapping[str, str]) -> frozenset[str]:
        """Return the external ids of the accounts that a delivery is about. Raises BadPayload."""
        raise Unsupported(f"{self.manifest.label} delivers nothing by itself")

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Delivered:
        """Return what a delivery tells this account, offline. Raises BadPayload."""
        raise Unsupported(f"{self.manifest.label} delivers nothing by itself")

    def subscribe(self, *, url: str) -> None:
        """Have what concerns this account delivered to `url`; twice is the same as once."""
        raise Unsupported(f"{self.manifest.label} is told in its own console where to deliver")

    # -- writing -------------------------------------------------------------------------------
    def limits(self) -> Limits:
        """Return the limits of this account: the manifest's, with what its facts say."""
        facts = self.credentials.facts
        names = ("text_length", "private_text_length", "pictures", "picture_bytes")
        known = {name: facts.get(name) for name in names}
        return replace(self.manifest.limits, **{k: v for k, v in known.items() if v})

    def measure(self, reply: OutboundReply) -> Measure:
        """Return how long `reply` is by the network's own rule, with all that we add to it."""
        limits = self.limits()
        return Measure(
            length=len(reply.text),
            limit=limits.private_text_length if reply.is_private else limits.text_length,
        )

    def refusal(self, reply: OutboundReply) -> Problem | None:
        """Return why no answer at all may go to what `reply` answers, None if one may; offline.

        What a network lets nobody's app do is better said before somebody writes.
        """
        return None

    def answer_page(self, reply: OutboundReply) -> str:
        """Return where a person answers by hand what `reply` answers, "" where it is shown."""
        return ""

    def check_reply(self, reply: OutboundReply) -> list[Problem]:
        """Return what is wrong with `reply` without asking the network; the preview uses it too."""
        if refused := self.refusal(reply):
            return [refused]
        measure = self.measure(reply)
        if not reply.text.strip():
            return [Problem("empty", "The reply is empty.")]
        if measure.length > measure.limit:
            over = measure.length - measure.limit
            words = f"Too long by {over}: shorten it to {measure.limit}."
            return [Problem("too_long", words, {"over": over, "limit": measure.limit})]
        return self._check_pictures(reply)

    def _check_pictures(self, reply: OutboundReply) -> list[Problem]:
        limits = self.limits()
        count = limits.pictures_in(is_private=reply.is_private)
        if len(reply.media) > count:
            words = f"Too many pictures: no more than {count}."
            return [Problem("too_many_pictures", words, {"most": count})]
        most = limits.picture_bytes
        if most and any(len(one.content) > most for one in reply.media):
            return [Problem("picture_too_large", "A picture is larger than the network takes.")]
        return []

    def send_reply(self, reply: OutboundReply) -> SendReceipt:
        """Publish `reply`, once. OutcomeUnknown means: ask find_sent before anything else.

        Media go up first, each in no more than three requests' time; what fails until then is
        TransientError, for nothing was published.
        """
        raise Unsupported(f"{self.manifest.label} takes no replies")

    def find_sent(self, reply: OutboundReply) -> SendReceipt | None:
        """Return the receipt if `reply` is already on the network, else None."""
        raise Unsupported(f"{self.manifest.label} cannot find what was sent")

    def delete(self, external_id: str) -> None:
        """Delete our own item."""
        raise Unsupported(f"{self.manifest.label} cannot delete")

    def hide(self, external_id: str, *, hidden: bool) -> None:
        """Hide or show again somebody's reply to us."""
        raise Unsupported(f"{self.manifest.label} cannot hide replies")

    def like(self, external_id: str) -> None:
        """Like an item as the connected account."""
        raise Unsupported(f"{self.manifest.label} cannot like")

    def follow(self, author_external_id: str) -> None:
        """Follow a person as the connected account."""
        raise Unsupported(f"{self.manifest.label} cannot follow")

    def mute(self, author_external_id: str) -> None:
        """No longer see what a person writes."""
        raise Unsupported(f"{self.manifest.label} cannot mute")

    def block(self, author_external_id: str) -> None:
        """Keep a person away from the connected account."""
        raise Unsupported(f"{self.manifest.label} cannot block")

    def report(self, author_external_id: str, *, external_ids: Sequence[str], words: str) -> None:
        """Tell the moderators about a person's items."""
        raise Unsupported(f"{self.manifest.label} cannot report")

    def take_back(self, act: Capability, external_id: str) -> None:
        """Undo one of `manifest.undoable`; the id is that of the item or of the person."""
        raise Unsupported(f"{self.manifest.label} cannot take this back")

    def edit(self, external_id: str, text: str) -> None:
        """Change the text of our own item."""
        raise Unsupported(f"{self.manifest.label} cannot edit")

    def publish(self, post: OutboundPost) -> SendReceipt:
        """Publish a post of our own, once. OutcomeUnknown means: look before trying again."""
        raise Unsupported(f"{self.manifest.label} takes no posts")

    def can(self, capability: Capability) -> bool:
        """Say whether this account has `capability`."""
        return self.manifest.allows(capability, self.credentials.facts)

    def streams(self) -> tuple[StreamSpec, ...]:
        """Return what can be polled on this account."""
        return self.manifest.streams_with(self.credentials.facts)
