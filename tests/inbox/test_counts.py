"""Counts that are right while they are small, and cheap however large the desk is."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from inbox import counts
from inbox.counts import Count, count_of, recent_count_of
from inbox.filters import QueueFilter
from inbox.models import Channel, Conversation, Label, Team, User
from inbox.pickers import Lists
from tests.factories import make_channel, make_conversation
from tests.inbox.views.lists import fill

ASKED = [
    "",
    "status=all",
    "sort=waiting",
    "assignee=me",
    "assignee=nobody",
    "sentiment=negative",
    "language=id&status=all",
    "label={label}",
    "channel={channel}",
    "channel={channel}&assignee=nobody&private=0",
    "waiting=60",
    "received=15&label={label}",
    "q=zebra",
]


def asked(query: str, user: User) -> QueueFilter:
    return QueueFilter(QueryDict(query), user=user, lists=Lists(user))


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    caches["memory"].clear()


@pytest.fixture
def label(channel: Channel) -> Label:
    label = Label.objects.create(name="vip")
    fill(channel, 60)
    for row in Conversation.objects.all()[:7]:
        row.labels.add(label)
    make_conversation(channel, text="a zebra", language="id", sentiment="negative")
    return label


@pytest.mark.parametrize("query", ASKED)
def test_a_small_number_is_the_exact_one(
    channel: Channel, label: Label, ana: User, query: str
) -> None:
    found = asked(query.format(label=label.pk, channel=channel.pk), ana)
    assert not found.lost
    assert count_of(found) == Count(found.matching.count(), True)


@pytest.mark.parametrize("query", ASKED)
def test_a_number_is_never_more_than_there_are(
    channel: Channel, label: Label, ana: User, query: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(counts, "WINDOW", 10)
    monkeypatch.setattr(counts, "MOST_COUNTED", 20)
    found = asked(query.format(label=label.pk, channel=channel.pk), ana)
    count, true = count_of(found), found.matching.count()
    assert count.number <= true
    assert count.number == true or not count.is_exact
    assert count.number <= 20


def test_a_number_that_may_be_larger_says_so(channel: Channel, label: Label, ana: User) -> None:
    assert str(Count(12, True)) == "12"
    assert str(Count(12, False)) == "12+"


def test_what_one_may_not_see_is_not_counted(channel: Channel, ana: User) -> None:
    make_conversation(channel)
    make_conversation(make_channel(team=Team.objects.create(name="Theirs")))
    for query in ("", "sentiment=neutral", "status=all"):
        assert count_of(asked(query, ana)) == Count(1, True)


def test_those_who_ask_for_the_same_share_a_count_but_not_what_they_may_not_see(
    channel: Channel, ana: User, ben: User, dewi: User
) -> None:
    hidden = make_channel(team=Team.objects.create(name="Theirs"))
    make_conversation(hidden, assignee=dewi)
    make_conversation(channel, assignee=ana)
    assert recent_count_of(asked("", ana)).number == 1
    with CaptureQueriesContext(connection) as queries:
        assert recent_count_of(asked("", ben)).number == 1
    assert not [query for query in queries if "COUNT" in query["sql"]]
    assert recent_count_of(asked("", dewi)).number == 2
    assert [recent_count_of(asked("assignee=me", one)).number for one in (ana, ben, dewi)] == [
        1,
        0,
        1,
    ]
