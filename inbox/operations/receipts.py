"""Taking in what networks deliver by themselves: kept as it came, then read by a worker.

A worker that dies loses its lease and nothing else: the sweep comes back to the row. What is read
goes through the same `ingest` as what is polled, so it does not matter which comes first.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from inbox import tasks
from inbox.connectors import errors, registry
from inbox.connectors.base import Connector
from inbox.connectors.types import Capability, ChannelCredentials, Delivered, InboundMessage
from inbox.errors import ChannelUnavailable
from inbox.lib.bell import ring
from inbox.lib.waiting import backoff
from inbox.models import Channel, Message, Receipt
from inbox.operations import bad_items, channels, lookups, storing
from inbox.operations.recheck import apply_lookup

logger = logging.getLogger(__name__)

State = Receipt.State

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 6
FIRST_WAIT, LONGEST_WAIT = 5.0, 300.0  # seconds
PAUSE_WAIT = timedelta(seconds=60)
SWEPT = 200  # receipts at a time
KEPT_HEADERS = ("content-type", "user-agent")
# What a delivery says is gone may still be on its way to us: so often it is waited for.
WAITS_FOR_UNKNOWN = 3
UNKNOWN_YET = gettext_noop("It tells that something is gone which is not known here yet.")


def takes_deliveries(network: str) -> bool:
    """Say whether `network` delivers by itself and was told how it proves that it is it."""
    if network not in registry.CONNECTORS:
        return False
    if Capability.WEBHOOK not in registry.manifest(network).capabilities:
        return False
    return bool(channels.endpoints_of(network).hook_secret)


def stranger(network: str) -> Connector:
    """Return a connector that knows the network, but no account yet."""
    credentials = ChannelCredentials("", "", channels.endpoints_of(network))
    return registry.connector_class(network)(credentials, channels.http())


def keep(*, network: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Store a delivery whose signature was checked. Returns False for one that is here already."""
    wanted = {*KEPT_HEADERS, *registry.manifest(network).hook_headers}
    with transaction.atomic():
        row, is_new = Receipt.objects.get_or_create(
            network=network,
            digest=hashlib.sha256(body).hexdigest(),
            defaults={
                "body": body,
                "headers": {name: value for name, value in headers.items() if name in wanted},
                "next_try_at": timezone.now(),
            },
        )
        if is_new:
            ring(tasks.read_receipt, row.pk)
    return is_new


def due(*, now: datetime) -> list[int]:
    """Return the receipts to be read now, the oldest first."""
    return list(Receipt.objects.due(now).values_list("pk", flat=True)[:SWEPT])


def read(*, receipt_id: int) -> None:
    """Take in one delivery; a second worker at the same one leaves at once.

    What cannot be read ends in the tray, trouble on the way is tried again, and trouble of the
    database leaves the row to the next sweep.
    """
    now = timezone.now()
    claimed = Receipt.objects.due(now).filter(pk=receipt_id)
    if not claimed.update(leased_until=now + LEASE):
        return
    row = Receipt.objects.get(pk=receipt_id)
    try:
        _take_in(row)
    except _Paused:
        _release(row, next_try_at=timezone.now() + PAUSE_WAIT)
    except (errors.BadPayload, errors.Rejected, errors.Unsupported) as error:
        _give_up(row, error.message)
    except (errors.ConnectorError, ChannelUnavailable) as error:
        _try_later(row, str(error))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("delivery not read", extra={"receipt": row.pk, "network": row.network})
        _give_up(row, f"{type(error).__name__}: {error}")
    else:
        _release(row, state=State.DONE, finished_at=timezone.now(), error="")


class _Paused(Exception):
    """Nothing of a paused channel is read; it waits until an admin resumes it."""


def _take_in(row: Receipt) -> None:
    body = bytes(row.body)
    about = stranger(row.network).accounts_of(body, row.headers)
    rows = list(Channel.objects.here().filter(network=row.network, external_id__in=about))
    if not rows:
        logger.warning("delivery for nobody", extra={"receipt": row.pk, "network": row.network})
        return
    row.channel = rows[0]
    if any(channel.is_paused for channel in rows):
        raise _Paused
    for channel in rows:
        connector = channels.connector_with(channel, secrets={})
        told = connector.parse_webhook(body, row.headers)
        _tell(channel, told, is_last_chance=row.attempts >= WAITS_FOR_UNKNOWN)


def _tell(channel: Channel, told: Delivered, *, is_last_chance: bool) -> None:
    """Store what one channel was told. Safe to do again from the start."""
    if told.ended:
        channels.note_trouble(channel=channel, error=errors.AuthExpired(told.ended))
    doubtful = {*told.named, *_changed(channel, told)}
    found = _look_up(channel, doubtful)
    items = [item for item in told.messages if item.external_id not in doubtful]
    items += [item for item in found.values() if item]
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(pushed_at=timezone.now())
        _created, unfit = storing.store(channel=channel, items=items)
        bad_items.keep(channel=channel, stream="webhook", problems=[*told.problems, *unfit])
        apply_lookup(channel=channel, found=_gone(channel, told, found))
    unknown = set(told.gone) - _known(channel, told.gone)
    if unknown and not is_last_chance:
        raise errors.TransientError(UNKNOWN_YET)


def _changed(channel: Channel, told: Delivered) -> set[str]:
    """Return what is stored in another version: which is the later one the network knows.

    Deliveries come in any order, so an edit is looked up rather than believed.
    """
    if not channel.can(Capability.LOOKUP):
        return set()
    wanted = {item.external_id: item for item in told.messages if not item.is_private}
    rows = Message.objects.filter(channel=channel, external_id__in=wanted)
    known = dict(rows.values_list("external_id", "version_id"))
    return {key for key, version in known.items() if wanted[key].version_id != version}


def _look_up(channel: Channel, ids: set[str]) -> dict[str, InboundMessage | None]:
    if not ids:
        return {}
    lookups.note(channel=channel, count=len(ids))
    return channels.connector_for(channel).lookup(sorted(ids))


def _gone(
    channel: Channel, told: Delivered, found: Mapping[str, InboundMessage | None]
) -> dict[str, InboundMessage | None]:
    ids = [*told.gone, *(key for key, item in found.items() if item is None)]
    rows = Message.objects.filter(Q(external_id__in=ids) | Q(version_id__in=ids), channel=channel)
    return dict.fromkeys(rows.values_list("external_id", flat=True))


def _known(channel: Channel, ids: tuple[str, ...]) -> set[str]:
    rows = Message.objects.filter(Q(external_id__in=ids) | Q(version_id__in=ids), channel=channel)
    return {each for pair in rows.values_list("external_id", "version_id") for each in pair}


def _try_later(row: Receipt, words: str) -> None:
    if row.attempts + 1 >= MOST_ATTEMPTS:
        _give_up(row, words)
        return
    wait = backoff(row.attempts, first=FIRST_WAIT, longest=LONGEST_WAIT)
    later = timezone.now() + timedelta(seconds=wait)
    _release(row, attempts=row.attempts + 1, next_try_at=later, error=words[:300])


def _give_up(row: Receipt, words: str) -> None:
    with transaction.atomic():
        _release(
            row, state=State.FAILED, attempts=row.attempts + 1, error=words[:300],
            finished_at=timezone.now(),
        )  # fmt: skip
        bad_items.announce_tray(channel_id=row.channel_id)


def _release(row: Receipt, **changes: object) -> None:
    Receipt.objects.filter(pk=row.pk, state=State.RECEIVED).update(
        leased_until=None, channel=row.channel, **changes
    )
