"""The connector and a whole network, over real HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.connectors.bluesky import identity
from inbox.connectors.bluesky.connector import BlueskyConnector
from inbox.connectors.errors import AuthExpired, RateLimited, Rejected, TransientError
from inbox.connectors.http import Http
from inbox.connectors.types import (
    Capability,
    ChannelCredentials,
    Endpoints,
    FetchPage,
    InboundMessage,
    Media,
    OutboundPost,
    Window,
)
from tests.inbox.connectors.asking import http, items, reply_to, walk
from tests.inbox.connectors.practice_faults import READ_FAULTS, WRITE_FAULTS
from tests.inbox.connectors.practice_faults import name as fault_name
from tests.inbox.practice.bluesky.server import BRAND, Server, server

__all__ = ["http", "server"]  # fixtures

THREADGATE = "app.bsky.feed.threadgate"


@pytest.fixture
def brand(server: Server, http: Http) -> BlueskyConnector:
    return connect(server, http)


def connect(server: Server, http: Http, **facts: Any) -> BlueskyConnector:
    """Return a connector for the brand, signed in by the form."""
    made = server.user(BRAND, **facts)
    bare = ChannelCredentials("", "", Endpoints("", "", "", ""))
    form = {"handle": BRAND, "password": made["password"], "service": server.url}
    opening = BlueskyConnector(bare, http).open(form)
    credentials = replace(
        bare,
        external_id=made["did"],
        handle=BRAND,
        secrets=opening.tokens.secrets,
        facts=opening.facts,
    )
    return BlueskyConnector(credentials, http)


def newest(connector: BlueskyConnector, stream: str = "mentions") -> InboundMessage:
    found = connector.fetch_page(stream, Window()).messages
    return next(item for item in found if not item.is_context)


# -- signing in --------------------------------------------------------------------------------
def test_a_handle_leads_to_the_server_of_the_account(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "RESOLVER", server.url)
    monkeypatch.setattr(identity, "DIRECTORY", server.url)
    made = server.user(BRAND)
    bare = ChannelCredentials("", "", Endpoints("", "", "", ""))
    form = {"handle": f"@{BRAND.upper()}", "password": made["password"], "service": ""}
    opening = BlueskyConnector(bare, http).open(form)
    assert (opening.facts["did"], opening.facts["pds"]) == (made["did"], server.url)
    assert made["password"] not in repr(opening)
    assert made["password"] not in str(opening.tokens.secrets)
    assert opening.tokens.expires_at is not None
    assert timedelta(hours=1) < opening.tokens.expires_at - datetime.now(UTC) < timedelta(hours=3)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": "wrong-password"}, "Invalid identifier or password"),
        ({"handle": "brand"}, "whole handle"),
        ({"handle": "nobody.test"}, "Unable to resolve"),
        ({"service": "https://host/with/path"}, "must look like"),
        ({"service": "ftp://host"}, "must look like"),
    ],
)
def test_what_is_wrong_with_a_form_is_said(
    server: Server, http: Http, fields: dict[str, str], words: str
) -> None:
    made = server.user(BRAND)
    form = {"handle": BRAND, "password": made["password"], "service": server.url, **fields}
    bare = ChannelCredentials("", "", Endpoints("", "", "", ""))
    with pytest.raises((AuthExpired, Rejected), match=words):
        BlueskyConnector(bare, http).open(form)


def test_the_accounts_own_password_is_refused(server: Server, http: Http) -> None:
    with pytest.raises(Rejected, match="app password"):
        connect(server, http, scope="com.atproto.access")


def test_a_server_in_a_private_network_is_not_asked() -> None:
    bare = ChannelCredentials("", "", Endpoints("", "", "", ""))
    form = {"handle": BRAND, "password": "abcd-efgh", "service": "https://10.0.0.7"}
    with Http(timeout=2) as http, pytest.raises(Rejected, match="private network") as caught:
        BlueskyConnector(bare, http).open(form)
    assert "abcd-efgh" not in caught.value.message


def test_without_the_right_to_private_messages_there_are_none(server: Server, http: Http) -> None:
    brand = connect(server, http, scope="com.atproto.appPass")
    assert [spec.name for spec in brand.streams()] == ["own", "mentions", "threads"]
    with pytest.raises(Rejected, match="does not open private messages"):
        brand.fetch_page("chat", Window())


def test_an_ended_token_is_renewed_and_an_ended_session_is_over(
    server: Server, http: Http, brand: BlueskyConnector
) -> None:
    """It is a 400 here, not a 401."""
    server.control("POST", "expire", {})
    with pytest.raises(AuthExpired, match="expired"):
        brand.fetch_page("mentions", Window())
    tokens = brand.refresh()
    renewed = replace(brand.credentials, secrets=tokens.secrets)
    assert BlueskyConnector(renewed, http).fetch_page("mentions", Window()).messages == ()
    server.control("POST", "expire", {"all": True})
    with pytest.raises(AuthExpired):
        BlueskyConnector(renewed, http).refresh()


# -- reading -----------------------------------------------------------------------------------
def test_a_storm_is_read_whole_and_once(server: Server, brand: BlueskyConnector) -> None:
    first = [server.post("rina.test", f"@{BRAND} {number}") for number in range(5)]
    head = walk(brand, "mentions")
    assert {item.external_id for item in items(head)} == set(first)
    storm = [server.post("bo.test", f"@{BRAND} no. {n}") for n in range(250)]
    found = walk(brand, "mentions", after=head[0].newest)
    # What is of the very millisecond of the last look comes again, lest some of it be missed.
    assert {item.external_id for item in items(found)} - set(first) == set(storm)
    assert len(items(walk(brand, "mentions", after=found[0].newest))) <= 2


def test_those_of_one_millisecond_are_not_lost_between_two_pages(
    server: Server, brand: BlueskyConnector
) -> None:
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    same = [server.post("rina.test", f"@{BRAND} {number}", at=at) for number in range(60)]
    later = [server.post("rina.test", f"@{BRAND} later {number}") for number in range(70)]
    found = items(walk(brand, "mentions"))
    assert {item.external_id for item in found} == {*same, *later}


def test_the_middle_is_not_lost_when_the_last_seen_is_deleted(
    server: Server, brand: BlueskyConnector
) -> None:
    seen = server.post("rina.test", f"@{BRAND} one")
    after = brand.fetch_page("mentions", Window()).newest
    late = [server.post("rina.test", f"@{BRAND} {n}") for n in range(100)]
    server.delete(seen)
    found = items(walk(brand, "mentions", after=after))
    assert sorted(item.external_id for item in found) == sorted(late)


def test_mentions_replies_and_quotes_are_rooted_and_told_apart(
    server: Server, brand: BlueskyConnector
) -> None:
    server.user("rina.test", followers=4200)
    news = server.post(BRAND, "Maintenance tonight.")
    answer = server.post("rina.test", "Again?", reply_to=news)
    below = server.post("bo.test", "Yes, again.", reply_to=answer)
    quote = server.post("eve.test", "Look at this", quotes=news)
    found = {item.external_id: item for item in items(walk(brand, "mentions"))}
    assert found.keys() >= {answer, below, quote}
    assert found[answer].is_reply_to_us
    assert found[answer].author.followers == 4200
    assert not found[below].is_reply_to_us
    assert found[below].thread_external_id == news
    assert found[below].in_reply_to == answer
    assert found[quote].thread_external_id == quote
    assert found[quote].text == f"Look at this\n\n[quote] @{BRAND}: Maintenance tonight."
    assert not any(item.is_private or item.is_context for item in found.values())
    own = items(walk(brand, "own"))
    assert [(item.external_id, item.is_ours) for item in own] == [(news, True)]


def test_what_stands_above_comes_along_as_context(server: Server, brand: BlueskyConnector) -> None:
    root = server.post("eve.test", "their site is down")
    middle = server.post("bo.test", "really?", reply_to=root)
    asked = server.post("rina.test", f"@{BRAND} is it?", reply_to=middle)
    found = {item.external_id: item for item in brand.fetch_page("mentions", Window()).messages}
    assert {item.thread_external_id for item in found.values()} == {root}
    assert {key for key, item in found.items() if item.is_context} == {root, middle}
    assert not found[asked].is_context
    # Looked at again they are no more to us than before.
    again = brand.lookup([root, middle, asked])
    assert {key for key, item in again.items() if item and item.is_context} == {root, middle}


def chain(server: Server, below: str, length: int) -> list[str]:
    """Let two people answer each other below a post, each one level deeper."""
    found = [below]
    for level in range(length):
        found.append(
            server.post(("rina.test", "bo.test")[level % 2], f"no, {level}", reply_to=found[-1])
        )
    return found[1:]


def test_what_is_said_too_far_below_us_to_be_told_is_read_all_the_same(
    server: Server, brand: BlueskyConnector
) -> None:
    news = server.post(BRAND, "Maintenance tonight.")
    levels = chain(server, news, 12)
    told = {item.external_id for item in items(walk(brand, "mentions"))}
    assert told == set(levels[:4])
    page = brand.fetch_page("threads", Window())
    assert {item.external_id for item in page.messages} == set(levels)
    assert {item.thread_external_id for item in page.messages} == {news}
    assert not any(item.is_context for item in page.messages)
    assert page.next_before is None
    deepest = server.post("rina.test", "really?", reply_to=levels[-1])
    fresh = brand.fetch_page("threads", Window(after=page.newest))
    assert [item.external_id for item in fresh.messages] == [deepest]


def test_below_an_answer_of_ours_in_somebodys_thread_too(
    server: Server, brand: BlueskyConnector
) -> None:
    root = server.post("eve.test", "their site is down")
    beside = server.post("bo.test", "really?", reply_to=root)
    answer = server.post(BRAND, "Which page?", reply_to=root)
    levels = chain(server, answer, 7)
    found = brand.fetch_page("threads", Window()).messages
    assert {item.external_id for item in found} == set(levels)
    assert beside not in levels
    assert {item.thread_external_id for item in found} == {root}


def test_a_thread_that_is_gone_costs_the_others_nothing(
    server: Server, brand: BlueskyConnector
) -> None:
    kept, gone = server.post(BRAND, "news"), server.post(BRAND, "old news")
    asked = server.post("rina.test", "and?", reply_to=kept)
    server.post(BRAND, "more", reply_to=gone)
    server.delete(gone)
    found = brand.fetch_page("threads", Window()).messages
    assert [item.external_id for item in found] == [asked]


def test_a_thread_whose_middle_is_gone_is_still_one(
    server: Server, brand: BlueskyConnector
) -> None:
    root = server.post("eve.test", "their site is down")
    middle = server.post("bo.test", "really?", reply_to=root)
    lower = server.post("eve.test", "yes", reply_to=middle)
    asked = server.post("rina.test", f"@{BRAND} is it?", reply_to=lower)
    server.delete(middle)
    found = {item.external_id: item for item in brand.fetch_page("mentions", Window()).messages}
    assert found.keys() == {lower, asked}
    assert {item.thread_external_id for item in found.values()} == {root}


def test_a_post_that_lies_about_its_root_is_put_where_it_stands(
    server: Server, brand: BlueskyConnector
) -> None:
    ours, eve = server.post(BRAND, "news"), server.post("eve.test", "gossip")
    records = {each["uri"]: each["cid"] for each in server.posts(BRAND) + server.posts("eve.test")}
    lie = {
        "root": {"uri": ours, "cid": records[ours]},
        "parent": {"uri": eve, "cid": records[eve]},
    }
    asked = server.post("rina.test", f"@{BRAND} hm", record={"reply": lie})
    found = {item.external_id: item for item in brand.fetch_page("mentions", Window()).messages}
    assert found[asked].thread_external_id == eve


def test_pictures_hang_on_the_message_and_can_be_fetched(
    server: Server, brand: BlueskyConnector
) -> None:
    server.post("rina.test", f"@{BRAND} see", images=["A dark screen", ""])
    found = newest(brand)
    assert [each.description for each in found.attachments] == ["A dark screen", ""]
    picture = found.attachments[0]
    assert (picture.kind, picture.content_type) == ("image", "image/png")
    assert picture.url.startswith(f"{server.url}/img/")
    whole = brand.fetch_attachment(picture.url, max_bytes=1000)
    assert whole.content == b"\x89PNGA dark screen"


def test_a_film_is_got_from_the_server_of_its_author(
    server: Server, brand: BlueskyConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "DIRECTORY", server.url)
    server.post("rina.test", f"@{BRAND} see", images=["frame"])
    link = newest(brand).attachments[0].external_id
    blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": "video/mp4", "size": 9}
    film = {"$type": "app.bsky.embed.video", "video": blob, "alt": "It smokes"}
    server.post("rina.test", f"@{BRAND} film", record={"embed": film})
    (shown,) = newest(brand).attachments
    assert (shown.kind, shown.description, shown.size) == ("video", "It smokes", 9)
    assert brand.fetch_attachment(shown.url, max_bytes=1000).content == b"\x89PNGframe"


def test_words_and_hashtags_are_listened_to(server: Server, brand: BlueskyConnector) -> None:
    said = server.post("eve.test", "gone again #NusaHosting")
    server.post("eve.test", "something else")
    for stream in ("search:gone again", "hashtag:nusahosting"):
        page = brand.fetch_page(stream, Window())
        assert [item.external_id for item in page.messages] == [said]
        assert brand.fetch_page(stream, Window(after=page.newest)).messages == ()


def test_lookup_sees_changes_and_deletions_and_is_not_fooled_by_a_block(
    server: Server, brand: BlueskyConnector
) -> None:
    uris = [server.post("rina.test", f"@{BRAND} {n}") for n in range(30)]
    hidden = server.post("eve.test", f"@{BRAND} and you")
    before = {item.external_id: item for item in items(walk(brand, "mentions"))}
    server.delete(uris[3])
    key = uris[4].rpartition("/")[2]
    server.post("rina.test", f"@{BRAND} never mind", rkey=key)
    server.control("POST", "block", {"by": "eve.test", "whom": BRAND})
    found = brand.lookup([*uris, hidden])
    assert found[uris[3]] is None
    assert hidden not in found
    changed = found[uris[4]]
    assert changed is not None
    assert changed.text.endswith("never mind")
    assert changed.version_id != before[uris[4]].version_id
    same = found[uris[5]]
    assert same is not None
    assert same.version_id == before[uris[5]].version_id


def test_both_sides_of_a_private_conversation_are_read(
    server: Server, brand: BlueskyConnector
) -> None:
    server.user("rina.test", name="Rina", followers=7)
    said = [server.say("rina.test", f"order {number}") for number in range(120)]
    answer = server.say(BRAND, "which?", "rina.test")
    head = walk(brand, "chat")
    found = items(head)
    convo = answer["convo"]
    assert {item.external_id for item in found} == {
        f"{convo}/{each['id']}" for each in (*said, answer)
    }
    assert all(item.is_private and item.counterpart for item in found)
    assert {item.thread_external_id for item in found} == {found[-1].author.external_id}
    assert found[-1].author.followers == 7
    assert [item.text for item in found if item.is_ours] == ["which?"]
    later = server.say("rina.test", "no. 7")
    other = server.say("bo.test", "hello")
    fresh = items(walk(brand, "chat", after=head[0].newest))
    assert {item.external_id for item in fresh} == {
        f"{convo}/{later['id']}",
        f"{other['convo']}/{other['id']}",
    }


def test_groups_are_left_alone(server: Server, brand: BlueskyConnector) -> None:
    server.say("rina.test", "all of you", BRAND, "eve.test")
    assert items(walk(brand, "chat")) == []


# -- answering ---------------------------------------------------------------------------------
def test_an_answer_is_rooted_and_its_links_and_mentions_are_live(
    server: Server, brand: BlueskyConnector
) -> None:
    rina = server.user("rina.test")["did"]
    root = server.post("eve.test", "is it down?")
    asked = server.post("rina.test", f"@{BRAND} is it?", reply_to=root)
    text = "Ça va 👩‍👩‍👧‍👧 @rina.test: https://status.example.com/now. #NusaUp @nobody.test"
    receipt = brand.send_reply(reply_to(newest(brand), text))
    (posted,) = server.posts()
    assert posted["uri"] == receipt.external_id
    reply = posted["value"]["reply"]
    assert (reply["root"]["uri"], reply["parent"]["uri"]) == (root, asked)
    whole = text.encode()
    live = [
        (whole[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(), f["features"][0])
        for f in posted["value"]["facets"]
    ]
    kind = "app.bsky.richtext.facet"
    assert live == [
        ("@rina.test", {"$type": f"{kind}#mention", "did": rina}),
        (
            "https://status.example.com/now",
            {"$type": f"{kind}#link", "uri": "https://status.example.com/now"},
        ),
        ("#NusaUp", {"$type": f"{kind}#tag", "tag": "NusaUp"}),
    ]


def test_without_the_payload_the_network_is_asked_what_is_answered(
    server: Server, brand: BlueskyConnector
) -> None:
    asked = server.post("rina.test", f"@{BRAND} is it?")
    brand.send_reply(reply_to(newest(brand), answers={}))
    assert server.posts()[0]["value"]["reply"]["parent"]["uri"] == asked
    late = reply_to(newest(brand), "too late", answers={})
    server.delete(asked)
    with pytest.raises(Rejected, match="gone"):
        brand.send_reply(late)


def test_the_same_reply_is_published_once(server: Server, brand: BlueskyConnector) -> None:
    server.post("rina.test", f"@{BRAND} down?")
    reply = reply_to(newest(brand))
    assert brand.send_reply(reply) == brand.send_reply(reply)
    assert len(server.posts()) == 1
    with pytest.raises(Rejected):
        brand.send_reply(replace(reply, text="Something else"))
    assert [each["value"]["text"] for each in server.posts()] == [reply.text]
    # The person whom it names has moved since: still the same words in the same place.
    server.user("bo.test")
    named = reply_to(newest(brand), "See @bo.test")
    brand.send_reply(named)
    record = server.posts()[1]["value"] | {"facets": []}
    server.post(BRAND, "", rkey=server.posts()[1]["uri"].rpartition("/")[2], record=record)
    assert brand.send_reply(named).external_id == server.posts()[1]["uri"]
    assert len(server.posts()) == 2


@pytest.mark.parametrize("filler", ["x", "日", "👩‍👩‍👧‍👧", "e\u0301"])
@pytest.mark.parametrize("is_private", [False, True])
def test_what_we_let_through_the_network_takes(
    server: Server, brand: BlueskyConnector, filler: str, is_private: bool
) -> None:
    server.post("rina.test", f"@{BRAND} down?")
    server.say("rina.test", "down?")
    item = newest(brand, "chat" if is_private else "mentions")
    text = filler
    while not brand.check_reply(reply_to(item, text + filler)):
        text += filler
    brand.send_reply(reply_to(item, text))
    over = reply_to(item, text + filler)
    assert brand.check_reply(over)[0].code == "too_long"
    with pytest.raises(Rejected, match="too big"):
        brand.send_reply(over)


def test_a_private_answer_goes_to_the_person_alone(server: Server, brand: BlueskyConnector) -> None:
    server.say("rina.test", "my order?")
    receipt = brand.send_reply(reply_to(newest(brand, "chat"), "Which number?"))
    said = server.messages()[-1]
    assert (said["author"], set(said["members"])) == (BRAND, {BRAND, "rina.test"})
    assert receipt.external_id == f"{said['convo']}/{said['id']}"
    assert server.posts() == []


def test_a_private_word_to_somebody_who_spoke_in_public(
    server: Server, brand: BlueskyConnector
) -> None:
    server.post("rina.test", f"@{BRAND} down?")
    item = newest(brand)
    reply = reply_to(
        item, "Your order?", is_private=True, recipient_external_id=item.author.external_id
    )
    receipt = brand.send_reply(reply)
    found = brand.find_sent(reply)
    assert found is not None
    assert found.external_id == receipt.external_id
    assert [each["text"] for each in server.messages()] == ["Your order?"]


@pytest.mark.parametrize("is_private", [False, True])
@pytest.mark.parametrize("hours", [-5, 5])
def test_a_network_with_a_wrong_clock_is_read_by_its_own(
    server: Server, http: Http, hours: int, is_private: bool
) -> None:
    server.faults(clock_offset=hours * 3600.0)
    brand = connect(server, http)
    server.post("rina.test", f"@{BRAND} down?")
    server.say("rina.test", "down?")
    reply = reply_to(newest(brand, "chat" if is_private else "mentions"))
    receipt = brand.send_reply(reply)
    found = brand.find_sent(reply)
    assert found is not None
    assert found.external_id == receipt.external_id


# -- the other acts ----------------------------------------------------------------------------
def test_liking_following_muting_blocking_and_reporting(
    server: Server, brand: BlueskyConnector
) -> None:
    post = server.post("rina.test", f"@{BRAND} hello")
    rina = newest(brand).author.external_id
    for _turn in range(2):
        brand.like(post)
        brand.follow(rina)
    brand.block(rina)
    assert len(server.posts(collection="app.bsky.feed.like")) == 1
    assert len(server.posts(collection="app.bsky.graph.follow")) == 1
    assert len(server.posts(collection="app.bsky.graph.block")) == 1
    server.post("bo.test", f"@{BRAND} hi")
    bo = newest(brand)
    brand.report(bo.author.external_id, external_ids=[bo.external_id], words="threats")
    brand.report(bo.author.external_id, external_ids=[], words="a bot")
    brand.mute(bo.author.external_id)
    first, second = server.control("GET", "reports", {})["reports"]
    assert (first["reason"], first["subject"]["uri"]) == ("threats", bo.external_id)
    assert second["subject"]["did"] == bo.author.external_id
    assert items(walk(brand, "mentions")) == []


@pytest.mark.parametrize(
    ("act", "collection"),
    [
        (Capability.LIKE, "app.bsky.feed.like"),
        (Capability.FOLLOW, "app.bsky.graph.follow"),
        (Capability.BLOCK, "app.bsky.graph.block"),
    ],
)
def test_what_was_done_is_taken_back_and_twice_is_once(
    server: Server, brand: BlueskyConnector, act: Capability, collection: str
) -> None:
    rina = server.user("rina.test")["did"]
    post = server.post("rina.test", "hello")
    what = post if act == Capability.LIKE else rina
    getattr(brand, act.value)(what)
    assert len(server.posts(collection=collection)) == 1
    brand.take_back(act, what)
    brand.take_back(act, what)
    assert server.posts(collection=collection) == []


def test_who_was_muted_is_heard_again(server: Server, brand: BlueskyConnector) -> None:
    rina = server.user("rina.test")["did"]
    server.post("rina.test", f"@{BRAND} hello?")
    brand.mute(rina)
    assert brand.fetch_page("mentions", Window()).messages == ()
    brand.take_back(Capability.MUTE, rina)
    assert newest(brand).text == f"@{BRAND} hello?"


def test_a_post_is_read_again_with_its_thread(server: Server, brand: BlueskyConnector) -> None:
    root = server.post("eve.test", "their site is down")
    asked = server.post("rina.test", f"@{BRAND} is it?", reply_to=root)
    page = brand.reread("mentions", {"uri": asked, "cid": "none of its own"})
    assert [(item.external_id, item.is_context) for item in page.messages] == [
        (asked, False),
        (root, True),
    ]
    assert page.messages[0].thread_external_id == root
    server.delete(asked)
    assert brand.reread("mentions", {"uri": asked}) == FetchPage((), None, None)
    for odd in ({"uri": "https://example.com"}, {}, None, "x"):
        assert brand.reread("mentions", odd).problems


def test_private_messages_are_read_again(server: Server, brand: BlueskyConnector) -> None:
    server.say("rina.test", "hello")
    server.say("rina.test", "are you there?")
    newer, older = brand.fetch_page("chat", Window()).messages
    convo_id = newer.external_id.partition("/")[0]
    kept = {"convoId": convo_id, **newer.raw}
    assert brand.reread("chat", kept).messages == (newer,)
    assert brand.reread("chat", {"id": convo_id, "rev": "?"}).messages == (newer, older)
    rest = {"convoId": convo_id, "before": newer.external_id.partition("/")[2]}
    assert brand.reread("chat", rest).messages == (older,)
    assert brand.reread("chat", {"id": 7}).problems


def test_deleting_our_own_and_nothing_else(server: Server, brand: BlueskyConnector) -> None:
    theirs = server.post("rina.test", f"@{BRAND} hello")
    receipt = brand.send_reply(reply_to(newest(brand)))
    brand.delete(receipt.external_id)
    assert server.posts() == []
    for other in (theirs, "convo/123"):
        with pytest.raises(Rejected):
            brand.delete(other)


def test_hiding_keeps_who_may_answer_and_what_was_hidden(
    server: Server, brand: BlueskyConnector
) -> None:
    news = server.post(BRAND, "news")
    insult = server.post("rina.test", "idiots", reply_to=news)
    worse = server.post("eve.test", "worse", reply_to=insult)
    brand.hide(insult, hidden=True)
    (gate,) = server.posts(collection=THREADGATE)
    assert gate["uri"].rpartition("/")[2] == news.rpartition("/")[2]
    assert (gate["value"]["post"], gate["value"]["hiddenReplies"]) == (news, [insult])
    assert "allow" not in gate["value"], "an empty list would shut everybody out"
    rule = {"$type": f"{THREADGATE}#mentionRule"}
    _set_gate(server, brand, gate, allow=[rule])
    brand.hide(worse, hidden=True)
    brand.hide(worse, hidden=True)
    brand.hide(insult, hidden=False)
    (gate,) = server.posts(collection=THREADGATE)
    assert (gate["value"]["allow"], gate["value"]["hiddenReplies"]) == ([rule], [worse])
    stranger = server.post("bo.test", "mine")
    below = server.post("rina.test", f"@{BRAND} hm", reply_to=stranger)
    for other in (stranger, below, news):
        with pytest.raises(Rejected):
            brand.hide(other, hidden=True)


def _set_gate(server: Server, brand: BlueskyConnector, gate: dict[str, Any], **fields: Any) -> None:
    body = {
        "repo": brand.credentials.external_id,
        "collection": THREADGATE,
        "rkey": gate["uri"].rpartition("/")[2],
        "record": {**gate["value"], **fields},
    }
    headers = {"authorization": f"Bearer {brand.credentials.secrets['access_token']}"}
    answer = server.http.post("/xrpc/com.atproto.repo.putRecord", json=body, headers=headers)
    assert answer.status_code == 200


def test_a_post_of_our_own_with_pictures_and_a_quote(
    server: Server, brand: BlueskyConnector
) -> None:
    asked = server.post("rina.test", f"@{BRAND} down?")
    media = (Media(b"\x89PNG1", "image/png", "A dark screen"),)
    post = OutboundPost("key-p", "We are back.", language="en", media=media, quotes=asked)
    receipt = brand.publish(post)
    assert brand.publish(post).external_id == receipt.external_id
    (posted,) = server.posts()
    embed = posted["value"]["embed"]
    assert embed["record"]["record"]["uri"] == asked
    assert [each["alt"] for each in embed["media"]["images"]] == ["A dark screen"]
    assert posted["value"]["langs"] == ["en"]
    film = replace(post, media=(Media(b"mp4", "video/mp4", "A film"),))
    with pytest.raises(Rejected, match="pictures"):
        brand.publish(film)


def test_a_reply_carries_pictures_and_too_many_are_told_before(
    server: Server, brand: BlueskyConnector
) -> None:
    server.post("rina.test", f"@{BRAND} where?")
    picture = Media(b"\x89PNG1", "image/png", "The map")
    reply = reply_to(newest(brand), media=(picture,))
    brand.send_reply(reply)
    assert server.posts()[0]["value"]["embed"]["images"][0]["alt"] == "The map"
    for media in ((picture,) * 5, (replace(picture, content=b"x" * 1_000_001),)):
        assert len(brand.check_reply(reply_to(newest(brand), media=media))) == 1


# -- faults ------------------------------------------------------------------------------------
@contextlib.contextmanager
def hasty(brand: BlueskyConnector) -> Iterator[BlueskyConnector]:
    with Http(timeout=1, allow_private=True) as http:
        yield BlueskyConnector(brand.credentials, http)


@pytest.mark.parametrize("stream", ["mentions", "chat"])
@pytest.mark.parametrize(("fault", "error"), READ_FAULTS, ids=fault_name)
def test_a_fault_while_reading(
    server: Server,
    brand: BlueskyConnector,
    fault: dict[str, Any],
    error: type[Exception],
    stream: str,
) -> None:
    server.post("rina.test", f"@{BRAND} hello " + "x" * 200)
    server.say("rina.test", "hello")
    server.faults(fault)
    with hasty(brand) as connector, pytest.raises(error) as caught:
        connector.fetch_page(stream, Window())
    assert caught.type is error
    server.faults()
    assert len(items(walk(brand, stream))) == 1


@pytest.mark.parametrize("is_private", [False, True], ids=["public", "private"])
@pytest.mark.parametrize(("fault", "error", "is_out"), WRITE_FAULTS, ids=fault_name)
def test_a_fault_while_posting(
    server: Server,
    brand: BlueskyConnector,
    fault: dict[str, Any],
    error: type[Exception],
    is_out: bool,
    is_private: bool,
) -> None:
    """What it means is told truly, and whether it is out is found out afterwards."""
    server.post("rina.test", f"@{BRAND} hello")
    server.say("rina.test", "hello")
    item = newest(brand, "chat" if is_private else "mentions")
    reply = reply_to(item, "We are on it. " + "x" * 200)
    server.faults({**fault, "method": "POST"})
    with hasty(brand) as connector, pytest.raises(error) as caught:
        connector.send_reply(reply)
    assert caught.type is error
    server.faults()
    ours = [each for each in server.messages() if each["author"] == BRAND]
    assert len(ours if is_private else server.posts()) == is_out
    assert (brand.find_sent(reply) is not None) == is_out


def test_trouble_with_what_is_only_an_extra_costs_no_message(
    server: Server, brand: BlueskyConnector
) -> None:
    root = server.post("eve.test", "down?")
    asked = server.post("rina.test", f"@{BRAND} see", images=["A"], reply_to=root)
    for name in ("feed.getPosts", "feed.getPostThread", "actor.getProfiles"):
        server.faults({"kind": "status", "status": 500, "path": f"/xrpc/app.bsky.{name}"})
        found = {item.external_id: item for item in items(walk(brand, "mentions"))}
        assert found[asked].thread_external_id == root
        assert found[asked].attachments[0].description == "A"


def test_the_chat_may_be_down_alone(server: Server, brand: BlueskyConnector) -> None:
    server.post("rina.test", f"@{BRAND} hello")
    server.faults(chat_is_down=True)
    with pytest.raises(TransientError):
        brand.fetch_page("chat", Window())
    assert len(items(walk(brand, "mentions"))) == 1


def test_a_wait_is_told_and_kept(server: Server, brand: BlueskyConnector) -> None:
    """The reset is in seconds since 1970, by the network's clock; until then it is not asked."""
    server.faults({"kind": "status", "status": 429, "seconds": 40}, clock_offset=7200.0)
    for _turn in range(2):
        with pytest.raises(RateLimited) as caught:
            brand.fetch_page("mentions", Window())
        assert 35 < (caught.value.retry_after or 0) <= 41
        server.faults()
    with pytest.raises(RateLimited):
        brand.fetch_page("own", Window())


def test_the_last_request_of_an_allowance_is_noticed(http: Http) -> None:
    with Server(limits=0.002) as server:  # six requests
        brand = connect(server, http)
        for _turn in range(6):
            brand.fetch_page("own", Window())
        with pytest.raises(RateLimited) as caught:
            brand.fetch_page("mentions", Window())
        assert 200 < (caught.value.retry_after or 0) <= 301
        assert "asked us to wait" in caught.value.message
