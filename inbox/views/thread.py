"""What the thread and context panes show of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from inbox.company import attach
from inbox.filters import QueueFilter
from inbox.forms import snooze_choices
from inbox.lib.keyset import Order
from inbox.lib.prepared import Prepared
from inbox.models import (
    Act,
    Attachment,
    AuditEvent,
    Conversation,
    Label,
    Message,
    Note,
    PersonList,
    Watch,
)
from inbox.pickers import NAME, Lists, teammates
from inbox.triage.priority import SECONDS_PER_POINT
from inbox.views.door import DeskRequest
from inbox.views.since import mark_of, since

STRETCH = 100  # messages shown at once; a thread under a viral complaint may hold thousands
BACKWARDS = Order("thread", "sent_at", is_descending=True)
EARLIER = 6
FILES = Prefetch("attachments", queryset=Attachment.objects.select_related("file"))
RECORD = 20
# What the thread shows of a message, and the pane of earlier conversations.
SHOWN = (
    "channel_id", "conversation_id", "external_id", "version_id", "in_reply_to", "direction",
    "is_private", "sent_here", "found_late", "found_by", "is_context", "text", "url", "reposts",
    "personal_data", "remarks", "sent_at", "edited_at", "deleted_at", "author__name",
    "author__handle",
)  # fmt: skip
PAST = ("preview", "status", "last_message_at")


@dataclass(frozen=True)
class Item:
    """One entry of the thread: a message or a note."""

    at: datetime
    message: Message | None = None
    note: Note | None = None


@dataclass(frozen=True)
class Timeline:
    """A stretch of the thread, oldest first; `earlier` asks for the one before, "" if none.

    parent: our own post that the thread hangs on, shown as context above the first message.
    """

    items: list[Item]
    earlier: str
    parent: Message | None

    @property
    def newest_inbound_id(self) -> int | None:
        """The message that the keyboard reaches first."""
        found = (item.message for item in reversed(self.items) if item.message)
        return next((row.pk for row in found if not row.is_ours), None)


def _messages(conversation: int) -> QuerySet[Message]:
    rows = Message.objects.filter(conversation=conversation).select_related("author")
    return rows.prefetch_related(FILES).only(*SHOWN).order_by(*BACKWARDS.columns)


def _notes(conversation: int) -> QuerySet[Note]:
    rows = Note.objects.filter(conversation=conversation).select_related("author")
    return rows.only("conversation_id", "text", "mentions", "created_at", *_of("author"))


def _of(person: str) -> list[str]:
    return [f"{person}__{name}" for name in NAME]


_newest = Prepared(lambda conversation: _messages(conversation)[: STRETCH + 1])
_every_note = Prepared(_notes)
_labels = Prepared(lambda conversation: Label.objects.filter(conversations=conversation))
_record = Prepared(
    lambda conversation: (
        AuditEvent.objects.filter(conversation_id=conversation)
        .select_related("actor")
        .only("verb", "data", "at", *_of("actor"))[:RECORD]
    )
)
_watches = Prepared(
    lambda conversation: (
        Watch.objects.filter(conversation=conversation, is_on=True)
        .select_related("user")
        .only(*_of("user"))
    )
)
_teammates = Prepared(lambda channel: teammates(channel).only(*NAME))


def timeline(conversation: Conversation, before: str = "") -> Timeline:
    """Return the newest stretch of the thread, or the one before the mark `before`."""
    span: dict[str, datetime] = {}
    if before:
        found = list(BACKWARDS.after(_messages(conversation.pk), before)[: STRETCH + 1])
        span["created_at__lt"] = BACKWARDS.read(before)[0]
    else:
        found = _newest(conversation.pk)
    shown, has_earlier = found[:STRETCH], len(found) > STRETCH
    if has_earlier:
        span["created_at__gte"] = shown[-1].sent_at
    prefetch_related_objects([row for row in shown if row.edited_at], "versions")
    notes = _notes(conversation.pk).filter(**span) if span else _every_note(conversation.pk)
    _attach_acts(conversation, shown)
    items = [Item(row.sent_at, message=row) for row in reversed(shown)]
    items += [Item(row.created_at, note=row) for row in notes]
    items.sort(key=lambda item: item.at)
    if has_earlier or not shown:
        return Timeline(items, BACKWARDS.cursor(shown[-1]) if shown else "", None)
    return Timeline(items, "", _parent(shown[-1]))


def conversation_context(
    request: DeskRequest, conversation: Conversation, lists: Lists
) -> dict[str, Any]:
    """What the thread, its actions and the context pane need, in a fixed number of queries."""
    labels = _labels(conversation.pk)
    attach([conversation], reader=request.user)
    shown = timeline(conversation)
    record = _record(conversation.pk)
    watchers = [row.user for row in _watches(conversation.pk)]
    theirs = Conversation.objects.visible_to(request.user).filter(author=conversation.author_id)
    theirs = theirs.exclude(pk=conversation.pk).only(*PAST).order_by("-last_message_at")
    return {
        "conversation": conversation,
        "lists": lists,
        "assignable": _teammates(conversation.channel_id),
        "found": QueueFilter(request.GET, user=request.user, lists=lists),
        "timeline": shown,
        "mark": mark_of(conversation),
        "since": since(conversation, request.user, shown.items, record),
        "watchers": watchers,
        "is_watching": request.user in watchers,
        "labels": labels,
        "spare_labels": [label for label in lists.labels if label not in labels],
        "person_lists": PersonList.choices,
        "head_start": _head_start(conversation),
        "label_hues": Label.Color.choices,
        "snooze_choices": snooze_choices(),
        "earlier": theirs[:EARLIER],
        "record": record,
    }


def _attach_acts(conversation: Conversation, shown: list[Message]) -> None:
    """Give each message what was asked for on the network, there or of the same person."""
    acts = list(conversation.acts.select_related("by"))
    latest = {(act.message_id, act.kind): act.pk for act in acts}
    for act in acts:
        act.is_superseded = latest[act.message_id, act.kind] != act.pk  # type: ignore[attr-defined]
    for row in shown:
        row.channel = conversation.channel
        row.acts_here = acts  # type: ignore[attr-defined]
        # What changes when one of them does, so that open screens draw the message anew.
        row.act_mark = "".join(  # type: ignore[attr-defined]
            f".{act.pk}{act.state}" for act in acts if _concerns(act, row)
        )


def _concerns(act: Act, message: Message) -> bool:
    is_same_person = act.author_id is not None and act.author_id == message.author_id
    return act.message_id == message.pk or (is_same_person and act.kind in Act.ON_PEOPLE)


def _parent(first: Message) -> Message | None:
    if not first.in_reply_to:
        return None
    ours = Message.objects.filter(channel=first.channel_id, conversation=None)
    return ours.filter(external_id=first.in_reply_to).defer("raw").prefetch_related(FILES).first()


def _head_start(conversation: Conversation) -> int:
    """Return the minutes that the priority moves the conversation ahead in the queue."""
    return round(conversation.priority * SECONDS_PER_POINT / 60)
