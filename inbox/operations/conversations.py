"""What people do with a conversation: take, assign, snooze, resolve, reopen, label, note, undo.

Every function locks the row, so that two people at once take turns and the second one decides
on what the first one left. Each returns the AuditEvent it wrote, which is also the handle for
`undo`, or None if everything was so already.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed, StaleState
from inbox.lib.states import Machine
from inbox.models import AuditEvent, Conversation, Label, Note, User
from inbox.operations import standing, telling
from inbox.operations.access import require_sight
from inbox.operations.audit import announce, record
from inbox.operations.mentions import mentioned

Status = Conversation.Status

# The moves people make. Ingest makes its own: news opens, an answer sets aside (standing.py).
MOVES = Machine(
    {
        "open": {"snoozed", "resolved"},
        "pending": {"open", "snoozed", "resolved"},
        "snoozed": {"open", "snoozed", "resolved"},
        "resolved": {"open"},
    }
)

LONGEST_SNOOZE = timedelta(days=366)
UNDO_FOR = timedelta(minutes=10)  # the offer stands ten seconds, longer while it is pointed at
WAKE_BATCH = 200
UNDONE = "inbox.conversation.undone"
NOT_FACTS = ("before", "after", "token")  # of an act: they say nothing about its undoing


@transaction.atomic
def take(*, conversation: Conversation, by: User, over: User | None = None) -> AuditEvent | None:
    """Make `conversation` the work of `by`.

    over: whom the page showed as having it. Raises StaleState if it is somebody else by now,
    so that two people who press the key at once do not both believe it is theirs.
    """
    row = _lock(conversation, by)
    if row.assignee_id not in (None, by.pk, over.pk if over else None):
        raise StaleState(
            _("%(name)s took this a moment ago. Take it again to take it over.")
            % {"name": row.assignee}
        )
    return _give(row, by, by)


@transaction.atomic
def assign(
    *, conversation: Conversation, to: User | None, by: User, is_told: bool = True
) -> AuditEvent | None:
    """Make `conversation` the work of `to`, or of nobody.

    is_told: false if the caller tells `to` of many such at once.

    Raises BadInput if `to` cannot work on conversations, or not on this one.
    """
    row = _lock(conversation, by)
    if to:
        _check_can_have(row, to)
    return _give(row, to, by, is_told)


@transaction.atomic
def snooze(
    *, conversation: Conversation, until: datetime, by: User, seen: int | None = None
) -> AuditEvent | None:
    """Put `conversation` away until `until`; news from outside brings it back at once.

    Raises BadInput for a time that is not in the coming year; for `seen` see `resolve`.
    """
    row = _lock(conversation, by)
    _check_seen(row, seen)
    now = timezone.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise BadInput(_("Choose a time in the coming year."))
    before = _values(row)
    MOVES.move(row, Status.SNOOZED, snoozed_until=until)
    return _done(row, "inbox.conversation.snoozed", by, before, until=str(_text(until)))


@transaction.atomic
def resolve(*, conversation: Conversation, by: User, seen: int | None = None) -> AuditEvent | None:
    """Set `conversation` as done, with everything that was said up to now.

    seen: the version that the page showed. Raises StaleState if something new arrived since,
    so that nothing unread is ever put away.
    """
    return _resolve(_lock(conversation, by), by, seen, "inbox.conversation.resolved")


@transaction.atomic
def answer_outside(
    *, conversation: Conversation, by: User, seen: int | None = None
) -> AuditEvent | None:
    """Set `conversation` as done because `by` has answered it on the network itself.

    For `seen` see `resolve`.
    """
    return _resolve(_lock(conversation, by), by, seen, "inbox.conversation.answered_outside")


def _resolve(row: Conversation, by: User, seen: int | None, verb: str) -> AuditEvent | None:
    _check_seen(row, seen)
    before = _values(row)
    newest = row.messages.aggregate(newest=Max("pk"))["newest"] or row.handled_id
    MOVES.move(row, Status.RESOLVED, snoozed_until=None, handled_id=newest)
    standing.reconsider(row)
    return _done(row, verb, by, before)


@transaction.atomic
def reopen(*, conversation: Conversation, by: User) -> AuditEvent | None:
    """Bring `conversation` back into the queue, to wait as long as it has really waited."""
    row = _lock(conversation, by)
    before = _values(row)
    MOVES.move(row, Status.OPEN, snoozed_until=None, handled_id=0)
    standing.reconsider(row)
    return _done(row, "inbox.conversation.reopened", by, before)


@transaction.atomic
def add_label(*, conversation: Conversation, label: Label, by: User) -> AuditEvent | None:
    """Put `label` on `conversation`."""
    row = _lock(conversation, by)
    before = _values(row)
    row.labels.add(label)
    return _done(row, "inbox.conversation.labelled", by, before, label=label.name)


@transaction.atomic
def remove_label(*, conversation: Conversation, label: Label, by: User) -> AuditEvent | None:
    """Take `label` off `conversation`."""
    row = _lock(conversation, by)
    before = _values(row)
    row.labels.remove(label)
    return _done(row, "inbox.conversation.unlabelled", by, before, label=label.name)


@transaction.atomic
def add_note(*, conversation: Conversation, text: str, by: User) -> Note:
    """Write an internal remark, and tell whom it mentions.

    Raises BadInput if it is empty or too long.
    """
    row = _lock(conversation, by)
    text = text.strip()
    longest = Note._meta.get_field("text").max_length or 0
    if not text:
        raise BadInput(_("Write the note first."))
    if len(text) > longest:
        raise BadInput(_("A note has at most %(count)s characters.") % {"count": longest})
    people = mentioned(text=text, channel_id=row.channel_id)
    names = [user.username for user in people]
    note = Note.objects.create(conversation=row, author=by, text=text, mentions=names)
    record(actor=by, verb="inbox.note.added", target=note, conversation_id=row.pk)
    announce(kind="conversation", conversation_ids=[row.pk], channel_id=row.channel_id)
    telling.of_note(note=note, by=by, mentioned=people)
    return note


@transaction.atomic
def undo(*, event: AuditEvent, by: User, within: timedelta | None = None) -> AuditEvent | None:
    """Put a conversation back to what it was before `event`, if that was done `within` this time.

    Raises NotAllowed for somebody else's act, StaleState if it is too late or if anything that
    the act had set has changed since: an undo never overwrites what came after.
    """
    row = _lock(Conversation(pk=event.conversation_id), by)
    if event.actor_id != by.pk:
        raise NotAllowed(_("Only the person who did this can undo it."))
    if event.target_type != "inbox.conversation" or "after" not in event.data:
        raise InvalidTransition(_("This cannot be undone."))
    if timezone.now() - event.at > (UNDO_FOR if within is None else within):
        raise StaleState(_("It is too late to undo this; change it by hand."))
    now = _values(row)
    before, after = event.data["before"], event.data["after"]
    if any(now[name] != value for name, value in after.items()):
        raise StaleState(_("This has changed since, so it was left as it is."))
    if before.get("assignee"):
        _check_can_have(row, User.objects.get(pk=before["assignee"]))
    _restore(row, before)
    facts = {name: v for name, v in event.data.items() if name not in NOT_FACTS}
    return _done(row, UNDONE, by, now, undid=event.verb, **facts)


def wake_due(*, now: datetime) -> int:
    """Open every snoozed conversation whose time has come. Returns how many."""
    count = 0
    while woken := _wake_batch(now):
        count += woken
    return count


@transaction.atomic
def _wake_batch(now: datetime) -> int:
    rows = list(
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .asleep_until(now)
        .order_by("pk")[:WAKE_BATCH]
    )
    for row in rows:
        MOVES.move(row, Status.OPEN, snoozed_until=None)
        record(actor=None, verb="inbox.conversation.woken", target=row, conversation_id=row.pk)
    if rows:
        announce(kind="conversation", conversation_ids=[row.pk for row in rows])
        telling.of_waking(conversations=rows)
    return len(rows)


def _lock(conversation: Conversation, by: User) -> Conversation:
    """Return the row as it is now, held until the end of the transaction.

    Nothing is joined: what PostgreSQL joins is as old as the question, while the row itself is
    read again once the lock is free. https://www.postgresql.org/docs/current/transaction-iso.html
    """
    if not by.has_perm("inbox.triage_conversation"):
        raise NotAllowed(_("Your role can read conversations but not change them."))
    rows = Conversation.objects.select_for_update(no_key=True)
    try:
        row = rows.get(pk=conversation.pk)
    except Conversation.DoesNotExist as error:
        raise StaleState(_("This conversation was joined with another one.")) from error
    require_sight(by=by, channel_id=row.channel_id)
    return row


def _check_can_have(row: Conversation, person: User) -> None:
    if not person.can_work:
        raise BadInput(_("%(name)s cannot work on conversations.") % {"name": person})
    if not person.sees(row.channel_id):
        raise BadInput(_("%(name)s is not in the team of this channel.") % {"name": person})


def _check_seen(row: Conversation, seen: int | None) -> None:
    if seen is not None and row.version > seen:
        raise StaleState(_("Something new has arrived here. Read it first, then do this again."))


def _give(row: Conversation, to: User | None, by: User, is_told: bool = True) -> AuditEvent | None:
    before = _values(row)
    row.assignee = to
    row.save(update_fields=["assignee"])
    verb = "inbox.conversation.assigned" if to else "inbox.conversation.unassigned"
    event = _done(row, verb, by, before, to=str(to) if to else "")
    if event:
        telling.of_assignment(conversation=row, to=to, by=by, is_told=is_told)
    return event


def _values(row: Conversation) -> dict[str, Any]:
    """Return what people may change, as plain values for the record."""
    return {
        "status": row.status,
        "snoozed_until": _text(row.snoozed_until),
        "assignee": row.assignee_id,
        "handled_id": row.handled_id,
        "labels": sorted(row.labels.values_list("pk", flat=True)),
    }


def _text(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _restore(row: Conversation, values: dict[str, Any]) -> None:
    if "labels" in values:
        row.labels.set(Label.objects.filter(pk__in=values["labels"]))
    if "assignee" in values:
        row.assignee_id = values["assignee"]
    if "snoozed_until" in values:
        row.snoozed_until = parse_datetime(values["snoozed_until"] or "")
    row.status = values.get("status", row.status)
    row.handled_id = values.get("handled_id", row.handled_id)
    row.save(update_fields=["status", "snoozed_until", "assignee", "handled_id"])
    standing.reconsider(row)


def _done(
    row: Conversation, verb: str, by: User, before: dict[str, Any], **data: str
) -> AuditEvent | None:
    """Record what changed and tell the screens; None if nothing did."""
    after = _values(row)
    changed = {name for name, value in after.items() if value != before[name]}
    if not changed:
        return None
    announce(kind="conversation", conversation_ids=[row.pk], channel_id=row.channel_id)
    return record(
        actor=by,
        verb=verb,
        target=row,
        conversation_id=row.pk,
        before={name: before[name] for name in sorted(changed)},
        after={name: after[name] for name in sorted(changed)},
        **data,
    )
