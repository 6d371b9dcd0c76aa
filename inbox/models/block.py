"""Authors whose words the desk holds back, and the words that it holds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from inbox.models.author import Author
from inbox.models.channel import Channel

if TYPE_CHECKING:
    from inbox.models.user import User


class BlockQuerySet(models.QuerySet["Block"]):
    def in_force(self, now: datetime) -> BlockQuerySet:
        """Blocks that hold back what is said now."""
        lasting = models.Q(until=None) | models.Q(until__gt=now)
        return self.filter(lasting, lifted_at=None)


class Block(models.Model):
    """The desk's own decision not to be shown what somebody writes; no network knows of it."""

    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="blocks")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = BlockQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        permissions = (("block_author", "Can block authors and review what is held back"),)
        constraints = (
            models.UniqueConstraint(
                fields=["author"],
                condition=models.Q(lifted_at__isnull=True),
                name="one_block_per_author",
            ),
        )

    def __str__(self) -> str:
        return f"block of author {self.author_id}"


class HeldBackQuerySet(models.QuerySet["HeldBack"]):
    def visible_to(self, user: User) -> HeldBackQuerySet:
        """What is held back on channels that `user` may see."""
        if not user.has_perm("inbox.block_author"):
            return self.none()
        return self if user.channel_ids is None else self.filter(channel__in=user.channel_ids)

    def waiting(self) -> HeldBackQuerySet:
        """What nobody has brought into the queue."""
        return self.filter(restored_at=None)


class HeldBack(models.Model):
    """One message of a blocked author: whole, outside the queue, until somebody brings it in.

    item: the message as the connector read it (see inbox.operations.holding).
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="held_back")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="held_back")
    external_id = models.CharField(max_length=200)
    text = models.TextField()
    url = models.URLField(max_length=500, blank=True)
    is_private = models.BooleanField(default=False)
    item = models.JSONField()
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = HeldBackQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "held back"
        constraints = (
            models.UniqueConstraint(fields=["channel", "external_id"], name="held_back_once"),
        )
        indexes = (
            models.Index(
                fields=["-id"],
                name="held_back_waiting",
                condition=models.Q(restored_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.external_id
