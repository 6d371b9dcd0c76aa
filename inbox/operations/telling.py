"""Which of the inbox's own news reaches whose tray."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from inbox.models import (
    AuditEvent,
    BulkJob,
    BulkResult,
    Conversation,
    Message,
    Note,
    Notification,
    User,
)
from inbox.operations.notifications import EXCERPT, notify, notify_watchers
from inbox.operations.watching import watch_along

Kind = Notification.Kind


def of_note(*, note: Note, by: User, mentioned: Sequence[User]) -> None:
    """Tell those who are mentioned, and those who watch; who is mentioned watches from now on."""
    conversation, excerpt = note.conversation, note.text[:EXCERPT]
    told = notify(
        kind=Kind.MENTIONED,
        conversation=conversation,
        user_ids=[user.pk for user in mentioned],
        actor=by,
        anchor=f"n-{note.pk}",
        excerpt=excerpt,
    )
    notify_watchers(
        kind=Kind.NOTED,
        conversation_ids=[conversation.pk],
        actor=by,
        besides=told,
        anchors={conversation.pk: f"n-{note.pk}"},
        excerpt=excerpt,
    )
    watch_along(conversation=conversation, user_ids=[user.pk for user in mentioned])


def of_assignment(
    *, conversation: Conversation, to: User | None, by: User, is_told: bool = True
) -> None:
    """Tell `to`, if `is_told`, that the conversation is theirs now, and let them watch it."""
    if to is None:
        return
    if is_told:
        notify(kind=Kind.ASSIGNED, conversation=conversation, user_ids=[to.pk], actor=by)
    watch_along(conversation=conversation, user_ids=[to.pk])


def of_job(*, job: BulkJob) -> None:
    """Tell whom a job has given conversations, in one entry, how many there are."""
    if job.act != BulkJob.Act.ASSIGN:
        return
    done = job.results.filter(outcome=BulkResult.Outcome.DONE).values("conversation_id")
    first = Conversation.objects.filter(pk__in=done, assignee=job.arguments["to"]).first()
    if first is None:  # all of them have gone elsewhere since
        return
    many: dict[str, Any] = {"given": job.done} if job.done > 1 else {}
    to = job.arguments["to"]
    notify(kind=Kind.ASSIGNED, conversation=first, user_ids=[to], actor=job.by, **many)


def of_messages(*, messages: Iterable[Message]) -> None:
    """Tell the watchers of every conversation in which somebody outside has just written."""
    newest = {row.conversation_id: row for row in messages if row.conversation_id}
    notify_watchers(
        kind=Kind.ANSWERED,
        conversation_ids=[pk for pk in newest if pk],
        anchors={pk: f"m-{row.pk}" for pk, row in newest.items() if pk},
    )


def of_waking(*, conversations: Collection[Conversation]) -> None:
    """Tell whoever snoozed a conversation, or else has it, that it is back."""
    snoozed = AuditEvent.objects.filter(
        conversation_id__in=[row.pk for row in conversations],
        verb="inbox.conversation.snoozed",
    ).order_by("pk")
    last = dict(snoozed.values_list("conversation_id", "actor"))
    for row in conversations:
        user_id = last.get(row.pk) or row.assignee_id
        notify(kind=Kind.WOKEN, conversation=row, user_ids=[user_id] if user_id else [])
