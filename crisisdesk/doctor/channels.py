"""Who can sign in, and whether the channels are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from crisisdesk.doctor.finding import Finding, fine, problem, warning
from inbox.models import BadItem, Channel, Receipt, User

AREA = "channel"
# The desk renews a sign-in ten minutes before it ends, so one that is over was not renewed.
_GRACE = timedelta(minutes=5)


def people() -> Iterator[Finding]:
    """Somebody must be able to let others in."""
    if not User.objects.filter(role=User.Role.ADMIN, is_active=True).exists():
        remedy = "Run manage.py create_user NAME --role admin."
        yield problem("people", "There is no admin who can sign in.", remedy)


def channels() -> Iterator[Finding]:
    """Every channel, by what it can be trusted to show."""
    page = f"{settings.SITE_URL}/channels/"
    rows = list(Channel.objects.defer("secrets"))  # they may be what is broken
    if not rows:
        yield warning(AREA, "None is connected.", f"Connect one at {page}.")
    for channel in rows:
        yield _channel(channel, f"{page}{channel.pk}/")
    unread = BadItem.objects.unread().count() + Receipt.objects.unread().count()
    if unread:
        words = f"{unread} items from the networks could not be read."
        yield warning(AREA, words, f"Look at them at {page}tray/.")


def _channel(channel: Channel, page: str) -> Finding:
    name = f"{channel.network} @{channel.handle}"
    if channel.is_practice != settings.PRACTICE_NETWORK:
        kind = "the practice network" if channel.is_practice else "the real network"
        remedy = "Expected in a practice run or after one; otherwise check PRACTICE_NETWORK."
        return warning(AREA, f"{name} belongs to {kind}, which this run does not read.", remedy)
    if channel.health == Channel.Health.NEEDS_LOGIN:
        return problem(AREA, f"{name} is signed out.", f"Reconnect it at {page}.")
    if channel.is_paused:
        return warning(AREA, f"{name} is paused.", f"Resume it at {page}.")
    why = f" ({channel.health_reason})" if channel.health_reason else ""
    if channel.health == Channel.Health.BLIND:
        return problem(AREA, f"{name} has not been read for too long{why}.", f"See {page}.")
    if channel.health == Channel.Health.SLOW:
        return warning(AREA, f"{name} is read late{why}.", f"See {page}.")
    if channel.secrets_expire_at and channel.secrets_expire_at + _GRACE < timezone.now():
        words = f"The sign-in of {name} ended at {channel.secrets_expire_at:%Y-%m-%d %H:%M} UTC."
        return warning(AREA, words, f"A worker renews it; if that fails, reconnect it at {page}.")
    return fine(AREA, f"{name} is read and signed in.")
