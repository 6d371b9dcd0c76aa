"""Getting what hangs on messages: one by one, few at a time, each look claimed first.

Files come from hosts that may be slow, gone or hostile, so no more than AT_ONCE workers of the
whole desk are at it at any time, however many messages a storm brings.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from inbox.connectors.errors import (
    AuthExpired,
    BadPayload,
    ConnectorError,
    Elsewhere,
    RateLimited,
    TransientError,
)
from inbox.connectors.received import TOO_LARGE, Document
from inbox.errors import ChannelUnavailable
from inbox.lib import pictures
from inbox.models import Attachment
from inbox.models.attachment import AttachmentQuerySet
from inbox.operations import attachments, channels
from inbox.operations.files import keep_file

logger = logging.getLogger(__name__)

State = Attachment.State

AT_ONCE = 4
WORK_FOR = 30.0  # seconds; then other work of this worker gets its turn
LEASE = timedelta(seconds=settings.NETWORK_TIMEOUT * 4 + 30)
MOST_ATTEMPTS = 8
BACKOFF_FIRST, BACKOFF_LONGEST = 10.0, 3600.0  # seconds
MOST_MOVES = 2  # addresses that are followed where a file has moved for good


class Refused(Exception):
    """The desk does not take it; the argument is one of attachments.REASONS."""


def is_due(*, now: datetime) -> bool:
    """Say whether anything waits to be fetched."""
    return Attachment.objects.due(now).exists()


def fetch_due() -> int:
    """Fetch what is due until nothing is left or others should have their turn. Returns how many.

    Safe to call by any number of workers at once.
    """
    began, done = time.monotonic(), 0
    while time.monotonic() - began < WORK_FOR:
        row = _claim(timezone.now())
        if row is None:
            break
        _fetch(row)
        done += 1
    return done


def _claim(now: datetime) -> Attachment | None:
    """Take what waits longest, by compare-and-swap; if this process dies, it is due again."""
    rows = Attachment.objects
    if rows.held(now).count() >= AT_ONCE:
        return None
    ids = rows.due(now).order_by("next_try_at", "pk").values_list("pk", flat=True)
    for pk in list(ids[:AT_ONCE]):
        mine = rows.due(now).filter(pk=pk)
        if mine.update(leased_until=now + LEASE, attempts=F("attempts") + 1):
            return rows.select_related("message__channel__server").get(pk=pk)
    return None


def _fetch(row: Attachment) -> None:
    try:
        if row.attempts > MOST_ATTEMPTS:  # so often a worker was lost over it
            _end(row, State.FAILED, attachments.BROKEN)
            return
        _store(row, _content(row))
    except Refused as refusal:
        _end(row, State.REFUSED, str(refusal))
    except pictures.TooManyPixels:
        _end(row, State.REFUSED, attachments.TOO_MANY_PIXELS)
    except (TransientError, AuthExpired) as error:
        _later(row, error.message, error.retry_after if isinstance(error, RateLimited) else None)
    except ChannelUnavailable as error:
        _later(row, str(error), None)
    except ConnectorError as error:
        _end(row, State.FAILED, attachments.DENIED, error.message)
    except Exception as error:
        logger.exception("fetching failed", extra={"attachment": row.pk})
        _later(row, type(error).__name__, None)


def _content(row: Attachment) -> bytes:
    most = settings.ATTACHMENT_BYTES
    if row.declared_size is not None and row.declared_size > most:
        raise Refused(attachments.TOO_LARGE)
    try:
        content = _document(row, most).content
    except BadPayload as error:
        if error.code == TOO_LARGE:
            raise Refused(attachments.TOO_LARGE) from error
        raise
    if not content:
        raise Refused(attachments.EMPTY)
    return content


def _document(row: Attachment, most: int) -> Document:
    """Return the file, also from where it has moved for good."""
    connector, url = channels.connector_for(row.message.channel), row.url
    for _move in range(MOST_MOVES):
        try:
            return connector.fetch_attachment(url, max_bytes=most)
        except Elsewhere as error:
            url = error.addresses[0]
    return connector.fetch_attachment(url, max_bytes=most)


@transaction.atomic
def _store(row: Attachment, content: bytes) -> None:
    _end(row, State.STORED, file=keep_file(content))


def _later(row: Attachment, words: str, wait: float | None) -> None:
    if row.attempts >= MOST_ATTEMPTS:
        _end(row, State.FAILED, attachments.UNREACHABLE, words)
        return
    back_off = min(BACKOFF_FIRST * 2.0 ** (row.attempts - 1), BACKOFF_LONGEST)
    later = timezone.now() + timedelta(seconds=min(wait or back_off, BACKOFF_LONGEST))
    _mine(row).update(leased_until=None, next_try_at=later, detail=words)


@transaction.atomic
def _end(row: Attachment, state: str, reason: str = "", words: str = "", **values: object) -> None:
    """Write down what became of this look, unless somebody else has taken it over."""
    changes = {"state": state, "reason": reason, "detail": words, "leased_until": None, **values}
    if _mine(row).update(**changes):
        attachments.announce_change(row)


def _mine(row: Attachment) -> AttachmentQuerySet:
    return Attachment.objects.filter(pk=row.pk, state=State.WAITING, attempts=row.attempts)
