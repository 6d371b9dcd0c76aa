"""How a worker sends one reply: claim it, hand it over, write down what happened.

Why this cannot post twice is argued in `crisisdesk/decisions/0002-exactly-once-sending.md`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from inbox.connectors.base import Connector
from inbox.connectors.errors import (
    AuthExpired,
    ConnectorError,
    OutcomeUnknown,
    Rejected,
    TransientError,
    Unsupported,
)
from inbox.connectors.types import Media, OutboundReply, SendReceipt
from inbox.models import Channel
from inbox.operations import channels
from responses import stops
from responses.models import Approval, Delivery, Reply
from responses.operations import outcomes, pictures, sendable
from responses.operations.news import moved_unseen
from responses.operations.policy import policy_for
from responses.operations.wording import content_hash
from responses.states import REPLY

logger = logging.getLogger(__name__)

# Late is a failure too: what the desk could not send for so long may no longer fit.
LATE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make one attempt. The request must begin before `start_before`."""

    reply: Reply
    delivery: Delivery
    outbound: OutboundReply
    start_before: datetime
    look_first: bool


def deliver(*, reply_id: int) -> None:
    """Send a due reply. Safe to call any number of times, by any number of workers at once."""
    reply = Reply.objects.due(timezone.now()).select_related("channel").filter(pk=reply_id).first()
    if reply is None:
        return
    stop = sendable.channel_stop(channel=reply.channel, is_private=reply.is_private)
    connector = None if stop else _connect(reply)
    if connector is None:
        if stop:
            outcomes.hold(reply_id=reply_id, code=stop)
        return
    claimed = claim(reply_id=reply_id)
    if claimed:
        _attempt(claimed, connector)


@transaction.atomic
def claim(*, reply_id: int) -> Claim | None:
    """Take a due reply for one attempt, and write that down before anything is sent.

    Returns None if it is not due, if somebody else has it, or if it had to be held.
    """
    now = timezone.now()
    row = (
        Reply.objects.due(now)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related(
            "approval",
            "author",
            "conversation__author",
            "conversation__channel",
            "channel__approval_policy",
            "target__channel",
        )
        .filter(pk=reply_id)
        .first()
    )
    if row is None:
        return None
    media = _media(row)
    code, words = _obstacle(row, media, now)
    if code:
        outcomes.hold(reply_id=row.pk, code=code, words=words)
        return None
    lease = now + outcomes.lease(pictures=len(media))
    earlier = list(row.deliveries.values_list("outcome", flat=True))
    REPLY.move(
        row,
        Reply.Status.SENDING,
        leased_until=lease,
        first_attempt_at=row.first_attempt_at or now,
    )
    delivery = Delivery.objects.create(reply=row, attempt=len(earlier) + 1)
    return Claim(
        reply=row,
        delivery=delivery,
        outbound=outbound_of(row, media),
        # What pictures take comes after the start, so it is no part of this.
        start_before=now + outcomes.lease() - timedelta(seconds=settings.NETWORK_TIMEOUT),
        look_first=Delivery.Outcome.UNKNOWN in earlier,
    )


def outbound_of(row: Reply, media: Sequence[Media] = ()) -> OutboundReply:
    """Return `row` in the words that connectors understand; the key never changes.

    media: its pictures; a connector that only looks for it needs none.
    """
    return sendable.outbound(
        text=row.text,
        target=row.target,
        conversation=row.conversation,
        is_private=row.is_private,
        key=str(row.idempotency_key),
        started_at=row.first_attempt_at,
        media=media,
    )


def is_ours_already(*, reply: Reply, receipt: SendReceipt) -> bool:
    """Say whether the item in `receipt` is the proof of another reply, so not of this one."""
    return (
        Reply.objects.filter(
            message__channel_id=reply.channel_id, message__external_id=receipt.external_id
        )
        .exclude(pk=reply.pk)
        .exists()
    )


def _connect(reply: Reply) -> Connector | None:
    """Return a signed-in connector; None if there is none now, the reply then waits."""
    try:
        return channels.connector_for(reply.channel)
    except AuthExpired as error:
        # If the sign-in is dead the channel says so now, and the next look holds the reply.
        channels.note_trouble(channel=reply.channel, error=error)
    except ConnectorError as error:
        wait = error.retry_after if isinstance(error, TransientError) else None
        later = timezone.now() + timedelta(seconds=wait or outcomes.backoff(1))
        Reply.objects.due(timezone.now()).filter(pk=reply.pk).update(send_after=later)
    return None


