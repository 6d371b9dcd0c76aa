"""Standing at a server's streams: https://docs.joinmastodon.org/methods/streaming/"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

from inbox.connectors import wire
from inbox.connectors.base import Waiter
from inbox.connectors.errors import Unsupported
from inbox.connectors.http import Http
from inbox.connectors.mastodon.lines import EventStream, Line, News, NotHere, Socket, readable
from inbox.connectors.mastodon.mapping import DIRECT, Site

PATH = "/api/v1/streaming"
HASHTAG = "hashtag"
USER_STREAMS = {"own", "mentions", "direct_messages"}
MOST_TAGS = 10  # lines of their own with server-sent events; other hashtags wait to be polled
# Events that say enough by their name.
OTHERS = {"conversation": {"direct_messages"}, "notifications_merged": {"mentions"}}
SCHEMES = {"wss": "https", "https": "https", "ws": "http", "http": "http"}


@dataclass(frozen=True, slots=True)
class Door:
    """Where one account's streams are. base_url: of the streaming server, see `base_url`."""

    http: Http
    base_url: str
    access_token: str = field(repr=False)
    site: Site
    types: Collection[str]  # of notifications that are read


@dataclass(frozen=True, slots=True)
class Wish:
    """One of the server's streams, and what the desk calls what it tells of."""

    name: str
    names: frozenset[str]
    tag: str = ""

    @property
    def query(self) -> dict[str, str]:
        return {"stream": self.name} | ({"tag": self.tag} if self.tag else {})

    @property
    def path(self) -> str:
        return f"{PATH}/{self.name}" + (f"?tag={quote(self.tag, safe='')}" if self.tag else "")

    def is_source(self, news: News) -> bool:
        """Say whether it is this stream that tells; a server that does not say has one only."""
        told = tuple(part.casefold() for part in news.source)
        return told in ((), (self.name, self.tag) if self.tag else (self.name,))


def base_url(told: object, *, api_url: str) -> str:
    """Return where the streams are: where the server says so, as an encrypted address of the
    web, or on the server itself.

    The server is told our token there, as everywhere; `wire` refuses what is not public.
    """
    try:
        parts = urlsplit(told if isinstance(told, str) else "")
        scheme, is_whole = SCHEMES.get(parts.scheme), bool(parts.hostname) and parts.port != 0
    except ValueError:
        return api_url
    is_open = scheme == "http" and not api_url.startswith("http:")
    if not scheme or not is_whole or is_open or parts.username:
        return api_url
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix(PATH)}"


AnyLine = TypeVar("AnyLine", bound=EventStream | Socket)
Heard = list[tuple[Line, Sequence[Wish]]]


@contextmanager
def attend(door: Door, streams: Collection[str]) -> Iterator[Waiter]:
    """Open the lines that `streams` take. Raises Unsupported where the server has none."""
    wishes = _wishes(streams)
    if not wishes:
        raise Unsupported("The server tells nothing of these streams.")
    with ExitStack() as stack:
        try:
            heard = _event_streams(stack, door, wishes)
        except NotHere:
            heard = _socket(stack, door, wishes)

        def wait(seconds: float) -> frozenset[str]:
            until = time.monotonic() + seconds
            while True:
                found = {
                    name
                    for line, told in heard
                    for news in line.heard()
                    for wish in told
                    for name in _names(door, wish, news)
                }
                left = until - time.monotonic()
                if found or left <= 0:
                    return frozenset(found)
                wire.wait([line.wire for line, _told in heard], left)

        yield wait


def _event_streams(stack: ExitStack, door: Door, wishes: Sequence[Wish]) -> Heard:
    """Open a line for each wish; where the first is there, others may be missing."""
    found: Heard = []
    for wish in wishes:
        try:
            line = _open(stack, door, EventStream, wish.path)
        except NotHere:
            if not found:
                raise
        else:
            found.append((line, [wish]))
    return found


def _socket(stack: ExitStack, door: Door, wishes: Sequence[Wish]) -> Heard:
    """Open one line for all wishes."""
    line = _open(stack, door, Socket, f"{PATH}?{urlencode(wishes[0].query)}")
    for wish in wishes[1:]:
        line.subscribe(wish.query)
    return [(line, wishes)]


def _open(stack: ExitStack, door: Door, kind: type[AnyLine], path: str) -> AnyLine:
    url, timeout = door.base_url + path, door.http.timeout
    opened = wire.connect(url, timeout=timeout, reach=door.http.reach)
    stack.enter_context(closing(opened))
    return kind(opened, url, token=door.access_token, timeout=timeout)


def _names(door: Door, wish: Wish, news: News) -> Collection[str]:
    """Return the desk's streams that have something new by this news."""
    if not wish.is_source(news):
        return ()
    if wish.tag:
        return wish.names if news.event == "update" else ()
    return wish.names & _ours(door, news)


def _ours(door: Door, news: News) -> set[str]:
    """Return what news of the account's own stream are about: most of it is what others post."""
    told = readable(news.payload)
    if news.event == "notification":
        if told and told.get("type") not in (door.types or ("mention",)):
            return set()
        status = told.get("status")
        is_private = not isinstance(status, dict) or status.get("visibility") == DIRECT
        return {"mentions", "direct_messages"} if is_private else {"mentions"}
    if news.event in ("update", "status.update"):
        account = told.get("account")
        is_ours = isinstance(account, dict) and account.get("id") == door.site.own_id
        return {"own"} if is_ours else set()
    return OTHERS.get(news.event, set())


def _wishes(streams: Collection[str]) -> list[Wish]:
    own = frozenset(USER_STREAMS.intersection(streams))
    tags = sorted(name for name in streams if name.startswith(f"{HASHTAG}:"))
    return [
        *([Wish("user", own)] if own else []),
        *(Wish(HASHTAG, frozenset({name}), name.partition(":")[2]) for name in tags[:MOST_TAGS]),
    ]
