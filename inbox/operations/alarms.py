"""One mail to the admins when a channel gets into trouble, and one when it is well again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from inbox.models import Channel, User
from inbox.said import said

logger = logging.getLogger(__name__)

# What comes and goes within this time is not worth a mail.
SETTLED = timedelta(minutes=2)
TRY_AGAIN = timedelta(minutes=10)  # after a mail server that does not take it
Health = Channel.Health
ALARMING = (Health.BLIND, Health.EXPIRING, Health.NEEDS_LOGIN)


def tell_admins(*, now: datetime) -> int:
    """Send what is due. Returns how many changes were told; safe to call from many workers."""
    rows = Channel.objects.here().filter(is_paused=False, health_changed_at__lte=now - SETTLED)
    rows = rows.filter(Q(tell_after=None) | Q(tell_after__lte=now)).defer("secrets")
    return sum(_tell(channel) for channel in rows if worth_telling(channel) != channel.told_health)


def worth_telling(channel: Channel) -> str:
    """Return the state that a mail is about: being slow is not worth one."""
    return channel.health if channel.health in ALARMING else Health.OK


def _tell(channel: Channel) -> bool:
    """Claim the change, so that one worker tells it, and mail everybody; give it back if not."""
    before, state = channel.told_health, worth_telling(channel)
    mine = Channel.objects.filter(pk=channel.pk, told_health=before, health=channel.health)
    if not mine.update(told_health=state):
        return False
    admins = User.objects.filter(role=User.Role.ADMIN, is_active=True).exclude(email="")
    try:
        for admin in admins:
            _mail(channel, admin, before)
    except OSError as error:  # smtplib's errors are among them
        later = timezone.now() + TRY_AGAIN
        Channel.objects.filter(pk=channel.pk).update(told_health=before, tell_after=later)
        extra = {"channel": channel.pk, "error": type(error).__name__}
        logger.warning("admins could not be told", extra=extra)
        return False
    return True


def _mail(channel: Channel, admin: User, before: str) -> None:
    with override(admin.language or settings.LANGUAGE_CODE):
        subject, words = _in_words(channel)
        facts = {"channel": channel, "network": channel.get_network_display()}
        lines = [words % facts]
        if channel.health in ALARMING and channel.health_reason:
            lines.append(said(channel.health_reason))
        lines.append(f"{settings.SITE_URL}{channel.get_absolute_url()}")
        text = "\n\n".join(lines)
        send_mail(subject % facts, text, settings.DEFAULT_FROM_EMAIL, [admin.email])


def _in_words(channel: Channel) -> tuple[str, str]:
    if channel.health == Health.BLIND:
        return (
            _("%(channel)s cannot be read"),
            _(
                "The desk has not been able to read %(channel)s on %(network)s for a while. What "
                "people write there is missing. It keeps trying, and tells you when it is well."
            ),
        )
    if channel.health == Health.EXPIRING:
        return (
            _("The sign-in of %(channel)s ends soon"),
            _(
                "Reconnect %(channel)s on %(network)s before its sign-in ends; after that nothing "
                "is read or sent."
            ),
        )
    if channel.health == Health.NEEDS_LOGIN:
        return (
            _("%(channel)s must be signed in again"),
            _(
                "%(network)s no longer accepts the sign-in of %(channel)s. Nothing is read or sent "
                "until you reconnect it."
            ),
        )
    return (
        _("%(channel)s is well again"),
        _("The desk reads and answers %(channel)s on %(network)s as usual."),
    )
