"""Feeds on their way into the inbox: made by an independent generator, read over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from feedgen.feed import FeedGenerator

from inbox.connectors.types import Capability
from inbox.errors import ConnectFailed
from inbox.models import Author, Channel, Conversation, Message, Stream, User
from inbox.operations import channels, connecting, sync
from responses.errors import ChannelClosed
from responses.operations import drafts
from tests.inbox.practice.feed.server import Server, entry, server

__all__ = ["server"]
BEGIN = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def practice(settings: Any, db: None) -> None:
    settings.PRACTICE_NETWORK = True
    channels.http.cache_clear()


def connect(*urls: str, by: User | None = None, expected: Channel | None = None) -> Channel:
    finding = connecting.look_at_form(
        network="feed", values={"addresses": "\n".join(urls)}, by=by, expected=expected
    )
    return connecting.keep_found(sealed=finding.sealed, by=by)  # type: ignore[arg-type]


def poll(channel: Channel) -> None:
    for stream in Stream.objects.filter(channel=channel):
        sync.sync_stream(stream_id=stream.pk)
        stream.refresh_from_db()
        assert stream.last_error == ""


def generated(first: int, last: int, *, kind: str) -> str:
    """Return a feed of the entries `first` to `last`, made by feedgen."""
    made = FeedGenerator()
    made.id("https://news.example/")
    made.title("Generated News")
    made.link(href="https://news.example/")
    made.description("All of it")
    for number in range(first, last + 1):
        one = made.add_entry()
        one.id(f"https://news.example/{number}")
        one.title(f"Headline {number} <&>")
        one.link(href=f"https://news.example/{number}")
        one.description(f"Body {number}")
        one.published(BEGIN + timedelta(minutes=number))
        one.updated(BEGIN + timedelta(minutes=number))
    text: bytes = made.rss_str() if kind == "rss" else made.atom_str()
    return text.decode()


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_nothing_is_missing_and_nothing_twice_in_a_feed_that_rotates(
    server: Server, kind: str
) -> None:
    url = server.feed(raw=generated(1, 20, kind=kind))
    channel = connect(url)
    for newest in range(20, 201, 15):
        server.feed(raw=generated(newest - 19, newest, kind=kind))
        poll(channel)
    server.feed(raw=generated(181, 200, kind=kind))
    poll(channel)
    stored = Message.objects.filter(channel=channel)
    ids = list(stored.values_list("external_id", flat=True))
    assert sorted(ids) == sorted(f"https://news.example/{number}" for number in range(1, 201))
    assert Conversation.objects.filter(channel=channel).count() == 200
    assert not stored.exclude(deleted_at=None).exists(), "what leaves the window is not deleted"
    assert stored.get(external_id__endswith="/7").text == "Headline 7 <&>\n\nBody 7"
    assert channel.bad_items.count() == 0


def test_an_article_in_several_alerts_is_one_conversation(server: Server) -> None:
    link = "https://daily.example/story"
    urls = [
        server.feed(name, kind="alerts", title=name, site="https://www.google.com/alerts")
        for name in ("brand", "boss")
    ]
    channel = connect(*urls)
    server.feed("brand", add=[entry(1, id="tag:google.com,2013:a/feed:1", link=link)])
    server.feed("boss", add=[entry(1, id="tag:google.com,2013:a/feed:2", link=f"{link}?utm_id=3")])
    poll(channel)
    (conversation,) = Conversation.objects.filter(channel=channel)
    assert conversation.messages.count() == 2
    assert conversation.author.external_id == "daily.example"
    assert Author.objects.get(network="feed").followers is None


def test_an_edit_becomes_a_version(server: Server) -> None:
    channel = connect(server.feed(add=[entry(1)]))
    poll(channel)
    server.feed(change=[entry(1, text="We got it wrong.")])
    for _turn in range(2):
        poll(channel)
    message = Message.objects.get(channel=channel)
    assert message.text.endswith("We got it wrong.")
    assert [version.text for version in message.versions.all()] == ["Article 1\n\nText 1"]


def test_an_entry_without_a_date_keeps_the_time_it_was_first_seen(server: Server) -> None:
    channel = connect(server.feed(add=[entry(1, at="")]))
    poll(channel)
    before = Message.objects.get(channel=channel).sent_at
    server.feed(add=[entry(2, at="")])
    poll(channel)
    assert Message.objects.get(channel=channel, external_id__endswith="id-1").sent_at == before


def test_what_was_found_is_shown_before_anything_is_saved(server: Server) -> None:
    url = server.feed(add=[entry(number) for number in range(8)])
    finding = connecting.look_at_form(network="feed", values={"addresses": url}, by=None)
    assert finding.account.name == "Practice News"
    assert not finding.can_answer
    (read,) = finding.reads
    assert (read.count, len(read.newest), read.label) == (8, 5, "Practice News")
    assert not Channel.objects.exists()


def test_a_page_offers_the_feeds_it_names(server: Server) -> None:
    url = server.feed(mode="page")
    with pytest.raises(ConnectFailed, match="web page") as caught:
        connect(url)
    assert caught.value.addresses == (f"{server.url}/feeds/real",)
    assert caught.value.instead_of == url


def test_changed_addresses_change_the_streams_and_lose_nothing(server: Server) -> None:
    one, two = server.feed("one", add=[entry(1)]), server.feed("two", add=[entry(2)])
    channel = connect(one)
    poll(channel)
    with pytest.raises(ConnectFailed, match="connected already"):
        connect(one)
    changed = connect(two, expected=channel)
    assert changed.pk == channel.pk
    poll(changed)
    assert changed.streams.count() == 1
    assert changed.messages.count() == 2


def test_nobody_can_begin_an_answer_that_can_never_leave(server: Server, ana: User) -> None:
    channel = connect(server.feed(add=[entry(1)]))
    poll(channel)
    conversation = Conversation.objects.get(channel=channel)
    assert not channel.can(Capability.REPLY)
    with pytest.raises(ChannelClosed, match="only read"):
        drafts.open_draft(conversation=conversation, by=ana, seen_version=1)
    assert not conversation.drafts.exists()


def test_a_feed_that_moved_for_good_is_followed_by_one_click(
    server: Server, client: Client, dewi: User
) -> None:
    old = server.feed("old", add=[entry(1)])
    new = server.feed("old-new", add=[entry(1), entry(2)])
    channel = connect(old)
    poll(channel)
    server.feed("old", mode="moved")
    stream = channel.streams.get()
    sync.sync_stream(stream_id=stream.pk)
    stream.refresh_from_db()
    assert (stream.moved_from, stream.moved_to) == (old, new)
    client.force_login(dewi)
    address = reverse("inbox:channel_follow", args=[channel.pk, stream.pk])
    assert address in client.get(channel.get_absolute_url()).text
    assert client.post(address).status_code == 302
    channel.refresh_from_db()
    assert channel.facts["form"] == {"addresses": new}
    poll(channel)
    assert channel.streams.get().moved_to == ""
    assert Message.objects.filter(channel=channel).count() == 2


def test_a_new_address_that_does_not_work_changes_nothing(
    server: Server, client: Client, dewi: User
) -> None:
    channel = connect(server.feed("old", add=[entry(1)]))
    stream = channel.streams.get()
    stream.moved_from = channel.facts["form"]["addresses"]
    stream.moved_to = server.feed("none", mode="huge")
    stream.save()
    with pytest.raises(ConnectFailed):
        connecting.follow(stream=stream, by=dewi)
    channel.refresh_from_db()
    assert channel.streams.get() == stream
