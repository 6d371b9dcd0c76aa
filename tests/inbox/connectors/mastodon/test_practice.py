"""The connector and a real server, over real HTTP, in each way in which servers differ."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inbox.connectors.errors import RateLimited, Rejected
from inbox.connectors.http import Http
from inbox.connectors.mastodon.connector import MastodonConnector
from inbox.connectors.types import (
    Capability,
    ChannelCredentials,
    FetchPage,
    InboundMessage,
    Media,
    OutboundPost,
    Window,
)
from inbox.lib.terms import Terms
from tests.inbox.connectors.asking import http, items, reply_to, walk
from tests.inbox.connectors.practice_faults import READ_FAULTS, WRITE_FAULTS
from tests.inbox.connectors.practice_faults import name as fault_name
from tests.inbox.practice.mastodon.server import DOMAIN, Server, server

__all__ = ["http", "server"]  # fixtures

REQUESTS_FOR_FACTS = 5  # account, server, types of notifications, conversations, search


@pytest.fixture
def brand(server: Server, http: Http) -> MastodonConnector:
    return connect(server, http)


def connect(server: Server, http: Http) -> MastodonConnector:
    """Return a connector for the brand that has read its facts, as after a sign-in."""
    server.user("brand")
    credentials = ChannelCredentials(
        f"brand@{DOMAIN}",
        f"brand@{DOMAIN}",
        MastodonConnector.endpoints_at(server.url),
        {"access_token": server.token("brand")},
    )
    facts = MastodonConnector(credentials, http).read_facts()
    return MastodonConnector(replace(credentials, facts=facts), http)


def newest(connector: MastodonConnector, stream: str = "mentions") -> InboundMessage:
    return connector.fetch_page(stream, Window()).messages[0]


# -- servers that differ -----------------------------------------------------------------------
def test_facts_are_read_from_the_server(server: Server, http: Http) -> None:
    server.faults(max_characters=5000)
    brand = connect(server, http)
    assert (brand.limits().text_length, brand.limits().private_text_length) == (5000, 5000)
    assert brand.credentials.facts["domain"] == DOMAIN
    assert brand.verify_credentials().external_id == f"brand@{DOMAIN}"


def test_an_older_server_is_asked_in_the_older_way(server: Server, http: Http) -> None:
    server.faults(no_v2_instance=True, strict_types=True, no_conversations=True)
    brand = connect(server, http)
    facts = brand.credentials.facts
    assert facts["text_length"] == 500
    assert facts["notification_types"] == ["mention"]
    assert [spec.name for spec in brand.streams()] == ["own", "mentions"]
    server.post("rina", "@brand hello")
    assert newest(brand).text == f"@brand@{DOMAIN} hello"


def test_without_stored_facts_they_are_read_when_needed(server: Server, http: Http) -> None:
    brand = connect(server, http)
    server.post("rina", "@brand hello")
    bare = MastodonConnector(replace(brand.credentials, facts={}), http)
    assert newest(bare).author.external_id == f"rina@{DOMAIN}"


@pytest.mark.parametrize(
    "switches",
    [{}, {"ulid_ids": True}, {"no_link_header": True}, {"filters_strangers": True}],
    ids=["mastodon", "ulid", "no_link", "filtered"],
)
def test_a_storm_is_read_whole_and_once(
    server: Server, http: Http, switches: dict[str, Any]
) -> None:
    server.faults(**switches)
    brand = connect(server, http)
    first = [server.post("rina", f"@brand {number}")["id"] for number in range(5)]
    head = walk(brand, "mentions")
    assert {item.external_id for item in items(head)} == set(first)
    storm = [server.post("rina@far.example", f"@brand no. {n}")["id"] for n in range(200)]
    found = walk(brand, "mentions", after=head[0].newest)
    ids = [item.external_id for item in items(found)]
    assert sorted(ids) == sorted(storm)
    assert items(walk(brand, "mentions", after=found[0].newest)) == []


def test_the_middle_is_not_lost_when_the_last_seen_is_deleted(
    server: Server, brand: MastodonConnector
) -> None:
    seen = server.post("rina", "@brand one")["id"]
    after = brand.fetch_page("mentions", Window()).newest
    late = [server.post("rina", f"@brand {n}")["id"] for n in range(100)]
    server.delete(seen)
    found = items(walk(brand, "mentions", after=after))
    assert sorted(item.external_id for item in found) == sorted(late)


@pytest.mark.parametrize("no_link", [False, True], ids=["links", "no_links"])
def test_private_words_of_both_sides_are_read(server: Server, http: Http, no_link: bool) -> None:
    brand = connect(server, http)
    asked = server.post("rina", "@brand my order?", visibility="direct")
    server.faults(hides_own_directs=True, no_link_header=no_link)
    said = server.post("brand", "@rina which?", visibility="direct", in_reply_to=asked["id"])
    then = server.post("rina", "@brand no. 7", visibility="direct", in_reply_to=said["id"])
    found = items(walk(brand, "direct_messages"))
    assert {item.external_id for item in found} == {asked["id"], said["id"], then["id"]}
    assert {item.thread_external_id for item in found} == {f"rina@{DOMAIN}"}
    assert all(item.is_private for item in found)
    assert said["id"] not in {item.external_id for item in items(walk(brand, "own"))}


def test_what_stands_above_comes_along_as_context(server: Server, brand: MastodonConnector) -> None:
    root = server.post("eve", "their site is down")
    middle = server.post("bo", "@eve really?", in_reply_to=root["id"])
    asked = server.post("rina", "@bo @brand is it?", in_reply_to=middle["id"])
    found = {item.external_id: item for item in brand.fetch_page("mentions", Window()).messages}
    assert {item.thread_external_id for item in found.values()} == {root["id"]}
    context = {key for key, item in found.items() if item.is_context}
    assert context == {root["id"], middle["id"]}
    assert not found[asked["id"]].is_context


def test_hashtags_are_a_stream_of_their_own(server: Server, brand: MastodonConnector) -> None:
    said = server.post("eve", "gone again #NusaHosting")
    page = brand.fetch_page("hashtag:nusahosting", Window())
    assert [item.external_id for item in page.messages] == [said["id"]]


def test_a_search_has_a_stream_for_every_way_to_ask(brand: MastodonConnector) -> None:
    terms = Terms(words=("Toyota", "e-toll"), phrases=("rem blong",), hashtags=("recall",))
    assert brand.listening(terms) == (
        "hashtag:recall",
        "hashtag:toyota",
        "search:Toyota",
        "search:e-toll",
        'search:"rem blong"',
    )


def test_words_are_found_where_the_server_has_an_index(
    server: Server, brand: MastodonConnector
) -> None:
    said = [server.post("eve", f"rem blong {number}")["id"] for number in range(50)]
    server.post("eve", "@brand rem blong", visibility="direct")
    first = brand.fetch_page('search:"rem blong"', Window())
    rest = brand.fetch_page('search:"rem blong"', Window(before=first.next_before))
    assert [item.external_id for page in (first, rest) for item in page.messages] == said[::-1]
    later = server.post("eve", "rem blong again")["id"]
    again = brand.fetch_page('search:"rem blong"', Window(after=first.newest))
    assert [item.external_id for item in again.messages] == [later]
    assert again.newest == later


def test_a_server_without_an_index_finds_nothing(server: Server, brand: MastodonConnector) -> None:
    server.post("eve", "rem blong")
    server.faults(no_full_text=True)
    page = brand.fetch_page('search:"rem blong"', Window())
    assert page == FetchPage((), None, None)


@pytest.mark.parametrize("no_bulk", [False, True], ids=["bulk", "single"])
def test_lookup_sees_edits_and_deletions(server: Server, http: Http, no_bulk: bool) -> None:
    server.faults(no_bulk_lookup=no_bulk)
    brand = connect(server, http)
    edited, gone, same = (server.post("rina", f"@brand {n}")["id"] for n in range(3))
    server.edit(edited, "@brand never mind")
    server.delete(gone)
    found = brand.lookup([edited, gone, same])
    assert found[gone] is None
    assert found[edited] is not None
    assert found[edited].text.endswith("never mind")
    assert found[edited].version_id != edited
    assert found[same] is not None


@pytest.mark.parametrize("no_bulk", [False, True], ids=["bulk", "single"])
def test_what_only_explains_still_does_when_looked_at_again(
    server: Server, http: Http, no_bulk: bool
) -> None:
    server.faults(no_bulk_lookup=no_bulk)
    brand = connect(server, http)
    root = server.post("eve", "anybody else offline?")["id"]
    asked = server.post("rina", "@brand are you?", in_reply_to=root)["id"]
    found = brand.lookup([root, asked])
    assert {key for key, item in found.items() if item and item.is_context} == {root}


def test_a_server_that_finds_nothing_at_all_deletes_nothing(
    server: Server, brand: MastodonConnector
) -> None:
    post = server.post("rina", "@brand hello")["id"]
    server.faults({"kind": "status", "status": 404})
    with pytest.raises(Rejected):
        brand.lookup([post])


# -- answering ---------------------------------------------------------------------------------
def test_an_answer_reaches_the_person_and_is_found(server: Server, http: Http) -> None:
    server.faults(no_idempotency=True)
    brand = connect(server, http)
    server.post("rina@far.example", '@brand down? "really" https://a.example/' + "x" * 60)
    reply = reply_to(newest(brand), 'It is *up*: "all" of https://status.example.com/' + "y" * 50)
    assert brand.find_sent(reply) is None
    receipt = brand.send_reply(reply)
    found = brand.find_sent(reply)
    assert found is not None
    assert found.external_id == receipt.external_id
    (posted,) = server.posts(author="brand")
    assert posted["mentions"] == ["rina@far.example"]
    rina = server.client("rina@far.example")
    (told,) = rina.notifications(types=["mention"])
    assert str(told.status.id) == receipt.external_id
    assert receipt.url.startswith(server.url)


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        ("public", "public", "public"),
        ("public", "unlisted", "unlisted"),
        ("public", "private", "private"),
        ("unlisted", "public", "unlisted"),
        ("private", "unlisted", "private"),
        ("public", "direct", "direct"),
    ],
)
def test_an_answer_is_never_more_public_than_the_question(
    server: Server, http: Http, ours: str, theirs: str, wanted: str
) -> None:
    server.user("brand", privacy=ours)
    brand = connect(server, http)
    server.post("rina", "@brand hello", visibility=theirs)
    brand.send_reply(reply_to(newest(brand)))
    assert [post["visibility"] for post in server.posts(author="brand")] == [wanted]


def test_without_the_payload_the_server_is_asked_who_may_see_it(
    server: Server, brand: MastodonConnector
) -> None:
    server.post("rina", "@brand hello", visibility="unlisted")
    brand.send_reply(reply_to(newest(brand), answers={}))
    (posted,) = server.posts(author="brand")
    assert (posted["visibility"], posted["mentions"]) == ("unlisted", ["rina"])


def test_an_unknown_visibility_is_taken_for_private(
    server: Server, brand: MastodonConnector
) -> None:
    server.post("rina", "@brand hello")
    item = newest(brand)
    brand.send_reply(reply_to(item, answers={**item.raw, "visibility": "mutuals_only"}))
    assert server.posts(author="brand")[0]["visibility"] == "direct"


def test_a_private_text_is_never_disclosed_to_a_third(
    server: Server, brand: MastodonConnector
) -> None:
    server.user("eve")
    server.post("rina", "@brand my order?", visibility="direct")
    reply = reply_to(newest(brand), "As @eve said, it is late")
    (problem,) = brand.check_reply(reply)
    assert problem.code == "discloses"
    assert "@eve" in problem.message
    with pytest.raises(Rejected):
        brand.send_reply(reply)
    assert server.posts(author="brand") == []
    assert brand.check_reply(reply_to(newest(brand), f"Dear @rina@{DOMAIN}, it is late")) == []


@pytest.mark.parametrize("filler", ["x", "日", "https://status.example.com/long/path ", "@bo "])
def test_what_we_let_through_the_server_takes(
    server: Server, brand: MastodonConnector, filler: str
) -> None:
    server.post("rina@far.example", "@brand down?")
    item = newest(brand)
    text = filler
    while brand.measure(reply_to(item, text + filler)).length <= 500:
        text += filler
    brand.send_reply(reply_to(item, text.strip()))
    over = reply_to(item, text.strip() + " " + "x" * 60)
    assert brand.check_reply(over) != []
    with pytest.raises(Rejected, match="character limit"):
        brand.send_reply(over)


def test_the_same_key_posts_once(server: Server, brand: MastodonConnector) -> None:
    server.post("rina", "@brand down?")
    reply = reply_to(newest(brand))
    assert brand.send_reply(reply) == brand.send_reply(reply)
    assert len(server.posts(author="brand")) == 1


def test_an_answer_whose_question_is_gone_is_refused_and_still_found(
    server: Server, brand: MastodonConnector
) -> None:
    post = server.post("rina", "@brand down?")["id"]
    first, second = reply_to(newest(brand)), reply_to(newest(brand), "Another")
    receipt = brand.send_reply(first)
    server.delete(post)
    with pytest.raises(Rejected, match="does not appear to exist"):
        brand.send_reply(second)
    found = brand.find_sent(first)
    assert found is not None
    assert found.external_id == receipt.external_id
    assert brand.find_sent(second) is None


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_server_with_a_wrong_clock_is_read_by_its_own(
    server: Server, http: Http, hours: int
) -> None:
    server.faults(clock_offset=hours * 3600.0, no_idempotency=True)
    brand = connect(server, http)
    post = server.post("rina", "@brand down?")["id"]
    reply = reply_to(newest(brand))
    receipt = brand.send_reply(reply)
    server.delete(post)  # so that only our own timeline can tell
    found = brand.find_sent(reply)
    assert found is not None
    assert found.external_id == receipt.external_id


# -- the other acts ----------------------------------------------------------------------------
def test_what_was_done_to_people_and_posts_is_taken_back(
    server: Server, brand: MastodonConnector
) -> None:
    post = server.post("rina@far.example", "@brand hello")["id"]
    author = newest(brand).author.external_id
    acts = {
        Capability.FOLLOW: brand.follow,
        Capability.MUTE: brand.mute,
        Capability.BLOCK: brand.block,
    }
    brand.like(post)
    for act, do in acts.items():
        do(author)
        brand.take_back(act, author)
    brand.take_back(Capability.LIKE, post)
    client = server.client("brand")
    (relation,) = client.account_relationships([client.account_lookup(author).id])
    assert (relation.following, relation.muting, relation.blocking) == (False, False, False)
    assert not client.status(post).favourited


def test_liking_following_muting_blocking_and_reporting(
    server: Server, brand: MastodonConnector
) -> None:
    post = server.post("rina@far.example", "@brand hello")["id"]
    author = newest(brand).author.external_id
    brand.like(post)
    brand.follow(author)
    brand.report(author, external_ids=[post], words="threats")
    brand.mute(author)
    client = server.client("brand")
    (relation,) = client.account_relationships([client.account_lookup(author).id])
    assert (relation.following, relation.muting) == (True, True)
    brand.block(author)
    assert client.status(post).favourited
    (report,) = server.control("GET", "/practice/reports", {})["reports"]
    assert (report["comment"], report["status_ids"]) == ("threats", [post])
    with pytest.raises(Rejected):
        brand.follow("nobody@nowhere.example")


def test_deleting_our_own(server: Server, brand: MastodonConnector) -> None:
    server.post("rina", "@brand hello")
    receipt = brand.send_reply(reply_to(newest(brand)))
    brand.delete(receipt.external_id)
    assert server.posts(author="brand")[0]["deleted"]


def test_editing_keeps_mention_warning_and_pictures(
    server: Server, brand: MastodonConnector
) -> None:
    server.post("rina", "@brand hello")
    receipt = brand.send_reply(reply_to(newest(brand)))
    brand.edit(receipt.external_id, "Solved at nine.")
    (posted,) = server.posts(author="brand")
    assert (posted["text"], posted["mentions"]) == ("@rina Solved at nine.", ["rina"])


def test_a_post_of_our_own_with_warning_picture_and_film(
    server: Server, brand: MastodonConnector
) -> None:
    media = (
        Media(b"png", "image/png", "A dark screen"),
        Media(b"mp4", "video/mp4", "The screen comes back"),
    )
    post = OutboundPost("key-p", "We are back.", language="en", warning="outage", media=media)
    receipt = brand.publish(post)
    assert brand.publish(replace(post, media=())).external_id == receipt.external_id
    shown = server.client("brand").status(receipt.external_id)
    assert [each.description for each in shown.media_attachments] == [
        "A dark screen",
        "The screen comes back",
    ]
    assert (shown.spoiler_text, shown.language, shown.visibility) == ("outage", "en", "public")


# -- faults ------------------------------------------------------------------------------------
@contextlib.contextmanager
def hasty(brand: MastodonConnector) -> Iterator[MastodonConnector]:
    with Http(timeout=1, allow_private=True) as http:
        yield MastodonConnector(brand.credentials, http)


@pytest.mark.parametrize(("fault", "error"), READ_FAULTS, ids=fault_name)
def test_a_fault_while_reading(
    server: Server, brand: MastodonConnector, fault: dict[str, Any], error: type[Exception]
) -> None:
    server.post("rina", "@brand hello " + "x" * 300)
    server.faults(fault)
    with hasty(brand) as connector, pytest.raises(error) as caught:
        connector.fetch_page("mentions", Window())
    assert caught.type is error
    server.faults()
    assert len(items(walk(brand, "mentions"))) == 1


@pytest.mark.parametrize(("fault", "error", "is_out"), WRITE_FAULTS, ids=fault_name)
def test_a_fault_while_posting(
    server: Server,
    brand: MastodonConnector,
    fault: dict[str, Any],
    error: type[Exception],
    is_out: bool,
) -> None:
    """What it means is told truly, and whether it is out is found out afterwards."""
    server.faults(no_idempotency=True)
    server.post("rina", "@brand hello")
    reply = reply_to(newest(brand), "We are on it. " + "x" * 300)
    server.faults({**fault, "method": "POST"})
    with hasty(brand) as connector, pytest.raises(error) as caught:
        connector.send_reply(reply)
    assert caught.type is error
    server.faults()
    assert len(server.posts(author="brand")) == is_out
    assert (brand.find_sent(reply) is not None) == is_out


def test_a_wait_is_told_and_kept(server: Server, brand: MastodonConnector) -> None:
    """The reset is a date here; until then the server is not even asked."""
    server.faults({"kind": "status", "status": 429, "seconds": 40})
    with pytest.raises(RateLimited) as caught:
        brand.fetch_page("mentions", Window())
    assert 35 < (caught.value.retry_after or 0) <= 41
    server.faults()
    with pytest.raises(RateLimited) as caught:
        brand.fetch_page("own", Window())
    assert 30 < (caught.value.retry_after or 0) <= 41


def test_the_last_request_of_an_allowance_is_noticed(tmp_path: Path, http: Http) -> None:
    with Server(tmp_path / "limited", limits=0.03) as server:  # nine requests
        brand = connect(server, http)
        page = Window()
        for _ in range(9 - REQUESTS_FOR_FACTS):
            brand.fetch_page("own", page)
        with pytest.raises(RateLimited) as caught:
            brand.fetch_page("mentions", page)
        assert 200 < (caught.value.retry_after or 0) <= 301
        assert "asked us to wait" in caught.value.message
