"""From payloads to messages, also from those of people who mean no good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from inbox.connectors.bluesky import mapping, records
from inbox.connectors.bluesky.mapping import MISSHAPEN, Site
from tests.inbox.connectors.bluesky.payloads import (
    NOW,
    OWN_DID,
    RINA,
    RINA_DID,
    US,
    cid_of,
    make_post,
    reply_to,
    stamp,
    strong_ref,
    uri_of,
)

SITE = Site(OWN_DID)


def read(**fields: Any) -> Any:
    return mapping.post(make_post(7, **fields), SITE)


def test_a_post_is_read_whole() -> None:
    found = read(reply=reply_to(uri_of(3, OWN_DID), uri_of(1)))
    assert found.external_id == uri_of(7)
    assert found.version_id == cid_of(uri_of(7))
    assert (found.thread_external_id, found.in_reply_to) == (uri_of(1), uri_of(3, OWN_DID))
    assert found.is_reply_to_us
    assert (found.author.external_id, found.author.handle) == (RINA_DID, "rina.example")
    assert found.url == f"https://bsky.app/profile/{RINA_DID}/post/0000000000007"
    assert found.language == "en"
    assert (found.is_ours, found.is_private, found.is_context) == (False, False, False)


def test_of_our_own_the_version_is_the_address() -> None:
    """What the desk sends is stored before anybody tells its content id."""
    found = mapping.post(make_post(7, author=US), SITE)
    assert found.is_ours
    assert found.version_id == found.external_id


@pytest.mark.parametrize(
    ("created", "wanted"),
    [
        (stamp(NOW - timedelta(hours=2)), NOW - timedelta(hours=2)),
        (stamp(NOW - timedelta(days=400)), NOW),  # imported, or dated back to hide
        (stamp(NOW + timedelta(days=400)), NOW),
        ("yesterday", NOW),
        ("0000-01-01T00:00:00Z", NOW),
        (None, NOW),
    ],
    ids=["lately", "long ago", "in years", "words", "year nought", "nothing"],
)
def test_a_claimed_time_is_believed_only_so_far(created: Any, wanted: Any) -> None:
    assert read(createdAt=created, indexedAt=stamp(NOW)).sent_at == wanted


@pytest.mark.parametrize(
    "fields",
    [
        {"uri": "https://evil.example/"},
        {"uri": uri_of(7, OWN_DID)},  # as if it were ours
        {"uri": f"at://{RINA_DID}/app.bsky.feed.like/1"},
        {"uri": uri_of("x" * 200)},
        {"cid": "../../x"},
        {"text": ["a"]},
        {"author": {**RINA, "did": "did:web:" + "x" * 200}},
        {"author": {**RINA, "handle": ""}},
        {"reply": {"parent": strong_ref(uri_of(1))}},
        {"reply": {"parent": {"uri": "at://x", "cid": "y"}, "root": strong_ref(uri_of(1))}},
        {"indexedAt": "now"},
        {"record": None},
    ],
)
def test_what_is_no_post_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(MISSHAPEN):
        read(**fields)


def picture(link: str, alt: str) -> dict[str, Any]:
    blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": "image/jpeg", "size": 9}
    return {"image": blob, "alt": alt}


def test_pictures_without_a_view_are_named_as_blobs_and_told_if_there_is_no_text() -> None:
    shows = {"$type": "app.bsky.embed.images", "images": [picture("bafkone", "Smoke")]}
    found = read(text="", shows=shows)
    (attachment,) = found.attachments
    assert (attachment.kind, attachment.url) == ("image", f"blob:{RINA_DID}/bafkone")
    assert (attachment.content_type, attachment.size) == ("image/jpeg", 9)
    assert found.text == "[image] Smoke"


def test_pictures_beside_a_quote_and_in_galleries_are_found() -> None:
    media = {"$type": "app.bsky.embed.gallery", "items": [picture("bafktwo", "Fire")]}
    shown = {"uri": uri_of(2), "author": RINA, "value": {"text": "x" * 400}, "cid": "bafytwo"}
    view = {
        "record": {"record": shown},
        "media": {"items": [{"fullsize": "https://cdn.example/2.jpg", "alt": "Fire"}]},
    }
    found = read(text="Look", shows={"media": media, "record": {}}, embed=view)
    assert found.attachments[0].url == "https://cdn.example/2.jpg"
    assert found.text == f"Look\n\n[quote] @rina.example: {'x' * 300}…"


def test_the_card_of_a_link_is_told_unless_the_text_has_it() -> None:
    card = {"uri": "https://news.example/1", "title": "Outage", "description": ""}
    view = {"$type": "app.bsky.embed.external#view", "external": card}
    assert read(text="Look", embed=view).text == "Look\n\nOutage\nhttps://news.example/1"
    assert read(text="https://news.example/1", embed=view).text == "https://news.example/1"


def test_verified_accounts_and_reach() -> None:
    plain = mapping.author(RINA)
    assert (plain.followers, plain.is_verified) == (None, False)
    verified = {"verifiedStatus": "valid", "trustedVerifierStatus": "none"}
    known = mapping.author({**RINA, "followersCount": 9, "verification": verified})
    assert (known.followers, known.is_verified) == (9, True)
    assert mapping.author({**RINA, "followersCount": True}).followers is None


@pytest.mark.parametrize("created", [None, "", 7, "0001-01-01T00:00:00.000Z"])
def test_a_day_that_nobody_knows_costs_no_message(created: Any) -> None:
    assert mapping.author({**RINA, "createdAt": created}).joined_at is None


@pytest.mark.parametrize("shows", [None, "x", [], {"record": "x"}, {"record": {"record": 5}}])
def test_odd_embeds_concern_nobody_and_break_nothing(shows: Any) -> None:
    item = make_post(7, shows=shows)
    assert not mapping.concerns(item, SITE)
    assert mapping.post(item, SITE).attachments == ()


def test_what_concerns_us() -> None:
    ours = uri_of(1, OWN_DID)
    mention = {"index": {}, "features": [{"$type": "x#mention", "did": OWN_DID}]}
    quote = {"record": strong_ref(ours)}
    for fields in (
        {"reply": reply_to(ours)},
        {"reply": reply_to(uri_of(2), ours)},
        {"shows": quote},
        {"shows": {"record": quote, "media": {}}},
        {"facets": [mention]},
    ):
        assert mapping.concerns(make_post(7, **fields), SITE)
    assert not mapping.concerns(make_post(7), SITE)


def test_keys_are_the_same_for_ever_and_sort_by_time() -> None:
    first = records.key_at("a", NOW)
    assert first == records.key_at("a", NOW)
    assert records.key_at("b", NOW) != first
    assert records.key_at("a", NOW + timedelta(milliseconds=1)) > first


def test_keys_are_written_as_the_protocol_writes_them() -> None:
    """The example of https://atproto.com/specs/tid, and two that Bluesky's own code made."""
    assert records.tid(1_688_137_381_887_007, 6) == "3jzfcijpj2z2a"
    assert records.tid(1_735_689_600_000_000, 24) == "3lenax2ss222s"
    assert records.tid(1_735_689_600_000_123, 1000) == "3lenax2ss5vzc"


def test_the_key_of_a_post_lies_in_the_past_and_is_its_own() -> None:
    keys = {records.key_of(f"key-{number}") for number in range(1000)}
    assert len(keys) == 1000
    assert all(key[0] == "3" and len(key) == 13 for key in keys)
    assert max(keys) < records.key_at("x", NOW)
