"""The keys of programs that work at the desk in somebody's name, and what they asked before."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self, now: datetime) -> ApiTokenQuerySet:
        """Tokens that open the door now: not revoked, not expired, their person still here."""
        return self.filter(revoked_at=None, expires_at__gt=now, user__is_active=True)


class ApiToken(models.Model):
    """One program's key. The secret is shown once; `digest` is all that is kept of it.

    prefix: the public part, by which the row is found. scopes: values of `lib.scopes.Scope`.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_tokens"
    )
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="revoked_tokens",
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        permissions = (("manage_token", "Can see and revoke the API tokens of others"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return not self.revoked_at and self.expires_at > timezone.now() and self.user.is_active


class KeptAnswer(models.Model):
    """What a request with an Idempotency-Key was answered, so that asking again changes nothing.

    holder: the token or the person that asked. status: of the answer; empty while it is being
    made, which `leased_until` bounds in case the process dies over it.
    """

    holder = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(blank=True)
    leased_until = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["holder", "key"], name="answer_once"),)

    def __str__(self) -> str:
        return f"{self.holder} {self.key}"
