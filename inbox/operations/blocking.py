"""The desk's own blocks: who is held back and for how long, and what is brought in again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed
from inbox.models import Author, Block, Conversation, HeldBack, Message, User
from inbox.operations.access import require_sight
from inbox.operations.audit import record
from inbox.operations.holding import unpacked
from inbox.operations.ingest import ingest

MOST_AT_ONCE = 200


@transaction.atomic
def block_author(*, author: Author, reason: str, until: datetime | None, by: User) -> Block:
    """Hold back what `author` writes from now on. What is in the queue already stays there.

    until: when it ends by itself, None for never. Raises NotAllowed, BadInput.
    """
    _check_may_block(by)
    now = timezone.now()
    if not reason.strip():
        raise BadInput(_("Write why this author is blocked, so that colleagues understand it."))
    if until is not None and until <= now:
        raise BadInput(_("The block must end in the future, or not at all."))
    ended = Block.objects.filter(author=author, lifted_at=None, until__lte=now)
    ended.update(lifted_at=F("until"))
    try:
        with transaction.atomic():
            block = Block.objects.create(
                author=author, reason=reason.strip()[:500], until=until, by=by
            )
    except IntegrityError as error:
        raise InvalidTransition(_("This author is blocked already.")) from error
    record(
        actor=by,
        verb="inbox.author.blocked",
        target=author,
        handle=author.handle,
        reason=block.reason,
        until=until.isoformat() if until else None,
    )
    return block


@transaction.atomic
def lift_block(*, author: Author, by: User) -> Block:
    """Let what `author` writes from now on into the queue; what was held back stays held back.

    Raises NotAllowed, InvalidTransition.
    """
    _check_may_block(by)
    block = Block.objects.in_force(timezone.now()).filter(author=author).first()
    if block is None:
        raise InvalidTransition(_("This author is not blocked."))
    block.lifted_at, block.lifted_by = timezone.now(), by
    block.save(update_fields=["lifted_at", "lifted_by"])
    record(actor=by, verb="inbox.author.unblocked", target=author, handle=author.handle)
    return block


@transaction.atomic
def bring_back(*, held: HeldBack, by: User) -> Conversation | None:
    """Put one message that was held back into the queue, as if it came now.

    Returns its conversation. Raises NotAllowed, InvalidTransition if somebody has done it.
    """
    _check_may_block(by)
    require_sight(by=by, channel_id=held.channel_id)
    waits = HeldBack.objects.waiting().filter(pk=held.pk)
    if not waits.update(restored_at=timezone.now(), restored_by=by):
        raise InvalidTransition(_("This message is in the queue already."))
    ingest(channel=held.channel, messages=[unpacked(held.item)], past_blocks=True)
    message = Message.objects.filter(channel=held.channel, external_id=held.external_id)
    conversation = Conversation.objects.filter(messages__in=message).first()
    record(
        actor=by,
        verb="inbox.author.restored",
        target=held.author,
        conversation_id=conversation.pk if conversation else None,
        handle=held.author.handle,
    )
    return conversation


def bring_back_all(*, held: Iterable[HeldBack], by: User) -> int:
    """Put up to MOST_AT_ONCE messages into the queue, the oldest first. Returns how many."""
    done = 0
    for row in sorted(held, key=lambda row: (row.sent_at, row.pk))[:MOST_AT_ONCE]:
        try:
            bring_back(held=row, by=by)
        except InvalidTransition:
            continue  # a colleague was quicker with this one
        done += 1
    return done


def _check_may_block(by: User) -> None:
    if not by.has_perm("inbox.block_author"):
        raise NotAllowed(_("Only a manager can block authors and review what is held back."))
