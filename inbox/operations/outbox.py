"""Events for other systems, written in the transaction of the change that they tell of.

Acts that reach the record are told from there (`tell`); what ingest and time do to many rows at
once is told in bulk. Facts are plain values, so an event says what was true when it happened.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox import tasks
from inbox.lib.bell import ring
from inbox.lib.prepared import Prepared
from inbox.models import (
    AuditEvent,
    Channel,
    Conversation,
    Message,
    User,
    WebhookDelivery,
    WebhookEndpoint,
)

TRY_FOR = timedelta(hours=24)
PING = "ping"

EVENTS: dict[str, Any] = {
    "conversation.created": _("A conversation began"),
    "conversation.assigned": _("A conversation was given to somebody, or to nobody"),
    "conversation.status": _("A conversation opened, was answered, snoozed or resolved"),
    "conversation.labelled": _("A conversation's labels changed"),
    "message.received": _("A message came in"),
    "message.changed": _("A message was edited or deleted on the network"),
    "note.added": _("An internal note was written"),
    "draft.submitted": _("A reply was submitted for approval"),
    "draft.approved": _("A reply was approved"),
    "draft.returned": _("A reply was given back to its author"),
    "draft.rejected": _("A reply was rejected"),
    "reply.queued": _("A reply is on its way"),
    "reply.sent": _("A reply is on the network"),
    "reply.failed": _("A reply could not be sent"),
    "reply.held": _("A reply was stopped before it left"),
    "reply.unknown": _("Nobody knows yet whether a reply went out"),
    "reply.cancelled": _("A reply was taken back"),
    "channel.health": _("A channel's health changed"),
    "channel.paused": _("A channel was paused or resumed"),
}
# Which lines of the record are told, and as what. Those of the layer above are named here too,
# since the record is one.
_OF_VERB = {
    "inbox.conversation.assigned": "conversation.assigned",
    "inbox.conversation.unassigned": "conversation.assigned",
    "inbox.conversation.given_back": "conversation.assigned",
    "inbox.conversation.snoozed": "conversation.status",
    "inbox.conversation.woken": "conversation.status",
    "inbox.conversation.resolved": "conversation.status",
    "inbox.conversation.answered_outside": "conversation.status",
    "inbox.conversation.reopened": "conversation.status",
    "inbox.conversation.labelled": "conversation.labelled",
    "inbox.conversation.unlabelled": "conversation.labelled",
    "inbox.note.added": "note.added",
    "inbox.channel.health": "channel.health",
    "inbox.channel.paused": "channel.paused",
    "inbox.channel.resumed": "channel.paused",
    "responses.draft.submitted": "draft.submitted",
    "responses.draft.approved": "draft.approved",
    "responses.draft.changes_requested": "draft.returned",
    "responses.draft.rejected": "draft.rejected",
    "responses.reply.queued": "reply.queued",
    "responses.reply.retried": "reply.queued",
    "responses.reply.sent_anyway": "reply.queued",
    "responses.reply.sent": "reply.sent",
    "responses.reply.marked_sent": "reply.sent",
    "responses.reply.failed": "reply.failed",
    "responses.reply.held": "reply.held",
    "responses.reply.unknown": "reply.unknown",
    "responses.reply.cancelled": "reply.cancelled",
    "responses.reply.edited": "reply.cancelled",
    "responses.reply.discarded": "reply.cancelled",
}
_UNDONE = {
    "assignee": "conversation.assigned",
    "status": "conversation.status",
    "labels": "conversation.labelled",
}
# What is told of a thing besides its id. Never a secret: nothing is told that is not named here.
_FACTS = {
    "inbox.note": ("author_id", "text"),
    "inbox.channel": ("network", "handle", "name", "health", "health_reason", "is_paused"),
    "responses.draft": (
        "author_id", "target_id", "text", "is_private", "status", "round", "content_hash",
    ),
    "responses.reply": (
        "draft_id", "author_id", "target_id", "text", "is_private", "status", "stop_code",
        "stop_text", "sent_at", "proof_url", "message_id",
    ),
}  # fmt: skip


_endpoints = Prepared(lambda: WebhookEndpoint.objects.listening().defer("secrets"), count=0)


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened. `about`: a word for the thing and what is told of it."""

    kind: str
    channel_id: int
    about: dict[str, Any] = field(default_factory=dict)
    conversation: Conversation | None = None
    actor: User | None = None


def tell(*, event: AuditEvent, target: models.Model) -> None:
    """Tell of a line of the record, if it is one of those that are told."""
    kinds = _kinds(event)
    if not kinds or not (endpoints := _listening(kinds)):
        return
    conversation = target if isinstance(target, Conversation) else None
    if conversation is None and event.conversation_id:
        conversation = Conversation.objects.filter(pk=event.conversation_id).first()
    channel_id = target.pk if isinstance(target, Channel) else 0
    channel_id = conversation.channel_id if conversation else channel_id
    about: dict[str, Any] = {}
    if facts := _FACTS.get(event.target_type):
        values = {name: _plain(getattr(target, name)) for name in facts}
        about = {event.target_type.partition(".")[2]: {"id": target.pk} | values}
    news = [News(kind, channel_id, about, conversation, event.actor) for kind in kinds]
    write(endpoints=endpoints, news=news)


