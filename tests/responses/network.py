"""A network in memory, with the faults that real ones have, and a connector that speaks it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from inbox.connectors.base import Connector
from inbox.connectors.errors import Unsupported
from inbox.connectors.types import (
    Capability,
    InboundAuthor,
    Limits,
    Manifest,
    OutboundReply,
    SendReceipt,
    StreamSpec,
    TokenSet,
)


@dataclass
class Post:
    external_id: str
    text: str
    in_reply_to: str
    recipient: str


@dataclass
class Network:
    """What the public sees. `faults` are used up one a call: an error to raise, before or after
    the post was taken in; a callable is called in its place."""

    posts: list[Post] = field(default_factory=list)
    faults: list[Any] = field(default_factory=list)
    look_faults: list[Any] = field(default_factory=list)
    hidden: bool = False  # taken in, but not shown yet
    can_look: bool = True
    limits: Limits = field(default_factory=lambda: Limits(280, 10_000))
    calls: list[str] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(700_000))
    _lock: Any = field(default_factory=threading.Lock)

    def texts(self) -> list[str]:
        return [post.text for post in self.posts]

    def accept(self, reply: OutboundReply) -> SendReceipt:
        with self._lock:
            post = Post(
                str(next(self._numbers)), reply.text, reply.in_reply_to, reply.recipient_external_id
            )
            self.posts.append(post)
        return receipt(post)


def receipt(post: Post) -> SendReceipt:
    url = f"https://net.example/{post.external_id}"
    return SendReceipt(external_id=post.external_id, sent_at=timezone.now(), url=url)


@dataclass
class AfterAccepting:
    """The post is taken in, then `error` is raised."""

    error: Exception


class FakeConnector(Connector):
    network: Network
    manifest = Manifest(
        slug="x",
        label="Net",
        icon="x",
        capabilities=frozenset(Capability),
        limits=Limits(280, 10_000),
        streams=(StreamSpec("mentions", timedelta(seconds=15)),),
    )

    def authorize_url(self, **kwargs: str) -> str:
        raise NotImplementedError

    def exchange_code(self, **kwargs: str) -> TokenSet:
        raise NotImplementedError

    def refresh(self) -> TokenSet:
        raise NotImplementedError

    def verify_credentials(self) -> InboundAuthor:
        raise NotImplementedError

    def limits(self) -> Limits:
        return self.network.limits

    def send_reply(self, reply: OutboundReply) -> SendReceipt:
        self.network.calls.append("send")
        fault = self.network.faults.pop(0) if self.network.faults else None
        if isinstance(fault, AfterAccepting):
            self.network.accept(reply)
            raise fault.error
        if isinstance(fault, BaseException):
            raise fault
        if isinstance(fault, Callable):  # type: ignore[arg-type]
            fault(reply)
        return self.network.accept(reply)

    def find_sent(self, reply: OutboundReply) -> SendReceipt | None:
        self.network.calls.append("look")
        if not self.network.can_look:
            raise Unsupported("Net cannot be asked")
        if self.network.look_faults:
            fault = self.network.look_faults.pop(0)
            if isinstance(fault, BaseException):
                raise fault
        if self.network.hidden:
            return None
        for post in reversed(self.network.posts):
            # A private thread has no place below a message: only the person and the words tell.
            same_place = (
                post.recipient == reply.recipient_external_id
                if reply.is_private
                else post.in_reply_to == reply.in_reply_to
            )
            if same_place and post.text == reply.text:
                return receipt(post)
        return None
