"""Shapes follow https://api.x.com/2/openapi.json, in the new spelling and the one before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.connectors.errors import BadPayload, ConnectorError, Rejected
from inbox.connectors.types import InboundMessage
from inbox.connectors.x import mapping
from inbox.connectors.x.mapping import Site
from tests.inbox.connectors.x.payloads import (
    OWN_ID,
    RINA,
    US,
    make_message,
    make_post,
    not_found,
    problem,
)

SITE = Site(OWN_ID, "https://x.com")


def read_post(item: dict[str, Any], **includes: Any) -> InboundMessage:
    body = {"data": [item], "includes": {"users": [US, RINA]} | includes}
    (message,) = mapping.posts(body, SITE).messages
    return message


def read_message(item: dict[str, Any]) -> InboundMessage:
    (message,) = mapping.messages(
        {"data": [item], "includes": {"users": [US, RINA]}}, SITE
    ).messages
    return message


def test_a_post_with_its_author() -> None:
    message = read_post(make_post(1001))
    assert (message.external_id, message.version_id) == ("1001", "1001")
    assert message.text == "@codero is it down? 1001"
    assert message.sent_at == datetime(2026, 11, 20, 9, 16, 41, tzinfo=UTC)
    assert message.url == "https://x.com/rina_w/status/1001"
    assert message.language == "en"
    assert not message.is_ours
    assert not message.is_private
    assert message.author.name == "Rina & Co"
    assert message.author.followers == 128000
    assert message.author.is_verified
    assert message.author.joined_at == datetime(2014, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("references", "parents"),
    [("referenced_posts", "posts"), ("referenced_tweets", "tweets")],
)
def test_a_reply_in_both_spellings(references: str, parents: str) -> None:
    reply = make_post(
        1005,
        conversation_id="900",
        in_reply_to_user_id=OWN_ID,
        **{references: [{"type": "quoted", "id": "5"}, {"type": "replied_to", "id": "1002"}]},
    )
    message = read_post(reply)
    assert message.in_reply_to == "1002"
    assert message.is_reply_to_us
    assert message.thread_external_id == "900"
    # An edited parent is known by its first id, if X tells it.
    parent = make_post(1002, edit_history_post_ids=["1001", "1002"])
    assert read_post(reply, **{parents: [parent]}).in_reply_to == "1001"


def test_a_reply_to_somebody_else_is_not_one_to_us() -> None:
    reply = make_post(
        5, in_reply_to_user_id="99", referenced_posts=[{"type": "replied_to", "id": "4"}]
    )
    assert not read_post(reply).is_reply_to_us


@pytest.mark.parametrize("history", ["edit_history_post_ids", "edit_history_tweet_ids"])
def test_an_edit_keeps_the_first_id(history: str) -> None:
    item = make_post(1009)
    item.pop("edit_history_post_ids")
    message = read_post(item | {history: ["1001", "1009"]})
    assert (message.external_id, message.version_id) == ("1001", "1009")


def test_our_own_post_is_ours() -> None:
    message = read_post(make_post(1, author_id=OWN_ID))
    assert message.is_ours
    assert message.author.handle == "codero"


@pytest.mark.parametrize("note", ["note_post", "note_tweet"])
def test_a_long_post_is_read_to_its_end(note: str) -> None:
    whole = "long " * 100
    assert read_post(make_post(1, text="long lo…", **{note: {"text": whole}})).text == whole


def test_text_is_as_its_author_wrote_it() -> None:
    item = make_post(
        1,
        text="a &amp; b &lt;c&gt; &amp;amp; https://t.co/ab https://t.co/abc",
        entities={
            "urls": [
                {"url": "https://t.co/ab", "expanded_url": "https://one.example/?x=1&copy=2"},
                {"url": "https://t.co/abc", "expanded_url": "https://two.example/"},
                {"url": "https://t.co/none", "expanded_url": None},
            ],
            "mentions": None,
        },
    )
    assert read_post(item).text == (
        "a & b <c> &amp; https://one.example/?x=1&copy=2 https://two.example/"
    )


@pytest.mark.parametrize("language", ["und", "zxx", "qme", None])
def test_no_language_is_no_language(language: str | None) -> None:
    assert read_post(make_post(1, lang=language)).language == ""


def test_an_author_who_is_not_included_is_known_by_id() -> None:
    message = read_post(make_post(1, author_id="12345"))
    assert message.author.external_id == "12345"
    assert message.author.followers is None
    assert message.author.url == "https://x.com/i/user/12345"
    assert message.url == "https://x.com/i/status/1"


def test_an_avatar_that_is_no_web_address_is_dropped() -> None:
    assert (
        mapping.author(RINA | {"profile_image_url": "javascript:alert(1)"}, SITE).avatar_url == ""
    )


def test_reposts_are_left_out_but_counted_as_read() -> None:
    repost = make_post(9, referenced_posts=[{"type": "retweeted", "id": "1"}])
    items = mapping.posts({"data": [repost, make_post(8)]}, SITE)
    assert [item.external_id for item in items.messages] == ["8"]
    assert items.ids == (9, 8)


def test_items_come_newest_first() -> None:
    items = mapping.posts({"data": [make_post(9), make_post(100), make_post(20)]}, SITE)
    assert [item.external_id for item in items.messages] == ["100", "20", "9"]


# -- direct messages ---------------------------------------------------------------------------
def test_a_message_from_a_customer() -> None:
    message = read_message(make_message(7))
    assert message.is_private
    assert not message.is_ours
    assert message.in_reply_to == ""
    assert message.thread_external_id == "77"
    assert message.counterpart == message.author


@pytest.mark.parametrize("left_out", ["participant_ids", "dm_conversation_id"])
def test_a_message_of_ours_names_the_other_person(left_out: str) -> None:
    item = make_message(7, sender_id=OWN_ID)
    item.pop(left_out)
    message = read_message(item)
    assert message.is_ours
    assert message.counterpart is not None
    assert message.counterpart.handle == "rina_w"
    assert message.thread_external_id == "77"


def test_a_group_is_shown_as_unreadable() -> None:
    group = make_message(7, participant_ids=["77", "78", OWN_ID], dm_conversation_id="123456")
    items = mapping.messages({"data": [group, make_message(6)]}, SITE)
    assert len(items.messages) == 1
    assert "2 others" in items.problems[0].reason
    assert items.ids == (7, 6)


def test_people_who_join_are_no_message() -> None:
    joined = make_message(7, event_type="ParticipantsJoin")
    items = mapping.messages({"data": [joined]}, SITE)
    assert (items.messages, items.problems) == ((), ())


# -- partial answers ---------------------------------------------------------------------------
def test_a_missing_parent_is_everyday_life() -> None:
    errors = [
        not_found("1", "referenced_posts.id"),
        problem("not-authorized-for-resource", "Sorry, protected.", value="2"),
    ]
    items = mapping.posts({"data": [make_post(5)], "errors": errors}, SITE)
    assert (len(items.messages), items.problems) == (1, ())


def test_an_unexplained_error_beside_data_is_shown() -> None:
    errors = [problem("field-hydration-failure", "Text could not be loaded."), "odd"]
    items = mapping.posts({"data": [make_post(5)], "errors": errors}, SITE)
    assert len(items.messages) == 1
    assert [item.reason for item in items.problems] == [
        "Text could not be loaded.",
        "X reported an error beside the data.",
    ]


def test_errors_alone_are_not_an_empty_page() -> None:
    with pytest.raises(Rejected, match="Could not find"):
        mapping.posts({"errors": [not_found("5", "id")]}, SITE)


@pytest.mark.parametrize("body", [{"data": {"id": "1"}}, {"data": "x"}, {"data": [], "meta": [1]}])
def test_a_page_that_is_no_list_is_not_an_empty_page(body: dict[str, Any]) -> None:
    with pytest.raises(BadPayload):
        mapping.posts(body, SITE)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "text",
        {},
        {"id": 5},
        make_post(1) | {"id": "one"},
        make_post(1) | {"created_at": "yesterday"},
        make_post(1) | {"created_at": "2026-11-20T09:00:00"},
        make_post(1) | {"text": None},
        make_post(1) | {"author_id": None},
        make_post(1) | {"edit_history_post_ids": ["x"]},
        make_post(1) | {"entities": {"urls": ["x"]}},
        make_post(1) | {"referenced_posts": [{"type": "replied_to"}]},
    ],
)
def test_a_broken_item_costs_itself_only(broken: Any) -> None:
    items = mapping.posts({"data": [make_post(3), broken, make_post(2)]}, SITE)
    assert [item.external_id for item in items.messages] == ["3", "2"]
    (found,) = items.problems
    assert found.raw == broken


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
FIELDS = [*make_post(1), *make_message(1), "referenced_posts", "note_post", "entities"]


@settings(max_examples=100, deadline=None)
@given(
    item=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6),
    user=st.dictionaries(st.sampled_from([*RINA]), JSON, max_size=4),
    rest=st.dictionaries(st.sampled_from(["errors", "meta", "includes"]), JSON),
)
def test_no_json_at_all_escapes_our_errors(
    item: dict[str, Any], user: dict[str, Any], rest: dict[str, Any]
) -> None:
    body = {
        "data": [make_post(5) | item, make_message(6) | item],
        "includes": {"users": [RINA | user], "posts": [item]},
    }
    for read in (mapping.posts, mapping.messages):
        try:
            items = read(body | rest, SITE)
        except ConnectorError:
            continue
        for message in items.messages:
            assert message.version_id.isdigit()
            assert message.sent_at.tzinfo is not None
            assert isinstance(message.text, str)


PHOTO = {
    "media_key": "3_1",
    "type": "photo",
    "url": "https://pbs.example/media/a.jpg",
    "alt_text": "A dark screen",
}
FILM = {
    "media_key": "7_2",
    "type": "video",
    "variants": [
        {"content_type": "application/x-mpegURL", "url": "https://v.example/list.m3u8"},
        {"content_type": "video/mp4", "bit_rate": 256_000, "url": "https://v.example/small.mp4"},
        {"content_type": "video/mp4", "bit_rate": 2_176_000, "url": "https://v.example/fine.mp4"},
        {"content_type": "video/mp4", "bit_rate": 9_000_000, "url": "https://v.example/huge.mp4"},
    ],
}


def with_media(*keys: str, text: str = "look https://t.co/p", **more: Any) -> dict[str, Any]:
    links = [
        {"url": "https://t.co/p", "expanded_url": "https://x.com/i/1/photo/1", "media_key": key}
        for key in keys
    ]
    return make_post(
        7, text=text, attachments={"media_keys": list(keys)}, entities={"urls": links}, **more
    )


def test_pictures_and_films_hang_on_a_post() -> None:
    message = read_post(with_media("3_1", "7_2"), media=[PHOTO, FILM])
    assert [
        (one.external_id, one.kind, one.url, one.description) for one in message.attachments
    ] == [
        ("3_1", "image", "https://pbs.example/media/a.jpg", "A dark screen"),
        ("7_2", "video", "https://v.example/fine.mp4", ""),
    ]
    assert message.text == "look"


def test_a_picture_that_is_not_included_stays_a_link() -> None:
    message = read_post(with_media("3_9"), media=[PHOTO])
    assert message.attachments == ()
    assert message.text == "look https://x.com/i/1/photo/1"


@pytest.mark.parametrize(
    "odd",
    [
        {"attachments": "none"},
        {"attachments": {"media_keys": "3_1"}},
        {"attachments": {"media_keys": [1, None]}},
        {"attachments": {"media_keys": ["3_5", "3_6", "3_7"]}},
    ],
)
def test_odd_media_cost_no_message(odd: dict[str, Any]) -> None:
    media = [
        {"media_key": "3_5", "type": "hologram", "url": "https://a.example/1"},
        {"media_key": "3_6", "type": "photo", "url": "javascript:alert(1)"},
        {"media_key": "3_7", "type": "video", "variants": "many"},
        "nonsense",
    ]
    assert read_post(make_post(7, **odd), media=media).attachments == ()


@pytest.mark.parametrize("spelling", ["posts", "tweets"])
def test_reposts_fold_into_their_post(spelling: str) -> None:
    old = spelling == "tweets"
    name = "retweet_count" if old else "repost_count"
    references = "referenced_tweets" if old else "referenced_posts"
    passed_on = make_post(9, **{references: [{"type": "retweeted", "id": "5"}]})
    broken = make_post(10, **{references: "nonsense"})
    own = make_post(8, public_metrics={name: 0, "like_count": 3})
    parent = make_post(5, public_metrics={name: 120, "like_count": 3})
    body = {"data": [broken, passed_on, own], "includes": {spelling: [parent]}}
    items = mapping.posts(body, SITE)
    assert items.reposts == {"5": 120}
    assert [(item.external_id, item.reposts) for item in items.messages] == [("8", 0)]
    assert mapping.posts({"data": [make_post(1)]}, SITE).messages[0].reposts is None
