"""Finding out what became of a reply whose request was cut off."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from inbox.connectors.errors import AuthExpired, ConnectorError, Rejected, Unsupported
from inbox.connectors.types import SendReceipt
from inbox.models import Channel
from inbox.operations import channels
from inbox.operations.audit import announce, record
from responses import stops
from responses.models import Reply
from responses.operations import outcomes
from responses.operations.outcomes import settle
from responses.operations.sending import is_ours_already, outbound_of
from responses.operations.telling import of_stop
from responses.states import REPLY

logger = logging.getLogger(__name__)

LOOKS = 2  # negative ones before "not found" is believed
LONGEST_PAUSE = timedelta(minutes=10)
# From here on a person should know that nobody can tell.
ASK_AFTER = timedelta(minutes=10)


def reconcile(*, reply_id: int) -> None:
    """Ask the network once whether an unknown reply is there, and act on the answer.

    Safe to call any number of times: each look is claimed first.
    """
    reply = _claim_look(reply_id)
    if reply is None:
        return
    try:
        receipt = _find(reply)
    except (Unsupported, Rejected) as error:
        _ask_a_person(reply_id, error.message)
    except ConnectorError as error:
        _look_later(reply_id, error.message)
    except Exception as error:
        logger.exception("looking for a reply failed", extra={"reply": reply_id})
        _look_later(reply_id, type(error).__name__)
    else:
        if receipt:
            outcomes.sent(reply_id=reply_id, receipt=receipt)
        else:
            _not_found(reply_id)


def _claim_look(reply_id: int) -> Reply | None:
    """Take the next look by compare-and-swap; if this process dies, the look is due again."""
    now = timezone.now()
    due = Reply.objects.to_reconcile(now).filter(pk=reply_id)
    if not due.update(check_after=now + timedelta(seconds=settings.SEND_LEASE)):
        return None
    return Reply.objects.select_related(
        "channel", "conversation__author", "conversation__channel", "target__channel"
    ).get(pk=reply_id)


def _find(reply: Reply) -> SendReceipt | None:
    if not reply.channel.is_reachable:
        words = gettext_noop("The channel is paused or signed out.")
        raise ConnectorError(words, code="unreachable")
    try:
        receipt = channels.connector_for(reply.channel).find_sent(outbound_of(reply))
    except AuthExpired as error:
        channels.note_trouble(channel=Channel.objects.get(pk=reply.channel_id), error=error)
        raise
    if receipt and is_ours_already(reply=reply, receipt=receipt):
        return None
    return receipt


@transaction.atomic
def _not_found(reply_id: int) -> None:
    """Count a negative look; after enough of them, late enough, it is safe to send again."""
    row = _locked(reply_id)
    if row is None:
        return
    now, checks = timezone.now(), row.checks + 1
    quiet_since = _quiet_since(row)
    if checks < LOOKS or now < quiet_since:
        again = max(now + settle(), quiet_since) if checks >= LOOKS else now + settle()
        Reply.objects.filter(pk=row.pk).update(checks=checks, check_after=again, stop_code="")
        return
    REPLY.move(
        row,
        Reply.Status.QUEUED,
        send_after=now,
        check_after=None,
        checks=checks,
        stop_code="",
        stop_text="",
    )
    _note(row, "not_found", looks=checks)
    announce(kind="attention", channel_id=row.channel_id)


def _quiet_since(row: Reply) -> datetime:
    """Return when the last attempt can no longer be under way, nor still be hidden from a look."""
    last = row.deliveries.order_by("-attempt")[0]
    ended = last.finished_at or last.started_at + outcomes.lease(pictures=row.pictures.count())
    return ended + timedelta(seconds=settings.NETWORK_TIMEOUT) + settle()


@transaction.atomic
def _look_later(reply_id: int, words: str) -> None:
    """The question itself failed: as long again as it has taken, and no negative look counts."""
    row = _locked(reply_id)
    if row is None:
        return
    now = timezone.now()
    age = now - (row.first_attempt_at or row.created_at)
    row.check_after = now + min(max(age, settle()), LONGEST_PAUSE)
    if age > ASK_AFTER and not row.stop_code:
        row.stop_code, row.stop_text = stops.CHECK_FAILING, words
        _note(row, "check_failing")
        announce(kind="attention", channel_id=row.channel_id)
        of_stop(reply=row)
    row.save(update_fields=["check_after", "stop_code", "stop_text"])


@transaction.atomic
def _ask_a_person(reply_id: int, words: str) -> None:
    row = _locked(reply_id)
    if row is None:
        return
    row.check_after, row.stop_code, row.stop_text = None, stops.CANNOT_CHECK, words
    row.save(update_fields=["check_after", "stop_code", "stop_text"])
    _note(row, "cannot_check")
    announce(kind="attention", channel_id=row.channel_id)
    of_stop(reply=row)


def _locked(reply_id: int) -> Reply | None:
    """Return the reply, held, if it is still unknown."""
    rows = Reply.objects.select_for_update(no_key=True)
    return rows.filter(pk=reply_id, status=Reply.Status.UNKNOWN).first()


def _note(row: Reply, verb: str, **data: object) -> None:
    record(
        actor=None,
        verb=f"responses.reply.{verb}",
        target=row,
        conversation_id=row.conversation_id,
        **data,
    )
    announce(kind="conversation", conversation_ids=[row.conversation_id], channel_id=row.channel_id)