def _media(row: Reply) -> tuple[Media, ...]:
    """Return the pictures of `row`; where the storage has lost one, none of them."""
    try:
        return pictures.media_of(row.pictures.select_related("file"))
    except OSError:
        logger.exception("a picture is missing", extra={"reply": row.pk})
        return ()


def _obstacle(row: Reply, media: Sequence[Media], now: datetime) -> tuple[str, str]:
    """Return the stop code and the network's words for what keeps `row` from leaving, or ""."""
    if not _is_what_was_agreed(row, media):
        return stops.HASH_MISMATCH, ""
    if row.approval is None and policy_for(row.channel).needs_approval(is_private=row.is_private):
        return stops.APPROVAL_MISSING, ""
    code = sendable.channel_stop(channel=row.channel, is_private=row.is_private)
    if code:
        return code, ""
    if moved_unseen(
        conversation=row.conversation,
        version=row.seen_version,
        since=row.seen_at,
        reader=row.author,
    ):
        return stops.CONVERSATION_MOVED, ""
    if sendable.window_is_closed(target=row.target, now=now):
        return stops.WINDOW_CLOSED, ""
    if now - row.send_after > LATE_AFTER:
        return stops.TOO_LATE, ""
    problems = sendable.problems(
        text=row.text,
        target=row.target,
        conversation=row.conversation,
        is_private=row.is_private,
        media=media,
    )
    words = " ".join(problem.message for problem in problems)
    return (stops.NOT_SENDABLE, words) if problems else ("", "")


def _is_what_was_agreed(row: Reply, media: Sequence[Media]) -> bool:
    """Compare what is about to leave, the pictures by their very bytes, with what was agreed to."""
    now = content_hash(
        text=row.text,
        target=row.target,
        is_private=row.is_private,
        channel=row.channel,
        pictures=pictures.shown_by(media),
    )
    if now != row.content_hash:
        return False
    approval = row.approval
    return approval is None or (
        approval.content_hash == now and approval.decision == Approval.Decision.APPROVED
    )


def _attempt(claimed: Claim, connector: Connector) -> None:
    """Hand the reply over, outside any transaction, and record every way in which this may end.

    A worker killed anywhere in here leaves the reply `sending`; the sweep then makes it
    `unknown`, never `queued`.
    """
    delivery = claimed.delivery
    try:
        receipt = _hand_over(claimed, connector)
    except TransientError as error:
        outcomes.not_accepted(delivery=delivery, error=error, retry_after=error.retry_after)
    except AuthExpired as error:
        _signed_out(claimed, error)
    except (Rejected, Unsupported) as error:
        outcomes.refused(delivery=delivery, error=error)
    except ConnectorError as error:
        code = error.code or type(error).__name__
        outcomes.unknown(delivery=delivery, code=code, words=error.message)
    except Exception as error:
        # The request may have left before our own code failed.
        logger.exception("sending failed", extra={"reply": claimed.reply.pk})
        outcomes.unknown(delivery=delivery, code="internal", words=type(error).__name__)
    else:
        outcomes.sent(reply_id=claimed.reply.pk, receipt=receipt)


def _hand_over(claimed: Claim, connector: Connector) -> SendReceipt:
    if claimed.look_first:
        found = _look(claimed, connector)
        if found:
            return found
    if timezone.now() >= claimed.start_before:
        # We slept (a stopped machine, a long look): by the time a request ended, the sweep
        # could have given this attempt up.
        words = gettext_noop("The worker was held up, so nothing was sent.")
        raise TransientError(words, retry_after=0)
    return connector.send_reply(claimed.outbound)


def _look(claimed: Claim, connector: Connector) -> SendReceipt | None:
    """Ask once more before a repeated attempt, in case the network showed the last one late."""
    try:
        receipt = connector.find_sent(claimed.outbound)
    except (TransientError, AuthExpired):
        raise
    except Unsupported:
        return None
    except ConnectorError as error:
        raise OutcomeUnknown(error.message, code=error.code) from error
    if receipt and is_ours_already(reply=claimed.reply, receipt=receipt):
        return None
    return receipt


def _signed_out(claimed: Claim, error: AuthExpired) -> None:
    """Renew the sign-in once; if that does not help, the reply waits for an admin."""
    channel = claimed.reply.channel
    channels.note_trouble(channel=channel, error=error)
    channel.refresh_from_db()
    if channel.health == Channel.Health.NEEDS_LOGIN:
        outcomes.signed_out(delivery=claimed.delivery, error=error)
    else:
        outcomes.not_accepted(delivery=claimed.delivery, error=error, retry_after=1)
