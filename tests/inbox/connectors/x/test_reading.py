from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from inbox.connectors.errors import BadPayload, Rejected
from inbox.connectors.http import Http
from inbox.connectors.types import FetchPage, Window
from inbox.connectors.x.connector import XConnector
from tests.inbox.connectors.x.fake import FakeX
from tests.inbox.connectors.x.payloads import (
    CREDENTIALS,
    make_event,
    make_message,
    make_post,
    make_sent,
    not_found,
    problem,
)


@pytest.fixture
def network() -> FakeX:
    return FakeX()


@pytest.fixture
def x(network: FakeX) -> Iterator[XConnector]:
    with Http(timeout=5, transport=httpx.MockTransport(network)) as http:
        yield XConnector(CREDENTIALS, http)


def walk(x: XConnector, stream: str, after: str | None = None) -> list[FetchPage]:
    pages = [x.fetch_page(stream, Window(after=after))]
    while before := pages[-1].next_before:
        pages.append(x.fetch_page(stream, Window(after=after, before=before)))
        assert len(pages) < 50
    return pages


def ids(pages: list[FetchPage]) -> list[str]:
    return [message.external_id for page in pages for message in page.messages]


def asked(network: FakeX, path: str) -> list[dict[str, str]]:
    return [dict(each.url.params) for each in network.requests if each.url.path == path]


def test_beyond_800_mentions_the_search_goes_on(x: XConnector, network: FakeX) -> None:
    network.stock("mentions", 1150)
    pages = walk(x, "mentions", after="1000")
    found = ids(pages)
    assert len(found) == len(set(found)) == 1150
    assert pages[0].newest == "2150"
    assert pages[7].next_before is not None
    assert pages[7].next_before.startswith("search:")
    first = asked(network, "/2/tweets/search/recent")[0]
    assert first["query"] == "@codero"
    assert first["until_id"] == "1351"


def test_a_single_page_needs_no_search(x: XConnector, network: FakeX) -> None:
    network.stock("mentions", 60)
    assert len(walk(x, "mentions")) == 1
    assert asked(network, "/2/tweets/search/recent") == []


def test_every_newest_is_a_plain_id(x: XConnector, network: FakeX) -> None:
    network.stock("mentions", 1150)
    for page in walk(x, "mentions"):
        assert page.newest is None or page.newest.isdigit()


def test_a_search_from_before_the_seven_days_drops_since_id(x: XConnector, network: FakeX) -> None:
    network.mentions_kept, network.too_old = 150, 1100
    network.stock("mentions", 400)  # 1001 … 1400
    found = ids(walk(x, "mentions", after="1050"))
    assert found == [str(number) for number in range(1400, 1100, -1)]


def test_a_search_that_has_left_the_seven_days_is_done(x: XConnector, network: FakeX) -> None:
    network.mentions_kept, network.too_old = 150, 1300
    network.stock("mentions", 400)
    found = ids(walk(x, "mentions", after="1050"))
    assert found == [str(number) for number in range(1400, 1250, -1)]


def test_a_search_without_since_id_stops_at_after(x: XConnector, network: FakeX) -> None:
    network.stock("mentions", 50)
    refusal = problem("invalid-request", "bad", errors=[{"message": "'since_id' is too old"}])
    answers = iter([httpx.Response(400, json=refusal), None])

    def refuse_once(request: httpx.Request) -> httpx.Response:
        return next(answers) or network.answer(request)

    network.trouble = refuse_once
    page = x.fetch_page("mentions", Window(after="1040", before="search:1051"))
    assert ids([page]) == [str(number) for number in range(1050, 1040, -1)]
    assert page.next_before is None


def test_another_refusal_of_the_search_is_told(x: XConnector, network: FakeX) -> None:
    network.trouble = httpx.Response(403, json=problem("client-forbidden", "No search for you."))
    with pytest.raises(Rejected, match="No search"):
        x.fetch_page("mentions", Window(after="1", before="search:50"))


def test_a_page_that_leads_nowhere_is_not_taken_for_the_end(x: XConnector, network: FakeX) -> None:
    body = {"data": [make_post(2000)], "meta": {"next_token": "t"}}
    network.trouble = httpx.Response(200, json=body)
    with pytest.raises(BadPayload):
        x.fetch_page("own", Window(before="1500"))
    network.trouble = httpx.Response(200, json={"meta": {"next_token": "t"}})
    with pytest.raises(BadPayload):
        x.fetch_page("own", Window())


def test_a_page_of_broken_items_still_moves_on(x: XConnector, network: FakeX) -> None:
    network.stock("own", 120)
    for item in network.items["own"][:100]:
        item["text"] = None
    pages = walk(x, "own")
    assert pages[0].newest == "1120"
    assert len(pages[0].problems) == 100
    assert len(ids(pages)) == 20


