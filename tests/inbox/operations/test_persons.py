"""What the desk knows of people: lists, notes, links, and what follows for the queue."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed
from inbox.models import AuditEvent, Author, Channel, Conversation, LiveEvent, Person, User
from inbox.operations import persons
from inbox.operations.ingest import ingest
from tests import inbound
from tests.factories import make_author, make_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def rina() -> Author:
    return make_author(handle="rina", name="Rina Wulandari")


@pytest.fixture
def twin() -> Author:
    return make_author(network="mastodon", handle="rina@toot.example", name="Rina W.")


def codes(conversation: Conversation) -> list[str]:
    conversation.refresh_from_db()
    return [reason["code"] for reason in conversation.reasons]


def test_a_list_moves_open_conversations_and_says_why(
    channel: Channel, rina: Author, ana: User, django_capture_on_commit_callbacks: Any
) -> None:
    waiting = make_conversation(channel, author=rina, priority=0)
    done = make_conversation(channel, author=rina, status="resolved", priority=0)
    rank = waiting.rank_at
    with django_capture_on_commit_callbacks(execute=False) as bells:
        person = persons.set_lists(author=rina, lists=["vip", "watch"], by=ana)
    assert bells
    assert persons.due_people() == [person.pk]
    assert persons.rejudge(person_id=person.pk) == 1
    assert codes(waiting) == ["list_vip", "list_watch"]
    assert waiting.priority == 40
    assert waiting.rank_at < rank
    assert codes(done) == []
    assert LiveEvent.objects.filter(kind="conversation", conversation_id=waiting.pk).exists()
    assert persons.due_people() == []
    assert persons.rejudge(person_id=person.pk) == 0
    event = AuditEvent.objects.get(verb="inbox.author.listed")
    assert event.data["before"] == []
    assert event.data["after"] == ["vip", "watch"]


def test_taking_a_list_away_takes_its_points_away(
    channel: Channel, rina: Author, ana: User
) -> None:
    waiting = make_conversation(channel, author=rina)
    for lists in (["press"], []):
        person = persons.set_lists(author=rina, lists=lists, by=ana)
        persons.rejudge(person_id=person.pk)
    assert codes(waiting) == []
    assert waiting.priority == 0


def test_what_comes_in_is_judged_by_the_lists_at_once(channel: Channel, ana: User) -> None:
    ingest(channel=channel, messages=[inbound.item(1)])
    author = Author.objects.get(external_id="a1")
    persons.set_lists(author=author, lists=["press"], by=ana)
    ingest(channel=channel, messages=[inbound.item(2, author=inbound.author(1, followers=200))])
    conversation = Conversation.objects.get(external_id="2")
    assert "list_press" in codes(conversation)
    author.refresh_from_db()
    assert (author.followers, author.lists) == (200, ["press"])  # new facts keep what we know


def test_lists_that_change_meanwhile_are_due_again(
    channel: Channel, rina: Author, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_conversation(channel, author=rina)
    person = persons.set_lists(author=rina, lists=["vip"], by=ana)
    judge = persons._rejudge

    def meanwhile(pk: int) -> None:
        judge(pk)
        persons.set_lists(author=rina, lists=["partner"], by=ana)

    monkeypatch.setattr(persons, "_rejudge", meanwhile)
    persons.rejudge(person_id=person.pk)
    assert persons.due_people() == [person.pk]


def test_an_unknown_list_is_refused(rina: Author, ana: User) -> None:
    with pytest.raises(BadInput):
        persons.set_lists(author=rina, lists=["friends"], by=ana)


def test_linking_joins_lists_and_notes(
    channel: Channel, rina: Author, twin: Author, ana: User
) -> None:
    waiting = make_conversation(channel, author=rina)
    persons.set_lists(author=twin, lists=["press"], by=ana)
    persons.add_person_note(author=twin, text="Writes for the Tribune.", by=ana)
    persons.add_person_note(author=rina, text="Customer since 2019.", by=ana)
    person = persons.link(author=rina, other=twin, by=ana)
    assert Person.objects.count() == 1
    assert person.lists == ["press"]
    assert person.notes.count() == 2
    persons.rejudge(person_id=person.pk)
    assert codes(waiting) == ["list_press"]
    assert AuditEvent.objects.get(verb="inbox.author.linked").data["other"] == twin.handle
    with pytest.raises(InvalidTransition):
        persons.link(author=twin, other=rina, by=ana)


def test_parting_leaves_the_lists_with_both_and_the_notes_with_the_rest(
    rina: Author, twin: Author, ana: User
) -> None:
    persons.set_lists(author=rina, lists=["vip"], by=ana)
    persons.link(author=rina, other=twin, by=ana)
    persons.add_person_note(author=rina, text="Prefers a call.", by=ana)
    persons.unlink(author=twin, by=ana)
    rina.refresh_from_db()
    twin.refresh_from_db()
    assert rina.person != twin.person
    assert rina.lists == twin.lists == ["vip"]
    assert rina.person is not None
    assert rina.person.notes.count() == 1
    with pytest.raises(InvalidTransition):
        persons.unlink(author=twin, by=ana)


def test_nobody_is_linked_to_themselves(rina: Author, ana: User) -> None:
    with pytest.raises(BadInput):
        persons.link(author=rina, other=rina, by=ana)


def test_who_reads_along_notes_nothing(rina: Author, twin: Author, cleo: User) -> None:
    for act in (
        lambda: persons.set_lists(author=rina, lists=["vip"], by=cleo),
        lambda: persons.add_person_note(author=rina, text="x", by=cleo),
        lambda: persons.link(author=rina, other=twin, by=cleo),
        lambda: persons.unlink(author=rina, by=cleo),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert not Person.objects.exists()
