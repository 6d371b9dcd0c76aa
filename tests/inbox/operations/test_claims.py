"""The soft claim: one of two at once, taken over only by saying so."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from inbox.lib.errors import NotAllowed, StaleState
from inbox.models import AuditEvent, Claim, Conversation, LiveEvent, Notification, Team, User
from inbox.operations import claims
from tests.factories import make_conversation, make_user


def holder(conversation: Conversation) -> User:
    return Claim.objects.get(pk=conversation.pk).holder


def age(conversation: Conversation, seconds: float) -> None:
    row = Claim.objects.get(pk=conversation.pk)
    Claim.objects.filter(pk=row.pk).update(until=row.until - timedelta(seconds=seconds))


def test_the_first_keystroke_claims_for_two_minutes(conversation: Conversation, ana: User) -> None:
    claims.claim(conversation=conversation, by=ana)
    row = Claim.objects.get()
    assert row.holder == ana
    assert 115 < (row.until - timezone.now()).total_seconds() <= 120


def test_the_second_gets_the_word_and_changes_nothing(
    conversation: Conversation, ana: User, ben: User
) -> None:
    claims.claim(conversation=conversation, by=ana)
    assert claims.claim(conversation=conversation, by=ben).holder == ana
    assert holder(conversation) == ana


def test_typing_renews_it_but_not_with_every_key(conversation: Conversation, ana: User) -> None:
    claims.claim(conversation=conversation, by=ana)
    before = Claim.objects.get().until
    claims.claim(conversation=conversation, by=ana)
    assert Claim.objects.get().until == before
    age(conversation, 40)
    claims.claim(conversation=conversation, by=ana)
    assert Claim.objects.get().until > before
    assert LiveEvent.objects.filter(kind="presence").count() == 1


def test_after_two_silent_minutes_it_is_anybodys(
    conversation: Conversation, ana: User, ben: User
) -> None:
    claims.claim(conversation=conversation, by=ana)
    age(conversation, 121)
    assert claims.claim(conversation=conversation, by=ben).holder == ben
    assert holder(conversation) == ben


def test_taking_over_is_recorded_and_tells_the_other(
    conversation: Conversation, ana: User, ben: User
) -> None:
    claims.claim(conversation=conversation, by=ana)
    claims.take_over(conversation=conversation, by=ben, over=ana)
    assert holder(conversation) == ben
    event = AuditEvent.objects.get(verb="inbox.claim.taken_over")
    assert (event.actor, event.data["from"], event.conversation_id) == (ben, "ana", conversation.pk)
    entry = Notification.objects.get()
    assert (entry.user, entry.kind, entry.actor) == (ana, "taken_over", ben)
    personal = LiveEvent.objects.get(kind="notices")
    assert personal.user_id == ana.pk


def test_taking_over_from_whom_the_page_no_longer_shows_is_refused(
    conversation: Conversation, ana: User, ben: User, dewi: User
) -> None:
    claims.claim(conversation=conversation, by=dewi)
    for shown in (ana, None):
        with pytest.raises(StaleState, match="dewi"):
            claims.take_over(conversation=conversation, by=ben, over=shown)
    assert holder(conversation) == dewi
    assert not Notification.objects.exists()


def test_taking_over_what_nobody_holds_just_claims(
    conversation: Conversation, ana: User, ben: User
) -> None:
    claims.claim(conversation=conversation, by=ana)
    age(conversation, 121)
    claims.take_over(conversation=conversation, by=ben, over=ana)
    assert holder(conversation) == ben
    assert not AuditEvent.objects.exists()


def test_who_has_submitted_holds_nothing(conversation: Conversation, ana: User, ben: User) -> None:
    claims.claim(conversation=conversation, by=ana)
    claims.release(conversation=conversation, by=ben)
    assert holder(conversation) == ana
    claims.release(conversation=conversation, by=ana)
    assert not Claim.objects.exists()


def test_only_who_may_answer_and_see_claims(
    conversation: Conversation, ana: User, cleo: User
) -> None:
    with pytest.raises(NotAllowed):
        claims.claim(conversation=conversation, by=cleo)
    conversation.channel.team = Team.objects.create(name="Others")
    conversation.channel.save()
    for act in (
        lambda: claims.claim(conversation=conversation, by=ana),
        lambda: claims.take_over(conversation=conversation, by=ana, over=None),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize("before", ["nobody", "ran out"])
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_holds_it_and_all_know_who(before: str) -> None:
    conversation = make_conversation()
    people = [make_user() for _number in range(4)]
    if before == "ran out":
        claims.claim(conversation=conversation, by=make_user())
        age(conversation, 121)
    start, answers = threading.Barrier(len(people)), []

    def run(user: User) -> None:
        start.wait()
        try:
            answers.append(claims.claim(conversation=conversation, by=user).holder_id)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(people)
    assert set(answers) == {holder(conversation).pk}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_over_at_once_one_is_told_who_was_faster() -> None:
    conversation, ana = make_conversation(), make_user("ana")
    claims.claim(conversation=conversation, by=ana)
    people = [make_user(), make_user()]
    start, results = threading.Barrier(2), []

    def run(user: User) -> None:
        start.wait()
        try:
            results.append(claims.take_over(conversation=conversation, by=user, over=ana))
        except StaleState as error:
            results.append(str(error))  # type: ignore[arg-type]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [result for result in results if isinstance(result, str)]
    assert len(refused) == 1
    assert str(holder(conversation)) in refused[0]
    assert AuditEvent.objects.filter(verb="inbox.claim.taken_over").count() == 1
    assert Notification.objects.get().user == ana
