"""The rules that every connector keeps. A network subclasses `ConnectorContract` with a fake."""

from __future__ import annotations

import abc
import contextlib
import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import pytest

from inbox.connectors import registry
from inbox.connectors.base import Connector
from inbox.connectors.errors import (
    AuthExpired,
    BadPayload,
    BadSignature,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TransientError,
    Unsupported,
)
from inbox.connectors.http import Http
from inbox.connectors.types import (
    Capability,
    ChannelCredentials,
    FetchPage,
    OutboundPost,
    OutboundReply,
    Window,
)
from inbox.lib.terms import Terms

# Which methods a capability promises.
METHODS = {
    Capability.POLL: ("fetch_page",),
    Capability.REPLY: ("send_reply", "find_sent"),
    Capability.DIRECT_MESSAGE: ("send_reply", "find_sent"),
    Capability.LOOKUP: ("lookup",),
    Capability.LISTEN: (),  # most of them do it by the manifest alone
    Capability.DELETE: ("delete",),
    Capability.HIDE: ("hide",),
    Capability.LIKE: ("like",),
    Capability.FOLLOW: ("follow",),
    Capability.MUTE: ("mute",),
    Capability.BLOCK: ("block",),
    Capability.REPORT: ("report",),
    Capability.EDIT: ("edit",),
    Capability.PUBLISH: ("publish",),
    Capability.ATTEND: ("attend",),
    Capability.WEBHOOK: ("verify_webhook", "accounts_of", "parse_webhook"),
}
CALLS: dict[str, Callable[[Connector], Any]] = {
    "fetch_page": lambda it: it.fetch_page("any", Window()),
    "attend": lambda it: it.attend(["any"]),
    "lookup": lambda it: it.lookup(["1"]),
    "delete": lambda it: it.delete("1"),
    "hide": lambda it: it.hide("1", hidden=True),
    "like": lambda it: it.like("1"),
    "follow": lambda it: it.follow("1"),
    "mute": lambda it: it.mute("1"),
    "block": lambda it: it.block("1"),
    "report": lambda it: it.report("1", external_ids=["2"], words="threats"),
    "edit": lambda it: it.edit("1", "new words"),
    "publish": lambda it: it.publish(OutboundPost("key", "words")),
    "verify_webhook": lambda it: it.verify_webhook(b"{}", {}),
    "accounts_of": lambda it: it.accounts_of(b"{}", {}),
    "parse_webhook": lambda it: it.parse_webhook(b"{}", {}),
}
# What anybody might write where a network writes.
ODD_BODIES = [
    b"", b"{", b"null", b"[]", b'"text"', b"1", b"{}", b"\xff\xfe", b"[" * 100_000,
    b'{"data": null}', b'{"data": []}', b'{"data": {}}', b'{"data": {"event_type": 5}}',
]  # fmt: skip
Trouble = Any  # what a kind of network can be told to do instead of answering
READ_FAILURES: Sequence[tuple[Trouble, type[ConnectorError]]] = [
    (httpx.Response(401, json={"detail": "no"}), AuthExpired),
    (httpx.Response(403, json={"detail": "no"}), Rejected),
    (httpx.Response(404, json={"detail": "no"}), Rejected),
    (httpx.Response(429, headers={"retry-after": "7"}), RateLimited),
    (httpx.Response(500), TransientError),
    (httpx.Response(503, text="<html>"), TransientError),
    (httpx.Response(302, headers={"location": "http://10.0.0.1/"}), Rejected),
    (httpx.Response(200, text="<html>not json"), BadPayload),
    (httpx.Response(200, json=["a list"]), BadPayload),
    (httpx.ConnectError("refused"), TransientError),
    (httpx.ConnectTimeout("slow"), TransientError),
    (httpx.ReadTimeout("slow"), TransientError),
    (httpx.RemoteProtocolError("cut"), TransientError),
]
WRITE_FAILURES: Sequence[tuple[Trouble, type[ConnectorError]]] = [
    (httpx.Response(401, json={"detail": "no"}), AuthExpired),
    (httpx.Response(403, json={"detail": "no"}), Rejected),
    (httpx.Response(400, json={"detail": "no"}), Rejected),
    (httpx.Response(429, headers={"retry-after": "7"}), RateLimited),
    (httpx.Response(500), OutcomeUnknown),
    (httpx.Response(503, text="<html>"), OutcomeUnknown),
    (httpx.Response(302, headers={"location": "http://10.0.0.1/"}), OutcomeUnknown),
    (httpx.Response(201, text="<html>not json"), OutcomeUnknown),
    (httpx.Response(201, json={"surprise": True}), OutcomeUnknown),
    (httpx.ConnectError("refused"), TransientError),
    (httpx.ConnectTimeout("slow"), TransientError),
    (httpx.ReadTimeout("slow"), OutcomeUnknown),
    (httpx.WriteError("cut"), OutcomeUnknown),
    (httpx.RemoteProtocolError("cut"), OutcomeUnknown),
]