def test_own_posts_leave_reposts_to_others(x: XConnector, network: FakeX) -> None:
    x.fetch_page("own", Window(after="5"))
    (query,) = asked(network, "/2/users/500/tweets")
    assert (query["exclude"], query["since_id"], query["max_results"]) == ("retweets", "5", "100")


# -- direct messages ---------------------------------------------------------------------------
def test_messages_end_at_after(x: XConnector, network: FakeX) -> None:
    network.stock("direct_messages", 350)
    pages = walk(x, "direct_messages", after="1200")
    assert ids(pages) == [str(number) for number in range(1350, 1200, -1)]
    assert len(pages) == 2, "pages that hold only old messages are not asked for"
    assert asked(network, "/2/dm_events")[0]["event_types"] == "MessageCreate"


def test_a_page_token_that_x_forgot_starts_again(x: XConnector, network: FakeX) -> None:
    network.stock("direct_messages", 50)

    def forgetful(request: httpx.Request) -> httpx.Response:
        if "pagination_token" in request.url.params:
            return httpx.Response(400, json=problem("invalid-request", "Invalid token."))
        return network.answer(request)

    network.trouble = forgetful
    page = x.fetch_page("direct_messages", Window(after="1040", before="old-token"))
    assert len(page.messages) == 10


# -- look-up -----------------------------------------------------------------------------------
def test_an_edited_post_is_looked_up_in_its_last_version(x: XConnector, network: FakeX) -> None:
    history = ["1001", "1002"]
    network.items["mentions"] = [
        make_post(1002, text="now this", edit_history_post_ids=history),
        make_post(1001, text="first that", edit_history_post_ids=history),
    ]
    found = x.lookup(["1001"])
    assert found["1001"] is not None
    assert (found["1001"].external_id, found["1001"].version_id) == ("1001", "1002")
    assert found["1001"].text == "now this"


def test_an_edited_post_whose_last_version_is_gone_is_gone(x: XConnector, network: FakeX) -> None:
    network.items["mentions"] = [make_post(1001, edit_history_post_ids=["1001", "1002"])]
    assert x.lookup(["1001"]) == {"1001": None}


def test_only_what_does_not_exist_is_gone(x: XConnector, network: FakeX) -> None:
    errors = [
        not_found("1"),
        problem("not-authorized-for-resource", "Protected.", value="2", parameter="ids"),
        not_found("4", "referenced_posts.id"),
    ]
    network.trouble = httpx.Response(200, json={"data": [make_post(3)], "errors": errors})
    found = x.lookup(["1", "2", "3", "4"])
    assert set(found) == {"1", "3"}
    assert found["1"] is None


def test_all_gone_is_an_answer(x: XConnector, network: FakeX) -> None:
    assert x.lookup(["1", "2"]) == {"1": None, "2": None}


def test_look_ups_go_by_the_hundred(x: XConnector, network: FakeX) -> None:
    network.stock("mentions", 230)
    wanted = [str(number) for number in range(1001, 1231)]
    assert list(x.lookup(wanted)) == wanted
    assert [len(each["ids"].split(",")) for each in asked(network, "/2/tweets")] == [100, 100, 30]


def test_nothing_asked_is_nothing_sent(x: XConnector, network: FakeX) -> None:
    assert x.lookup([]) == {}
    assert network.requests == []


@pytest.mark.parametrize(
    "raw",
    [
        {"id": "1001", "text": "odd"},
        make_event("post.mention.create", make_post(1001), includes={})["data"],
    ],
    ids=["post", "event"],
)
def test_a_post_that_could_not_be_read_is_asked_for_again(
    x: XConnector, network: FakeX, raw: dict[str, Any]
) -> None:
    network.items["mentions"] = [make_post(1001, text="whole")]
    page = x.reread("mentions", raw)
    assert [item.text for item in page.messages] == ["whole"]
    network.items["mentions"] = []
    assert x.reread("mentions", raw) == FetchPage((), None, None)


def test_private_messages_are_read_again_from_what_came(x: XConnector) -> None:
    sent = make_sent(31)["direct_message_events"][0]
    for raw in (make_message(31), sent):
        (item,) = x.reread("direct_messages", raw).messages
        assert (item.external_id, item.text) == ("31", "my order 31")


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"id": 5}, {"sender_id": "1"}])
def test_what_holds_nothing_to_read_stays_a_problem(x: XConnector, raw: Any) -> None:
    page = x.reread("mentions", raw)
    assert page.messages == ()
    assert page.problems
