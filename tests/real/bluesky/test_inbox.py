"""What comes in from Bluesky's own servers: nothing missing, nothing twice, all in its place."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from inbox.connectors.bluesky import identity
from inbox.models import BadItem, Message, Stream
from tests.real.bluesky import desk
from tests.real.bluesky.people import People, eventually
from tests.real.bluesky.server import BlueskyNetwork

pytestmark = pytest.mark.django_db

PEOPLE = ("rina", "bobby", "evelyn", "budi", "citra")
POSTS = 200


def storm(
    people: People, *, until: int = POSTS, start: int = 0
) -> list[tuple[str, dict[str, str]]]:
    """Post as several people, all of it to the brand; return who wrote what."""
    news = people.post("brand", "Maintenance tonight.") if not start else {}
    made: list[tuple[str, dict[str, str]]] = []
    gossip: dict[str, str] = {}
    last: dict[str, str] = {}
    for number in range(start, until):
        name = PEOPLE[number % len(PEOPLE)]
        match number % 8:
            case 0 | 4:
                last = people.post(name, f"@brand is it down? {number}")
            case 1:
                last = people.post(name, f"not again {number}", reply_to=news)
            case 2:  # below somebody else's answer to us
                last = people.post(name, f"same here {number}", reply_to=last)
            case 3:
                last = people.post(name, f"look at them {number}", quotes=news)
            case 5:  # in a thread that is none of ours, until we are named
                gossip = people.post("gossip", f"their site is down {number}")
                last = people.post(name, f"@brand here as well {number}", reply_to=gossip)
            case 6:  # deep down there
                middle = people.post("gossip", f"really? {number}", reply_to=last)
                last = people.post(name, f"really, @brand {number}", reply_to=middle)
            case _:
                answered = {"reply_to": news, "quotes": news}
                last = people.post(name, f"both, Ça va 👩‍👩‍👧‍👧 @brand {number}", **answered)
        made.append((name, last))
    return made


def test_the_inbox_equals_the_servers_own_record(
    network: BlueskyNetwork, people: People, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    """Two hundred posts; some are gone before the desk looks, some afterwards."""
    monkeypatch.setattr(identity, "RESOLVER", network.url)
    monkeypatch.setattr(identity, "DIRECTORY", network.directory)
    made = storm(people)
    gone_before, gone_after = made[5::20], made[11::20]
    for name, post in gone_before:
        people.delete(name, post)
    wanted = {post["uri"] for _name, post in made} - {post["uri"] for _name, post in gone_before}
    eventually(lambda: set(notified(people)) == wanted, within=60)
    channel = desk.connect(people, "brand", service="")
    assert channel.facts["pds"] == network.url
    desk.read_all(channel)
    for name, post in gone_after:
        people.delete(name, post)
    left = wanted - {post["uri"] for _name, post in gone_after}
    eventually(lambda: set(notified(people)) == left, within=60)
    desk.look_again(channel)
    desk.read_all(channel)

    rows = list(Message.objects.filter(channel=channel).select_related("conversation", "author"))
    assert Counter(row.external_id for row in rows).most_common(1)[0][1] == 1
    inbound = {row.external_id: row for row in rows if not row.is_ours}
    to_us = {key for key, row in inbound.items() if not row.is_context}
    assert to_us == wanted
    deleted = {key for key, row in inbound.items() if row.deleted_at}
    assert deleted == {post["uri"] for _name, post in gone_after}
    record = whole_record(people)
    for key, row in inbound.items():
        assert not row.is_private
        assert row.author is not None
        assert row.author.external_id == key.split("/")[2]
        assert row.author.handle.endswith(".test")
        if key in deleted:
            continue
        value = record[key]
        assert row.text.split("\n\n[quote]")[0] == value["text"]
        assert row.in_reply_to == parent_of(value)
        assert row.thread_external_id == (value.get("reply") or {}).get("root", {"uri": key})["uri"]
        assert row.conversation is not None
        if all(above in record for above in chain(key, record)):
            assert row.conversation.external_id == top(key, record, ours=people.did("brand"))
    assert not BadItem.objects.filter(channel=channel).exists()
    ours = {row.external_id for row in rows if row.is_ours}
    assert ours == people.records("brand").keys()


def test_what_is_new_since_the_last_look_is_read_and_nothing_else(
    network: BlueskyNetwork, people: People, db: None
) -> None:
    channel = desk.connect(people, "brand", service=network.url)
    for number in range(3):
        wanted = {people.post("rina", f"@brand round {number} no. {n}")["uri"] for n in range(5)}
        eventually(lambda: wanted <= set(notified(people)))  # noqa: B023 - called at once
        desk.read_all(channel)
        found = Message.objects.filter(channel=channel, text__contains=f"round {number}")
        assert set(found.values_list("external_id", flat=True)) == wanted
    assert Message.objects.filter(channel=channel).count() == 15


def test_the_apps_own_marks_of_what_was_seen_change_nothing(
    network: BlueskyNetwork, people: People, db: None
) -> None:
    """Somebody reads everything on a telephone first; and the desk marks nothing as read."""
    channel = desk.connect(people, "brand", service=network.url)
    post = people.post("rina", "@brand hello")
    eventually(lambda: notified(people))
    brand = people["brand"]
    brand.app.bsky.notification.update_seen({"seenAt": brand.get_current_time_iso()})
    desk.read_all(channel)
    assert Message.objects.get(channel=channel).external_id == post["uri"]
    people.post("rina", "@brand again")
    eventually(lambda: len(notified(people)) == 2)
    desk.read_all(channel)
    unread = brand.app.bsky.notification.get_unread_count().count
    assert unread == 1


def test_words_and_hashtags_are_listened_to(
    network: BlueskyNetwork, people: People, db: None
) -> None:
    channel = desk.connect(people, "brand", service=network.url)
    for name in ("search:gone-again", "hashtag:NusaHosting"):
        Stream.objects.create(channel=channel, name=name)
    said = people.post("rina", "gone-again, and nobody answers #NusaHosting")
    people.post("rina", "something else")
    eventually(lambda: found_by(people, "gone-again"))
    desk.read_all(channel)
    message = Message.objects.get(channel=channel)
    assert message.external_id == said["uri"]
    assert message.author is not None
    assert message.author.followers == 0


def notified(people: People) -> list[str]:
    """Return the addresses of all that the brand was told of, by a client that is not ours."""
    found: list[str] = []
    query: dict[str, Any] = {"limit": 100, "reasons": ["mention", "reply", "quote"]}
    while True:
        answer = people["brand"].app.bsky.notification.list_notifications(query)
        found += [each.uri for each in answer.notifications]
        if not answer.cursor:
            return found
        query["cursor"] = answer.cursor


def found_by(people: People, words: str) -> list[Any]:
    return list(people["brand"].app.bsky.feed.search_posts({"q": words}).posts)


def whole_record(people: People) -> dict[str, Any]:
    """Return everybody's posts by address, from the servers' own repositories."""
    found: dict[str, Any] = {}
    for name in (*PEOPLE, "gossip", "brand"):
        found |= people.records(name)
    return found


def parent_of(value: dict[str, Any]) -> str:
    return str((value.get("reply") or {}).get("parent", {"uri": ""})["uri"])


def chain(key: str, record: dict[str, Any]) -> list[str]:
    """Return the addresses above `key`, nearest first, as far as they are known."""
    above = []
    while key in record and (key := parent_of(record[key])):
        above.append(key)
    return above


def top(key: str, record: dict[str, Any], *, ours: str) -> str:
    """Return the first message by somebody else in the thread of `key`."""
    for above in chain(key, record):
        if above.startswith(f"at://{ours}/"):
            break
        key = above
    return key


def test_what_is_said_too_far_below_us_to_be_told_is_read_all_the_same(
    network: BlueskyNetwork, people: People, db: None
) -> None:
    channel = desk.connect(people, "brand", service=network.url)
    news = people.post("brand", "Maintenance tonight.")
    levels = [news]
    for level in range(12):
        levels.append(people.post(PEOPLE[level % 2], f"no, {level}", reply_to=levels[-1]))
    below = {post["uri"] for post in levels[1:]}
    told = {post["uri"] for post in levels[1:5]}
    eventually(lambda: told <= set(notified(people)))
    eventually(lambda: people["brand"].get_posts([levels[-1]["uri"]]).posts)
    assert set(notified(people)) == told
    desk.read_all(channel)
    rows = Message.objects.filter(channel=channel, direction=Message.Direction.INCOMING)
    assert set(rows.values_list("external_id", flat=True)) == below
    assert set(rows.values_list("thread_external_id", flat=True)) == {news["uri"]}
