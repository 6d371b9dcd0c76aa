"""What was said, changed or deleted in a conversation since somebody last read it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from inbox.models import Conversation, Message, User

# A row is stamped a moment before its transaction commits, and may thus look older than the
# page that could not show it yet. Showing a message twice is harmless, hiding one is not.
COMMIT_SLACK = timedelta(seconds=5)
SHOWN = 20


def news_since(*, conversation: Conversation, since: datetime) -> list[Message]:
    """Return what is new, oldest first; the last message if only its surroundings changed."""
    fresh = _changed(conversation, since)
    return fresh or list(conversation.messages.select_related("author").order_by("-pk")[:1])


def moved_unseen(
    *, conversation: Conversation, version: int, since: datetime, reader: User
) -> bool:
    """Say whether `reader`, who saw `version` at `since`, has missed anything.

    One's own replies from this desk are no news to their author. They are only let pass if
    they explain every step of the version; in doubt the answer is yes.
    """
    steps = conversation.version - version
    if steps <= 0:
        return False
    fresh = _changed(conversation, since)
    own = [message for message in fresh if _is_by(message, reader)]
    return len(own) != len(fresh) or len(own) != steps


def _changed(conversation: Conversation, since: datetime) -> list[Message]:
    since -= COMMIT_SLACK
    rows = conversation.messages.select_related("author", "sent_by").filter(
        Q(received_at__gte=since) | Q(edited_at__gte=since) | Q(deleted_at__gte=since)
    )
    return list(rows.order_by("-pk")[:SHOWN])[::-1]


def _is_by(message: Message, reader: User) -> bool:
    reply = getattr(message, "sent_by", None)
    return reply is not None and reply.author_id == reader.pk and not message.deleted_at