def _ids(values: Sequence[Any]) -> list[str]:
    """Return a name of each row of failures, so that they can be told apart."""
    rows = [value if isinstance(value, tuple) else (value,) for value in values]
    return ["-".join(map(_name, row)) for row in rows]


def _name(value: object) -> str:
    if isinstance(value, httpx.Response):
        return str(value.status_code)
    if isinstance(value, type):
        return value.__name__
    return type(value).__name__ if isinstance(value, Exception) else str(value)


def _quote(status: int, request: httpx.Request) -> httpx.Response:
    """Refuse a request by quoting all of it, as some networks do."""
    said = f"bad: {request.headers.get('authorization')} {request.content.decode()}"
    return httpx.Response(status, json={"detail": said, "error": said})


class Network(abc.ABC):
    """A network in memory, whatever it speaks.

    items: payloads by stream, newest first. trouble: done instead of answering; with
    `carries_out` what was asked is carried out all the same. requests: what it was asked.
    """

    def __init__(self) -> None:
        self.items: dict[str, list[dict[str, Any]]] = {}
        self.requests: list[Any] = []
        self.trouble: Trouble | None = None
        self.carries_out = False

    @abc.abstractmethod
    def stock(self, stream: str, count: int) -> None:
        """Put `count` new items on top of `stream`."""

    @abc.abstractmethod
    def optional(self, stream: str) -> tuple[str, ...]:
        """Return the fields of a payload that a network may leave out."""


