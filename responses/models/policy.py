"""Who must agree before a text leaves, set per channel."""

from __future__ import annotations

from datetime import timedelta

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.models import Channel


class ApprovalPolicy(models.Model):
    """Version 1: a public reply needs one manager who is not its author, a private one does not."""

    channel = models.OneToOneField(
        Channel, on_delete=models.CASCADE, related_name="approval_policy"
    )
    public_needs_approval = models.BooleanField(
        _("public replies need a manager's approval"), default=True
    )
    private_needs_approval = models.BooleanField(
        _("private replies need a manager's approval"), default=False
    )
    alt_text_required = models.BooleanField(
        _("pictures need a description for those who cannot see them"), default=True
    )
    undo_seconds = models.PositiveSmallIntegerField(
        _("undo window (seconds)"), default=15, validators=[MaxValueValidator(60)]
    )

    def __str__(self) -> str:
        return f"policy of channel {self.channel_id}"

    def needs_approval(self, *, is_private: bool) -> bool:
        return self.private_needs_approval if is_private else self.public_needs_approval

    @property
    def undo_window(self) -> timedelta:
        return timedelta(seconds=self.undo_seconds)
