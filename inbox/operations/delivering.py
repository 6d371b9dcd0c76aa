"""Getting events to other systems: at least once, in the order of each conversation.

One worker at a time speaks to an endpoint, so one that hangs costs one worker's patience. The
claim is one conditional UPDATE; a worker that dies loses its lease and nothing else.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from inbox.connectors.answers import retry_after
from inbox.connectors.errors import ConnectorError
from inbox.connectors.http import Http
from inbox.connectors.signing import signed
from inbox.lib import waiting
from inbox.models import WebhookDelivery, WebhookEndpoint
from inbox.operations.audit import announce, record
from inbox.operations.telling import of_webhook_off

logger = logging.getLogger(__name__)

State, Status = WebhookEndpoint.State, WebhookDelivery.Status

LEASE = timedelta(seconds=60)
WORK_FOR = 30.0  # seconds a worker stays with one endpoint before others get their turn
BACKOFF_FIRST, BACKOFF_LONGEST = 5.0, 7200.0  # seconds
LONGEST_REST = 600.0  # seconds without an attempt, for an endpoint that does not answer at all
DISABLE_AFTER = timedelta(days=5)
EXCERPT = 2000  # bytes of an answer that people get to see
LOGGED = 20  # attempts
# Kept in English and translated where it is read: who reads it is not who delivers.
REDIRECTED = gettext_noop("It sent us elsewhere; redirections are not followed.")
GONE = gettext_noop("The receiver said that it is gone for good (410).")
SILENT = gettext_noop("It has not taken an event for five days.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt met. status: of the answer, 0 for none; wait: what the receiver asks for."""

    status: int
    words: str
    excerpt: str = ""
    wait: float = 0.0
    milliseconds: int = 0

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def wants_rest(self) -> bool:
        return self.status in (0, 429, 503)


@cache
def http() -> Http:
    """Return this process's door to receivers."""
    return Http(
        timeout=settings.WEBHOOK_TIMEOUT,
        allow_private=settings.PRACTICE_NETWORK,
        private_hosts=settings.PRIVATE_HOSTS,
    )


def backoff(attempt: int) -> float:
    """Return seconds to wait after `attempt` (from 1)."""
    return waiting.backoff(attempt - 1, first=BACKOFF_FIRST, longest=BACKOFF_LONGEST)


def due_endpoints(*, now: datetime) -> list[int]:
    """Return the endpoints that a worker may speak to now, and for which something is due."""
    due = WebhookDelivery.objects.filter(
        endpoint=OuterRef("pk"), status=Status.PENDING, next_try_at__lte=now
    )
    rows = _free(now).filter(Exists(due))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def deliver(*, endpoint_id: int) -> int:
    """Send what is due to one endpoint. Returns how many were tried; 0 if it is not our turn."""
    now, token, began = timezone.now(), str(uuid.uuid4()), time.monotonic()
    claimed = _free(now).filter(pk=endpoint_id)
    if not claimed.update(leased_until=now + LEASE, lease_token=token):
        return 0
    tried = 0
    try:
        while time.monotonic() - began < WORK_FOR:
            row = WebhookDelivery.objects.filter(endpoint=endpoint_id).due(timezone.now()).first()
            if row is None:
                break
            tried += 1
            if not _attempt(row).is_done and not _free_to_go_on(endpoint_id, token):
                break
    finally:
        mine = WebhookEndpoint.objects.filter(pk=endpoint_id, lease_token=token)
        mine.update(leased_until=None, lease_token="")
    return tried


def attempt_once(*, delivery_id: int) -> WebhookDelivery:
    """Try one delivery now and for the last time; return it with what became of it."""
    row = WebhookDelivery.objects.select_related("endpoint").get(pk=delivery_id)
    WebhookDelivery.objects.filter(pk=row.pk).update(give_up_at=timezone.now())
    _attempt(row)
    row.refresh_from_db()
    return row


