"""An approved text bound for a network, and every attempt to get it there."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.models import Channel, Conversation, Message, User
from responses.models.draft import Approval, Draft


class ReplyQuerySet(models.QuerySet["Reply"]):
    def visible_to(self, user: User) -> ReplyQuerySet:
        """Replies in conversations that `user` may see."""
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def due(self, now: datetime) -> ReplyQuerySet:
        """Replies that a worker may send now."""
        return self.filter(status=Reply.Status.QUEUED, send_after__lte=now)

    def abandoned(self, now: datetime) -> ReplyQuerySet:
        """Replies whose worker has held them longer than its lease."""
        return self.filter(status=Reply.Status.SENDING, leased_until__lte=now)

    def to_reconcile(self, now: datetime) -> ReplyQuerySet:
        """Replies whose fate the network should be asked about now."""
        return self.filter(status=Reply.Status.UNKNOWN, check_after__lte=now)

    def needing_attention(self) -> ReplyQuerySet:
        """Replies that wait for a person."""
        return self.filter(status__in=Reply.NEEDS_PERSON) | self.filter(
            status=Reply.Status.UNKNOWN
        ).exclude(stop_code="")

    def with_row(self) -> ReplyQuerySet:
        """Everything a list row shows, in a fixed number of queries."""
        return self.select_related(
            "author", "approval__by", "channel", "target__author", "conversation__author", "message"
        ).prefetch_related("deliveries", "pictures__file")


class Reply(models.Model):
    """The outbox row: exactly one per approved text; one that was taken back stays, cancelled.

    `text` and `content_hash` were fixed when the reply was queued and never change;
    `approval` is empty only where the policy asked for none. `first_attempt_at` is the
    earliest moment at which the network could hold it. `stop_code` (see `responses.stops`) says
    in which way a person is needed while the reply is held, failed or unknown, `stop_text` adds
    the network's own words. `seen_version` was on somebody's screen at `seen_at`: what came
    later is shown as new. `proof_url` is the link given by a person who marked it as sent.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown")
        HELD = "held", _("Held")
        CANCELLED = "cancelled", _("Cancelled")

    NEEDS_PERSON = (Status.FAILED, Status.HELD)
    SETTLED = (Status.SENT, Status.CANCELLED)
    WITHDRAWN = (Status.FAILED, Status.CANCELLED)

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="replies")
    approval = models.OneToOneField(
        Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="reply"
    )
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="replies")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="replies")
    target = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="replies")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="replies"
    )
    text = models.TextField()
    content_hash = models.CharField(max_length=64)
    is_private = models.BooleanField(default=False)
    idempotency_key = models.UUIDField(unique=True)
    seen_version = models.PositiveIntegerField()
    seen_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    stop_code = models.CharField(max_length=40, blank=True)
    stop_text = models.TextField(blank=True)
    send_after = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    check_after = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveSmallIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    proof_url = models.URLField(max_length=500, blank=True)
    message = models.OneToOneField(
        Message, on_delete=models.PROTECT, null=True, blank=True, related_name="sent_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        constraints = (
            models.UniqueConstraint(
                fields=["target", "content_hash"],
                condition=~models.Q(status__in=["failed", "cancelled"]),
                name="same_text_to_same_message_once",
            ),
            models.UniqueConstraint(
                fields=["draft"],
                condition=~models.Q(status="cancelled"),
                name="one_live_reply_per_draft",
            ),
        )
        indexes = (
            models.Index(fields=["status", "send_after"], name="reply_due"),
            models.Index(fields=["conversation", "created_at"], name="reply_thread"),
        )

    def __str__(self) -> str:
        return f"reply {self.pk}"


class Delivery(models.Model):
    """One attempt to hand a reply to the network, written before the call is made."""

    class Outcome(models.TextChoices):
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Not accepted")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown")

    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="deliveries")
    attempt = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.SENDING)
    error_code = models.CharField(max_length=100, blank=True)
    error_text = models.TextField(blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("attempt",)
        verbose_name_plural = "deliveries"
        constraints = (models.UniqueConstraint(fields=["reply", "attempt"], name="delivery_once"),)

    def __str__(self) -> str:
        return f"attempt {self.attempt} of reply {self.reply_id}"
