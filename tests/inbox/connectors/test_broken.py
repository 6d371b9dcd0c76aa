"""Connectors that break one rule each, and the rule of the contract that catches them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from inbox.connectors.errors import ConnectorError, OutcomeUnknown, TransientError
from inbox.connectors.http import Http
from inbox.connectors.types import (
    Capability,
    FetchPage,
    InboundMessage,
    OutboundReply,
    SendReceipt,
    Window,
)
from inbox.connectors.x.connector import XConnector
from tests.inbox.connectors.contract import ConnectorContract, FakeNetwork
from tests.inbox.connectors.x.fake import FakeX
from tests.inbox.connectors.x.payloads import CREDENTIALS, SECRETS, delivery, make_event, make_post


class Rules(ConnectorContract):
    """The contract, held against whatever it is given."""

    credentials = CREDENTIALS
    SECRETS = SECRETS

    def fake(self) -> FakeNetwork:
        return FakeX()

    def delivery(self) -> tuple[bytes, dict[str, str]]:
        return delivery(make_event("post.mention.create", make_post(1001)))


class Boaster(XConnector):
    """Promises what it cannot do."""

    manifest = replace(
        XConnector.manifest, capabilities=XConnector.manifest.capabilities | {Capability.MUTE}
    )


class Undoer(XConnector):
    """Promises to take back what it cannot even do."""

    manifest = replace(XConnector.manifest, undoable=frozenset({Capability.MUTE}))


class Forgetful(XConnector):
    """Takes a failed page for an empty one."""

    def fetch_page(self, stream: str, window: Window) -> FetchPage:
        try:
            return super().fetch_page(stream, window)
        except TransientError:
            return FetchPage((), None, None)


class Shortsighted(XConnector):
    """Never looks beyond the first page."""

    def fetch_page(self, stream: str, window: Window) -> FetchPage:
        return replace(super().fetch_page(stream, window), next_before=None)


class Careless(XConnector):
    """Takes an unknown outcome for a refusal, which would be posted again."""

    def send_reply(self, reply: OutboundReply) -> SendReceipt:
        try:
            return super().send_reply(reply)
        except OutcomeUnknown as error:
            raise TransientError(error.message) from error


class Blind(XConnector):
    """Never finds what was sent."""

    def find_sent(self, reply: OutboundReply) -> SendReceipt | None:
        return None


class Chatty(XConnector):
    """Shows its keys."""

    def __repr__(self) -> str:
        return f"X as {self.credentials.secrets}"


class Credulous(XConnector):
    """Believes every delivery."""

    def verify_webhook(self, body: bytes, headers: Mapping[str, str]) -> None:
        return None


class Fragile(XConnector):
    """Falls over a delivery that is no event."""

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> Any:
        return json.loads(body)["data"]["payload"]


class Sleepy(XConnector):
    """Says that a dead sign-in is a hiccup."""

    def refresh(self) -> Any:
        try:
            return super().refresh()
        except ConnectorError as error:
            raise TransientError(error.message) from error


class Stranger(XConnector):
    """Does not know whose account it speaks for."""

    def verify_credentials(self) -> Any:
        return replace(super().verify_credentials(), external_id="1")


class Deaf(XConnector):
    """Says nothing of what is gone."""

    def lookup(self, external_ids: Sequence[str]) -> dict[str, InboundMessage | None]:
        return {key: item for key, item in super().lookup(external_ids).items() if item}


CASES: list[tuple[type[XConnector], Callable[..., None], dict[str, Any]]] = [
    (Boaster, Rules.test_flags_match_methods, {}),
    (Undoer, Rules.test_only_what_can_be_done_can_be_taken_back, {}),
    (
        Forgetful,
        Rules.test_read_failures_map_to_our_errors,
        {"read_failure": (httpx.Response(500), TransientError)},
    ),
    (Shortsighted, Rules.test_windows_round_trip, {}),
    (
        Careless,
        Rules.test_write_failures_map_to_our_errors,
        {"write_failure": (httpx.Response(500), OutcomeUnknown)},
    ),
    (Blind, Rules.test_what_was_sent_is_found, {}),
    (Chatty, Rules.test_secrets_are_never_seen, {}),
    (Credulous, Rules.test_a_delivery_is_known_by_its_signature, {}),
    (Credulous, Rules.test_without_a_secret_no_delivery_is_believed, {}),
    (Fragile, Rules.test_odd_deliveries_cost_nothing_but_themselves, {"body": b"[]"}),
    (Sleepy, Rules.test_a_refused_renewal_needs_a_new_sign_in, {}),
    (Stranger, Rules.test_the_account_is_known_after_sign_in, {}),
    (Deaf, Rules.test_lookup_tells_gone_from_unmentioned, {}),
]


def hold(
    connector_class: type[XConnector],
    rule: Callable[..., None],
    given: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Hold one rule against one connector, as the suite does."""
    rules, network = Rules(), FakeX()
    rules.connector_class = connector_class  # type: ignore[misc]
    with Http(timeout=5, transport=httpx.MockTransport(network)) as http:
        values = {
            "connector": connector_class(CREDENTIALS, http),
            "network": network,
            "reply": rules.make_reply(),
            "delivered": rules.delivery(),
            "caplog": caplog,
            **given,
        }
        wanted = inspect.signature(rule).parameters
        rule(rules, **{name: value for name, value in values.items() if name in wanted})


NAMES = [f"{broken.__name__}-{number}" for number, (broken, *_) in enumerate(CASES)]
CAUGHT = (AssertionError, pytest.fail.Exception, ConnectorError, LookupError, TypeError)


@pytest.mark.parametrize(("broken", "rule", "given"), CASES, ids=NAMES)
def test_a_broken_connector_fails_the_contract(
    broken: type[XConnector],
    rule: Callable[..., None],
    given: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    hold(XConnector, rule, given, caplog)  # what is sound passes
    caplog.clear()
    with pytest.raises(CAUGHT):
        hold(broken, rule, given, caplog)
