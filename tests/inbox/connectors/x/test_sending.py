from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from inbox.connectors.errors import BadPayload, OutcomeUnknown, Rejected
from inbox.connectors.http import Http
from inbox.connectors.types import OutboundReply
from inbox.connectors.x.connector import XConnector
from tests.inbox.connectors.x.fake import FakeX
from tests.inbox.connectors.x.payloads import (
    CREDENTIALS,
    OWN_ID,
    make_message,
    make_post,
    stamp,
)

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def network() -> FakeX:
    return FakeX()


@pytest.fixture
def x(network: FakeX) -> Iterator[XConnector]:
    with Http(timeout=5, transport=httpx.MockTransport(network)) as http:
        yield XConnector(CREDENTIALS, http)


def make_reply(text: str = "We are on it.", *, is_private: bool = False) -> OutboundReply:
    return OutboundReply("k", text, "" if is_private else "42", "77", is_private, NOW)


def put(network: FakeX, text: str, **fields: Any) -> None:
    """Put a reply of ours on the network."""
    values = {
        "author_id": OWN_ID,
        "text": text,
        "created_at": stamp(NOW),
        "referenced_posts": [{"type": "replied_to", "id": "42"}],
    }
    network.items["own"].insert(0, make_post(9000 + len(network.items["own"]), **values | fields))


