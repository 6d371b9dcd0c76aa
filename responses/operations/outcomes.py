"""Writing down what became of an attempt; every function is one transaction.

Rows are locked in the order channel, reply, which is the order of ingest.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from inbox.connectors.errors import ConnectorError
from inbox.connectors.types import SendReceipt
from inbox.lib import waiting
from inbox.models import Channel
from inbox.operations.audit import announce, record
from inbox.operations.ingest import lock_channel
from inbox.operations.messages import record_sent
from responses import stops
from responses.models import Delivery, Reply
from responses.operations.telling import of_sent, of_stop
from responses.states import REPLY

logger = logging.getLogger(__name__)

Status, Outcome = Reply.Status, Delivery.Outcome

BACKOFF_FIRST, BACKOFF_LONGEST = 5.0, 600.0  # seconds
MAX_ATTEMPTS = 8  # in a row, without a person
# A network's limits end within a quarter of an hour, or after a day. An answer that comes
# a day late is a person's decision, not a timer's.
LONGEST_WAIT = 1800.0  # seconds


def settle() -> timedelta:
    """Return the time a network gets to show what it has taken in."""
    return timedelta(seconds=settings.RECONCILE_SETTLE)


def lease(*, pictures: int = 0) -> timedelta:
    """Return how long a worker may hold a reply with so many pictures."""
    return timedelta(seconds=settings.SEND_LEASE + pictures * settings.PICTURE_LEASE)


def backoff(attempt: int) -> float:
    """Return seconds to wait after `attempt` (from 1)."""
    return waiting.backoff(attempt - 1, first=BACKOFF_FIRST, longest=BACKOFF_LONGEST)


@transaction.atomic
def sent(*, reply_id: int, receipt: SendReceipt) -> None:
    """The network has it: proof outranks whatever we believed, so any live state becomes sent."""
    channel_id = Reply.objects.values_list("channel_id", flat=True).get(pk=reply_id)
    lock_channel(Channel(pk=channel_id))
    reply = Reply.objects.select_related(
        "conversation__channel", "target", "author", "message"
    ).get(pk=reply_id)
    if reply.message and reply.message.external_id == receipt.external_id:
        return
    message = record_sent(
        conversation=reply.conversation,
        target=reply.target,
        external_id=receipt.external_id,
        text=reply.text,
        url=receipt.url,
        sent_at=receipt.sent_at,
        by=reply.author,
        pictures=[(one.file, one.description) for one in reply.pictures.select_related("file")],
    )
    row = _locked(reply_id)
    attempt = row.deliveries.order_by("-attempt").first()
    if attempt:
        _finish(attempt, Outcome.SENT, external_id=receipt.external_id)
    if row.status in Reply.SETTLED:
        # Only a person who was mistaken, or a network that broke its word, leads here.
        logger.error("a reply is on the network against our record", extra={"reply": row.pk})
        _note(row, "appeared", external_id=receipt.external_id, status=row.status)
        return
    was = row.status
    REPLY.move(
        row,
        Status.SENT,
        message=message,
        sent_at=receipt.sent_at,
        stop_code="",
        stop_text="",
        leased_until=None,
        check_after=None,
    )
    _note(row, "sent", external_id=receipt.external_id, after=was)
    announce(kind="attention", channel_id=row.channel_id)
    of_sent(reply=row)


@transaction.atomic
def not_accepted(*, delivery: Delivery, error: ConnectorError, retry_after: float | None) -> None:
    """The network certainly did not take it: queue it again for later, or give up."""
    row = _current(delivery)
    _finish(delivery, Outcome.REFUSED, error=error)
    if row is None:
        return
    wait = backoff(delivery.attempt) if retry_after is None else retry_after
    if delivery.attempt % MAX_ATTEMPTS == 0 or wait > LONGEST_WAIT:
        _stop(row, Status.FAILED, stops.GAVE_UP, error.message)
        return
    later = timezone.now() + timedelta(seconds=wait)
    REPLY.move(row, Status.QUEUED, send_after=later, leased_until=None)
    announce(kind="conversation", conversation_ids=[row.conversation_id], channel_id=row.channel_id)


@transaction.atomic
def signed_out(*, delivery: Delivery, error: ConnectorError) -> None:
    """The network certainly did not take it, and will not before somebody signs in."""
    row = _current(delivery)
    _finish(delivery, Outcome.REFUSED, error=error)
    if row:
        _stop(row, Status.HELD, stops.CHANNEL_NEEDS_LOGIN, error.message)


@transaction.atomic
def refused(*, delivery: Delivery, error: ConnectorError) -> None:
    """The network's final no, in its own words."""
    row = _current(delivery)
    _finish(delivery, Outcome.FAILED, error=error)
    if row:
        _stop(row, Status.FAILED, stops.REJECTED, error.message)


@transaction.atomic
def unknown(*, delivery: Delivery, code: str, words: str) -> None:
    """The request may have left and no answer came: from here on only evidence moves it."""
    row = _current(delivery)
    _finish(delivery, Outcome.UNKNOWN, code=code, words=words)
    if row is None:
        return
    REPLY.move(
        row, Status.UNKNOWN, leased_until=None, checks=0, check_after=timezone.now() + settle()
    )
    _note(row, "unknown", attempt=delivery.attempt, code=code)


@transaction.atomic
def hold(*, reply_id: int, code: str, words: str = "") -> None:
    """Stop a queued reply before it leaves."""
    row = _locked(reply_id)
    if row.status == Status.QUEUED:
        _stop(row, Status.HELD, code, words)


def _locked(reply_id: int) -> Reply:
    return Reply.objects.select_for_update(no_key=True).get(pk=reply_id)


def _current(delivery: Delivery) -> Reply | None:
    """Return the reply, locked, if `delivery` is still the attempt it waits for.

    A worker that was thought lost may come back; its word then no longer moves the reply,
    unless it brings a receipt (see `sent`).
    """
    row = _locked(delivery.reply_id)
    newer = row.deliveries.filter(attempt__gt=delivery.attempt).exists()
    return None if newer or row.status != Status.SENDING else row


def _finish(
    delivery: Delivery,
    outcome: Delivery.Outcome,
    *,
    error: ConnectorError | None = None,
    code: str = "",
    words: str = "",
    external_id: str = "",
) -> None:
    """Close the attempt; what is closed stays, unless a receipt proves it wrong."""
    rows = Delivery.objects.filter(pk=delivery.pk)
    if outcome != Outcome.SENT:
        rows = rows.filter(outcome=Outcome.SENDING)
    rows.update(
        outcome=outcome,
        error_code=(error.code or type(error).__name__)[:100] if error else code[:100],
        error_text=error.message if error else words,
        external_id=external_id,
        finished_at=timezone.now(),
    )


def _stop(row: Reply, status: Reply.Status, code: str, words: str) -> None:
    REPLY.move(row, status, stop_code=code, stop_text=words, leased_until=None)
    _note(row, status.value, code=code)
    announce(kind="attention", channel_id=row.channel_id)
    of_stop(reply=row)


def _note(row: Reply, verb: str, **data: object) -> None:
    record(
        actor=None,
        verb=f"responses.reply.{verb}",
        target=row,
        conversation_id=row.conversation_id,
        **data,
    )
    announce(kind="conversation", conversation_ids=[row.conversation_id], channel_id=row.channel_id)
