"""What networks delivered by themselves, as it came, until it has been read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inbox.models.channel import Channel

if TYPE_CHECKING:
    from inbox.models.user import User


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def visible_to(self, user: User) -> ReceiptQuerySet:
        """Those of the channels that `user` sees; of no known channel, for who sees all."""
        if not user.has_perm("inbox.view_baditem"):
            return self.none()
        return self if user.channel_ids is None else self.filter(channel__in=user.channel_ids)

    def due(self, now: datetime) -> ReceiptQuerySet:
        """What waits to be read and nobody is reading."""
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        return self.filter(free, state=Receipt.State.RECEIVED, next_try_at__lte=now)

    def unread(self) -> ReceiptQuerySet:
        """What was given up and waits for a person."""
        return self.filter(state=Receipt.State.FAILED)


class Receipt(models.Model):
    """One delivery of a network, kept before anything is made of it.

    digest: of the body, so that a repeated delivery is the same row. channel: whom it is about,
    the first of them if it is about several, empty until that is known.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        DONE = "done", _("Read")
        FAILED = "failed", _("Could not be read")
        DROPPED = "dropped", _("Discarded")

    network = models.CharField(max_length=30)
    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, null=True, blank=True, related_name="receipts"
    )
    digest = models.CharField(max_length=64)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    received_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["network", "digest"], name="receipt_once"),)
        indexes = (
            models.Index(fields=["next_try_at"], name="receipt_due", condition=Q(state="received")),
            models.Index(fields=["channel"], name="receipt_failed", condition=Q(state="failed")),
            models.Index(fields=["received_at"], name="receipt_age"),
        )

    def __str__(self) -> str:
        return f"{self.network} {self.digest[:12]}"
