"""Pictures of a reply: while it is written, and as they were agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from inbox.models import Conversation, StoredFile
from responses.models.draft import Draft
from responses.models.reply import Reply

if TYPE_CHECKING:
    from inbox.models import User


class Picture(models.Model):
    """One picture, cleaned of what its file told, and what it shows for those who cannot see it."""

    description = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"picture {self.pk}"


class DraftPictureQuerySet(models.QuerySet["DraftPicture"]):
    def visible_to(self, user: User) -> DraftPictureQuerySet:
        """Pictures of drafts in conversations that `user` may see."""
        return self.filter(draft__conversation__in=Conversation.objects.visible_to(user))


class DraftPicture(Picture):
    """A picture of a reply that is being written or decided on."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="pictures")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="draft_pictures")

    objects = DraftPictureQuerySet.as_manager()


class ReplyPicture(Picture):
    """A picture of a reply in the outbox; like its text it never changes."""

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="pictures")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="reply_pictures")
