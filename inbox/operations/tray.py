"""Settling what could not be read: read it again, one or all, or discard it with a reason."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import tasks
from inbox.connectors.errors import BadPayload, ConnectorError, Rejected, Unsupported
from inbox.connectors.types import InboundMessage
from inbox.errors import CannotRead
from inbox.lib.bell import ring
from inbox.lib.errors import BadInput, NotAllowed, StaleState
from inbox.models import BadItem, Channel, Receipt, Stream, User
from inbox.operations import bad_items, channels, listening, storing
from inbox.operations.audit import record
from inbox.operations.ingest import ingest

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 500
COUNTED = 100  # above this the exact number helps nobody


def waiting(*, user: User) -> int:
    """Return how many things wait for a person, as far as `user` may know."""
    items = BadItem.objects.visible_to(user).unread().order_by()[:COUNTED].count()
    return items + Receipt.objects.visible_to(user).unread().order_by()[:COUNTED].count()


def read_again(*, item: BadItem, by: User) -> bool:
    """Read one item once more, now. Returns whether it worked; if not, the item says why.

    Raises NotAllowed, StaleState if somebody else settled it, CannotRead if the network could
    not be asked.
    """
    _check_may_settle(by)
    try:
        page = channels.connector_for(item.channel).reread(item.stream, item.raw)
    except (BadPayload, Rejected, Unsupported) as error:
        return _still_unread(item, error.message)
    except ConnectorError as error:
        channels.note_trouble(channel=item.channel, error=error)
        raise CannotRead(error.message) from error
    with transaction.atomic():
        row = _lock(item)
        _created, unfit = storing.store(
            channel=row.channel, items=page.messages, put=partial(_take_in, row)
        )
        problems = [*page.problems, *unfit]
        if problems:
            return _still_unread(item, problems[0].reason)
        _settle(row, BadItem.State.READ)
        _record(row, by, "read_again", found=len(page.messages))
    return True


def _take_in(item: BadItem, messages: Sequence[InboundMessage]) -> int:
    """Store what an item turned out to be, where its stream would have put it."""
    stream = Stream.objects.filter(channel=item.channel, name=item.stream).first()
    if stream:
        return listening.take_in(stream=stream, messages=messages, is_fresh=False)
    return ingest(channel=item.channel, messages=messages, is_fresh=False).created


def read_all_again(*, channel_id: int | None, by: User) -> int:
    """Have everything, or what one channel has, read once more by workers. Returns how much."""
    _check_may_settle(by)
    items, receipts = BadItem.objects.unread(), Receipt.objects.unread()
    if channel_id is not None:
        items, receipts = items.filter(channel=channel_id), receipts.filter(channel=channel_id)
    with transaction.atomic():
        homes = sorted(set(items.order_by().values_list("channel_id", flat=True)))
        count = items.count()
        count += receipts.update(
            state=Receipt.State.RECEIVED, attempts=0, next_try_at=timezone.now(), finished_at=None
        )
        for home in homes:
            ring(tasks.read_tray_again, home, by.pk)
        ring(tasks.sweep_receipts)
        target = Channel.objects.get(pk=channel_id) if channel_id is not None else by
        record(actor=by, verb="inbox.tray.all_read_again", target=target, count=count)
    return count


def go_through(*, channel_id: int, by: User) -> None:
    """Read what one channel has in the tray again, until the network cannot be asked."""
    rows = BadItem.objects.unread().filter(channel=channel_id).select_related("channel")
    for item in rows[:MOST_AT_ONCE]:
        try:
            read_again(item=item, by=by)
        except StaleState:
            continue
        except CannotRead as error:
            extra = {"channel": channel_id, "reason": str(error)}
            logger.warning("tray not read to the end", extra=extra)
            return


@transaction.atomic
def read_receipt_again(*, receipt: Receipt, by: User) -> None:
    """Give a delivery back to the workers. Raises NotAllowed, StaleState."""
    _check_may_settle(by)
    rows = Receipt.objects.unread().filter(pk=receipt.pk)
    if not rows.update(
        state=Receipt.State.RECEIVED, attempts=0, next_try_at=timezone.now(), finished_at=None
    ):
        raise StaleState(_("Somebody else has settled this meanwhile."))
    _record(receipt, by, "read_again")
    ring(tasks.read_receipt, receipt.pk)


@transaction.atomic
def discard(*, entry: BadItem | Receipt, reason: str, by: User) -> None:
    """Say that nothing will be made of it. Raises NotAllowed, BadInput, StaleState."""
    _check_may_settle(by)
    if not reason.strip():
        raise BadInput(_("Say why it is discarded: the reason stays in the record."))
    if isinstance(entry, BadItem):
        _settle(_lock(entry), BadItem.State.DROPPED)
    else:
        dropped = {"state": Receipt.State.DROPPED, "finished_at": timezone.now()}
        if not Receipt.objects.unread().filter(pk=entry.pk).update(**dropped):
            raise StaleState(_("Somebody else has settled this meanwhile."))
    _record(entry, by, "discarded", reason=reason.strip()[:300])


def _check_may_settle(by: User) -> None:
    if not by.has_perm("inbox.manage_channel"):
        raise NotAllowed(_("Only an admin settles what could not be read."))


def _lock(item: BadItem) -> BadItem:
    rows = BadItem.objects.unread().select_for_update(of=("self",)).select_related("channel")
    row = rows.filter(pk=item.pk).first()
    if row is None:
        raise StaleState(_("Somebody else has settled this meanwhile."))
    return row


def _still_unread(item: BadItem, reason: str) -> bool:
    item.reason, item.attempts = reason[:300], item.attempts + 1
    item.save(update_fields=["reason", "attempts"])
    return False


def _settle(row: BadItem, state: BadItem.State) -> None:
    row.state, row.settled_at = state, timezone.now()
    row.save(update_fields=["state", "settled_at"])


def _record(entry: BadItem | Receipt, by: User, act: str, **data: Any) -> None:
    why = entry.reason if isinstance(entry, BadItem) else entry.error
    record(
        actor=by,
        verb=f"inbox.tray.{act}",
        target=entry.channel or entry,
        entry=entry.pk,
        kind=entry._meta.model_name,
        why=why,
        **data,
    )
    bad_items.announce_tray(channel_id=entry.channel_id)
