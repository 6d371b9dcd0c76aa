"""Who is answering: claimed with the first keystroke, taken over only by saying so.

A claim is a hint. Two people at once are settled by the row itself: one conditional update, and
one row a conversation.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.lib.errors import NotAllowed, StaleState
from inbox.models import Claim, Conversation, Notification, User
from inbox.operations.audit import announce, record
from inbox.operations.notifications import notify

LASTS = timedelta(minutes=2)
RENEWED_BELOW = timedelta(seconds=90)  # so that most keystrokes cost no write


@transaction.atomic
def claim(*, conversation: Conversation, by: User) -> Claim:
    """Say that `by` is answering. Returns the claim as it stands, which may be a colleague's.

    Raises NotAllowed.
    """
    _require_writer(conversation, by)
    now = timezone.now()
    found = Claim.objects.select_related("holder").filter(conversation=conversation).first()
    if found and found.is_live(now):
        if found.holder_id == by.pk and found.until - now < RENEWED_BELOW:
            Claim.objects.filter(pk=found.pk, holder=by).update(until=now + LASTS)
        return found
    mine = {"holder": by, "until": now + LASTS}
    if not Claim.objects.filter(pk=conversation.pk, until__lte=now).update(**mine):
        try:
            with transaction.atomic():
                Claim.objects.create(conversation=conversation, **mine)
        except IntegrityError:  # a colleague's first keystroke was a moment earlier
            return Claim.objects.select_related("holder").get(pk=conversation.pk)
    _tell(conversation)
    return Claim(conversation=conversation, **mine)


@transaction.atomic
def take_over(*, conversation: Conversation, by: User, over: User | None) -> Claim:
    """Answer instead of `over`, whom the page showed as answering; neither text is touched.

    Raises NotAllowed, or StaleState if somebody else answers by now.
    """
    _require_writer(conversation, by)
    now = timezone.now()
    # Without a join: PostgreSQL, having waited for the lock, would look for the former holder
    # beside the new row and find none.
    rows = Claim.objects.select_for_update(no_key=True)
    found = rows.filter(conversation=conversation).first()
    if found is None or not found.is_live(now):
        found = claim(conversation=conversation, by=by)
    if found.holder_id == by.pk:
        return found
    before = found.holder
    if over is None or before.pk != over.pk:
        raise StaleState(
            _("%(name)s is answering by now. Look again, then take over.") % {"name": before}
        )
    found.holder, found.until = by, now + LASTS
    found.save(update_fields=["holder", "until"])
    record(
        actor=by,
        verb="inbox.claim.taken_over",
        target=conversation,
        conversation_id=conversation.pk,
        **{"from": str(before), "from_id": before.pk},
    )
    notify(
        kind=Notification.Kind.TAKEN_OVER,
        conversation=conversation,
        user_ids=[before.pk],
        actor=by,
    )
    _tell(conversation)
    announce(
        kind="conversation",
        conversation_ids=[conversation.pk],
        channel_id=conversation.channel_id,
    )
    return found


@transaction.atomic(savepoint=False)  # part of a larger act, which fails as a whole
def release(*, conversation: Conversation, by: User) -> None:
    """Say that `by` is no longer answering: it was submitted, or thrown away."""
    deleted, _rows = Claim.objects.filter(conversation=conversation, holder=by).delete()
    if deleted:
        _tell(conversation)


def _tell(conversation: Conversation) -> None:
    announce(
        kind="presence", conversation_ids=[conversation.pk], channel_id=conversation.channel_id
    )


def _require_writer(conversation: Conversation, by: User) -> None:
    if not (by.has_perm("inbox.triage_conversation") and by.sees(conversation.channel_id)):
        raise NotAllowed(_("Your role can read this conversation but not answer it."))
