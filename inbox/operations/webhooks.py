"""The addresses that hear of events: added, changed, tried out, paused, and asked again."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import tasks
from inbox.lib.bell import ring
from inbox.lib.errors import BadInput, NotAllowed, StaleState
from inbox.models import Channel, Team, User, WebhookDelivery, WebhookEndpoint
from inbox.operations import delivering, outbox
from inbox.operations.audit import record

State, Status = WebhookEndpoint.State, WebhookDelivery.Status

# Both secrets sign for so long after a change, so that the receiver can follow in its own time.
OVERLAP = timedelta(hours=24)
MARK = "whsec_"  # https://github.com/standard-webhooks/standard-webhooks/blob/main/spec


@transaction.atomic
def add_endpoint(
    *,
    name: str,
    url: str,
    events: Collection[str],
    by: User,
    team: Team | None = None,
    channel: Channel | None = None,
) -> tuple[WebhookEndpoint, str]:
    """Add an address; returns it with its signing secret. Raises NotAllowed, BadInput."""
    _require_manager(by)
    secret = _new_secret()
    endpoint = WebhookEndpoint(owner=by, secrets={"current": secret})
    _set(endpoint, name=name, url=url, events=events, team=team, channel=channel)
    endpoint.save()
    record(actor=by, verb="inbox.webhook.added", target=endpoint, name=name, url=url)
    return endpoint, secret


@transaction.atomic
def change_endpoint(
    *,
    endpoint: WebhookEndpoint,
    name: str,
    url: str,
    events: Collection[str],
    by: User,
    team: Team | None = None,
    channel: Channel | None = None,
) -> WebhookEndpoint:
    """Change where events go and which. Raises NotAllowed, BadInput."""
    row = _locked(endpoint, by)
    before = {"url": row.url, "events": row.events}
    _set(row, name=name, url=url, events=events, team=team, channel=channel)
    row.save()
    record(
        actor=by,
        verb="inbox.webhook.changed",
        target=row,
        name=name,
        before=before,
        after={"url": url, "events": row.events},
    )
    return row


@transaction.atomic
def set_paused(*, endpoint: WebhookEndpoint, paused: bool, by: User) -> WebhookEndpoint:
    """Hold what is on its way, or let it go; also switches on again what was switched off."""
    row = _locked(endpoint, by)
    state = State.PAUSED if paused else State.ACTIVE
    if row.state == state:
        return row
    row.state, row.state_reason = state, ""
    row.failures, row.failing_since, row.wait_until = 0, None, None
    row.save()
    if not paused:
        now = timezone.now()
        waiting = row.deliveries.filter(status=Status.PENDING)
        waiting.update(next_try_at=now, give_up_at=now + outbox.TRY_FOR)
        ring(tasks.sweep_webhooks)
    verb = "inbox.webhook.paused" if paused else "inbox.webhook.resumed"
    record(actor=by, verb=verb, target=row, name=row.name)
    return row


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, by: User) -> str:
    """Sign with a new secret, and for a day with the old one as well. Returns the new one."""
    row = _locked(endpoint, by)
    secret = _new_secret()
    row.secrets = {"current": secret, "previous": row.secrets["current"]}
    row.previous_until = timezone.now() + OVERLAP
    row.save(update_fields=["secrets", "previous_until"])
    record(actor=by, verb="inbox.webhook.rotated", target=row, name=row.name)
    return secret


def ping(*, endpoint: WebhookEndpoint, by: User) -> WebhookDelivery:
    """Send a test event now and return what became of it; a failed one is not tried again."""
    with transaction.atomic():
        row = _locked(endpoint, by)
        (delivery,) = outbox.write(endpoints=[row], news=[outbox.News(outbox.PING, 0, actor=by)])
        # Out of the workers' reach: the person who asked is waiting for it here.
        WebhookDelivery.objects.filter(pk=delivery.pk).update(next_try_at=delivery.give_up_at)
        record(actor=by, verb="inbox.webhook.tested", target=row, name=row.name)
    return delivering.attempt_once(delivery_id=delivery.pk)


@transaction.atomic
def replay(*, endpoint: WebhookEndpoint, by: User, delivery: WebhookDelivery | None = None) -> int:
    """Send `delivery` again, or all that were given up. Returns how many.

    The event keeps its id, by which the receiver knows what it has seen.
    Raises NotAllowed, StaleState while the endpoint is not active.
    """
    row = _locked(endpoint, by)
    if row.state != State.ACTIVE:
        raise StaleState(_("Resume the webhook first; then send again what was given up."))
    rows = row.deliveries.exclude(event=outbox.PING)
    rows = rows.filter(pk=delivery.pk) if delivery else rows.filter(status=Status.FAILED)
    now = timezone.now()
    count = rows.exclude(status=Status.PENDING).update(
        status=Status.PENDING,
        next_try_at=now,
        give_up_at=now + outbox.TRY_FOR,
        attempts=0,
        finished_at=None,
    )
    if count:
        record(actor=by, verb="inbox.webhook.replayed", target=row, name=row.name, count=count)
        ring(tasks.sweep_webhooks)
    return count


def _require_manager(by: User) -> None:
    if not by.has_perm("inbox.manage_webhook"):
        raise NotAllowed(_("Only an admin can manage webhooks."))


def _locked(endpoint: WebhookEndpoint, by: User) -> WebhookEndpoint:
    _require_manager(by)
    return WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)


def _new_secret() -> str:
    return MARK + base64.b64encode(secrets.token_bytes(32)).decode()


def _set(
    row: WebhookEndpoint,
    *,
    name: str,
    url: str,
    events: Collection[str],
    team: Team | None,
    channel: Channel | None,
) -> None:
    if not name.strip():
        raise BadInput(_("Give the webhook a name that says who listens."))
    if unknown := set(events) - set(outbox.EVENTS):
        words = _("There is no event called %(names)s.")
        raise BadInput(words % {"names": ", ".join(sorted(unknown))})
    if not events:
        raise BadInput(_("Choose at least one event."))
    row.name, row.url = name.strip()[:80], _checked(url)
    row.events = [event for event in outbox.EVENTS if event in events]
    row.team, row.channel = team, channel


def _checked(url: str) -> str:
    """Return `url` if it may hear of events; whether it leads inside is seen at each connection."""
    try:
        URLValidator(schemes=["https", "http"] if _takes_plain(url) else ["https"])(url)
    except (ValidationError, ValueError) as error:
        raise BadInput(_("Give a full address that begins with https://.")) from error
    if len(url) > 500:
        raise BadInput(_("An address has at most 500 characters."))
    if urlsplit(url).username is not None:
        raise BadInput(_("Leave the password out of the address; check the signature instead."))
    return url


def _takes_plain(url: str) -> bool:
    """Say whether `url` may do without encryption."""
    parts = urlsplit(url)
    place = parts.hostname or "", parts.port or 80
    return settings.PRACTICE_NETWORK or place in settings.PRIVATE_HOSTS
