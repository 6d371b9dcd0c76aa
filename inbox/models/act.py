"""What people have the desk do on a network besides answering: hide, like, follow, report."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inbox.models.author import Author
from inbox.models.channel import Channel
from inbox.models.conversation import Conversation
from inbox.models.message import Message


class ActQuerySet(models.QuerySet["Act"]):
    def due(self, now: datetime) -> ActQuerySet:
        """What a worker may do now, and what one began and never ended."""
        waiting = Q(state=Act.State.QUEUED, next_try_at__lte=now)
        return self.filter(waiting | Q(state=Act.State.DOING, leased_until__lte=now))


class Act(models.Model):
    """One act on a message or on who wrote it, as the connected account.

    is_undo: it takes an earlier one back. outcome: the network's words. Acts on a person hang on
    the message where they were asked for.
    """

    class Kind(models.TextChoices):
        LIKE = "like", _("Like")
        HIDE = "hide", _("Hide")
        DELETE = "delete", _("Delete")
        FOLLOW = "follow", _("Follow")
        MUTE = "mute", _("Mute")
        BLOCK = "block", _("Block on the network")
        REPORT = "report", _("Report")

    class State(models.TextChoices):
        QUEUED = "queued", _("On its way")
        DOING = "doing", _("Being done")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        UNKNOWN = "unknown", _("Nobody knows whether it was done")

    UNDER_WAY = (State.QUEUED, State.DOING)
    ON_PEOPLE = (Kind.FOLLOW, Kind.MUTE, Kind.BLOCK, Kind.REPORT)
    # Of these one is enough for all that a person writes.
    ONCE_A_PERSON = (Kind.FOLLOW, Kind.MUTE, Kind.BLOCK)

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="acts")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="acts")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="acts")
    author = models.ForeignKey(
        Author, on_delete=models.PROTECT, null=True, blank=True, related_name="acts"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    is_undo = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    words = models.CharField(max_length=1000, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    outcome = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ActQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        permissions = (
            ("engage", "Can like and follow as the connected account"),
            ("moderate", "Can hide, delete, mute, block and report as the connected account"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["message", "kind"],
                condition=Q(state__in=["queued", "doing"]),
                name="one_act_under_way",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_try_at"],
                name="act_due",
                condition=Q(state__in=["queued", "doing"]),
            ),
        )

    def __str__(self) -> str:
        return f"{'undo ' if self.is_undo else ''}{self.kind} {self.message_id}"

    @property
    def title(self) -> str:
        """What was asked for, in words."""
        name = self.get_kind_display()
        return gettext("%(act)s, taken back") % {"act": name} if self.is_undo else name

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY
