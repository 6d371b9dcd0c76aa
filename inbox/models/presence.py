"""Who is with a conversation now, and what each person has seen of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.models.conversation import Conversation

GONE_AFTER = timedelta(seconds=25)  # a browser gives a sign of life every 10 seconds


class PresenceQuerySet(models.QuerySet["Presence"]):
    def here(self, now: datetime) -> PresenceQuerySet:
        """Tabs that have given a sign of life lately."""
        return self.filter(seen_at__gt=now - GONE_AFTER)

    def stale(self, now: datetime) -> PresenceQuerySet:
        """Tabs that went away without saying so."""
        return self.filter(seen_at__lte=now - GONE_AFTER)


class Presence(models.Model):
    """One tab of one person and the conversation it shows. `tab` is the tab's own random name."""

    class State(models.TextChoices):
        WRITING = "writing", _("Writing")
        VIEWING = "viewing", _("Looking")
        IDLE = "idle", _("Away")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    tab = models.CharField(max_length=32)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="presences"
    )
    state = models.CharField(max_length=10, choices=State, default=State.VIEWING)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "tab"], name="presence_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.state} {self.conversation_id}"


class Claim(models.Model):
    """Who is answering a conversation, until when: a hint to colleagues, never a lock.

    Whether an answer may go out is decided by the conversation's version when it is submitted
    and again when it is sent.
    """

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="claim"
    )
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.holder_id} answers {self.conversation_id}"

    def is_live(self, now: datetime) -> bool:
        return self.until > now


class Seen(models.Model):
    """How far one person has read one conversation; written when they look, never by news.

    `version` answers "is there anything new for me" in the list; the ids are the newest message,
    note and AuditEvent that were on screen.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="seen")
    version = models.PositiveIntegerField(default=0)
    message_id = models.BigIntegerField(default=0)
    note_id = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["conversation", "user"], name="seen_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} saw {self.conversation_id}@{self.version}"
