"""X: glue between the desk's contract and X's API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from inbox.connectors import oauth
from inbox.connectors.base import Connector
from inbox.connectors.errors import BadPayload, Rejected, Unsupported
from inbox.connectors.http import Http
from inbox.connectors.received import Document
from inbox.connectors.types import (
    Capability,
    Challenge,
    ChannelCredentials,
    Delivered,
    FetchPage,
    InboundAuthor,
    InboundMessage,
    Limits,
    Manifest,
    Measure,
    OutboundReply,
    Problem,
    SendReceipt,
    StreamSpec,
    TokenSet,
    Window,
)
from inbox.connectors.x import mapping, pictures, pushing, query, reading, sending
from inbox.connectors.x.client import POSTS, Spelling, XClient
from inbox.connectors.x.text import MAX_LENGTH, weighted_length, without_mentions
from inbox.lib.terms import Terms

SEARCH = "search"
# US dollars for a post of somebody else's: https://docs.x.com/x-api/getting-started/pricing
POST_READ = 0.005


class XConnector(Connector):
    """X for one account. `spelling`: the field names to ask with, see `client.Spelling`."""

    manifest = Manifest(
        slug="x",
        label="X",
        icon="x",
        capabilities=frozenset(
            {
                *(Capability.POLL, Capability.REPLY, Capability.DIRECT_MESSAGE, Capability.LOOKUP),
                *(Capability.DELETE, Capability.HIDE, Capability.LIKE, Capability.FOLLOW),
                *(Capability.LISTEN, Capability.WEBHOOK),
            }
        ),
        limits=Limits(
            text_length=MAX_LENGTH,
            private_text_length=10_000,
            pictures=pictures.MOST,
            picture_bytes=pictures.MOST_BYTES,
            private_pictures=pictures.MOST_PRIVATE,
        ),
        streams=(
            StreamSpec("own", timedelta(seconds=60)),
            StreamSpec("mentions", timedelta(seconds=15)),
            # X allows fifteen requests in fifteen minutes, look-ups by find_sent included.
            StreamSpec("direct_messages", timedelta(seconds=90)),
        ),
        listening=(StreamSpec(SEARCH, timedelta(minutes=2), cost=POST_READ),),
        lookup_cost=POST_READ,
        versions_grow=True,
        undoable=frozenset({Capability.LIKE, Capability.FOLLOW}),
        hook_headers=(pushing.SIGNATURE,),
    )

    def __init__(
        self, credentials: ChannelCredentials, http: Http, *, spelling: Spelling = POSTS
    ) -> None:
        super().__init__(credentials, http)
        token = credentials.secrets.get("access_token", "")
        where = credentials.endpoints
        self._client = XClient(http, where, access_token=token, spelling=spelling)
        self._pictures = pictures.Pictures(http, where, access_token=token)
        # People see X where they sign in to it, which is not where its API lives.
        page = urlsplit(credentials.endpoints.authorize_url)
        self._site = mapping.Site(credentials.external_id, f"{page.scheme}://{page.netloc}")

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
            who="X",
        )

    def refresh(self) -> TokenSet:
        return oauth.renew(
            self._client.token,
            secrets=self.credentials.secrets,
            who="X",
            ended="X gave no token to renew the sign-in with; sign in again.",
        )

    @classmethod
    def renews(cls, secrets: Mapping[str, str]) -> bool:
        return bool(secrets.get("refresh_token"))

    def verify_credentials(self) -> InboundAuthor:
        try:
            return mapping.author(self._client.me()["data"], self._site)
        except mapping.MISSHAPEN as exc:
            raise BadPayload("X did not say whose account this is.") from exc

    def fetch_page(self, stream: str, window: Window) -> FetchPage:
        if stream == "own":
            return reading.own_posts(self._client, self._site, window)
        if stream == "mentions":
            handle = self.credentials.handle
            return reading.mentions(self._client, self._site, window, handle=handle)
        if stream == "direct_messages":
            return reading.direct_messages(self._client, self._site, window)
        kind, _colon, words = stream.partition(":")
        if kind == SEARCH and words:
            return reading.found(self._client, self._site, window, query=words)
        raise Unsupported(f"X has no stream {stream}")

    def listening(self, terms: Terms) -> tuple[str, ...]:
        return (f"{SEARCH}:{query.compile_query(terms)}",)

    def check_search(self, terms: Terms) -> list[Problem]:
        over = len(query.compile_query(terms)) - query.LONGEST
        if over <= 0:
            return []
        words = f"X takes searches of at most {query.LONGEST} characters: shorten it by {over}."
        return [Problem("search_too_long", words, {"over": over, "limit": query.LONGEST})]

    def lookup(self, external_ids: Sequence[str]) -> dict[str, InboundMessage | None]:
        return reading.lookup(self._client, self._site, external_ids)

    def reread(self, stream: str, raw: Any) -> FetchPage:
        return reading.again(self._client, self._site, raw)

    def fetch_attachment(self, url: str, *, max_bytes: int) -> Document:
        return self._pictures.fetch(url, max_bytes=max_bytes)

    def answer_challenge(self, query: Mapping[str, str]) -> Challenge:
        return pushing.answer(query, secret=self.credentials.endpoints.hook_secret)

    def verify_webhook(self, body: bytes, headers: Mapping[str, str]) -> None:
        pushing.verify(body, headers, secret=self.credentials.endpoints.hook_secret)

    def accounts_of(self, body: bytes, headers: Mapping[str, str]) -> frozenset[str]:
        return pushing.accounts(body)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Delivered:
        return pushing.read(body, self._site)

    def subscribe(self, *, url: str) -> None:
        pushing.ask_for(self._client, url=url, own_id=self._site.own_id)

    def measure(self, reply: OutboundReply) -> Measure:
        if reply.is_private:
            return super().measure(reply)
        return Measure(weighted_length(without_mentions(reply.text)), self.limits().text_length)

    def refusal(self, reply: OutboundReply) -> Problem | None:
        if self.credentials.endpoints.answers_anybody:
            return None
        return sending.refusal(self._site, reply, handle=self.credentials.handle)

    def answer_page(self, reply: OutboundReply) -> str:
        # https://developer.x.com/en/docs/x-for-websites/web-intents/overview
        return f"{self._site.url}/intent/post?in_reply_to={reply.in_reply_to}"

    def send_reply(self, reply: OutboundReply) -> SendReceipt:
        handle = self.credentials.handle
        return sending.send(self._client, self._site, reply, self._pictures, handle=handle)

    def find_sent(self, reply: OutboundReply) -> SendReceipt | None:
        return sending.find(self._client, self._site, reply)

    def delete(self, external_id: str) -> None:
        _expect(self._client.delete_post(external_id), "deleted")

    def hide(self, external_id: str, *, hidden: bool) -> None:
        _expect(self._client.hide_reply(external_id, hidden=hidden), "hidden", hidden)

    def like(self, external_id: str) -> None:
        _expect(self._client.like(self._site.own_id, post_id=external_id), "liked")

    def follow(self, author_external_id: str) -> None:
        data = self._client.follow(self._site.own_id, target_id=author_external_id)
        _expect(data, "pending_follow" if data.get("pending_follow") else "following")

    def take_back(self, act: Capability, external_id: str) -> None:
        own_id = self._site.own_id
        if act == Capability.LIKE:
            _expect(self._client.unlike(own_id, post_id=external_id), "liked", False)
        elif act == Capability.FOLLOW:
            _expect(self._client.unfollow(own_id, target_id=external_id), "following", False)
        else:
            super().take_back(act, external_id)


def _expect(data: Mapping[str, Any], key: str, wanted: bool = True) -> None:
    if data.get(key) is not wanted:
        raise Rejected(f"X did not do it: {key} is {data.get(key)!r}.")