def _free(now: datetime) -> QuerySet[WebhookEndpoint]:
    idle = Q(leased_until=None) | Q(leased_until__lte=now)
    rested = Q(wait_until=None) | Q(wait_until__lte=now)
    return WebhookEndpoint.objects.filter(idle, rested, state=State.ACTIVE)


def _free_to_go_on(endpoint_id: int, token: str) -> bool:
    rows = WebhookEndpoint.objects.filter(pk=endpoint_id, lease_token=token, state=State.ACTIVE)
    return rows.filter(Q(wait_until=None) | Q(wait_until__lte=timezone.now())).exists()


def _attempt(row: WebhookDelivery) -> Outcome:
    """Send one event and write down what became of it."""
    endpoint = WebhookEndpoint.objects.get(pk=row.endpoint_id)
    outcome = _send(endpoint, row)
    _note(row.pk, outcome)
    return outcome


def _send(endpoint: WebhookEndpoint, row: WebhookDelivery) -> Outcome:
    body = json.dumps(row.payload | {"sequence": row.pk}).encode()
    keys = [endpoint.secrets["current"]]
    if endpoint.previous_until and endpoint.previous_until > timezone.now():
        keys.append(endpoint.secrets["previous"])
    headers = signed(body=body, event_id=str(row.event_id), at=int(time.time()), keys=keys)
    began = time.monotonic()
    try:
        answer = http().post(endpoint.url, content=body, headers=headers, keep=EXCERPT)
    except ConnectorError as error:
        return Outcome(0, error.message, milliseconds=_since(began))
    return Outcome(
        answer.status,
        REDIRECTED if 300 <= answer.status < 400 else "",
        answer.content.decode(errors="replace").replace("\0", "\ufffd"),
        min(retry_after(answer.headers) or 0.0, BACKOFF_LONGEST),
        _since(began),
    )


@transaction.atomic
def _note(delivery_id: int, outcome: Outcome) -> None:
    row = WebhookDelivery.objects.select_for_update().get(pk=delivery_id)
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=row.endpoint_id)
    now = timezone.now()
    row.attempts += 1
    line = {
        "at": now.isoformat(),
        "status": outcome.status,
        "words": outcome.words,
        "excerpt": outcome.excerpt,
        "ms": outcome.milliseconds,
    }
    row.log = [*row.log, line][-LOGGED:]
    if outcome.is_done:
        row.status, row.finished_at = Status.DELIVERED, now
        endpoint.failures, endpoint.failing_since, endpoint.wait_until = 0, None, None
        endpoint.last_success_at = now
    else:
        _note_failure(row, endpoint, outcome, now)
    row.save(update_fields=["attempts", "log", "status", "finished_at", "next_try_at"])
    endpoint.save(
        update_fields=[
            "failures", "failing_since", "wait_until", "last_success_at", "state", "state_reason",
        ]
    )  # fmt: skip


def _note_failure(
    row: WebhookDelivery, endpoint: WebhookEndpoint, outcome: Outcome, now: datetime
) -> None:
    wait = max(backoff(row.attempts), outcome.wait)
    row.next_try_at = min(now + timedelta(seconds=wait), row.give_up_at)
    if now >= row.give_up_at:
        row.status, row.finished_at = Status.FAILED, now
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    if outcome.wants_rest:
        rest = max(min(backoff(endpoint.failures), LONGEST_REST), outcome.wait)
        endpoint.wait_until = now + timedelta(seconds=rest)
    if outcome.status == 410:
        row.status, row.finished_at = Status.FAILED, now
        _disable(endpoint, GONE)
    elif now - endpoint.failing_since >= DISABLE_AFTER:
        _disable(endpoint, SILENT)


def _disable(endpoint: WebhookEndpoint, words: str) -> None:
    if endpoint.state == State.DISABLED:
        return
    endpoint.state, endpoint.state_reason = State.DISABLED, words
    logger.warning("webhook switched off", extra={"endpoint_id": endpoint.pk})
    record(
        actor=None, verb="inbox.webhook.disabled", target=endpoint, name=endpoint.name, words=words
    )
    announce(kind="channels")
    of_webhook_off(endpoint=endpoint)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
