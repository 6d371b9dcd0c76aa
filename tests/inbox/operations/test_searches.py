"""Saved searches: what is refused with which remedy, and which streams they are read from."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.errors import NotVisible
from inbox.lib.days import desk_day
from inbox.lib.errors import BadInput, NotAllowed
from inbox.lib.terms import Terms
from inbox.models import AuditEvent, Channel, Message, SavedSearch, Server, Stream, Team, User
from inbox.operations import searches
from inbox.operations.searches import Order, complaints
from tests.factories import make_channel, make_conversation, make_user
from tests.inbox.listening import make_search

pytestmark = pytest.mark.django_db


def order(channel: Channel, **fields: Any) -> Order:
    values = {"name": "Toyota", "terms": Terms(words=("toyota",)), "daily_cap": 100}
    return Order(**{**values, "channels": [channel], **fields})


def refusals(channel: Channel, **fields: Any) -> list[tuple[str, str]]:
    return [(one.field, one.words) for one in complaints(order(channel, **fields))]


def test_a_search_is_read_from_streams_of_its_own(channel: Channel, ben: User) -> None:
    search = make_search(channel, by=ben, words=("toyota", "lexus"), language="id")
    stream = search.streams.get()
    assert stream.name == "search:(toyota OR lexus) lang:in -is:retweet"
    assert stream.is_listening
    assert search.created_by == ben
    event = AuditEvent.objects.get(verb="inbox.search.saved")
    assert event.data["after"] == {"words": ["toyota", "lexus"], "language": "id"}


def test_other_words_are_another_stream_and_the_old_one_goes(channel: Channel, ben: User) -> None:
    search = make_search(channel, by=ben)
    before = search.streams.get().pk
    changed = order(channel, terms=Terms(words=("lexus",)))
    searches.save_search(order=changed, by=ben, search=search)
    assert search.streams.get().name == "search:lexus -is:retweet"
    assert not Stream.objects.filter(pk=before).exists()
    assert channel.streams.filter(is_listening=False).count() == 3


def test_a_change_that_is_no_other_search_keeps_its_place(channel: Channel, ben: User) -> None:
    search = make_search(channel, by=ben)
    search.streams.update(head="42")
    searches.save_search(order=order(channel, name="Cars"), by=ben, search=search)
    assert search.streams.get().head == "42"


def test_a_stream_that_another_search_needs_stays(channel: Channel, ben: User) -> None:
    one = make_search(channel, by=ben)
    other = make_search(channel, by=ben, name="Same words", purpose="count")
    assert one.streams.get() == other.streams.get()
    searches.delete_search(search=one, by=ben)
    assert other.streams.count() == 1
    searches.delete_search(search=other, by=ben)
    assert not Stream.objects.filter(is_listening=True).exists()


def test_what_a_deleted_search_brought_stays(channel: Channel, ben: User) -> None:
    search = make_search(channel, by=ben)
    message = Message.objects.get(conversation=make_conversation(channel))
    search.hits.create(
        channel=channel, key="x:1", message=message, sentiment="neutral", sent_at=message.sent_at
    )
    searches.delete_search(search=search, by=ben)
    assert Message.objects.filter(pk=message.pk).exists()
    assert AuditEvent.objects.get(verb="inbox.search.deleted").data["was"] == {"words": ["toyota"]}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "Give the search a name."),
        ({"terms": Terms()}, "words", "at least one word, phrase or hashtag"),
        ({"terms": Terms(words=("a",))}, "words", "“a” is too short"),
        ({"terms": Terms(words=("dan",))}, "words", "“dan” stands in nearly every text"),
        ({"terms": Terms(phrases=("in the",))}, "phrases", "make it part of a phrase"),
        ({"terms": Terms(hashtags=("1",))}, "hashtags", "“#1” is no hashtag"),
        (
            {"terms": Terms(words=("toyota",), beside=("the",))},
            "beside",
            "“the” stands in nearly every text",
        ),
        ({"terms": Terms(words=("ab",), without=("AB",))}, "words", "wanted and unwanted"),
        ({"terms": Terms(words=("x" * 101,))}, "words", "at most 100 characters"),
        ({"terms": Terms(words=tuple(f"w{n}" for n in range(31)))}, "words", "At most 30"),
        ({"channels": []}, "channels", "Choose at least one channel"),
        ({"daily_cap": None}, "daily_cap", "takes money for each post"),
        ({"daily_cap": 5}, "daily_cap", "At least 10"),
        ({"is_ours": True}, "brand", "what we are called"),
    ],
)
def test_what_cannot_work_is_refused_with_the_remedy(
    channel: Channel, fields: dict[str, Any], field: str, words: str
) -> None:
    (refused,) = refusals(channel, **fields)
    assert refused[0] == field
    assert words in refused[1]


def test_a_search_too_long_for_x_names_the_channel(channel: Channel) -> None:
    terms = Terms(words=tuple(f"{number}{'x' * 25}" for number in range(20)))
    (refused,) = refusals(channel, terms=terms)
    assert refused[0] == "channels"
    assert refused[1].startswith(f"{channel.name}: the search may be 512 characters long")


def test_feeds_and_mastodon_cost_nothing_and_need_no_limit() -> None:
    feed = make_channel(network="feed", facts={"feeds": {"feed:1": {"url": "https://n.example"}}})
    assert refusals(feed, daily_cap=None) == []
    search = make_search(feed, daily_cap=None)
    assert not search.streams.exists()  # it looks through what the feed brings anyway


def test_names_are_given_once(channel: Channel, ben: User) -> None:
    search = make_search(channel, by=ben)
    ((field, words),) = refusals(channel, name="TOYOTA")
    assert (field, "already" in words) == ("name", True)
    assert complaints(order(channel), but=search) == []
    with pytest.raises(BadInput, match="already"):
        make_search(channel, by=ben)


@pytest.mark.parametrize("role", ["agent", "auditor"])
def test_agents_and_auditors_save_none(channel: Channel, role: str, ben: User) -> None:
    reader = make_user(role=role)
    search = make_search(channel, by=ben)
    for act in (
        lambda: searches.save_search(order=order(channel), by=reader),
        lambda: searches.set_paused(search=search, paused=True, by=reader),
        lambda: searches.delete_search(search=search, by=reader),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert SavedSearch.objects.get().is_paused is False


def test_nobody_searches_with_channels_they_do_not_see(channel: Channel, ben: User) -> None:
    hidden = make_channel(team=Team.objects.create(name="Others"))
    ben = User.objects.get(pk=ben.pk)
    with pytest.raises(NotVisible):
        make_search(channel, hidden, by=ben)
    shared = make_search(channel, hidden)
    with pytest.raises(NotVisible):
        searches.set_paused(search=shared, paused=True, by=ben)
    assert list(SavedSearch.objects.visible_to(ben)) == [shared]  # by the channel of everybody
    secret = make_search(hidden, name="Secret")
    assert secret not in SavedSearch.objects.visible_to(ben)


def test_a_limit_below_what_was_read_today_stops_the_search_now(
    channel: Channel, ben: User
) -> None:
    search = make_search(channel, by=ben, daily_cap=100)
    SavedSearch.objects.update(read_on=desk_day(), read_count=50)
    search.refresh_from_db()
    searches.save_search(order=order(channel, daily_cap=20), by=ben, search=search)
    search.refresh_from_db()
    assert search.is_capped
    assert search.capped_at is not None


def test_listening_leaves_a_server_room_for_what_is_said_to_us() -> None:
    keys = {"client_id": "desk", "client_secret": "secret"}
    server = Server.objects.create(network="mastodon", url="https://m.example", secrets=keys)
    mastodon = make_channel(network="mastodon", server=server)
    words = tuple(f"word{number}" for number in range(10))
    search = make_search(mastodon, words=words, daily_cap=None)
    assert search.streams.count() == searches.MOST_STREAMS
    same = order(mastodon, name="Same", terms=Terms(words=words), daily_cap=None)
    assert complaints(same) == []  # what is read already costs nothing more
    more = order(mastodon, name="More", terms=Terms(hashtags=("recall", "word1")), daily_cap=None)
    (complaint,) = complaints(more)
    assert complaint.field == "channels"
    assert "take out 1," in complaint.words
    assert complaints(more, but=search) == []
