"""Telling other systems what happened here: where to, and every event on its way there."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.lib.crypto import EncryptedSecretsField
from inbox.models.channel import Channel
from inbox.models.team import Team

if TYPE_CHECKING:
    from inbox.models.user import User


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def visible_to(self, user: User) -> WebhookEndpointQuerySet:
        """Endpoints are for those who manage them; they hear of every channel."""
        return self if user.has_perm("inbox.manage_webhook") else self.none()

    def listening(self) -> WebhookEndpointQuerySet:
        """Endpoints for which events are written down; a paused one keeps its queue growing."""
        return self.exclude(state=WebhookEndpoint.State.DISABLED)

    def in_trouble(self) -> WebhookEndpointQuerySet:
        return self.filter(state=WebhookEndpoint.State.DISABLED)


class WebhookEndpoint(models.Model):
    """One address that hears of events. The signing secrets are encrypted at rest.

    team, channel: only events of these channels; empty for all. failing_since: when it last
    stopped answering with success. wait_until: no attempt before, since it did not answer at
    all. leased_until, lease_token: one worker at a time speaks to it.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        DISABLED = "disabled", _("Switched off")

    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=500)
    secrets = EncryptedSecretsField(editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    events = models.JSONField(default=list)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.PROTECT, null=True, blank=True
    )
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.PROTECT, null=True, blank=True
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    state_reason = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    wait_until = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=36, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        permissions = (("manage_webhook", "Can tell other systems what happens here"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("inbox:webhook", args=[self.pk])


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def due(self, now: datetime) -> WebhookDeliveryQuerySet:
        """What may leave now; of one conversation never a later event before an earlier one."""
        earlier = WebhookDelivery.objects.filter(
            endpoint=OuterRef("endpoint"),
            conversation_id=OuterRef("conversation_id"),
            status=WebhookDelivery.Status.PENDING,
            pk__lt=OuterRef("pk"),
        )
        rows = self.filter(status=WebhookDelivery.Status.PENDING, next_try_at__lte=now)
        return rows.exclude(Exists(earlier)).order_by("pk")


class WebhookDelivery(models.Model):
    """One event for one endpoint, with what became of it. `log` holds the latest attempts."""

    class Status(models.TextChoices):
        PENDING = "pending", _("On its way")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    event_id = models.UUIDField(default=uuid.uuid4)
    event = models.CharField(max_length=40)
    conversation_id = models.BigIntegerField(null=True, blank=True)
    payload = models.JSONField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    log = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "webhook deliveries"
        constraints = (
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="event_once_each"),
        )
        indexes = (
            models.Index(fields=["endpoint", "-id"], name="hook_log"),
            models.Index(
                fields=["endpoint", "next_try_at"],
                name="hook_due",
                condition=models.Q(status="pending"),
            ),
            models.Index(
                fields=["endpoint", "conversation_id", "id"],
                name="hook_order",
                condition=models.Q(status="pending"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.event_id}"
