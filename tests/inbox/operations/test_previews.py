"""A look at what a search would find, asked of real practice networks over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.errors import NotVisible
from inbox.lib.matching import Miss
from inbox.lib.terms import Terms
from inbox.models import AuditEvent, Message, Stream, Team, User
from inbox.operations import channels, connecting, previews, sync
from inbox.operations.previews import _per_day, _rounded, preview
from tests import mastodon_desk, x_desk
from tests.factories import make_channel
from tests.inbound import item
from tests.inbox.listening import listen, make_search
from tests.inbox.practice.feed.server import Server as Feeds
from tests.inbox.practice.feed.server import entry
from tests.inbox.practice.feed.server import server as feeds
from tests.inbox.practice.mastodon.server import Server as Mastodon
from tests.inbox.practice.mastodon.server import server
from tests.inbox.practice.server import Practice, practice

__all__ = ["feeds", "practice", "server"]  # fixtures
pytestmark = pytest.mark.django_db


def test_x_shows_what_is_wanted_and_what_it_costs(
    practice: Practice, settings: Any, ben: User
) -> None:
    channel = x_desk.connect(practice, settings)
    for number in range(40):
        practice.post("eve", f"toyota {number}")
    practice.post("eve", "toyotanya mogok", lang="in")
    practice.post("rina", "our clinic has a toyota", lang="en")
    (sample,) = preview(terms=Terms(words=("toyota",)), channels=[channel], by=ben)
    assert (sample.trouble, sample.read, sample.kept) == ("", 20, 20)
    assert len(sample.looked) == previews.SHOWN
    assert sample.looked[0].item.text == "our clinic has a toyota"
    assert sample.cost_now == pytest.approx(0.10)
    assert sample.per_day > 1000  # all within a minute
    assert sample.cost_per_day == pytest.approx(sample.per_day * 0.005)
    assert not Message.objects.exists()
    assert not Stream.objects.filter(is_listening=True).exists()
    assert AuditEvent.objects.get(verb="inbox.search.previewed").data["count"] == 20


def test_what_the_network_finds_too_much_is_named(
    practice: Practice, settings: Any, ben: User
) -> None:
    channel = x_desk.connect(practice, settings)
    practice.post("eve", "toyota ist kaputt und niemand hilft mir heute", lang="jv")
    practice.post("eve", "toyota iki piye kok ora iso mlaku maneh", lang="jv")
    terms = Terms(words=("toyota",), language="jv")  # for which X has no operator
    (sample,) = preview(terms=terms, channels=[channel], by=ben)
    misses = [one.miss for one in sample.looked]
    assert misses == [None, Miss("language")]
    assert (sample.read, sample.kept) == (2, 1)
    assert (sample.per_day, sample.kept_per_day) == (2, 1)


def test_trouble_of_one_network_costs_no_other(
    practice: Practice, server: Mastodon, settings: Any, ben: User
) -> None:
    channel = x_desk.connect(practice, settings)
    other = mastodon_desk.connect(server)
    server.post("eve", "my #toyota")
    practice.faults({"kind": "status", "path": "/2/tweets/search", "status": 500})
    terms = Terms(words=("toyota",))
    broken, fine = preview(terms=terms, channels=[channel, other], by=ben)
    assert broken.trouble
    assert broken.read == 0
    assert (fine.trouble, fine.kept, fine.cost) == ("", 1, 0)
    assert len(fine.looked) == 1  # found by hashtag and by word, shown once


def test_feeds_are_looked_through(feeds: Feeds, settings: Any, ben: User, dewi: User) -> None:
    settings.PRACTICE_NETWORK = True
    channels.http.cache_clear()
    now = datetime.now(UTC)
    stories = [
        entry(1, title="Toyota recalls cars", at=now.isoformat()),
        entry(2, title="Ford recalls cars", at=now.isoformat()),
        entry(3, title="Toyota of old", at=(now - timedelta(days=3)).isoformat()),
    ]
    url = feeds.feed(add=stories)
    finding = connecting.look_at_form(network="feed", values={"addresses": url}, by=dewi)
    channel = connecting.keep_found(sealed=finding.sealed, by=dewi)
    (sample,) = preview(terms=Terms(words=("toyota",)), channels=[channel], by=ben)
    assert sorted(one.item.text.split("\n")[0] for one in sample.looked if one.miss is None) == [
        "Toyota of old",
        "Toyota recalls cars",
    ]
    assert (sample.read, sample.kept, sample.kept_per_day) == (3, 2, 1)
    search = make_search(channel, by=ben, daily_cap=None)
    for stream in channel.streams.all():
        sync.sync_stream(stream_id=stream.pk)
    assert Message.objects.count() == 3  # a feed brings all of itself
    assert sum(search.counts.values_list("count", flat=True)) == 2


def test_nobody_looks_through_a_channel_they_do_not_see(ben: User) -> None:
    hidden = make_channel(team=Team.objects.create(name="Others"))
    with pytest.raises(NotVisible):
        preview(terms=Terms(words=("toyota",)), channels=[hidden], by=User.objects.get(pk=ben.pk))


def test_a_saved_search_brings_real_posts_into_the_inbox(
    practice: Practice, settings: Any, ben: User
) -> None:
    channel = x_desk.connect(practice, settings)
    search = make_search(channel, by=ben, words=("toyota",), without=("sale",))
    practice.post("eve", "toyota for sale")
    said = practice.post("eve", "My Toyota stopped on the motorway")
    listen(search)
    message = Message.objects.get()
    assert (message.external_id, message.found_by) == (said["id"], "Toyota")
    search.refresh_from_db()
    assert search.read_today == 1  # X already left the other one out


def test_a_day_is_counted_or_guessed_from_a_part_of_it() -> None:
    from inbox.connectors.types import FetchPage

    now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def page(*hours: float, more: bool = False) -> FetchPage:
        items = tuple(
            item(number, sent_at=now - timedelta(hours=ago)) for number, ago in enumerate(hours)
        )
        return FetchPage(items, "1", "2" if more else None)

    assert _per_day(page(), now) == 0
    assert _per_day(page(1, 2, 30), now) == 2  # all there is, of which two of the last day
    assert _per_day(page(1, 2, 30, more=True), now) == 2
    assert _per_day(page(1, 2, 6, more=True), now) == 12  # three in six hours
    assert _per_day(page(0, 0, more=True), now) == 2 * 24 * 60  # never more than a minute tells
    assert [_rounded(number) for number in (0, 7.4, 99, 123, 9_960, 48_321)] == [
        0,
        7,
        99,
        120,
        10_000,
        48_000,
    ]