def refusing(
    network: FakeX, detail: str, **fields: Any
) -> Callable[[httpx.Request], httpx.Response]:
    """Refuse to post, and do all else."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return network.answer(request)
        body = {"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403}
        return httpx.Response(403, json=body | fields)

    return answer


def test_a_public_reply_is_sent_as_x_wants_it(x: XConnector, network: FakeX) -> None:
    receipt = x.send_reply(make_reply())
    (request,) = network.requests
    assert json.loads(request.content) == {
        "text": "We are on it.",
        "reply": {"in_reply_to_tweet_id": "42"},
    }
    assert request.headers["authorization"] == "Bearer SECRET-access"
    assert receipt.url == f"https://x.com/codero/status/{receipt.external_id}"


def test_a_private_reply_is_sent_as_x_wants_it(x: XConnector, network: FakeX) -> None:
    receipt = x.send_reply(make_reply(is_private=True))
    (request,) = network.requests
    assert request.url.path == "/2/dm_conversations/with/77/messages"
    assert json.loads(request.content) == {"text": "We are on it."}
    assert receipt.external_id == network.items["direct_messages"][0]["id"]


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": 5}, {"id": ""}])
def test_a_success_without_an_id_is_an_open_outcome(
    x: XConnector, network: FakeX, data: dict[str, Any]
) -> None:
    network.trouble = httpx.Response(201, json={"data": data})
    with pytest.raises(OutcomeUnknown):
        x.send_reply(make_reply())


# -- refusals ----------------------------------------------------------------------------------
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."


def test_a_duplicate_that_is_this_reply_is_its_receipt(x: XConnector, network: FakeX) -> None:
    put(network, "@rina_w We are on it.")
    network.trouble = refusing(network, DUPLICATE)
    assert x.send_reply(make_reply()).external_id == "9000"


def test_a_duplicate_of_another_reply_is_refused_in_the_networks_words(
    x: XConnector, network: FakeX
) -> None:
    put(network, "We are on it.", referenced_posts=[{"type": "replied_to", "id": "41"}])
    network.trouble = refusing(network, DUPLICATE)
    with pytest.raises(Rejected, match="duplicate content"):
        x.send_reply(make_reply())


def test_the_older_form_of_a_duplicate_is_known(x: XConnector, network: FakeX) -> None:
    put(network, "We are on it.")
    network.trouble = refusing(
        network, "", errors=[{"code": 187, "message": "Seen before."}], type=""
    )
    assert x.send_reply(make_reply()).external_id == "9000"


def test_a_duplicate_that_cannot_be_checked_is_an_open_outcome(
    x: XConnector, network: FakeX
) -> None:
    refuse = refusing(network, DUPLICATE)
    network.trouble = lambda request: (
        httpx.Response(503) if request.method == "GET" else refuse(request)
    )
    with pytest.raises(OutcomeUnknown, match="duplicate"):
        x.send_reply(make_reply())


def test_not_being_summoned_is_told_in_plain_words(x: XConnector, network: FakeX) -> None:
    network.trouble = refusing(network, "You are not permitted to reply to this post.")
    with pytest.raises(Rejected, match=r"not permitted.*mentioned or quoted") as caught:
        x.send_reply(make_reply())
    assert caught.value.status == 403


def test_a_refused_message_has_no_word_of_mentions(x: XConnector, network: FakeX) -> None:
    network.trouble = refusing(network, "This person takes no messages.")
    with pytest.raises(Rejected) as caught:
        x.send_reply(make_reply(is_private=True))
    assert caught.value.message == "This person takes no messages."


# -- is it out? --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("We are on it.", "We are on it."),
        ("  We are\n on it. ", "We are on it."),
        ("We are on it.", "@rina_w @other_1 We are on it."),
        ("@rina_w We are on it.", "@rina_w We are on it."),
        ("R&D says 1 < 2", "R&amp;D says 1 &lt; 2"),
        ("Cafe\u0301 open", "Caf\u00e9 open"),
        ("@rina_w", "@rina_w"),
    ],
)
def test_the_text_is_known_in_the_form_x_gives_it(
    x: XConnector, network: FakeX, ours: str, theirs: str
) -> None:
    put(network, theirs)
    assert x.find_sent(make_reply(ours)) is not None


@pytest.mark.parametrize(
    ("typed", "expanded"),
    [
        ("https://status.example.com/now", "https://status.example.com/now"),
        ("status.example.com/now", "http://status.example.com/now"),
        ("Status.Example.com", "http://status.example.com/"),
    ],
)
def test_a_link_is_known_behind_its_short_form(
    x: XConnector, network: FakeX, typed: str, expanded: str
) -> None:
    links = {"urls": [{"url": "https://t.co/a1", "expanded_url": expanded}]}
    put(network, "See https://t.co/a1 please", entities=links)
    assert x.find_sent(make_reply(f"See {typed} please")) is not None


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("We are on it", {}),
        ("We are on it.", {"referenced_posts": [{"type": "replied_to", "id": "43"}]}),
        ("We are on it.", {"referenced_posts": []}),
        ("We are on it.", {"created_at": stamp(NOW - timedelta(minutes=3))}),
        ("We are on it.", {"author_id": "77"}),
    ],
)
def test_what_differs_is_not_it(
    x: XConnector, network: FakeX, text: str, fields: dict[str, Any]
) -> None:
    put(network, text, **fields)
    assert x.find_sent(make_reply()) is None


def test_the_networks_clock_may_be_two_minutes_behind(x: XConnector, network: FakeX) -> None:
    put(network, "We are on it.", created_at=stamp(NOW - timedelta(seconds=119)))
    assert x.find_sent(make_reply()) is not None


def test_it_is_found_below_hundreds_of_others(x: XConnector, network: FakeX) -> None:
    put(network, "We are on it.")
    for number in range(250):
        put(network, f"Other answer {number}")
    assert x.find_sent(make_reply()) is not None


def test_an_answer_to_an_edited_post_is_known_by_its_first_id(
    x: XConnector, network: FakeX
) -> None:
    ours = make_post(
        9000,
        author_id=OWN_ID,
        text="We are on it.",
        created_at=stamp(NOW),
        referenced_posts=[{"type": "replied_to", "id": "45"}],
    )
    parent = make_post(45, edit_history_post_ids=["42", "45"])
    body = {"data": [ours], "includes": {"posts": [parent]}}
    network.trouble = httpx.Response(200, json=body)
    assert x.find_sent(make_reply()) is not None


def test_where_something_is_unreadable_nobody_says_no(x: XConnector, network: FakeX) -> None:
    put(network, "unreadable", created_at=None)
    network.trouble = httpx.Response(200, json={"data": network.items["own"]})
    with pytest.raises(BadPayload):
        x.find_sent(make_reply())


def test_a_message_is_found_by_text_and_time(x: XConnector, network: FakeX) -> None:
    def put_message(number: int, **fields: Any) -> None:
        values = {"sender_id": OWN_ID, "text": "We are on it.", "created_at": stamp(NOW)}
        network.items["direct_messages"].insert(0, make_message(number, **values | fields))

    put_message(1, created_at=stamp(NOW - timedelta(minutes=3)))
    put_message(2, sender_id="77")
    put_message(3, text="Something else")
    assert x.find_sent(make_reply(is_private=True)) is None
    put_message(4)
    found = x.find_sent(make_reply(is_private=True))
    assert found is not None
    assert found.external_id == "4"


def test_old_messages_are_not_walked_through(x: XConnector, network: FakeX) -> None:
    network.stock("direct_messages", 1000)  # all from days ago
    assert x.find_sent(make_reply(is_private=True)) is None
    assert len(network.requests) == 1
