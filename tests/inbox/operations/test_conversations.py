"""What people do with a conversation, and that nothing they do is lost or done twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed, StaleState
from inbox.models import AuditEvent, Conversation, Label, LiveEvent, User
from inbox.operations import conversations as ops
from inbox.operations.labels import make_label
from tests.factories import make_conversation, make_message, make_user

Status = Conversation.Status


def again(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def test_taking_assigns_to_oneself_and_is_recorded(conversation: Conversation, ana: User) -> None:
    event = ops.take(conversation=conversation, by=ana)
    assert again(conversation).assignee == ana
    assert event is not None
    assert (event.actor, event.verb, event.conversation_id) == (
        ana,
        "inbox.conversation.assigned",
        conversation.pk,
    )


def test_every_act_moves_the_open_browsers(conversation: Conversation, ana: User) -> None:
    ops.take(conversation=conversation, by=ana)
    assert LiveEvent.objects.filter(kind="conversation", conversation_id=conversation.pk).exists()


def test_the_second_of_two_who_take_at_once_is_told(
    conversation: Conversation, ana: User, ben: User
) -> None:
    ops.take(conversation=conversation, by=ben)
    with pytest.raises(StaleState, match="ben"):
        ops.take(conversation=conversation, by=ana)
    assert again(conversation).assignee == ben


def test_one_may_take_over_from_whom_the_page_showed(
    conversation: Conversation, ana: User, ben: User
) -> None:
    ops.take(conversation=conversation, by=ben)
    ops.take(conversation=conversation, by=ana, over=ben)
    assert again(conversation).assignee == ana


def test_taking_what_is_mine_already_changes_and_records_nothing(
    conversation: Conversation, ana: User
) -> None:
    ops.take(conversation=conversation, by=ana)
    assert ops.take(conversation=conversation, by=ana) is None
    assert AuditEvent.objects.count() == 1


def test_an_auditor_changes_nothing(conversation: Conversation, cleo: User, ana: User) -> None:
    acts: list[Any] = [
        lambda: ops.take(conversation=conversation, by=cleo),
        lambda: ops.assign(conversation=conversation, to=ana, by=cleo),
        lambda: ops.resolve(conversation=conversation, by=cleo),
        lambda: ops.add_note(conversation=conversation, text="x", by=cleo),
        lambda: make_label(name="x", color="grey", by=cleo),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert AuditEvent.objects.count() == 0


def test_nobody_who_only_reads_can_be_assigned(
    conversation: Conversation, ana: User, cleo: User
) -> None:
    with pytest.raises(BadInput):
        ops.assign(conversation=conversation, to=cleo, by=ana)
    retired = make_user("retired", is_active=False)
    with pytest.raises(BadInput):
        ops.assign(conversation=conversation, to=retired, by=ana)


def test_resolving_ends_the_waiting_and_remembers_what_was_dealt_with(
    conversation: Conversation, ana: User
) -> None:
    newest = make_message(conversation)
    ops.resolve(conversation=conversation, by=ana)
    row = again(conversation)
    assert (row.status, row.waiting_since, row.handled_id) == (Status.RESOLVED, None, newest.pk)
    assert row.version == conversation.version


def test_resolving_stops_if_something_arrived_unseen(conversation: Conversation, ana: User) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(version=conversation.version + 1)
    with pytest.raises(StaleState, match="new"):
        ops.resolve(conversation=conversation, by=ana, seen=conversation.version)
    with pytest.raises(StaleState, match="new"):
        ops.snooze(
            conversation=conversation,
            until=timezone.now() + timedelta(hours=1),
            by=ana,
            seen=conversation.version,
        )
    assert again(conversation).status == Status.OPEN


def test_resolving_twice_is_refused(conversation: Conversation, ana: User) -> None:
    ops.resolve(conversation=conversation, by=ana)
    with pytest.raises(InvalidTransition):
        ops.resolve(conversation=conversation, by=ana)


def test_reopening_lets_it_wait_as_long_as_it_has_really_waited(
    conversation: Conversation, ana: User
) -> None:
    first = conversation.messages.get()
    ops.resolve(conversation=conversation, by=ana)
    ops.reopen(conversation=conversation, by=ana)
    row = again(conversation)
    assert row.status == Status.OPEN
    assert row.waiting_since == first.sent_at


def test_reopening_what_we_answered_leaves_it_waiting_for_nobody(
    conversation: Conversation, ana: User
) -> None:
    make_message(
        conversation,
        direction="outgoing",
        author=None,
        sent_at=timezone.now() + timedelta(seconds=5),
    )
    ops.resolve(conversation=conversation, by=ana)
    ops.reopen(conversation=conversation, by=ana)
    assert again(conversation).waiting_since is None


@pytest.mark.parametrize("days", [-1, 400])
def test_a_snooze_lies_in_the_coming_year(conversation: Conversation, ana: User, days: int) -> None:
    with pytest.raises(BadInput):
        ops.snooze(conversation=conversation, until=timezone.now() + timedelta(days=days), by=ana)


def test_a_snooze_ends_by_itself_and_not_before(conversation: Conversation, ana: User) -> None:
    until = timezone.now() + timedelta(hours=1)
    ops.snooze(conversation=conversation, until=until, by=ana)
    assert ops.wake_due(now=until - timedelta(seconds=1)) == 0
    assert again(conversation).status == Status.SNOOZED
    assert ops.wake_due(now=until) == 1
    row = again(conversation)
    assert (row.status, row.snoozed_until) == (Status.OPEN, None)
    assert AuditEvent.objects.filter(verb="inbox.conversation.woken", actor=None).count() == 1


def test_more_sleepers_than_one_batch_all_wake(channel: Any, ana: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(ops, "WAKE_BATCH", 2)
    until = timezone.now() + timedelta(hours=1)
    for _number in range(5):
        ops.snooze(conversation=make_conversation(channel), until=until, by=ana)
    assert ops.wake_due(now=until) == 5


def test_a_label_is_put_on_once_and_taken_off(conversation: Conversation, ana: User) -> None:
    label = make_label(name="outage", color="red", by=ana)
    assert ops.add_label(conversation=conversation, label=label, by=ana)
    assert ops.add_label(conversation=conversation, label=label, by=ana) is None
    assert list(conversation.labels.all()) == [label]
    assert ops.remove_label(conversation=conversation, label=label, by=ana)
    assert not conversation.labels.exists()


def test_the_same_word_in_capitals_is_the_same_label(ana: User, db: None) -> None:
    one = make_label(name="Outage", color="red", by=ana)
    assert make_label(name="  outage ", color="blue", by=ana) == one
    assert Label.objects.count() == 1


def test_a_note_stays_inside_and_is_recorded(conversation: Conversation, ana: User) -> None:
    note = ops.add_note(conversation=conversation, text="  call her back ", by=ana)
    assert note.text == "call her back"
    assert again(conversation).version == conversation.version
    assert AuditEvent.objects.get().verb == "inbox.note.added"


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_an_empty_or_endless_note_is_refused(
    conversation: Conversation, ana: User, text: str
) -> None:
    with pytest.raises(BadInput):
        ops.add_note(conversation=conversation, text=text, by=ana)


def test_undo_restores_the_exact_former_state(conversation: Conversation, ana: User) -> None:
    until = timezone.now() + timedelta(hours=3)
    ops.take(conversation=conversation, by=ana)
    ops.snooze(conversation=conversation, until=until, by=ana)
    before = again(conversation)
    event = ops.resolve(conversation=conversation, by=ana)
    assert event is not None
    ops.undo(event=event, by=ana)
    row = again(conversation)
    for name in ("status", "snoozed_until", "assignee_id", "handled_id", "waiting_since"):
        assert getattr(row, name) == getattr(before, name), name
    assert row.status == Status.SNOOZED


def test_undo_of_a_label_brings_it_back(conversation: Conversation, ana: User) -> None:
    label = make_label(name="vip", color="blue", by=ana)
    ops.add_label(conversation=conversation, label=label, by=ana)
    event = ops.remove_label(conversation=conversation, label=label, by=ana)
    assert event is not None
    ops.undo(event=event, by=ana)
    assert list(conversation.labels.all()) == [label]


def test_undo_never_overwrites_what_came_after(
    conversation: Conversation, ana: User, ben: User
) -> None:
    event = ops.take(conversation=conversation, by=ana)
    assert event is not None
    ops.assign(conversation=conversation, to=ben, by=ben)
    with pytest.raises(StaleState):
        ops.undo(event=event, by=ana)
    assert again(conversation).assignee == ben


def test_undo_leaves_alone_what_the_act_did_not_touch(
    conversation: Conversation, ana: User, ben: User
) -> None:
    event = ops.take(conversation=conversation, by=ana)
    assert event is not None
    label = make_label(name="vip", color="blue", by=ben)
    ops.add_label(conversation=conversation, label=label, by=ben)
    ops.undo(event=event, by=ana)
    row = again(conversation)
    assert row.assignee is None
    assert list(row.labels.all()) == [label]


def test_only_the_one_who_acted_can_undo(conversation: Conversation, ana: User, ben: User) -> None:
    event = ops.take(conversation=conversation, by=ana)
    assert event is not None
    with pytest.raises(NotAllowed):
        ops.undo(event=event, by=ben)


def test_undo_is_offered_for_a_while_only(
    conversation: Conversation, ana: User, monkeypatch: Any
) -> None:
    event = ops.take(conversation=conversation, by=ana)
    assert event is not None
    monkeypatch.setattr(ops, "UNDO_FOR", timedelta(0))
    with pytest.raises(StaleState):
        ops.undo(event=event, by=ana)


def test_a_note_cannot_be_undone(conversation: Conversation, ana: User) -> None:
    ops.add_note(conversation=conversation, text="said", by=ana)
    with pytest.raises(InvalidTransition):
        ops.undo(event=AuditEvent.objects.get(), by=ana)
    assert conversation.notes.count() == 1


def test_an_act_on_a_conversation_that_was_joined_elsewhere_says_so(
    conversation: Conversation, ana: User
) -> None:
    conversation.messages.all().delete()
    Conversation.objects.filter(pk=conversation.pk).delete()
    with pytest.raises(StaleState, match="joined"):
        ops.take(conversation=conversation, by=ana)
