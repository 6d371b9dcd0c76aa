"""What each filter keeps, and that the address says all of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from inbox.filters import QueueFilter
from inbox.models import Channel, Conversation, Label, User
from inbox.operations.conversations import add_note
from inbox.pickers import Lists
from tests.factories import make_author, make_channel, make_conversation


def found(query: str, user: User) -> QueueFilter:
    return QueueFilter(QueryDict(query), user=user, lists=Lists(user))


def shown(query: str, user: User) -> list[Conversation]:
    return found(query, user).page().rows


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("sentiment=negative", {"sentiment": "negative"}),
        ("language=id", {"language": "id"}),
        ("private=1", {"is_private": True}),
        ("status=resolved", {"status": "resolved"}),
    ],
)
def test_a_filter_keeps_what_it_names(
    channel: Channel, ana: User, query: str, fields: dict[str, Any]
) -> None:
    make_conversation(channel)
    wanted = make_conversation(channel, **fields)
    assert shown(query, ana) == [wanted]


def test_in_public_is_a_filter_too(channel: Channel, ana: User) -> None:
    make_conversation(channel, is_private=True)
    public = make_conversation(channel)
    assert shown("private=0", ana) == [public]


def test_by_assignee(channel: Channel, ana: User, ben: User) -> None:
    mine = make_conversation(channel, assignee=ana)
    bens = make_conversation(channel, assignee=ben)
    nobodys = make_conversation(channel)
    assert shown("assignee=me", ana) == [mine]
    assert shown(f"assignee={ben.pk}", ana) == [bens]
    assert shown("assignee=nobody", ana) == [nobodys]


def test_by_channel_and_label(channel: Channel, ana: User) -> None:
    other = make_channel()
    there = make_conversation(other)
    here = make_conversation(channel)
    label = Label.objects.create(name="vip")
    here.labels.add(label)
    assert shown(f"channel={other.pk}", ana) == [there]
    assert shown(f"label={label.pk}", ana) == [here]


def test_by_age(channel: Channel, ana: User) -> None:
    now = timezone.now()
    old = make_conversation(
        channel, waiting_since=now - timedelta(hours=2), last_inbound_at=now - timedelta(hours=2)
    )
    new = make_conversation(channel)
    assert shown("waiting=60", ana) == [old]
    assert shown("received=60", ana) == [new]


@pytest.mark.parametrize("text", ["LEAKED", "Wijay", "@Budi_W", "billing"])
def test_text_is_looked_for_in_messages_names_and_notes(
    channel: Channel, ana: User, text: str
) -> None:
    make_conversation(channel)
    author = make_author(handle="budi_w", name="Budi Wijaya")
    wanted = make_conversation(channel, text="our data leaked", author=author)
    add_note(conversation=wanted, text="ask Billing", by=ana)
    assert shown(f"q={text}", ana) == [wanted]


def test_a_match_in_two_messages_is_one_row(channel: Channel, ana: User) -> None:
    row = make_conversation(channel, messages=3, text="down")
    assert shown("q=down", ana) == [row]


def test_waiting_longest_shows_only_those_that_wait(channel: Channel, ana: User) -> None:
    now = timezone.now()
    make_conversation(channel, waiting_since=None)
    short = make_conversation(channel, waiting_since=now)
    long = make_conversation(channel, waiting_since=now - timedelta(days=1))
    assert shown("sort=waiting", ana) == [long, short]


def test_the_address_holds_what_is_in_force_and_nothing_else(ana: User, db: None) -> None:
    assert found("status=open&sort=rank&q=&language=&x=1", ana).query == ""
    assert found("sort=newest&language=id&label=", ana).query == "sort=newest&language=id"


def test_a_search_looks_everywhere_newest_first_unless_told_otherwise(ana: User, db: None) -> None:
    assert found("q=two+words&status=all&sort=newest", ana).query == "q=two+words"
    assert found("q=two+words&status=open&sort=rank", ana).query == (
        "status=open&sort=rank&q=two+words"
    )


def test_values_that_make_no_sense_are_left_out_and_complained_about(
    channel: Channel, ana: User
) -> None:
    row = make_conversation(channel)
    filters = found("status=nonsense&assignee=99999&waiting=soon&label=x", ana)
    assert filters.page().rows == [row]
    assert filters.query == ""
    assert set(filters.form.errors) == {"status", "assignee", "waiting", "label"}


def test_chips_say_what_is_in_force_and_lead_out_of_it(channel: Channel, ana: User) -> None:
    chips = found("waiting=60&assignee=me&status=all", ana).chips
    assert [chip.text for chip in chips] == ["assigned to me", "waiting over 1 hour"]
    assert chips[0].query_without == "status=all&waiting=60"


def test_the_next_one_is_what_follows_in_the_list(channel: Channel, ana: User) -> None:
    now = timezone.now()
    rows = [make_conversation(channel, rank_at=now + timedelta(minutes=n)) for n in range(3)]
    queue = found("", ana)
    assert queue.next_after(rows[0]) == rows[1]
    assert queue.next_after(rows[2]) == rows[0]


def test_without_the_permission_there_is_nothing(channel: Channel, ana: User) -> None:
    make_conversation(channel)
    ana.role = "nobody"
    assert shown("", ana) == []
