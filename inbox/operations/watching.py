"""Watching a conversation: by wish, or because one was mentioned, given it, or replied."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from inbox.lib.errors import NotAllowed
from inbox.models import Conversation, NotificationChoice, User, Watch
from inbox.operations.audit import announce, record


@transaction.atomic
def watch(*, conversation: Conversation, by: User, is_on: bool) -> Watch:
    """Let `by` hear of `conversation`, or no longer. Raises NotAllowed."""
    if not (by.has_perm("inbox.triage_conversation") and by.sees(conversation.channel_id)):
        raise NotAllowed(_("Your role can read this conversation but not watch it."))
    row, is_new = Watch.objects.select_for_update().get_or_create(
        conversation=conversation, user=by, defaults={"is_on": is_on}
    )
    if not is_new and row.is_on == is_on:
        return row
    row.is_on = is_on
    row.save(update_fields=["is_on"])
    record(
        actor=by,
        verb="inbox.conversation.watched" if is_on else "inbox.conversation.unwatched",
        target=conversation,
        conversation_id=conversation.pk,
    )
    announce(
        kind="conversation",
        conversation_ids=[conversation.pk],
        channel_id=conversation.channel_id,
    )
    return row


def watch_along(*, conversation: Conversation, user_ids: Iterable[int]) -> None:
    """Let these people watch by themselves, unless they have said no to this one or to all.

    It follows from an act that is on record, so it leaves no line of its own.
    """
    unwilling = NotificationChoice.objects.filter(user__in=set(user_ids), auto_watch=False)
    people = set(user_ids) - set(unwilling.values_list("pk", flat=True))
    Watch.objects.bulk_create(
        [Watch(conversation=conversation, user_id=pk) for pk in sorted(people)],
        ignore_conflicts=True,
    )
