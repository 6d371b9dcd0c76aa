"""Who is behind the authors: a person or a house, as far as the desk has found out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PersonList(models.TextChoices):
    """The lists that a person may be on; each moves their conversations up the queue."""

    VIP = "vip", _("VIP")
    PRESS = "press", _("Press")
    PARTNER = "partner", _("Partner")
    WATCH = "watch", _("Watch closely")


class Person(models.Model):
    """One who may write under several identities; made when the desk first notes something.

    stale_since: the person's open conversations are still to be judged by what changed then.
    """

    is_vip = models.BooleanField(default=False)
    is_press = models.BooleanField(default=False)
    is_partner = models.BooleanField(default=False)
    is_watch = models.BooleanField(default=False)
    stale_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "people"
        indexes = (
            models.Index(
                fields=["stale_since"],
                name="person_stale",
                condition=models.Q(stale_since__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"person {self.pk}"

    @property
    def lists(self) -> list[str]:
        """The lists that the person is on, the weightiest first."""
        return [name for name in PersonList.values if getattr(self, f"is_{name}")]

    def set_lists(self, names: set[str]) -> None:
        for name in PersonList.values:
            setattr(self, f"is_{name}", name in names)
        self.stale_since = timezone.now()


class PersonNote(models.Model):
    """What colleagues should know of a person, whatever the conversation; never leaves the desk."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    text = models.TextField(max_length=5000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"note {self.pk}"
