"""What hangs on messages: pictures, films, sounds and files, fetched once and kept here."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.lib import filetypes
from inbox.models.channel import Channel
from inbox.models.message import Message

if TYPE_CHECKING:
    from inbox.models.user import User


def place(file: StoredFile, name: str) -> str:
    """A name that says nothing and is never used twice, so none is ever replaced by another."""
    return f"{file.sha256[:2]}/{uuid.uuid4()}{name}"


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def unused(self) -> StoredFileQuerySet:
        """Files that no row refers to, in whichever app."""
        rows = self
        for relation in StoredFile._meta.related_objects:
            theirs = relation.related_model._default_manager.filter(
                **{relation.field.name: models.OuterRef("pk")}
            )
            rows = rows.exclude(models.Exists(theirs))
        return rows


class StoredFile(models.Model):
    """Bytes that the desk keeps, once however often they came.

    content_type: by its bytes, never by what its sender says. width, height, thumbnail: of
    pictures that we could read.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    content = models.FileField(upload_to=place)
    thumbnail = models.FileField(upload_to=place, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoredFileQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.content_type} {self.sha256[:12]}"

    @property
    def family(self) -> str:
        """How a page may show it: image, video or audio; "file" is only there to be saved."""
        if self.content_type in filetypes.PICTURES and not self.thumbnail:
            return "file"
        if filetypes.is_playable(self.content_type):
            return self.content_type.partition("/")[0]
        return "file"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User) -> AttachmentQuerySet:
        """Attachments of messages that `user` may read."""
        if not user.has_perm("inbox.view_conversation"):
            return self.none()
        ids = user.channel_ids
        return self if ids is None else self.filter(message__channel__in=ids)

    def due(self, now: datetime) -> AttachmentQuerySet:
        """Attachments that a worker may fetch now."""
        free = models.Q(leased_until=None) | models.Q(leased_until__lte=now)
        return self.filter(
            free,
            state=Attachment.State.WAITING,
            next_try_at__lte=now,
            message__channel__in=Channel.objects.reachable(),
        )

    def held(self, now: datetime) -> AttachmentQuerySet:
        """Attachments that a worker is at."""
        return self.filter(state=Attachment.State.WAITING, leased_until__gt=now)


class Attachment(models.Model):
    """One thing that hangs on a message, as the network names it.

    url: in the connector's own terms. declared_type, declared_size: what the network says.
    reason: why it is refused or failed (see inbox.operations.attachments.REASONS), detail: the
    network's words. attempts: counts fetches and tells the current one from those before.
    removed_at: an edit on the network took it away.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("Picture")
        VIDEO = "video", _("Film")
        AUDIO = "audio", _("Sound")
        FILE = "file", _("File")

    class State(models.TextChoices):
        WAITING = "waiting", _("Being fetched")
        STORED = "stored", _("Stored")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    external_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)
    url = models.TextField()
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    declared_type = models.CharField(max_length=100, blank=True)
    declared_size = models.PositiveBigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=30, blank=True)
    detail = models.TextField(blank=True)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="attachments"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["message", "external_id"], name="attachment_once"),
            models.CheckConstraint(
                name="stored_has_a_file",
                condition=~models.Q(state="stored") | models.Q(file__isnull=False),
            ),
        )
        indexes = (
            models.Index(
                fields=["next_try_at"],
                name="attachment_due",
                condition=models.Q(state="waiting"),
            ),
            models.Index(
                fields=["leased_until"],
                name="attachment_held",
                condition=models.Q(leased_until__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"

    @property
    def family(self) -> str:
        """How a page may show it; before it is here, as what it was announced."""
        return self.file.family if self.file else self.kind

    @property
    def file_name(self) -> str:
        """Return the name to show and to save it under."""
        kind = self.file.content_type if self.file else ""
        return filetypes.safe_name(self.name, kind=kind, fallback=f"attachment-{self.pk}")
