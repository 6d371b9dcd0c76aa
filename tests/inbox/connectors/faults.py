"""What the desk does when a network misbehaves: one table for all networks.

A network subclasses `DeskFaults` beside its contract, with the same fake. Rows about replies hold
for networks that take some. What a connector makes of an answer is `contract.py`'s business; here
is what becomes of the channel, the stream and the reply.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, ClassVar

import httpx
import pytest
from django.utils import timezone

from inbox.connectors.base import Connector
from inbox.connectors.http import Http
from inbox.connectors.types import Capability, ChannelCredentials
from inbox.models import Channel, Conversation, Message, Stream
from inbox.operations import channels, sync
from responses.models import Reply
from responses.operations import sending
from tests.factories import make_channel
from tests.inbox.connectors.contract import FakeNetwork, Trouble
from tests.responses.build import make_queued

WAIT = 77  # seconds that a network asks us to stay away
PRIVATE = "http://10.0.0.1/"


@dataclass(frozen=True)
class ReadFault:
    """What a poll meets, and how the channel stands afterwards."""

    name: str
    trouble: Trouble
    health: str = "ok"
    said: str = ""  # is part of what the stream says


@dataclass(frozen=True)
class WriteFault:
    """What a reply meets, and where it ends; `posts`: how many are on the network then."""

    name: str
    trouble: Trouble
    status: str
    is_taken: bool = False  # the network carries it out all the same


def refusal(status: int) -> httpx.Response:
    return httpx.Response(status, json={"detail": "no", "error": "no"})


READS = [
    ReadFault("401", refusal(401), health="needs_login"),
    ReadFault("403", refusal(403)),
    ReadFault("404", refusal(404)),
    ReadFault("413", refusal(413)),
    ReadFault("500", refusal(500)),
    ReadFault("malformed", httpx.Response(200, text='{"data": [')),
    ReadFault("slow", httpx.ReadTimeout("The read timed out.")),
    ReadFault("refused", httpx.ConnectError("refused")),
    ReadFault("cut", httpx.RemoteProtocolError("cut")),
    ReadFault("redirect", httpx.Response(302, headers={"location": PRIVATE})),
]
WRITES = [
    WriteFault("401", refusal(401), "held"),
    WriteFault("403", refusal(403), "failed"),
    WriteFault("404", refusal(404), "failed"),
    WriteFault("413", refusal(413), "failed"),
    WriteFault("500", refusal(500), "unknown"),
    WriteFault("malformed", httpx.Response(201, text='{"data": {'), "unknown"),
    WriteFault("slow", httpx.ReadTimeout("slow"), "unknown"),
    WriteFault("cut before", httpx.ConnectError("refused"), "queued"),
    WriteFault("cut after", httpx.RemoteProtocolError("cut"), "unknown", is_taken=True),
    WriteFault("redirect", httpx.Response(302, headers={"location": PRIVATE}), "unknown"),
]


@pytest.mark.django_db
class DeskFaults:
    """The table. `stream` is what is polled, `limit` a 429 in the network's own writing.

    The network's clock may differ from ours by `skew` seconds: waiting goes by its own.
    """

    connector_class: ClassVar[type[Connector]]
    credentials: ClassVar[ChannelCredentials]
    stream: ClassVar[str] = "mentions"

    def fake(self) -> FakeNetwork:
        raise NotImplementedError

    def limit(self, seconds: int, *, skew: int = 0) -> httpx.Response:
        """Refuse for so long, as this network writes it."""
        return httpx.Response(429, headers={"retry-after": str(seconds)})

    # -- the desk ------------------------------------------------------------------------------
    @pytest.fixture
    def network(self, monkeypatch: pytest.MonkeyPatch) -> FakeNetwork:
        """Put the fake behind all channels, by the desk's own way to make connectors."""
        found = self.fake()
        door = Http(timeout=5, transport=httpx.MockTransport(found))
        monkeypatch.setattr(channels, "http", lambda: door)
        endpoints = self.credentials.endpoints
        monkeypatch.setattr(channels, "endpoints_of", lambda *_: endpoints)
        return found

    @pytest.fixture
    def channel(self, network: FakeNetwork) -> Channel:
        known = self.credentials
        channel = make_channel(
            network=self.connector_class.manifest.slug,
            external_id=known.external_id,
            handle=known.handle,
            facts=dict(known.facts),
            secrets=dict(known.secrets),
        )
        channels.keep_facts(channel, known.facts)
        return channel

    @pytest.fixture
    def polled(self, channel: Channel, network: FakeNetwork) -> Stream:
        """A stream that was read well before."""
        network.stock(self.stream, 2)
        stream = channel.streams.get(name=self.stream)
        sync.sync_stream(stream_id=stream.pk)
        stream.refresh_from_db()
        assert stream.last_error == ""
        return stream

    @pytest.fixture
    def reply(self, polled: Stream) -> Reply:
        if Capability.REPLY not in self.connector_class.manifest.capabilities:
            pytest.skip("the network takes no replies")
        rows = Conversation.objects.filter(channel=polled.channel, is_private=False)
        return make_queued(rows.order_by("pk")[0], text="We are on it.")

    def ours(self, network: FakeNetwork) -> int:
        return len(network.items["own"])

    # -- polling -------------------------------------------------------------------------------
    @pytest.mark.parametrize("fault", READS, ids=lambda fault: fault.name)
    def test_a_poll_in_trouble(
        self, polled: Stream, network: FakeNetwork, fault: ReadFault
    ) -> None:
        before, stored = polled.head, Message.objects.count()
        network.stock(self.stream, 1)
        network.trouble = fault.trouble
        sync.sync_stream(stream_id=polled.pk)
        polled.refresh_from_db()
        assert (polled.head, polled.failures, Message.objects.count()) == (before, 1, stored)
        assert polled.last_error
        assert polled.next_poll_at > timezone.now()
        assert polled.leased_until is None
        channel = Channel.objects.get()
        signs_in = self.connector_class.manifest.signs_in
        assert channel.health == (fault.health if signs_in else "ok")
        # Nothing is lost: once the network is well the missing item comes.
        network.trouble = None
        Channel.objects.update(health="ok")
        Stream.objects.update(next_poll_at=None)
        sync.sync_stream(stream_id=polled.pk)
        polled.refresh_from_db()
        assert (polled.failures, polled.last_error) == (0, "")
        assert Message.objects.count() == stored + 1

    @pytest.mark.parametrize("skew", [0, 3600, -3600], ids=["clock", "ahead", "behind"])
    def test_a_limit_is_kept_by_the_networks_own_clock(
        self, polled: Stream, network: FakeNetwork, skew: int
    ) -> None:
        network.trouble = self.limit(WAIT, skew=skew)
        sync.sync_stream(stream_id=polled.pk)
        polled.refresh_from_db()
        wait = (polled.next_poll_at - timezone.now()).total_seconds()
        assert WAIT - 5 < wait <= WAIT + 1
        assert Channel.objects.get().health == "ok"

    # -- answering -----------------------------------------------------------------------------
    @pytest.mark.parametrize("fault", WRITES, ids=lambda fault: fault.name)
    def test_a_reply_in_trouble(
        self, reply: Reply, network: FakeNetwork, fault: WriteFault
    ) -> None:
        before = self.ours(network)
        network.trouble, network.carries_out = _for_writes(fault.trouble), fault.is_taken
        sending.deliver(reply_id=reply.pk)
        reply.refresh_from_db()
        assert (fault.name, reply.status) == (fault.name, fault.status)
        assert self.ours(network) == before + fault.is_taken
        # Whatever it was, a second worker at once does not post again.
        network.trouble = None
        sending.deliver(reply_id=reply.pk)
        assert self.ours(network) <= before + 1

    def test_a_limit_keeps_a_reply_waiting(self, reply: Reply, network: FakeNetwork) -> None:
        network.trouble = _for_writes(self.limit(WAIT))
        sending.deliver(reply_id=reply.pk)
        reply.refresh_from_db()
        wait = (reply.send_after - timezone.now()).total_seconds()
        assert reply.status == Reply.Status.QUEUED
        assert WAIT - 5 < wait <= WAIT * 1.5
        assert self.ours(network) == 0 or reply.message is None


def _for_writes(trouble: Trouble) -> Callable[[httpx.Request], Any]:
    """Let what is asked before a reply succeed: only the reply itself is in trouble."""

    def answer(request: httpx.Request) -> Any:
        is_sign_in = request.url.path.endswith("/token")
        if request.method == "GET":
            return None
        if is_sign_in and not isinstance(trouble, Exception):
            return httpx.Response(400, json={"error": "invalid_grant"})
        if isinstance(trouble, Exception):
            raise trouble
        return trouble(request) if callable(trouble) else trouble

    return answer


def dated(seconds: int, skew: int) -> tuple[str, float]:
    """Return a Date header of a clock that is off, and the moment in `seconds` by that clock."""
    now = time.time() + skew
    return formatdate(now, usegmt=True), now + seconds
