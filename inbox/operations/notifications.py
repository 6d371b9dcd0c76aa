"""Telling people what concerns them, and what they then do with it.

`notify` is called by other operations, in their transaction, from either app.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput
from inbox.models import Conversation, Notification, NotificationChoice, User, Watch
from inbox.operations.audit import announce

KEPT = timedelta(days=30)
EXCERPT = 140  # characters


@transaction.atomic
def notify(
    *,
    kind: str,
    conversation: Conversation,
    user_ids: Iterable[int],
    actor: User | None = None,
    anchor: str = "",
    **facts: Any,
) -> set[int]:
    """Put `kind` into the trays of those who may see the conversation, did not do it, and want it.

    What is still unread of the same kind there becomes one entry with it. Returns who was told.
    """
    wanted = set(user_ids) - ({actor.pk} if actor else set())
    if not wanted:
        return set()
    readers = User.seeing(conversation.channel_id).filter(is_active=True, pk__in=wanted)
    people = set(readers.values_list("pk", flat=True))
    choices = NotificationChoice.objects.filter(user__in=people)
    people -= {row.user_id for row in choices if kind in row.muted}
    if people:
        _put(kind, conversation, people, actor, anchor, facts)
        announce(kind="notices", user_ids=sorted(people))
    return people


def notify_watchers(
    *,
    kind: str,
    conversation_ids: Collection[int],
    actor: User | None = None,
    besides: Collection[int] = (),
    anchors: dict[int, str] | None = None,
    **facts: Any,
) -> None:
    """Tell everybody who watches one of these conversations; `besides` know it already."""
    watches = Watch.objects.filter(conversation__in=conversation_ids, is_on=True)
    by_conversation: dict[Conversation, set[int]] = defaultdict(set)
    for row in watches.exclude(user__in=besides).select_related("conversation__author"):
        by_conversation[row.conversation].add(row.user_id)
    for conversation, user_ids in by_conversation.items():
        notify(
            kind=kind,
            conversation=conversation,
            user_ids=user_ids,
            actor=actor,
            anchor=(anchors or {}).get(conversation.pk, ""),
            **facts,
        )


@transaction.atomic
def notify_holders(*, kind: Notification.Kind, **facts: Any) -> None:
    """Put `kind`, which is about the desk itself, into the trays of those who look after it."""
    needed = Notification.OF_DESK[kind]
    people = [user for user in User.objects.filter(is_active=True) if user.has_perm(needed)]
    choices = NotificationChoice.objects.filter(user__in=people)
    muted = {row.user_id for row in choices if kind in row.muted}
    told = [user for user in people if user.pk not in muted]
    Notification.objects.bulk_create(
        [Notification(user=user, kind=kind, facts=facts) for user in told]
    )
    announce(kind="notices", user_ids=[user.pk for user in told])


@transaction.atomic
def settle(*, kind: Notification.Kind, **facts: Any) -> None:
    """Mark entries of `kind` with these facts as read in all trays: it is over."""
    about = {f"facts__{name}": value for name, value in facts.items()}
    rows = Notification.objects.filter(kind=kind, **about).unread()
    readers = sorted(rows.values_list("user_id", flat=True).distinct().order_by("user_id"))
    if readers:
        rows.update(read_at=timezone.now())
        announce(kind="notices", user_ids=readers)


@transaction.atomic
def mark_read(*, by: User, pk: int | None = None, conversation: Conversation | None = None) -> int:
    """Mark entries of `by` as read: one, those of a conversation, or all. Returns how many."""
    rows = Notification.objects.filter(user=by).unread()
    if pk is not None:
        rows = rows.filter(pk=pk)
    if conversation is not None:
        rows = rows.filter(conversation=conversation)
    count = rows.update(read_at=timezone.now())
    if count:
        announce(kind="notices", user_ids=[by.pk])
    return count


@transaction.atomic
def choose(*, by: User, wanted: Collection[str], auto_watch: bool) -> NotificationChoice:
    """Keep what `by` wants to be told. Raises BadInput for a kind that does not exist.

    Nobody loses what they cannot choose: a kind that is not for their role is wanted anyway.
    """
    if unknown := set(wanted) - set(Notification.Kind.values):
        raise BadInput(
            _("There is no kind of notification called “%(kind)s”.") % {"kind": min(unknown)}
        )
    muted = [kind for kind, _words in kinds_for(by) if kind not in wanted]
    row, _created = NotificationChoice.objects.update_or_create(
        user=by, defaults={"muted": muted, "auto_watch": auto_watch}
    )
    return row


def kinds_for(user: User) -> list[tuple[str, Any]]:
    """Return the kinds of news, each with its words, that the role of `user` may bring them."""
    others = {kind for kind, needed in Notification.OF_DESK.items() if not user.has_perm(needed)}
    return [choice for choice in Notification.Kind.choices if choice[0] not in others]


def prune(*, now: datetime) -> int:
    """Delete what is older than the tray keeps. Returns how many."""
    deleted, _rows = Notification.objects.filter(at__lt=now - KEPT).delete()
    return deleted


def _put(
    kind: str,
    conversation: Conversation,
    people: set[int],
    actor: User | None,
    anchor: str,
    facts: dict[str, Any],
) -> None:
    """Raise the count of the unread entries, and make the missing ones."""
    now = timezone.now()
    unread = Notification.objects.filter(conversation=conversation, kind=kind, user__in=people)
    held = dict(
        unread.unread().select_for_update(no_key=True).order_by("pk").values_list("pk", "user_id")
    )
    Notification.objects.filter(pk__in=held).update(
        count=F("count") + 1, at=now, actor=actor, anchor=anchor, facts=facts
    )
    Notification.objects.bulk_create(
        [
            Notification(
                user_id=pk,
                kind=kind,
                conversation=conversation,
                actor=actor,
                anchor=anchor,
                facts=facts,
                at=now,
            )
            for pk in sorted(people - set(held.values()))
        ],
        ignore_conflicts=True,  # the same news at the same moment from another worker
    )
