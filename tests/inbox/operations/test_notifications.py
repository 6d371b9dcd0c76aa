"""The tray: who is told what, once, and never what is not theirs."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from inbox.lib.errors import BadInput, NotAllowed
from inbox.models import (
    AuditEvent,
    Channel,
    Conversation,
    LiveEvent,
    Notification,
    NotificationChoice,
    Team,
    User,
    Watch,
)
from inbox.operations import conversations as ops
from inbox.operations import merging, notifications, watching
from inbox.operations.ingest import ingest
from inbox.operations.mentions import mentioned, names_in
from inbox.tasks import prune_events
from tests.factories import make_channel, make_conversation, make_user
from tests.inbound import item


def entries(user: User) -> list[tuple[str, int]]:
    rows = Notification.objects.filter(user=user).order_by("pk")
    return list(rows.values_list("kind", "count"))


def watches(conversation: Conversation) -> set[str]:
    rows = conversation.watches.filter(is_on=True)  # type: ignore[attr-defined]
    return {row.user.username for row in rows}


def closed_to(channel: Channel, *members: User) -> None:
    team = Team.objects.create(name=f"Team of {channel}")
    team.members.set(members)
    channel.team = team
    channel.save()


def test_a_mention_tells_and_lets_watch(conversation: Conversation, ana: User, ben: User) -> None:
    note = ops.add_note(conversation=conversation, text="@Ben, can you look?", by=ana)
    assert note.mentions == ["ben"]
    entry = Notification.objects.get()
    assert (entry.user, entry.kind, entry.actor) == (ben, "mentioned", ana)
    assert entry.get_absolute_url().endswith(f"/conversations/{conversation.pk}/#n-{note.pk}")
    assert watches(conversation) == {"ben"}


def test_who_is_mentioned_and_watches_is_told_once(
    conversation: Conversation, ana: User, ben: User
) -> None:
    watching.watch(conversation=conversation, by=ben, is_on=True)
    ops.add_note(conversation=conversation, text="@ben look", by=ana)
    assert entries(ben) == [("mentioned", 1)]
    ops.add_note(conversation=conversation, text="never mind", by=ana)
    assert entries(ben) == [("mentioned", 1), ("noted", 1)]


def test_nobody_is_told_of_their_own_acts(conversation: Conversation, ana: User) -> None:
    watching.watch(conversation=conversation, by=ana, is_on=True)
    ops.add_note(conversation=conversation, text="@ana remember this", by=ana)
    ops.take(conversation=conversation, by=ana)
    assert entries(ana) == []


def test_an_assignment_tells_the_new_owner(
    conversation: Conversation, ana: User, ben: User
) -> None:
    ops.assign(conversation=conversation, to=ben, by=ana)
    assert entries(ben) == [("assigned", 1)]
    assert watches(conversation) == {"ben"}
    ops.assign(conversation=conversation, to=ben, by=ana)
    ops.assign(conversation=conversation, to=None, by=ana)
    assert entries(ben) == [("assigned", 1)]


def test_thirty_answers_are_one_entry(channel: Channel, ana: User) -> None:
    ingest(channel=channel, messages=[item(1)])
    row = Conversation.objects.get()
    watching.watch(conversation=row, by=ana, is_on=True)
    for number in range(2, 32):
        ingest(channel=channel, messages=[item(number, parent=1)])
    assert entries(ana) == [("answered", 30)]
    notifications.mark_read(by=ana)
    ingest(channel=channel, messages=[item(40, parent=1)])
    assert entries(ana) == [("answered", 30), ("answered", 1)]


def test_what_was_read_before_tells_nobody(channel: Channel, ana: User) -> None:
    ingest(channel=channel, messages=[item(1)])
    watching.watch(conversation=Conversation.objects.get(), by=ana, is_on=True)
    ingest(channel=channel, messages=[item(1)])
    assert entries(ana) == []


def test_who_does_not_see_the_channel_hears_nothing(
    conversation: Conversation, ana: User, ben: User, dewi: User, cleo: User
) -> None:
    closed_to(conversation.channel, ana)
    ops.add_note(conversation=conversation, text="@ben @dewi @cleo look", by=ana)
    assert entries(ben) == []
    assert entries(dewi) == entries(cleo) == [("mentioned", 1)]  # they answer for the whole desk
    assert watches(conversation) == {"dewi", "cleo"}


def test_entries_hide_when_the_channel_goes_to_another_team(
    conversation: Conversation, ana: User, ben: User
) -> None:
    ops.add_note(conversation=conversation, text="@ben look", by=ana)
    closed_to(conversation.channel, ana)
    ben = User.objects.get(pk=ben.pk)
    assert not Notification.objects.visible_to(ben).exists()
    ops.add_note(conversation=conversation, text="more", by=ana)  # Ben still watches
    assert entries(ben) == [("mentioned", 1)]


@pytest.mark.parametrize("role", ["agent", "manager", "admin", "auditor"])
@pytest.mark.parametrize("is_member", [True, False])
@pytest.mark.parametrize("has_team", [True, False])
def test_both_ways_of_asking_who_sees_agree(
    role: str, is_member: bool, has_team: bool, db: None
) -> None:
    user, channel = make_user(role=role), make_channel()
    Team.objects.create(name="Far away").members.add(user)
    if has_team:
        closed_to(channel, *([user] if is_member else []))
    user = User.objects.get(pk=user.pk)
    assert (user in User.seeing(channel.pk)) == user.sees(channel.pk)


def test_what_is_not_wanted_does_not_come(conversation: Conversation, ana: User, ben: User) -> None:
    wanted = [kind for kind in Notification.Kind.values if kind != "mentioned"]
    notifications.choose(by=ben, wanted=wanted, auto_watch=False)
    ops.add_note(conversation=conversation, text="@ben look", by=ana)
    assert entries(ben) == []
    assert watches(conversation) == set()
    ops.assign(conversation=conversation, to=ben, by=ana)
    assert entries(ben) == [("assigned", 1)]
    with pytest.raises(BadInput, match="nonsense"):
        notifications.choose(by=ben, wanted=["nonsense"], auto_watch=True)
    assert NotificationChoice.objects.get().muted == ["mentioned"]


def test_who_said_no_does_not_watch_again_by_itself(
    conversation: Conversation, ana: User, ben: User
) -> None:
    watching.watch(conversation=conversation, by=ben, is_on=True)
    watching.watch(conversation=conversation, by=ben, is_on=False)
    ops.add_note(conversation=conversation, text="@ben look", by=ana)
    assert watches(conversation) == set()
    assert entries(ben) == [("mentioned", 1)]


def test_watching_is_on_record_once(conversation: Conversation, ana: User, cleo: User) -> None:
    watching.watch(conversation=conversation, by=ana, is_on=True)
    watching.watch(conversation=conversation, by=ana, is_on=True)
    watching.watch(conversation=conversation, by=ana, is_on=False)
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["inbox.conversation.watched", "inbox.conversation.unwatched"]
    with pytest.raises(NotAllowed):
        watching.watch(conversation=conversation, by=cleo, is_on=True)
    closed_to(conversation.channel)
    with pytest.raises(NotAllowed):
        watching.watch(conversation=conversation, by=User.objects.get(pk=ana.pk), is_on=True)


def test_the_snoozer_hears_of_the_waking(conversation: Conversation, ana: User, ben: User) -> None:
    ops.assign(conversation=conversation, to=ben, by=ana)
    now = timezone.now()
    ops.snooze(conversation=conversation, until=now + timedelta(hours=1), by=ana)
    ops.wake_due(now=now + timedelta(hours=2))
    assert entries(ana) == [("woken", 1)]
    assert entries(ben) == [("assigned", 1)]


def test_marking_as_read_touches_only_my_own(
    conversation: Conversation, ana: User, ben: User, dewi: User
) -> None:
    ops.add_note(conversation=conversation, text="@ben @dewi look", by=ana)
    LiveEvent.objects.all().delete()
    foreign = Notification.objects.get(user=dewi)
    assert notifications.mark_read(by=ben, pk=foreign.pk) == 0
    assert notifications.mark_read(by=ben) == 1
    assert notifications.mark_read(by=ben) == 0
    assert list(LiveEvent.objects.values_list("kind", "user_id")) == [("notices", ben.pk)]
    assert Notification.objects.unread().get() == foreign


def test_entries_are_kept_for_thirty_days(conversation: Conversation, ana: User, ben: User) -> None:
    ops.add_note(conversation=conversation, text="@ben look", by=ana)
    Notification.objects.update(at=timezone.now() - timedelta(days=29))
    prune_events()
    assert Notification.objects.exists()
    Notification.objects.update(at=timezone.now() - timedelta(days=31))
    prune_events()
    assert not Notification.objects.exists()


def test_joined_conversations_take_watchers_and_entries_along(
    channel: Channel, ana: User, ben: User, dewi: User
) -> None:
    source, target = make_conversation(channel), make_conversation(channel)
    for row in (source, target):
        ops.add_note(conversation=row, text="@ben look", by=ana)
    watching.watch(conversation=source, by=dewi, is_on=True)
    merging._merge(source, target)
    assert watches(target) == {"ben", "dewi"}
    assert Watch.objects.count() == 2
    assert Notification.objects.get().conversation == target


def test_names_are_read_as_people_write_them() -> None:
    text = "@ana, @Ben. mail x@cleo.example (@dewi) @o.brien: @@eva https://t.example/@fay"
    people = names_in(text)
    assert {"ana", "ben", "dewi", "o.brien"} <= set(people)
    assert not {"cleo", "cleo.example", "eva"} & set(people)


def test_only_colleagues_are_mentioned(conversation: Conversation, ana: User) -> None:
    make_user("gone", is_active=False)
    found = mentioned(text="@nobody @gone @ana", channel_id=conversation.channel_id)
    assert found == [ana]


@pytest.mark.django_db(transaction=True)
def test_news_at_the_same_moment_is_one_entry() -> None:
    conversation, people = make_conversation(), [make_user() for _number in range(3)]
    start, errors = threading.Barrier(4), []

    def run() -> None:
        start.wait()
        try:
            notifications.notify(
                kind="answered", conversation=conversation, user_ids=[user.pk for user in people]
            )
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Notification.objects.count() == len(people)
