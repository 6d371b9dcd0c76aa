"""Queries whose SQL is put together once."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.lib.prepared import Prepared
from inbox.models import Channel, Conversation
from tests.factories import make_conversation

find = Prepared(lambda pk: Conversation.objects.filter(pk=pk).select_related("author"))
between = Prepared(
    lambda channel, first: Conversation.objects.filter(channel=channel, pk__gt=first).order_by(
        "-pk"
    ),
    count=2,
)
named = Prepared(
    lambda pk, name: Conversation.objects.filter(pk=pk, external_id=name, status="open"),
    texts=1,
)


def test_each_call_finds_its_own_row_as_it_is_now(
    channel: Channel, django_assert_num_queries: Any
) -> None:
    one, other = make_conversation(channel), make_conversation(channel)
    with django_assert_num_queries(3):
        assert find(one.pk) == [one]
        assert find.first(other.pk) == other
        assert find(one.pk)[0].author.handle == one.author.handle
    Conversation.objects.filter(pk=one.pk).update(priority=77)
    assert find(one.pk)[0].priority == 77


def test_arguments_go_to_their_places(channel: Channel) -> None:
    first, second, third = (make_conversation(channel) for _ in range(3))
    assert between(channel.pk, first.pk) == [third, second]
    assert between(channel.pk, third.pk) == []


@pytest.mark.parametrize("name", ["open", "it's %s", "1"])
def test_texts_stand_behind_the_ids(channel: Channel, name: str) -> None:
    row = make_conversation(channel, external_id=name)
    assert named(row.pk, name) == [row]
    assert named(row.pk, "another") == []


@pytest.mark.parametrize("pk", [0, -1, 2**62, 2**63, 10**30])
def test_no_number_finds_what_is_not_there(channel: Channel, pk: int) -> None:
    make_conversation(channel)
    assert find.first(pk) is None
