"""Who is with a conversation: a sign of life every ten seconds, and word of it only on a change."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.lib.errors import NotAllowed
from inbox.models import Claim, Conversation, Presence, User
from inbox.models.presence import PresenceQuerySet
from inbox.operations.audit import announce
from inbox.operations.claims import claim

State = Presence.State


def beat(*, conversation: Conversation, by: User, tab: str, state: str) -> None:
    """Note that `tab` of `by` shows `conversation` now; who writes also claims the answer.

    An unchanged state costs one small write. Raises NotAllowed for who may not see it.
    """
    _require_sight(conversation, by)
    if state == State.WRITING and not by.has_perm("inbox.triage_conversation"):
        state = State.VIEWING  # who only reads is never shown as working
    now = timezone.now()
    mine = Presence.objects.filter(user=by, tab=tab)
    same = mine.here(now).filter(conversation=conversation, state=state)
    if not same.update(seen_at=now):
        _move(conversation, by, tab, state, now)
    if state == State.WRITING:
        claim(conversation=conversation, by=by)


@transaction.atomic
def leave(*, by: User, tab: str) -> None:
    """Note that `tab` shows nothing any more."""
    _tell(_remove(Presence.objects.filter(user=by, tab=tab)))


def sweep(*, now: datetime) -> int:
    """Forget tabs that fell silent and claims that ran out. Returns how many conversations."""
    stale, over = Presence.objects.stale(now), Claim.objects.filter(until__lte=now)
    if not stale.exists() and not over.exists():
        return 0
    with transaction.atomic():
        ids = set(over.values_list("pk", flat=True))
        over.delete()
        ids |= _remove(stale)
        _tell(ids)
    return len(ids)


@transaction.atomic
def _move(conversation: Conversation, by: User, tab: str, state: str, now: datetime) -> None:
    mine = Presence.objects.filter(user=by, tab=tab)
    ids = {conversation.pk, *mine.values_list("conversation_id", flat=True)}
    Presence.objects.bulk_create(
        [Presence(user=by, tab=tab, conversation=conversation, state=state, seen_at=now)],
        update_conflicts=True,
        unique_fields=["user", "tab"],
        update_fields=["conversation", "state", "seen_at"],
    )
    _tell(ids)


def _remove(rows: PresenceQuerySet) -> set[int]:
    """Delete `rows`; returns the conversations they showed."""
    ids = set(rows.values_list("conversation_id", flat=True))
    rows.delete()
    return ids


def _tell(ids: set[int]) -> None:
    """Say that something changed there, to those who see the channel."""
    for pk, channel_id in Conversation.objects.filter(pk__in=ids).values_list("pk", "channel_id"):
        announce(kind="presence", conversation_ids=[pk], channel_id=channel_id)


def _require_sight(conversation: Conversation, by: User) -> None:
    if not (by.has_perm("inbox.view_conversation") and by.sees(conversation.channel_id)):
        raise NotAllowed(_("You may not see this conversation."))
