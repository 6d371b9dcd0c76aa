"""What searches bring: into the inbox or only counted, each once, behind what was said to us."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.connectors.types import InboundMessage
from inbox.models import (
    AuditEvent,
    Channel,
    Conversation,
    HitCount,
    Message,
    SavedSearch,
    SearchHit,
    Stream,
)
from inbox.operations import channels, hits, listening, searches, sync
from inbox.triage.priority import FOUND_POINTS
from tests.factories import make_channel, make_user
from tests.inbound import ListNetwork, author, item, ours
from tests.inbox.listening import listen, make_search

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> ListNetwork:
    network = ListNetwork(size=10)
    monkeypatch.setattr(channels, "connector_for", lambda channel: network)
    return network


def said(number: int, text: str, **fields: Any) -> InboundMessage:
    """Item `number`, said a moment ago."""
    at = timezone.now() - timedelta(minutes=30) + timedelta(seconds=number)
    return item(number, text, **{"sent_at": at} | fields)


def counted(search: SavedSearch) -> int:
    return sum(HitCount.objects.filter(search=search).values_list("count", flat=True))


def test_what_matches_becomes_work_and_the_rest_is_left(
    network: ListNetwork, channel: Channel
) -> None:
    search = make_search(channel, without=("sale",), words=("toyota",))
    network.items = [said(1, "My Toyota!"), said(2, "toyota for sale"), said(3, "a ford")]
    assert listen(search) == 1
    message = Message.objects.get()
    assert (message.text, message.found_by) == ("My Toyota!", "Toyota")
    assert message.conversation is not None
    assert message.conversation.status == Conversation.Status.OPEN
    assert counted(search) == 1


def test_a_search_that_only_counts_stores_no_message(
    network: ListNetwork, channel: Channel
) -> None:
    search = make_search(channel, purpose="count")
    network.items = [said(1, "toyota is terrible, awful service", language="en", url="https://x/1")]
    assert listen(search) == 0
    assert not Message.objects.exists()
    hit = SearchHit.objects.get()
    assert (hit.message, hit.url, hit.sentiment, hit.language) == (
        None,
        "https://x/1",
        "negative",
        "en",
    )
    row = HitCount.objects.get()
    assert (row.count, row.sentiment, row.language) == (1, "negative", "en")
    assert row.at == hit.sent_at.replace(minute=0, second=0, microsecond=0)


def test_an_item_counts_once_however_often_it_is_read(
    network: ListNetwork, channel: Channel
) -> None:
    search = make_search(channel, purpose="count")
    network.items = [said(1, "toyota"), said(2, "toyota again")]
    listen(search)
    Stream.objects.filter(is_listening=True).update(head="", next_poll_at=None)
    listen(search)
    assert counted(search) == 2
    assert SearchHit.objects.count() == 2


def test_two_channels_of_a_network_count_the_same_item_once(
    network: ListNetwork, channel: Channel
) -> None:
    search = make_search(channel, make_channel(), purpose="count")
    network.items = [said(1, "toyota")]
    assert Stream.objects.filter(is_listening=True).count() == 2
    listen(search)
    assert counted(search) == 1


def test_one_item_counts_for_every_search_that_wants_it(
    network: ListNetwork, channel: Channel
) -> None:
    ours_, theirs = (
        make_search(channel, name=name, hashtags=("recall",), purpose="count", **extra)
        for name, extra in (("A", {}), ("B", {"beside": ("ford",)}))
    )
    network.items = [said(1, "#recall toyota"), said(2, "#recall toyota and ford")]
    listen(ours_)
    listen(theirs)
    assert (counted(ours_), counted(theirs)) == (2, 1)


def for_brands() -> dict[str, int]:
    """Return how often each brand was spoken of, of which the single hits say the same."""
    found = {}
    for name in SavedSearch.objects.exclude(brand="").values_list("brand", flat=True):
        rows = HitCount.objects.filter(search__brand=name)
        found[name] = sum(row.count - row.again for row in rows)
        assert found[name] == SearchHit.objects.filter(search__brand=name, is_again=False).count()
    return found


@pytest.fixture
def heard_twice(network: ListNetwork, channel: Channel) -> tuple[SavedSearch, SavedSearch]:
    """Two searches of one brand; "2" is found by both."""
    first = make_search(channel, name="Cars", brand="T", words=("toyota",))
    second = make_search(channel, name="Brakes", brand="T", words=("brakes",))
    network.items = [said(1, "my toyota"), said(2, "toyota brakes"), said(3, "brakes")]
    listen(first)
    listen(second)
    return first, second


def test_what_two_searches_of_a_brand_find_counts_once_for_it(
    heard_twice: tuple[SavedSearch, SavedSearch],
) -> None:
    first, second = heard_twice
    assert (counted(first), counted(second)) == (2, 2)
    assert for_brands() == {"T": 3}


def test_on_one_stream_too_it_counts_once_for_the_brand(
    network: ListNetwork, channel: Channel
) -> None:
    make_search(channel, name="Cars", brand="T", words=("toyota",))
    same = make_search(channel, name="Again", brand="T", words=("toyota",), hashtags=("brakes",))
    for stream in Stream.objects.filter(is_listening=True):
        stream.searches.set(SavedSearch.objects.all())
    network.items = [said(1, "my toyota")]
    listen(same)
    assert SearchHit.objects.count() == 2
    assert for_brands() == {"T": 1}


def test_a_search_that_leaves_its_brand_leaves_it_what_others_found_too(
    heard_twice: tuple[SavedSearch, SavedSearch], channel: Channel
) -> None:
    first, _second = heard_twice
    order = searches.Order(
        name="Cars", terms=first.terms, channels=[channel], brand="U", daily_cap=1000
    )
    searches.save_search(order=order, search=first, by=make_user(role="admin"))
    assert for_brands() == {"T": 2, "U": 2}
    order = replace(order, brand="T")
    searches.save_search(order=order, search=first, by=make_user(role="admin"))
    assert for_brands() == {"T": 3}
    searches.delete_search(search=first, by=make_user(role="admin"))
    assert for_brands() == {"T": 2}


def test_counts_and_messages_are_stored_together_or_not_at_all(
    network: ListNetwork, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = make_search(channel)
    network.items = [said(1, "toyota")]

    def broken(**_values: Any) -> int:
        raise RuntimeError("the counter broke")

    with monkeypatch.context() as patch:
        patch.setattr(hits, "count", broken)
        listen(search)
    assert not Message.objects.exists()
    assert counted(search) == 0


def test_our_own_words_are_no_hits(network: ListNetwork, channel: Channel) -> None:
    search = make_search(channel)
    network.items = [ours(1, "toyota, says the brand", sent_at=timezone.now())]
    assert listen(search) == 0
    assert counted(search) == 0


def test_what_was_said_to_us_comes_first(network: ListNetwork, channel: Channel) -> None:
    search = make_search(channel)
    network.items = [said(1, "toyota"), said(2, "toyota, sue them, lawyer!", author=author(9))]
    listen(search)
    network.items = [said(30, "hello brand")]
    mentions = Stream.objects.get(channel=channel, name="mentions")
    sync.sync_stream(stream_id=mentions.pk)
    plain, grave, direct = Conversation.objects.order_by("pk")
    assert plain.priority == 0
    assert [reason["code"] for reason in plain.reasons] == ["found"]
    assert plain.reasons[0]["params"] == {"search": "Toyota"}
    assert grave.priority > 0  # a grave risk still outweighs that it was not said to us
    assert {reason["code"] for reason in grave.reasons} > {"found"}
    assert direct.rank_at < plain.rank_at
    waits = plain.rank_at - Message.objects.get(conversation=plain).received_at
    assert waits == timedelta(seconds=-FOUND_POINTS * 36)


def test_what_turns_out_to_be_said_to_us_is_no_longer_found(
    network: ListNetwork, channel: Channel
) -> None:
    search = make_search(channel)
    network.items = [said(1, "toyota @brand")]
    listen(search)
    mentions = Stream.objects.get(channel=channel, name="mentions")
    sync.sync_stream(stream_id=mentions.pk)
    message = Message.objects.get()
    assert message.found_by == ""
    assert message.conversation is not None
    assert message.conversation.reasons == []
    listen(search)
    assert Message.objects.get().found_by == ""


def test_the_way_up_a_thread_comes_along_and_waits_for_nobody(
    network: ListNetwork, channel: Channel
) -> None:
    search = make_search(channel)
    network.items = [
        said(1, "which car?", is_context=True),
        said(2, "a toyota", parent=1),
        said(3, "another thread", is_context=True),
    ]
    listen(search)
    assert sorted(Message.objects.values_list("external_id", "is_context")) == [
        ("1", True),
        ("2", False),
    ]


def test_a_search_begins_with_now_and_does_not_read_all_that_was_said(
    network: ListNetwork, channel: Channel
) -> None:
    search = make_search(channel, purpose="count")
    network.items = [said(number, "toyota") for number in range(1, 100)]
    listen(search)
    assert len(network.windows) == 1
    assert counted(search) == 10
    network.items += [said(number, "toyota") for number in range(100, 130)]
    listen(search)
    assert counted(search) == 40  # what came since the last look is read to the end


def test_a_cap_stops_the_search_for_the_day_and_says_so(
    network: ListNetwork, channel: Channel
) -> None:
    search = make_search(channel, purpose="count", daily_cap=15)
    network.items = [said(number, "toyota") for number in range(1, 6)]
    listen(search)
    network.items += [said(number, "toyota") for number in range(6, 60)]
    listen(search)
    search.refresh_from_db()
    assert search.is_capped
    assert search.capped_at is not None
    assert search.read_today == 15
    assert [window.most for window in network.windows] == [15, 10]
    assert AuditEvent.objects.get(verb="inbox.search.capped").data["count"] == 15
    asked = len(network.windows)
    assert listen(search) == 0
    assert len(network.windows) == asked


def test_the_next_day_begins_with_what_is_new_not_with_what_was_missed(
    network: ListNetwork, channel: Channel
) -> None:
    search = make_search(channel, purpose="count", daily_cap=10)
    network.items = [said(number, "toyota") for number in range(1, 60)]
    listen(search)
    SavedSearch.objects.update(read_on=timezone.localdate() - timedelta(days=1))
    listen(search)
    assert network.windows[-1].after is None
    assert len(network.windows) == 2


def test_a_paused_search_is_not_read_and_goes_on_with_what_is_new(
    network: ListNetwork, channel: Channel
) -> None:
    by = make_user(role="manager")
    search = make_search(channel, purpose="count")
    network.items = [said(1, "toyota")]
    listen(search)
    searches.set_paused(search=search, paused=True, by=by)
    network.items += [said(number, "toyota") for number in range(2, 40)]
    listen(search)
    assert len(network.windows) == 1
    assert not listening.searches_of(search.streams.get())
    searches.set_paused(search=search, paused=False, by=by)
    listen(search)
    assert len(network.windows) == 2
    assert counted(search) == 11


def test_a_channel_is_not_blind_because_a_search_rests(
    network: ListNetwork, channel: Channel
) -> None:
    from inbox.operations import health

    search = make_search(channel)
    old = timezone.now() - timedelta(days=1)
    search.streams.update(last_success_at=old)
    channel.streams.filter(is_listening=False).update(last_success_at=timezone.now())
    health.assess(channel_id=channel.pk)
    channel.refresh_from_db()
    assert channel.health == Channel.Health.OK


# -- keeping the numbers small ----------------------------------------------------------------


def test_what_is_older_than_hits_are_kept_is_not_counted(
    network: ListNetwork, channel: Channel
) -> None:
    search = make_search(channel, purpose="count")
    old = timezone.now() - hits.KEEP_HITS
    network.items = [
        said(1, "toyota", sent_at=old - timedelta(seconds=1)),
        said(2, "toyota", sent_at=old + timedelta(minutes=1)),
    ]
    listen(search)
    assert counted(search) == 1
    hits.prune(now=timezone.now() + timedelta(minutes=2))
    assert not SearchHit.objects.exists()
    Stream.objects.filter(is_listening=True).update(head="", next_poll_at=None)
    later = timezone.now() + timedelta(minutes=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("inbox.operations.hits.timezone.now", lambda: later)
        listen(search)
    assert counted(search) == 1  # the hit is gone, and its time is over


def test_old_hours_become_days_and_no_number_changes(channel: Channel) -> None:
    search = make_search(channel)
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    old, young = midnight - timedelta(days=100), midnight - timedelta(days=10)
    for hour in range(24):
        for day in (old, young):
            HitCount.objects.create(
                search=search,
                channel=channel,
                at=day + timedelta(hours=hour),
                sentiment="negative",
                language="en",
                count=hour,
            )
    assert hits.roll_up(now=timezone.now()) == 23
    assert list(HitCount.objects.filter(at__lt=young).values_list("at", "count")) == [(old, 276)]
    assert HitCount.objects.filter(at__gte=young).count() == 24
    assert hits.roll_up(now=timezone.now()) == 0
