"""What the thread and context panes show of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from inbox.company import attach
from inbox.filters import QueueFilter
from inbox.forms import snooze_choices
from inbox.lib.keyset import Order
from inbox.models import Attachment, AuditEvent, Conversation, Label, Message, Note
from inbox.pickers import NAME, Lists, teammates
from inbox.triage.priority import SECONDS_PER_POINT
from inbox.views.door import DeskRequest
from inbox.views.since import mark_of, since

STRETCH = 100  # messages shown at once; a thread under a viral complaint may hold thousands
BACKWARDS = Order("thread", "sent_at", is_descending=True)
EARLIER = 6
FILES = Prefetch("attachments", queryset=Attachment.objects.select_related("file"))
RECORD = 20


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


def timeline(conversation: Conversation, before: str = "") -> Timeline:
    """Return the newest stretch of the thread, or the one before the mark `before`."""
    rows = conversation.messages.select_related("author").prefetch_related("versions", FILES)
    rows = rows.defer("raw").order_by(*BACKWARDS.columns)
    notes = conversation.notes.select_related("author")
    if before:
        rows = BACKWARDS.after(rows, before)
        notes = notes.filter(created_at__lt=BACKWARDS.read(before)[0])
    found = list(rows[: STRETCH + 1])
    shown, has_earlier = found[:STRETCH], len(found) > STRETCH
    if has_earlier:
        notes = notes.filter(created_at__gte=shown[-1].sent_at)
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
    labels = list(conversation.labels.all())
    attach([conversation], reader=request.user)
    shown = timeline(conversation)
    events = AuditEvent.objects.filter(conversation_id=conversation.pk).select_related("actor")
    record = list(events[:RECORD])
    watches = conversation.watches.filter(is_on=True).select_related("user")
    watchers = [row.user for row in watches]
    theirs = Conversation.objects.visible_to(request.user).filter(author=conversation.author_id)
    return {
        "conversation": conversation,
        "lists": lists,
        "assignable": teammates(conversation.channel).only(*NAME),
        "found": QueueFilter(request.GET, user=request.user, lists=lists),
        "timeline": shown,
        "mark": mark_of(conversation),
        "since": since(conversation, request.user, shown.items, record),
        "watchers": watchers,
        "is_watching": request.user in watchers,
        "labels": labels,
        "spare_labels": [label for label in lists.labels if label not in labels],
        "head_start": _head_start(conversation),
        "label_hues": Label.Color.choices,
        "snooze_choices": snooze_choices(),
        "earlier": theirs.exclude(pk=conversation.pk).order_by("-last_message_at")[:EARLIER],
        "record": record,
    }


def _parent(first: Message) -> Message | None:
    if not first.in_reply_to:
        return None
    ours = Message.objects.filter(channel=first.channel_id, conversation=None)
    return ours.filter(external_id=first.in_reply_to).defer("raw").prefetch_related(FILES).first()


def _head_start(conversation: Conversation) -> int:
    """Return the minutes that the priority moves the conversation ahead in the queue."""
    return round(conversation.priority * SECONDS_PER_POINT / 60)
