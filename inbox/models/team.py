"""Who works on what: teams own channels, and their members see and act only on those."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Team(models.Model):
    """A group of colleagues with channels of their own.

    A channel without a team belongs to everybody. Who may see what is decided in one place,
    `User.channel_ids`; every `visible_to` asks it.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="teams")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        permissions = (("manage_team", "Can form teams and say who is in them"),)

    def __str__(self) -> str:
        return self.name
