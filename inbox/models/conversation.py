"""The unit of work: what one person started with us, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.models.author import Author
from inbox.models.channel import Channel
from inbox.models.person import PersonList

if TYPE_CHECKING:
    from inbox.models.user import User


class Label(models.Model):
    """A word that sorts conversations; `color` is one of the design system's named hues."""

    class Color(models.TextChoices):
        GREY = "grey", _("Grey")
        BLUE = "blue", _("Blue")
        GREEN = "green", _("Green")
        AMBER = "amber", _("Amber")
        RED = "red", _("Red")
        VIOLET = "violet", _("Violet")

    name = models.CharField(max_length=40, unique=True)
    color = models.CharField(max_length=10, choices=Color, default=Color.GREY)

    class Meta:
        ordering = ("name",)
        permissions = (("manage_label", "Can rename, merge and delete labels"),)

    def __str__(self) -> str:
        return self.name


ROW = (
    "version", "is_private", "has_attachments", "priority", "sentiment", "language", "preview",
    "rank_at", "waiting_since", "snoozed_until", "last_message_at",
    "channel__name", "channel__handle", "channel__network",
    "author__name", "author__handle", "author__followers", "author__is_verified",
    *(f"author__person__is_{name}" for name in PersonList.values),
    "assignee__first_name", "assignee__last_name", "assignee__username",
    "claim__until", "claim__holder__first_name", "claim__holder__last_name",
    "claim__holder__username",
)  # fmt: skip


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: User) -> ConversationQuerySet:
        """Conversations that `user` may see: those on channels of their teams or of everybody."""
        if not user.has_perm("inbox.view_conversation"):
            return self.none()
        return self if user.channel_ids is None else self.filter(channel__in=user.channel_ids)

    def with_row(self) -> ConversationQuerySet:
        """What a list row shows and nothing else, in two queries; labels in `shown_labels`."""
        labels = models.Prefetch("labels", to_attr="shown_labels")
        rows = self.select_related("channel", "author__person", "assignee", "claim__holder")
        return rows.prefetch_related(labels).only(*ROW)

    def with_unread(self, user: User) -> ConversationQuerySet:
        """Adds `is_unread`: what the outside sees has changed since `user` looked, if ever."""
        seen = apps.get_model("inbox", "Seen")._default_manager.filter(
            user=user, conversation=models.OuterRef("pk"), version__gte=models.OuterRef("version")
        )
        return self.annotate(is_unread=~models.Exists(seen))

    def asleep_until(self, now: datetime) -> ConversationQuerySet:
        """Snoozed conversations whose time has come."""
        return self.filter(status=Conversation.Status.SNOOZED, snoozed_until__lte=now)


class Conversation(models.Model):
    """A thread with one root on one channel.

    external_id: private, "dm:" and the person's id; public, the id of the first message by
    somebody who is not us.
    version: moves whenever somebody outside could see the thread change (a message in or out,
    an edit, a deletion); a reply written for an older version stops at send.
    rank_at: place in the queue, earliest first: when the first unanswered message reached the
    desk, less a head start that grows with the priority, so urgency overtakes but nobody waits
    for ever (ADR 0003).
    handled_id: messages up to this id were dealt with when it was last resolved.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        PENDING = "pending", _("Pending")
        SNOOZED = "snoozed", _("Snoozed")
        RESOLVED = "resolved", _("Resolved")

    class Sentiment(models.TextChoices):
        NEGATIVE = "negative", _("Negative")
        NEUTRAL = "neutral", _("Neutral")
        POSITIVE = "positive", _("Positive")

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="conversations")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="conversations")
    external_id = models.CharField(max_length=200)
    is_private = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="conversations",
        db_index=False,  # conv_assignee begins with it
    )
    labels = models.ManyToManyField(Label, blank=True, related_name="conversations")
    snoozed_until = models.DateTimeField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=0)
    reasons = models.JSONField(default=list)  # [{"code": "...", "points": 30, "text": "..."}]
    language = models.CharField(max_length=10, blank=True)
    sentiment = models.CharField(max_length=10, choices=Sentiment, default=Sentiment.NEUTRAL)
    has_personal_data = models.BooleanField(default=False)
    has_attachments = models.BooleanField(default=False)
    preview = models.CharField(max_length=200, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    handled_id = models.BigIntegerField(default=0)
    waiting_since = models.DateTimeField(null=True, blank=True)
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_message_at = models.DateTimeField(default=timezone.now)
    rank_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        permissions = (("triage_conversation", "Can assign, label, snooze and resolve"),)
        constraints = (
            models.UniqueConstraint(fields=["channel", "external_id"], name="conversation_once"),
            models.CheckConstraint(
                name="snoozed_has_a_time",
                condition=~models.Q(status="snoozed") | models.Q(snoozed_until__isnull=False),
            ),
        )
        indexes = (
            models.Index(fields=["status", "rank_at", "id"], name="conv_queue"),
            models.Index(fields=["status", "-last_message_at", "-id"], name="conv_newest"),
            models.Index(fields=["assignee", "status", "rank_at", "id"], name="conv_assignee"),
            models.Index(fields=["channel", "status", "rank_at", "id"], name="conv_channel"),
            models.Index(fields=["author", "-last_message_at"], name="conv_author"),
            models.Index(
                fields=["status", "waiting_since", "id"],
                name="conv_waiting",
                condition=models.Q(waiting_since__isnull=False),
            ),
            models.Index(
                fields=["snoozed_until"],
                name="conv_snoozed",
                condition=models.Q(status="snoozed"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel_id}:{self.external_id}"

    def get_absolute_url(self) -> str:
        return reverse("inbox:conversation", args=[self.pk])

    @property
    def is_found(self) -> bool:
        """Whether all that waits in it was said to others, and a search has brought it."""
        return any(reason.get("code") == "found" for reason in self.reasons)

    def is_visible_to(self, user: User) -> bool:
        """The rule of `ConversationQuerySet.visible_to`, for a row that was already read."""
        return user.has_perm("inbox.view_conversation") and user.sees(self.channel_id)


class Note(models.Model):
    """An internal remark; never leaves the desk.

    mentions: the usernames in the text of colleagues who were told.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    text = models.TextField(max_length=5000)
    mentions = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "pk")

    def __str__(self) -> str:
        return f"note {self.pk}"
