"""What the desk knows of the people outside: lists, notes, and which identities are one person."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from inbox.lib.bell import ring
from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed
from inbox.models import Author, Conversation, Person, PersonList, PersonNote, User
from inbox.operations import standing
from inbox.operations.audit import announce, record
from inbox.tasks import rejudge_person


@transaction.atomic
def set_lists(*, author: Author, lists: Collection[str], by: User) -> Person:
    """Put the person behind `author` on just these lists; their open conversations are judged
    anew in the background. Raises NotAllowed, BadInput."""
    _check_may_note(by)
    if unknown := set(lists) - set(PersonList.values):
        raise BadInput(_("There is no list “%(name)s”.") % {"name": sorted(unknown)[0]})
    person = _person_of(author)
    before = person.lists
    if set(before) == set(lists):
        return person
    person.set_lists(set(lists))
    person.save()
    _judge_later(person)
    record(
        actor=by,
        verb="inbox.author.listed",
        target=author,
        handle=author.handle,
        before=before,
        after=person.lists,
    )
    return person


@transaction.atomic
def add_person_note(*, author: Author, text: str, by: User) -> PersonNote:
    """Write down something about the person behind `author`. Raises NotAllowed, BadInput."""
    _check_may_note(by)
    if not text.strip():
        raise BadInput(_("Write the note first."))
    note = PersonNote.objects.create(person=_person_of(author), author=by, text=text.strip())
    record(actor=by, verb="inbox.author.noted", target=author, handle=author.handle)
    return note


@transaction.atomic
def link(*, author: Author, other: Author, by: User) -> Person:
    """Note that two identities are one person; lists and notes of both are kept.

    Nothing links by itself: a name is easily taken. Raises NotAllowed, BadInput.
    """
    _check_may_note(by)
    if author.pk == other.pk:
        raise BadInput(_("Choose another identity than this one."))
    first, second = sorted((author, other), key=lambda one: one.pk)
    people = {one.pk: _person_of(one) for one in (first, second)}
    kept, gone = people[author.pk], people[other.pk]
    if kept.pk == gone.pk:
        raise InvalidTransition(_("These two are linked already."))
    Author.objects.filter(person=gone).update(person=kept)
    gone.notes.update(person=kept)
    kept.set_lists({*kept.lists, *gone.lists})
    kept.save()
    gone.delete()
    _judge_later(kept)
    _note_link(by, "linked", author, other)
    return kept


@transaction.atomic
def unlink(*, author: Author, by: User) -> Person:
    """Part `author` from the other identities; lists stay with both, notes with the others.

    Raises NotAllowed, InvalidTransition.
    """
    _check_may_note(by)
    person = _person_of(author)
    rest = person.authors.exclude(pk=author.pk).order_by("pk").first()
    if rest is None:
        raise InvalidTransition(_("This identity is not linked to any other."))
    alone = Person()
    alone.set_lists(set(person.lists))
    alone.save()
    Author.objects.filter(pk=author.pk).update(person=alone)
    author.person = alone
    _note_link(by, "unlinked", author, rest)
    return alone


def due_people() -> list[int]:
    """Return the people whose open conversations are still to be judged anew."""
    stale = Person.objects.filter(stale_since__isnull=False).order_by("stale_since")
    return list(stale.values_list("pk", flat=True)[:100])


def rejudge(*, person_id: int) -> int:
    """Judge the open conversations of a person by the lists they are on now. Returns how many.

    Safe to run twice; if the lists change meanwhile, it is due again.
    """
    person = Person.objects.filter(pk=person_id, stale_since__isnull=False).first()
    if person is None:
        return 0
    rows = Conversation.objects.filter(author__person=person).exclude(
        status=Conversation.Status.RESOLVED
    )
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        _rejudge(pk)
    Person.objects.filter(pk=person_id, stale_since=person.stale_since).update(stale_since=None)
    return len(ids)


@transaction.atomic
def _rejudge(conversation_id: int) -> None:
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("author__person").filter(pk=conversation_id).first()
    if row is None:
        return  # merged into another one meanwhile
    standing.reconsider(row)
    announce(kind="conversation", conversation_ids=[row.pk], channel_id=row.channel_id)


def _judge_later(person: Person) -> None:
    ring(rejudge_person, person.pk)


def _person_of(author: Author) -> Person:
    """Return the person behind `author`, made now if need be; both rows are held."""
    row = Author.objects.select_for_update(no_key=True).get(pk=author.pk)
    if row.person is None:
        row.person = Person.objects.create()
        row.save(update_fields=["person"])
    author.person = person = Person.objects.select_for_update().get(pk=row.person.pk)
    return person


def _note_link(by: User, verb: str, author: Author, other: Author) -> None:
    record(
        actor=by,
        verb=f"inbox.author.{verb}",
        target=author,
        handle=author.handle,
        other=other.handle,
        other_id=other.pk,
    )


def _check_may_note(by: User) -> None:
    if not by.has_perm("inbox.triage_conversation"):
        raise NotAllowed(_("Your role reads along; it notes nothing about people."))
