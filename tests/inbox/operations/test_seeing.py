"""How far somebody has read: forward only, and one's own reply is no news."""

from __future__ import annotations

from django.utils import timezone

from inbox.models import Conversation, Notification, Seen, User
from inbox.operations import conversations as ops
from inbox.operations.messages import record_sent
from inbox.operations.seeing import Mark, mark_seen
from tests.factories import make_conversation


def unread(conversation: Conversation, user: User) -> bool:
    row = Conversation.objects.with_unread(user).get(pk=conversation.pk)
    return bool(row.is_unread)  # type: ignore[attr-defined]


def look(conversation: Conversation, user: User, **ids: int) -> Seen:
    version = Conversation.objects.get(pk=conversation.pk).version
    values = {"version": version, "message_id": 0, "note_id": 0, "event_id": 0} | ids
    return mark_seen(
        conversation=Conversation.objects.get(pk=conversation.pk), by=user, mark=Mark(**values)
    )


def test_what_was_never_opened_is_unread_for_each_by_themselves(
    conversation: Conversation, ana: User, ben: User
) -> None:
    assert unread(conversation, ana)
    look(conversation, ana)
    assert not unread(conversation, ana)
    assert unread(conversation, ben)
    Conversation.objects.filter(pk=conversation.pk).update(version=99)
    assert unread(conversation, ana)


def test_a_page_that_is_behind_takes_nothing_back(conversation: Conversation, ana: User) -> None:
    look(conversation, ana, message_id=7, note_id=5, event_id=9)
    row = look(conversation, ana, version=0, message_id=3, note_id=6, event_id=1)
    assert (row.version, row.message_id, row.note_id, row.event_id) == (1, 7, 6, 9)
    assert Seen.objects.count() == 1


def test_nobody_sees_the_future(conversation: Conversation, ana: User) -> None:
    assert look(conversation, ana, version=10_000).version == conversation.version


def test_having_looked_reads_its_entries(conversation: Conversation, ana: User, ben: User) -> None:
    other = make_conversation(conversation.channel)
    for row in (conversation, other):
        ops.add_note(conversation=row, text="@ben look", by=ana)
    look(conversation, ben)
    assert Notification.objects.unread().get().conversation == other


def test_ones_own_reply_is_no_news_but_a_colleagues_is(
    conversation: Conversation, ana: User, ben: User
) -> None:
    look(conversation, ana)
    look(conversation, ben)
    record_sent(
        conversation=conversation,
        target=conversation.messages.get(),
        external_id="ours",
        text="We are on it",
        url="",
        sent_at=timezone.now(),
        by=ana,
    )
    assert not unread(conversation, ana)
    assert unread(conversation, ben)


def test_ones_own_reply_does_not_hide_what_came_before_it(
    conversation: Conversation, ana: User
) -> None:
    look(conversation, ana, version=0)
    record_sent(
        conversation=conversation,
        target=conversation.messages.get(),
        external_id="ours",
        text="We are on it",
        url="",
        sent_at=timezone.now(),
        by=ana,
    )
    assert unread(conversation, ana)
