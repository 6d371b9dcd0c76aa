"""Holding people to what their teams cover, and what follows when that changes."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from inbox.errors import NotVisible
from inbox.models import Channel, Conversation, LiveEvent, User
from inbox.models.conversation import ConversationQuerySet
from inbox.operations.audit import announce, record


def require_sight(*, by: User, channel_id: int) -> None:
    """Raise NotVisible unless the conversations of this channel are for `by`."""
    if not by.sees(channel_id):
        raise NotVisible(_("This does not exist, or you may not see it."))


def announce_access(people: Iterable[User]) -> None:
    """End the open streams of `people`: who comes back is looked at with the rights of now."""
    user_ids = [person.pk for person in people]
    if user_ids:
        announce(kind=LiveEvent.ACCESS, user_ids=user_ids)


def give_back(*, by: User | None, people: Iterable[User], channel: Channel | None = None) -> int:
    """Take from `people` the conversations that they can no longer work on; nobody has them then.

    Work that is assigned to somebody who cannot see it would wait for ever. What is resolved
    keeps its name. channel: look at this one only. Returns how many are free again.
    """
    rows = Conversation.objects.exclude(status=Conversation.Status.RESOLVED)
    if channel:
        rows = rows.filter(channel=channel)
    return sum(_give_back(rows.filter(assignee=person.pk), person.pk, by) for person in people)


def _give_back(rows: ConversationQuerySet, user_id: int, by: User | None) -> int:
    person = User.objects.get(pk=user_id)  # as they are now, not as the caller remembers them
    if person.can_work and person.channel_ids is not None:
        rows = rows.exclude(channel__in=person.channel_ids)
    elif person.can_work:
        return 0
    held = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    for row in held:
        row.assignee = None
        row.save(update_fields=["assignee"])
        record(
            actor=by,
            verb="inbox.conversation.given_back",
            target=row,
            conversation_id=row.pk,
            name=str(person),
        )
        announce(kind="conversation", conversation_ids=[row.pk], channel_id=row.channel_id)
    return len(held)