def tell_messages(
    *, channel: Channel, received: Sequence[Message], changed: Sequence[Message]
) -> None:
    """Tell of messages that came in or were changed, and of conversations that began with them."""
    received, changed = _from_outside(received), _from_outside(changed)
    kinds = ["message.received", "conversation.created", "message.changed"]
    if not (received or changed) or not (endpoints := _listening(kinds)):
        return
    ids = {row.conversation_id for row in [*received, *changed]}
    threads = Conversation.objects.in_bulk([pk for pk in ids if pk])
    news = [
        News("conversation.created", channel.pk, conversation=row)
        for pk, row in sorted(threads.items())
        if row.version == 1  # it has just been derived for the first time
    ]
    for kind, rows in (("message.received", received), ("message.changed", changed)):
        for row in rows:
            thread = threads.get(row.conversation_id or 0)
            news.append(News(kind, channel.pk, {"message": _message(row)}, thread))
    write(endpoints=endpoints, news=news)


def tell_statuses(*, rows: Collection[Conversation]) -> None:
    """Tell of conversations that what was said has opened or set aside."""
    kind = "conversation.status"
    if rows and (endpoints := _listening([kind])):
        news = [News(kind, row.channel_id, conversation=row) for row in rows]
        write(endpoints=endpoints, news=news)


def write(*, endpoints: Iterable[WebhookEndpoint], news: Sequence[News]) -> list[WebhookDelivery]:
    """Write `news` down for those of `endpoints` that asked for it, and ring for a worker."""
    now, teams = timezone.now(), _teams(endpoints, news)
    rows = []
    for item in news:
        event_id = uuid.uuid4()
        payload = _payload(item, event_id, now)
        rows += [
            WebhookDelivery(
                endpoint=endpoint,
                event_id=event_id,
                event=item.kind,
                conversation_id=item.conversation.pk if item.conversation else None,
                payload=payload,
                next_try_at=now,
                give_up_at=now + TRY_FOR,
            )
            for endpoint in endpoints
            if _wants(endpoint, item, teams)
        ]
    if rows:
        WebhookDelivery.objects.bulk_create(rows)
        ring(tasks.sweep_webhooks)
    return rows


def _listening(kinds: Collection[str]) -> list[WebhookEndpoint]:
    return [row for row in _endpoints() if not set(kinds).isdisjoint(row.events)]


def _wants(endpoint: WebhookEndpoint, item: News, teams: dict[int, int | None]) -> bool:
    if item.kind == PING:
        return True
    return (
        item.kind in endpoint.events
        and endpoint.channel_id in (None, item.channel_id)
        and (endpoint.team_id is None or teams.get(item.channel_id) == endpoint.team_id)
    )


def _teams(endpoints: Iterable[WebhookEndpoint], news: Sequence[News]) -> dict[int, int | None]:
    if not any(endpoint.team_id for endpoint in endpoints):
        return {}
    ids = {item.channel_id for item in news}
    return dict(Channel.objects.filter(pk__in=ids).values_list("pk", "team_id"))


def _kinds(event: AuditEvent) -> list[str]:
    if event.verb == "inbox.conversation.undone":
        return [kind for name, kind in _UNDONE.items() if name in event.data.get("after", {})]
    if event.verb == "inbox.conversation.reopened" and event.actor is None:
        return []  # done by what was said, which `tell_statuses` tells for all rows at once
    kind = _OF_VERB.get(event.verb)
    return [kind] if kind else []


def _payload(item: News, event_id: uuid.UUID, now: datetime) -> dict[str, Any]:
    actor = item.actor
    return {
        "id": str(event_id),
        "type": item.kind,
        "at": now.isoformat(),
        "actor": {"id": actor.pk, "username": actor.username} if actor else None,
        "channel_id": item.channel_id or None,
        "conversation": _conversation(item.conversation) if item.conversation else None,
        **item.about,
    }


def _conversation(row: Conversation) -> dict[str, Any]:
    names = ("status", "author_id", "assignee_id", "is_private", "priority", "version")
    values = {name: _plain(getattr(row, name)) for name in names}
    return {"id": row.pk, **values, "url": settings.SITE_URL + row.get_absolute_url()}


def _message(row: Message) -> dict[str, Any]:
    names = (
        "external_id", "in_reply_to", "author_id", "text", "url", "is_private", "found_late",
        "sent_at", "edited_at", "deleted_at",
    )  # fmt: skip
    return {"id": row.pk} | {name: _plain(getattr(row, name)) for name in names}


def _from_outside(rows: Sequence[Message]) -> list[Message]:
    return [row for row in rows if row.conversation_id and not row.is_ours]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
