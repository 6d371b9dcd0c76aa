"""What changed in a conversation since the reader last looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Max, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.lib.prepared import Prepared
from inbox.models import AuditEvent, Conversation, Message, Note, Seen, User
from inbox.templatetags.record import in_words, who

if TYPE_CHECKING:
    from inbox.views.thread import Item

MOST = 4  # acts named one by one
# Told by other words of the line, or too small to be told.
QUIET = (
    "inbox.note.added",
    "inbox.conversation.watched",
    "inbox.conversation.unwatched",
    "responses.draft.opened",
    "responses.reply.queued",
    "responses.reply.sent",
)
REOPENED = "inbox.conversation.reopened"  # by the desk itself: because of the new messages
SLACK = timedelta(seconds=5)  # an edit is stamped a moment before it can be seen


@dataclass(frozen=True)
class Since:
    """at: when the reader last looked. words: what has changed, in one line. first: the first
    entry of the thread that is new, None if only its surroundings changed."""

    at: datetime
    words: str
    first: Item | None


def mark_of(conversation: Conversation) -> str:
    """Return what this page shows, in the form in which the browser says that it was looked at."""
    ids = _newest_ids.first(conversation.pk) or (0, 0, 0)
    return ".".join(str(part or 0) for part in (conversation.version, *ids))


def since(
    conversation: Conversation, reader: User, items: list[Item], record: list[AuditEvent]
) -> Since | None:
    """Return what is new for `reader`; None for a first look, or if nothing is."""
    seen = _seen.first(conversation.pk, reader.pk)
    if seen is None:
        return None
    fresh = [item for item in items if _is_new(item, seen, reader)]
    words = [*_things(fresh), *_edits(conversation, seen), *_acts(record, seen, reader)]
    if not words:
        return None
    return Since(seen.at, " · ".join(words), fresh[0] if fresh else None)


def _newest(model: type[Message | Note | AuditEvent], name: str) -> Subquery:
    rows = model._default_manager.filter(**{name: OuterRef("pk")}).order_by().values(name)
    return Subquery(rows.annotate(newest=Max("pk")).values("newest"))


_newest_ids = Prepared(
    lambda conversation: Conversation.objects.filter(pk=conversation).values_list(
        _newest(Message, "conversation"),
        _newest(Note, "conversation"),
        _newest(AuditEvent, "conversation_id"),
    )
)
_seen = Prepared(
    lambda conversation, user: Seen.objects.filter(conversation=conversation, user=user), count=2
)


def _is_new(item: Item, seen: Seen, reader: User) -> bool:
    if item.note:
        return item.note.pk > seen.note_id and item.note.author_id != reader.pk
    return item.message is not None and item.message.pk > seen.message_id


def _things(fresh: list[Item]) -> list[str]:
    inbound = sum(1 for item in fresh if item.message and not item.message.is_ours)
    notes = [item.note for item in fresh if item.note]
    # Our own new messages are told by the record, which knows who wrote them.
    words = []
    if inbound:
        words.append(ngettext("%d new message", "%d new messages", inbound) % inbound)
    for name in dict.fromkeys(str(note.author) for note in notes):
        words.append(_("note by %(name)s") % {"name": name})
    return words


def _edits(conversation: Conversation, seen: Seen) -> list[str]:
    if conversation.version <= seen.version:
        return []
    changed = conversation.messages.filter(pk__lte=seen.message_id, direction="incoming").filter(
        Q(edited_at__gte=seen.at - SLACK) | Q(deleted_at__gte=seen.at - SLACK)
    )
    found = list(changed.values_list("deleted_at", flat=True))
    words = []
    if None in found:
        words.append(_("edited by the author"))
    if any(found):
        words.append(_("deleted by the author"))
    return words


def _acts(record: list[AuditEvent], seen: Seen, reader: User) -> list[str]:
    events = [
        event
        for event in reversed(record)
        if event.pk > seen.event_id
        and event.actor_id != reader.pk
        and event.verb not in QUIET
        and not (event.verb == REOPENED and event.actor_id is None)
    ]
    words = [f"{who(event)} {in_words(event)}" for event in events[-MOST:]]
    rest = len(events) - len(words)
    if rest:
        words.insert(0, ngettext("%d more act", "%d more acts", rest) % rest)
    return words
