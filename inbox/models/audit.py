"""Who did what: an append-only record, and the ticker that moves open browsers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.lib.errors import NotAllowed
from inbox.models.author import Author
from inbox.models.channel import Channel
from inbox.models.conversation import Conversation
from inbox.models.user import User


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: User) -> AuditEventQuerySet:
        """What `user` may read of the record: see ADR 0006.

        Lines about a conversation or a channel are for those who see that channel, lines about
        an author for those who see something of theirs; lines about the desk itself (people,
        teams, labels, security) are for every reader of the record.
        """
        if not user.has_perm("inbox.view_auditevent"):
            return self.none()
        if user.channel_ids is None:
            return self
        seen = Conversation.objects.filter(
            pk=models.OuterRef("conversation_id"), channel__in=user.channel_ids
        )
        about_hidden_channel = models.Q(target_type=Channel._meta.label_lower) & ~models.Q(
            target_id__in=user.channel_ids
        )
        known = Author.objects.visible_to(user).filter(pk=models.OuterRef("target_id"))
        about_hidden_author = models.Q(target_type=Author._meta.label_lower) & ~models.Exists(known)
        return self.filter(
            models.Q(conversation_id=None) | models.Exists(seen),
            ~about_hidden_channel,
            ~about_hidden_author,
        )

    def undoable(self, *, conversation_id: int, by: User) -> AuditEventQuerySet:
        """What `by` changed about a conversation, the newest act first."""
        acts = self.filter(conversation_id=conversation_id, actor=by)
        changes = acts.filter(target_type=Conversation._meta.label_lower, data__has_key="after")
        return changes.order_by("-pk")


class AuditEvent(models.Model):
    """One act, written in the transaction of the act. `actor` is empty for the desk itself.

    `verb` is dotted and stable (`responses.draft.approved`). Ids are plain numbers, so the
    record outlives what it speaks of.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    verb = models.CharField(max_length=60, db_index=True)
    target_type = models.CharField(max_length=40)
    target_id = models.BigIntegerField()
    conversation_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.verb} {self.target_type}:{self.target_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise NotAllowed(_("The record of what was done cannot be changed."))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise NotAllowed(_("The record of what was done cannot be erased."))


class LiveEvent(models.Model):
    """Says that something on screen changed; browsers catch up by its id.

    kind: "conversation", "approvals", "attention", "channels", "bulk"; "presence" (who is with a
    conversation, or is answering it, has changed), "notices" (somebody's tray has changed, always
    with `user_id`), "access", or "resync" for a change that shows everywhere. Rows are pruned
    after a day.
    channel_id: only those who see this channel hear of it; empty for everybody.
    user_id: only this person hears of it; empty for everybody.
    access: this person's rights or sessions changed. Their streams end at once in every web
    process, and whoever comes back is looked at anew.
    """

    ACCESS = "access"

    kind = models.CharField(max_length=20)
    conversation_id = models.BigIntegerField(null=True, blank=True)
    channel_id = models.BigIntegerField(null=True, blank=True)
    user_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.kind} {self.conversation_id or ''}"
