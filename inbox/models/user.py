"""The people who work at the desk."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A colleague with exactly one role; `crisisdesk.roles` says what the role may do."""

    class Role(models.TextChoices):
        AGENT = "agent", _("Agent")
        MANAGER = "manager", _("Manager")
        ADMIN = "admin", _("Admin")
        AUDITOR = "auditor", _("Auditor")

    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.AGENT)
    opens_next = models.BooleanField(_("open the next conversation after an action"), default=True)

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined,misc]
        constraints = (
            models.CheckConstraint(
                name="user_role_is_known",
                condition=models.Q(role__in=["agent", "manager", "admin", "auditor"]),
            ),
        )

    def __str__(self) -> str:
        return self.get_full_name() or self.username
