"""Which of the inbox's own news reaches whose tray."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from inbox.lib.bell import ring
from inbox.models import (
    AuditEvent,
    BulkJob,
    BulkResult,
    Channel,
    Conversation,
    Message,
    Note,
    Notification,
    User,
    WebhookEndpoint,
)
from inbox.operations.notifications import (
    EXCERPT,
    notify,
    notify_holders,
    notify_watchers,
    settle,
)
from inbox.operations.watching import watch_along
from inbox.tasks import mail_webhook_off

Kind = Notification.Kind
MANAGE_WEBHOOK = "inbox.manage_webhook"


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


def of_signing_out(*, channel: Channel) -> None:
    """Tell the admins that nothing is read or sent on `channel` until one of them reconnects it."""
    notify_holders(kind=Kind.SIGNED_OUT, channel=channel.pk, name=channel.handle)


def of_signing_in(*, channel: Channel) -> None:
    """Take back what was told of `channel`: it works again, whoever has seen to that."""
    settle(kind=Kind.SIGNED_OUT, channel=channel.pk)


def of_webhook_off(*, endpoint: WebhookEndpoint) -> None:
    """Tell the admins that nothing reaches `endpoint` any more: in the tray, and by one mail."""
    notify_holders(kind=Kind.WEBHOOK_OFF, webhook=endpoint.pk, name=endpoint.name)
    ring(mail_webhook_off, endpoint.pk)


def mail_of_webhook_off(*, endpoint_id: int) -> int:
    """Mail the admins, if the webhook is still off. Returns how many mails were sent: one or none.

    Raises OSError if the mail server does not take it; smtplib's errors are among them.
    """
    row = WebhookEndpoint.objects.filter(pk=endpoint_id, state=WebhookEndpoint.State.DISABLED)
    endpoint = row.first()
    people = User.objects.filter(is_active=True).exclude(email="").order_by("pk")
    addresses = [user.email for user in people if user.has_perm(MANAGE_WEBHOOK)]
    if endpoint is None or not addresses:
        return 0
    text = _(
        "Hello,\n\n"
        "CrisisDesk has switched the webhook “%(name)s” off: %(reason)s\n"
        "Nothing that happens at the desk is sent to it until an admin resumes it:\n\n"
        "%(link)s\n"
    ) % {
        "name": endpoint.name,
        "reason": _(endpoint.state_reason),
        "link": settings.SITE_URL + endpoint.get_absolute_url(),
    }
    subject = _("The webhook “%(name)s” was switched off") % {"name": endpoint.name}
    return send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, addresses)
