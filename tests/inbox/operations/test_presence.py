"""Signs of life: who is there, in which state, and that silence ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inbox.company import attach
from inbox.lib.errors import NotAllowed
from inbox.models import Claim, Conversation, LiveEvent, Presence, Team, User
from inbox.operations import presence
from inbox.tasks import sweep_presence
from tests.factories import make_conversation, make_user


def beat(conversation: Conversation, by: User, state: str = "viewing", tab: str = "tab1") -> None:
    presence.beat(conversation=conversation, by=by, tab=tab, state=state)


def company(conversation: Conversation, reader: User) -> dict[str, str]:
    row = Conversation.objects.with_row().get(pk=conversation.pk)
    attach([row], reader=reader)
    return {one.user.username: one.state for one in row.company.people}  # type: ignore[attr-defined]


def told() -> list[int | None]:
    rows = LiveEvent.objects.filter(kind="presence").values_list("conversation_id", flat=True)
    return list(rows)


def silence(seconds: float) -> None:
    """Let everybody have been silent for so long."""
    past = timezone.now() - timedelta(seconds=seconds)
    Presence.objects.update(seen_at=past)


def test_colleagues_are_seen_and_oneself_is_not(
    conversation: Conversation, ana: User, ben: User
) -> None:
    beat(conversation, ana)
    beat(conversation, ben, "idle")
    assert company(conversation, ana) == {"ben": "idle"}
    assert company(conversation, ben) == {"ana": "viewing"}


def test_who_is_silent_for_25_seconds_is_gone(
    conversation: Conversation, ana: User, ben: User
) -> None:
    beat(conversation, ana)
    silence(24)
    assert company(conversation, ben) == {"ana": "viewing"}
    silence(26)
    assert company(conversation, ben) == {}


def test_only_a_change_is_told(conversation: Conversation, ana: User) -> None:
    for _beat in range(3):
        beat(conversation, ana)
    assert told() == [conversation.pk]
    beat(conversation, ana, "idle")
    assert told() == [conversation.pk] * 2


def test_who_comes_back_after_a_silence_is_told_again(
    conversation: Conversation, ana: User
) -> None:
    beat(conversation, ana)
    silence(26)
    beat(conversation, ana)
    assert len(told()) == 2


def test_an_unchanged_state_costs_one_write(conversation: Conversation, ana: User) -> None:
    beat(conversation, ana, "writing")
    assert ana.sees(conversation.channel_id)  # known, as it is after a view has looked it up
    with CaptureQueriesContext(connection) as queries:
        beat(conversation, ana, "writing")
    writes = [q["sql"] for q in queries if q["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]
    assert len(writes) == 1, writes


def test_a_tab_shows_one_conversation_at_a_time(
    conversation: Conversation, ana: User, ben: User
) -> None:
    other = make_conversation(conversation.channel)
    beat(conversation, ana)
    beat(other, ana)
    assert company(conversation, ben) == {}
    assert company(other, ben) == {"ana": "viewing"}
    assert sorted(told()[1:]) == sorted([conversation.pk, other.pk])  # type: ignore[type-var]


def test_of_two_tabs_the_more_active_counts_and_the_last_one_leaves(
    conversation: Conversation, ana: User, ben: User
) -> None:
    beat(conversation, ana, "writing", "tab1")
    beat(conversation, ana, "idle", "tab2")
    assert company(conversation, ben) == {"ana": "writing"}
    presence.leave(by=ana, tab="tab1")
    assert company(conversation, ben) == {"ana": "idle"}
    presence.leave(by=ana, tab="tab2")
    assert company(conversation, ben) == {}


def test_leaving_touches_no_tab_of_a_colleague(
    conversation: Conversation, ana: User, ben: User
) -> None:
    beat(conversation, ana, tab="same")
    presence.leave(by=ben, tab="same")
    assert company(conversation, ben) == {"ana": "viewing"}
    assert len(told()) == 1


def test_an_auditor_is_there_but_never_at_work(
    conversation: Conversation, cleo: User, ana: User
) -> None:
    beat(conversation, cleo, "writing")
    assert company(conversation, ana) == {"cleo": "viewing"}
    assert not Claim.objects.exists()


def test_nobody_is_with_what_they_may_not_see(conversation: Conversation, ana: User) -> None:
    conversation.channel.team = Team.objects.create(name="Others")
    conversation.channel.save()
    with pytest.raises(NotAllowed):
        beat(conversation, ana)
    assert not Presence.objects.exists()


def test_word_of_it_carries_its_channel(conversation: Conversation, ana: User) -> None:
    beat(conversation, ana, "writing")
    channels = LiveEvent.objects.filter(kind="presence").values_list("channel_id", flat=True)
    assert set(channels) == {conversation.channel_id}


def test_the_sweep_forgets_the_silent_and_tells_once(
    conversation: Conversation, ana: User, ben: User
) -> None:
    beat(conversation, ana, "writing")
    silence(26)
    beat(make_conversation(conversation.channel), ben)
    Claim.objects.update(until=timezone.now() - timedelta(seconds=1))
    LiveEvent.objects.all().delete()
    sweep_presence()
    assert list(Presence.objects.values_list("user", flat=True)) == [ben.pk]
    assert not Claim.objects.exists()
    assert told() == [conversation.pk]
    assert presence.sweep(now=timezone.now()) == 0
    assert told() == [conversation.pk]


def test_fifty_rows_cost_one_query(conversation: Conversation, ana: User) -> None:
    for number in range(3):
        beat(conversation, make_user(), tab=f"t{number}")
    rows = list(Conversation.objects.with_row())
    with CaptureQueriesContext(connection) as queries:
        attach(rows, reader=ana)
        assert len(rows[0].company.people) == 3  # type: ignore[attr-defined]
        assert rows[0].company.holder is None  # type: ignore[attr-defined]
    assert len(queries) == 1
