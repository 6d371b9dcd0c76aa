"""What a payload means, after https://docs.joinmastodon.org/entities/Status/."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.connectors.mastodon import mapping
from inbox.connectors.mastodon.mapping import MISSHAPEN, Site
from inbox.connectors.types import InboundMessage
from tests.inbox.connectors.mastodon.payloads import (
    NOW,
    OWN_ID,
    RINA,
    US,
    make_status,
    mention_of,
    stamp,
)

HERE = Site(OWN_ID, "social.example")


def read(item: dict[str, Any]) -> InboundMessage:
    found = mapping.status(item, HERE)
    assert found is not None
    return found


def test_people_are_known_by_their_whole_handle() -> None:
    # Number 77 is somebody else on every other server.
    rina = mapping.author(RINA, HERE)
    assert (rina.external_id, rina.handle) == ("rina_w@far.example", "Rina_W@far.example")
    us = mapping.author(US, HERE)
    assert (us.external_id, us.is_verified) == ("codero@social.example", True)
    elsewhere = mapping.author({**RINA, "id": "01J", "acct": "rina_w"}, Site("1", "far.example"))
    assert elsewhere.external_id == rina.external_id


def test_hidden_counts_are_unknown_counts() -> None:
    assert mapping.author({**RINA, "followers_count": -1}, HERE).followers is None


def test_a_mention() -> None:
    item = read(make_status("01HZZZ", language=None))
    assert item.text == "my site is down"
    assert (item.external_id, item.version_id, item.thread_external_id) == ("01HZZZ",) * 3
    assert not item.is_private
    assert not item.is_ours
    assert item.language == ""


def test_an_edit_is_another_version_of_the_same() -> None:
    item = read(make_status(7, edited_at=stamp(NOW)))
    assert item.external_id == "7"
    assert item.version_id != "7"


def test_an_answer_to_us_names_its_parent() -> None:
    item = read(make_status(7, in_reply_to_id="5", in_reply_to_account_id=OWN_ID))
    assert (item.in_reply_to, item.thread_external_id, item.is_reply_to_us) == ("5", "5", True)


def test_a_direct_message_is_a_conversation_with_its_writer() -> None:
    item = read(make_status(7, visibility="direct", in_reply_to_id="5"))
    assert item.is_private
    assert item.thread_external_id == "rina_w@far.example"
    assert item.counterpart is not None
    assert item.counterpart.handle == "Rina_W@far.example"


def test_our_own_direct_message_is_with_whom_it_answers() -> None:
    bo = {"id": "9", "username": "bo", "acct": "bo", "url": "https://social.example/@bo"}
    people = [bo, mention_of(RINA)]
    item = read(make_status(7, account=US, visibility="direct", mentions=people))
    assert item.thread_external_id == "bo@social.example"
    answer = make_status(
        8, account=US, visibility="direct", mentions=people, in_reply_to_account_id="77"
    )
    assert read(answer).thread_external_id == "rina_w@far.example"


def test_a_note_to_ourselves_and_a_boost_are_no_messages() -> None:
    assert mapping.status(make_status(7, account=US, visibility="direct"), HERE) is None
    assert mapping.status(make_status(7, reblog=make_status(6)), HERE) is None


def test_warning_poll_and_pictures_are_read_too() -> None:
    item = make_status(
        7,
        spoiler_text="outage",
        poll={"options": [{"title": "yes"}, {"title": "no"}]},
        media_attachments=[
            {
                "id": "1",
                "type": "image",
                "description": "A dark screen",
                "url": "https://m.example/1.png",
            },
            {"id": "2", "type": "gifv", "description": None, "url": "https://m.example/2.mp4"},
            {"id": "3", "type": "unknown", "url": None, "remote_url": "https://far.example/3.pdf"},
            {"id": "4", "type": "image", "description": "Not here yet", "url": None},
        ],
    )
    message = read(item)
    assert message.text == ("outage\n\nmy site is down\n\n- yes\n- no\n\n[image] Not here yet")
    assert [
        (one.external_id, one.kind, one.name, one.description) for one in message.attachments
    ] == [
        ("1", "image", "1.png", "A dark screen"),
        ("2", "video", "2.mp4", ""),
        ("3", "file", "3.pdf", ""),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"id": True},
        {"id": None},
        {"id": ""},
        {"id": "x" * 500},
        {"account": None},
        {"account": {"id": "1"}},
        {"content": None},
        {"created_at": "yesterday"},
        {"created_at": None},
        {"created_at": 0},
        {"account": {**RINA, "acct": None}},
    ],
)
def test_what_is_essential_must_be_there(broken: dict[str, Any]) -> None:
    with pytest.raises(MISSHAPEN):
        mapping.status(make_status(7) | broken, HERE)


@pytest.mark.parametrize(
    "odd",
    [
        {"mentions": None, "media_attachments": None, "tags": None, "poll": None},
        {"mentions": [None, {}, {"url": "https://x.example"}]},
        {"media_attachments": [None, "x", {"type": None, "url": None, "meta": None}]},
        {"media_attachments": "none"},
        {"poll": {"options": None}},
        {"poll": {"options": [{"title": None}, None]}},
        {"poll": "none"},
        {"spoiler_text": None, "language": None, "url": None, "uri": None, "card": None},
        {"account": {"id": 77, "acct": "Rina_W@far.example"}},
        {"account": RINA | {"created_at": "long ago", "fields": None, "display_name": None}},
        {"account": RINA | {"fields": "none", "followers_count": "many", "avatar": 7}},
        {"visibility": None},
        {"reblog": {}},
        {"edited_at": None, "in_reply_to_id": None, "in_reply_to_account_id": 500},
        {"created_at": "2026-01-01T07:00:00+07:00"},
        {"created_at": "2026-01-01T00:00:00"},
        {"created_at": "2026-01-01T00:00:00.123456789Z"},
        {"id": 7},
    ],
)
def test_what_is_missing_or_odd_costs_nothing_else(odd: dict[str, Any]) -> None:
    item = read(make_status(7) | odd)
    assert item.external_id == "7"
    assert item.text.startswith("my site is down")
    assert item.author.external_id == "rina_w@far.example"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("one\ntwo", "one\ntwo"),
        ("a < b &amp; c > d", "a < b & c > d"),
        ("<p>one<br>two</p>", "one\ntwo"),
        ("no <i>tags</i>?", "no tags?"),
        ("", ""),
    ],
)
def test_a_text_may_come_without_markup(content: str, text: str) -> None:
    assert read(make_status(7, content=content)).text == text


def test_a_picture_without_words_has_no_text() -> None:
    media = [{"id": "1", "type": "image", "url": "https://x.example/1.png"}]
    assert read(make_status(7, content=None, media_attachments=media)).text == ""