class FakeNetwork(Network):
    """A network that speaks HTTP. trouble: answered, called or raised."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answer(request) if self.trouble is None or self.carries_out else None
        if isinstance(self.trouble, Exception):
            raise self.trouble
        trouble = self.trouble(request) if callable(self.trouble) else self.trouble
        return trouble or answer or httpx.Response(500)

    @abc.abstractmethod
    def answer(self, request: httpx.Request) -> httpx.Response:
        """Carry the request out."""


class ConnectorContract(abc.ABC):
    """Two dozen rules; `SECRETS` are the values that must never be seen.

    Rules about answers hold for what the manifest promises, those about a sign-in for networks
    that have one. A network that speaks no HTTP overrides `connector` and the troubles.
    repeats: a page also holds what was there before, for the desk to recognise.
    one_thread_each: all that somebody writes in private is one conversation.
    nowhere: an id, as the network writes them, of an item that is not there.
    proves_absence: the network can be asked whether an item is certainly not there.
    """

    repeats: ClassVar[bool] = False
    nowhere: ClassVar[str] = "404404"
    one_thread_each: ClassVar[bool] = True
    proves_absence: ClassVar[bool] = True
    READ_FAILURES: ClassVar = READ_FAILURES
    WRITE_FAILURES: ClassVar = WRITE_FAILURES
    # Troubles after which nobody knows the outcome; a refused and a lost sign-in; and those in
    # which the network quotes what it refuses.
    LOST: ClassVar[Sequence[Trouble]] = [
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(500),
    ]
    REFUSED_SIGN_IN: ClassVar[Trouble] = httpx.Response(400, json={"error": "invalid_grant"})
    LOST_SIGN_IN: ClassVar[Trouble] = httpx.ReadTimeout("slow")
    QUOTES: ClassVar[Sequence[Trouble]] = [
        functools.partial(_quote, status) for status in (400, 401, 403, 429, 500)
    ]
    connector_class: ClassVar[type[Connector]]
    credentials: ClassVar[ChannelCredentials]
    SECRETS: ClassVar[tuple[str, ...]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Let each kind of network fail in its own ways."""
        failures = {
            "read_failure": self.READ_FAILURES,
            "write_failure": self.WRITE_FAILURES,
            "lost": self.LOST,
        }
        for name in failures.keys() & set(metafunc.fixturenames):
            metafunc.parametrize(name, failures[name], ids=_ids(failures[name]))

    @abc.abstractmethod
    def fake(self) -> Network:
        """Return an empty network."""

    @pytest.fixture
    def network(self) -> Network:
        return self.fake()

    @pytest.fixture
    def connector(self, network: Network) -> Iterator[Connector]:
        assert isinstance(network, FakeNetwork)
        with Http(timeout=5, transport=httpx.MockTransport(network)) as http:
            yield self.connector_class(self.credentials, http)

    @pytest.fixture(params=[False, True], ids=["public", "private"])
    def reply(self, request: pytest.FixtureRequest) -> OutboundReply:
        capability = Capability.DIRECT_MESSAGE if request.param else Capability.REPLY
        if capability not in self.connector_class.manifest.capabilities:
            pytest.skip("the network has no such replies")
        return self.make_reply(is_private=request.param)

    def assert_absent(self, connector: Connector, reply: OutboundReply) -> None:
        """A reply that is not out is not found; where silence proves nothing, nobody says so."""
        if self.proves_absence:
            assert connector.find_sent(reply) is None
        else:
            with pytest.raises((TransientError, Unsupported)):
                connector.find_sent(reply)

    def make_reply(self, *, is_private: bool = False, text: str = "") -> OutboundReply:
        return OutboundReply(
            idempotency_key="key-1",
            text=text or "We are on it & back by 9: status.example.com/now",
            in_reply_to="" if is_private else "1001",
            recipient_external_id="77" if is_private else "",
            is_private=is_private,
            started_at=datetime.now(UTC),
        )

    @property
    def streams(self) -> tuple[str, ...]:
        """Return the names of all that can be polled on this account."""
        specs = self.connector_class.manifest.streams_with(self.credentials.facts)
        return tuple(spec.name for spec in specs)

    @property
    def only_private(self) -> bool:
        return Capability.REPLY not in self.connector_class.manifest.capabilities

    @property
    def signs_in(self) -> bool:
        return self.connector_class.manifest.signs_in

    def walk(self, connector: Connector, stream: str, after: str | None) -> list[FetchPage]:
        """Read a whole window and return its pages."""
        pages = [connector.fetch_page(stream, Window(after=after))]
        while pages[-1].next_before is not None:
            assert len(pages) < 100, "the window has no end"
            pages.append(
                connector.fetch_page(stream, Window(after=after, before=pages[-1].next_before))
            )
        return pages

    def delivery(self) -> tuple[bytes, dict[str, str]]:
        """Return a delivery about our account as the network makes it; WEBHOOK only."""
        raise NotImplementedError

    # -- deliveries ----------------------------------------------------------------------------
    @pytest.fixture
    def delivered(self) -> tuple[bytes, dict[str, str]]:
        if Capability.WEBHOOK not in self.connector_class.manifest.capabilities:
            pytest.skip("the network delivers nothing by itself")
        return self.delivery()

    def test_a_delivery_is_known_by_its_signature(
        self, connector: Connector, delivered: tuple[bytes, dict[str, str]]
    ) -> None:
        body, headers = delivered
        connector.verify_webhook(body, headers)
        forged = [(body, {}), (b"", headers), (body + b" ", headers)]
        forged += [(body, dict.fromkeys(headers, value)) for value in ("", "x", "sha256=", "é")]
        for content, signed in forged:
            with pytest.raises(BadSignature):
                connector.verify_webhook(content, signed)

    def test_without_a_secret_no_delivery_is_believed(
        self, connector: Connector, delivered: tuple[bytes, dict[str, str]]
    ) -> None:
        endpoints = replace(self.credentials.endpoints, hook_secret="")
        told = replace(self.credentials, endpoints=endpoints)
        with pytest.raises(BadSignature):
            self.connector_class(told, connector.http).verify_webhook(*delivered)

    def test_a_delivery_says_whom_it_is_about_and_what_happened(
        self,
        connector: Connector,
        network: Network,
        delivered: tuple[bytes, dict[str, str]],
    ) -> None:
        assert self.credentials.external_id in connector.accounts_of(*delivered)
        told = connector.parse_webhook(*delivered)
        assert told.messages
        assert told == connector.parse_webhook(*delivered)
        assert network.requests == []  # offline

    @pytest.mark.parametrize("body", ODD_BODIES, ids=lambda body: repr(body[:20]))
    def test_odd_deliveries_cost_nothing_but_themselves(
        self, connector: Connector, delivered: tuple[bytes, dict[str, str]], body: bytes
    ) -> None:
        _body, headers = delivered
        for read in (connector.accounts_of, connector.parse_webhook):
            with contextlib.suppress(BadPayload):
                read(body, headers)

    # -- what it is ----------------------------------------------------------------------------
    def test_manifest_is_registered_and_sound(self) -> None:
        manifest = self.connector_class.manifest
        assert registry.manifest(manifest.slug) is manifest
        assert manifest.label
        assert manifest.limits.text_length > 0
        specs = (*manifest.streams, *manifest.parts)
        names = [stream.name for stream in specs]
        assert len(names) == len(set(names))
        assert all(stream.poll_every > timedelta() for stream in specs)
        assert set(self.streams) or not names
        assert bool(names) == (Capability.POLL in manifest.capabilities)

    def test_flags_match_methods(self) -> None:
        promised = {
            method
            for capability in self.connector_class.manifest.capabilities
            for method in METHODS[capability]
        }
        for method in {name for names in METHODS.values() for name in names}:
            overridden = getattr(self.connector_class, method) is not getattr(Connector, method)
            assert overridden == (method in promised), method

    def test_only_what_can_be_done_can_be_taken_back(self, connector: Connector) -> None:
        manifest = self.connector_class.manifest
        assert manifest.undoable <= manifest.capabilities
        for capability in set(Capability) - manifest.undoable:
            with pytest.raises(Unsupported):
                connector.take_back(capability, "1")

    def test_a_missing_capability_is_unsupported(self, connector: Connector) -> None:
        for capability in set(Capability) - self.connector_class.manifest.capabilities:
            for method in set(METHODS[capability]) & set(CALLS):
                with pytest.raises(Unsupported):
                    CALLS[method](connector)

    def test_an_unknown_stream_is_unsupported(self, connector: Connector) -> None:
        with pytest.raises(Unsupported):
            connector.fetch_page("no-such-stream", Window())

    def test_a_search_is_made_of_streams_that_the_manifest_knows(
        self, connector: Connector
    ) -> None:
        terms = Terms(words=("toyota",), phrases=("rem blong",), hashtags=("recall",))
        if not connector.can(Capability.LISTEN):
            assert [problem.code for problem in connector.check_search(terms)] == ["no_search"]
            with pytest.raises(Unsupported):
                connector.listening(terms)
            return
        names = connector.listening(terms)
        assert names
        assert len(set(names)) == len(names)
        assert names == connector.listening(terms)
        assert connector.check_search(terms) == []
        for name in names:
            assert connector.manifest.stream(name).poll_every > timedelta()

    # -- reading -------------------------------------------------------------------------------
    def test_windows_round_trip(self, connector: Connector, network: Network) -> None:
        for stream in self.streams:
            network.stock(stream, 250)
            pages = self.walk(connector, stream, None)
            first = [item for page in pages for item in page.messages]
            assert len({item.external_id for item in first}) == 250, stream
            assert pages[0].newest is not None
            for page in pages:
                times = [item.sent_at for item in page.messages]
                assert times == sorted(times, reverse=True)

            again = self.walk(connector, stream, pages[0].newest)
            assert [item for page in again for item in page.messages] == []

            network.stock(stream, 130)
            later = self.walk(connector, stream, pages[0].newest)
            new = {item.external_id for page in later for item in page.messages}
            known = {item.external_id for item in first}
            assert len(new - known) == 130
            assert self.repeats or not new & known

    def test_an_empty_stream_is_an_empty_page(self, connector: Connector) -> None:
        for stream in self.streams:
            page = connector.fetch_page(stream, Window())
            assert (page.messages, page.newest, page.next_before) == ((), None, None)

    def test_missing_optional_fields_do_no_harm(
        self, connector: Connector, network: Network
    ) -> None:
        for stream in self.streams:
            network.stock(stream, 1)
            whole = network.items[stream][0]
            for field in network.optional(stream):
                network.items[stream] = [
                    {name: value for name, value in whole.items() if name != field}
                ]
                page = connector.fetch_page(stream, Window())
                assert (len(page.messages), page.problems) == (1, ()), field

    def test_unknown_fields_are_kept_for_the_record(
        self, connector: Connector, network: Network
    ) -> None:
        for stream in self.streams:
            network.stock(stream, 1)
            network.items[stream][0]["invented_tomorrow"] = {"deep": [1]}
            (message,) = connector.fetch_page(stream, Window()).messages
            assert message.raw["invented_tomorrow"] == {"deep": [1]}

    def test_a_malformed_item_never_costs_the_page(
        self, connector: Connector, network: Network
    ) -> None:
        for stream in self.streams:
            network.stock(stream, 5)
            items = network.items[stream]
            broken = items[2]
            for key in list(broken):
                if key != "id":
                    broken[key] = {"not": ["expected"]}
            page = connector.fetch_page(stream, Window())
            assert len(page.messages) == 4, stream
            (problem,) = page.problems
            assert problem.raw | broken == problem.raw  # whole, if need be with where it was
            assert page.problems[0].reason

    def test_private_items_name_the_other_person(
        self, connector: Connector, network: Network
    ) -> None:
        for stream in self.streams:
            network.stock(stream, 4)
            for message in connector.fetch_page(stream, Window()).messages:
                assert message.is_private == (message.counterpart is not None)
                if message.counterpart:
                    assert message.counterpart.external_id != self.credentials.external_id
                    is_theirs = message.thread_external_id == message.counterpart.external_id
                    assert is_theirs == self.one_thread_each

    def test_lookup_tells_gone_from_unmentioned(
        self, connector: Connector, network: Network
    ) -> None:
        if Capability.LOOKUP not in connector.manifest.capabilities:
            pytest.skip("the network has no look-up")
        stream = self.streams[0]
        network.stock(stream, 1)
        (known,) = connector.fetch_page(stream, Window()).messages
        found = connector.lookup([known.external_id, self.nowhere])
        assert found[known.external_id] == known
        assert found[self.nowhere] is None

    def test_read_failures_map_to_our_errors(
        self,
        connector: Connector,
        network: Network,
        read_failure: tuple[Trouble, type[ConnectorError]],
    ) -> None:
        trouble, error = read_failure
        if error is AuthExpired and not self.signs_in:
            error = Rejected  # no sign-in could mend it
        network.trouble = trouble
        for stream in self.streams:
            with pytest.raises(error) as caught:
                connector.fetch_page(stream, Window())
            assert caught.type is error
        if isinstance(caught.value, RateLimited):
            assert caught.value.retry_after == pytest.approx(7, abs=1)

    # -- writing -------------------------------------------------------------------------------
    def test_write_failures_map_to_our_errors(
        self,
        connector: Connector,
        network: Network,
        reply: OutboundReply,
        write_failure: tuple[Trouble, type[ConnectorError]],
    ) -> None:
        trouble, error = write_failure
        network.trouble = trouble
        with pytest.raises(error) as caught:
            connector.send_reply(reply)
        assert caught.type is error
        assert len(network.requests) == 1, "a post is never repeated blindly"

    def test_what_was_sent_is_found(
        self, connector: Connector, network: Network, reply: OutboundReply
    ) -> None:
        self.assert_absent(connector, reply)
        receipt = connector.send_reply(reply)
        found = connector.find_sent(reply)
        assert found is not None
        assert found.external_id == receipt.external_id

    def test_an_unknown_outcome_that_was_accepted_is_found(
        self,
        connector: Connector,
        network: Network,
        reply: OutboundReply,
        lost: Trouble,
    ) -> None:
        network.trouble, network.carries_out = lost, True
        with pytest.raises(OutcomeUnknown):
            connector.send_reply(reply)
        network.trouble = None
        assert connector.find_sent(reply) is not None

    def test_an_unknown_outcome_that_was_not_accepted_is_not_found(
        self, connector: Connector, network: Network, reply: OutboundReply
    ) -> None:
        network.trouble = self.LOST[0]
        with pytest.raises(OutcomeUnknown):
            connector.send_reply(reply)
        network.trouble = None
        self.assert_absent(connector, reply)

    def test_another_text_or_an_older_item_is_not_ours(
        self, connector: Connector, network: Network, reply: OutboundReply
    ) -> None:
        connector.send_reply(reply)
        other = self.make_reply(is_private=reply.is_private, text="Something else entirely")
        self.assert_absent(connector, other)

    def test_what_the_preview_counts_is_what_the_send_checks(
        self, connector: Connector, reply: OutboundReply
    ) -> None:
        shortest = connector.measure(replace(reply, text="x"))
        room = 1 + shortest.limit - shortest.length  # what is left beside all that we add
        for text, is_fine in (("x" * room, True), ("x" * (room + 1), False), ("  \n", False)):
            checked = replace(reply, text=text)
            assert (connector.check_reply(checked) == []) == is_fine
        measured = connector.measure(replace(reply, text="x" * room))
        assert measured.length == measured.limit

    # -- sign-in and secrets -------------------------------------------------------------------
    def has_page(self, connector: Connector) -> bool:
        """Say whether this account came to us by a sign-in page, and not by a form."""
        by_page = "sign_in" in connector.credentials.facts
        return by_page or not connector.manifest.connect_form

    def test_sign_in_uses_pkce_and_gives_no_secret_away(self, connector: Connector) -> None:
        if not self.has_page(connector):
            pytest.skip("there is no sign-in page; the form's own rules are below")
        url = connector.authorize_url(
            redirect_uri="https://desk.example/back", state="s t", code_challenge="chal"
        )
        query = dict(httpx.URL(url).params)
        assert query["code_challenge"] == "chal"
        assert query["code_challenge_method"] == "S256"
        assert query["state"] == "s t"
        assert query["redirect_uri"] == "https://desk.example/back"
        assert not any(secret in url for secret in self.SECRETS)

    def test_a_form_says_what_it_asks_and_keeps_secrets_apart(self) -> None:
        form = self.connector_class.manifest.connect_form
        if form is None:
            pytest.skip("the network has a sign-in page")
        assert form.intro
        names = [field.name for field in form.fields]
        assert names
        assert len(names) == len(set(names))
        assert all(field.label for field in form.fields)
        assert all(not field.initial for field in form.fields if field.is_secret)
        assert not any(secret in repr(self.credentials.facts) for secret in self.SECRETS)

    def test_tokens_are_renewed(self, connector: Connector) -> None:
        if not self.has_page(connector):
            pytest.skip("there is no sign-in page to get tokens from")
        for tokens in (
            connector.refresh(),
            connector.exchange_code(code="c", redirect_uri="https://d.example", code_verifier="v"),
        ):
            assert tokens.secrets
            assert tokens.expires_at is None or tokens.expires_at > datetime.now(UTC)
            assert not any(value and value in repr(tokens) for value in tokens.secrets.values())

    def test_a_refused_renewal_needs_a_new_sign_in(
        self, connector: Connector, network: Network
    ) -> None:
        if not self.signs_in:
            pytest.skip("there is no sign-in")
        network.trouble = self.REFUSED_SIGN_IN
        with pytest.raises(AuthExpired):
            connector.refresh()

    def test_a_lost_renewal_may_be_tried_again(
        self, connector: Connector, network: Network
    ) -> None:
        if not self.signs_in:
            pytest.skip("there is no sign-in")
        network.trouble = self.LOST_SIGN_IN
        with pytest.raises(TransientError):
            connector.refresh()

    def test_the_account_is_known_after_sign_in(self, connector: Connector) -> None:
        account = connector.verify_credentials()
        assert account.external_id == self.credentials.external_id
        assert account.handle == self.credentials.handle

    def test_secrets_are_never_seen(
        self, connector: Connector, network: Network, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        seen = [repr(connector), repr(self.credentials), repr(connector.http)]
        for trouble in (None, *self.QUOTES):
            network.trouble = trouble
            for call in (
                connector.verify_credentials,
                connector.refresh,
                lambda: connector.send_reply(self.make_reply(is_private=self.only_private)),
            ):
                try:
                    seen.append(repr(call()))
                except ConnectorError as exc:
                    seen += [repr(exc), str(exc), exc.message, exc.code]
        seen.append(caplog.text)
        seen += [repr(record.__dict__) for record in caplog.records]
        for secret in self.SECRETS:
            assert not any(secret in text for text in seen), secret
