"""What a person is told: the entries of their tray, what they watch, and what they want to hear."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.models.conversation import Conversation
from inbox.models.user import User


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User) -> NotificationQuerySet:
        """Entries of `user` in conversations that they may see by now, and about the desk."""
        seen = models.Q(conversation__in=Conversation.objects.visible_to(user))
        mine = [kind for kind, needed in Notification.OF_DESK.items() if user.has_perm(needed)]
        return self.filter(seen | models.Q(kind__in=mine), user=user)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)


class Notification(models.Model):
    """One entry of a person's tray.

    Unread news of one kind in one conversation is one entry: `count` says how much of it there
    is, `at` when the latest came, `actor` (empty: somebody outside, or the desk) who brought it.
    `facts` are what the words need and `anchor` the place on the page it leads to. `given` among
    the facts: so many conversations, of which this is one, were given at once. `webhook` or
    `channel`: the one that it is about, in place of a conversation.
    """

    class Kind(models.TextChoices):
        MENTIONED = "mentioned", _("Somebody mentions me in a note")
        ASSIGNED = "assigned", _("A conversation is assigned to me")
        TAKEN_OVER = "taken_over", _("Somebody takes over what I am answering")
        RETURNED = "returned", _("My reply is returned for changes")
        APPROVED = "approved", _("My reply is approved")
        REJECTED = "rejected", _("My reply is rejected")
        FAILED = "failed", _("A reply of mine, or in what I watch, could not be sent")
        SENT = "sent", _("A reply is sent in what I watch")
        ANSWERED = "answered", _("Somebody outside writes in what I watch")
        NOTED = "noted", _("A colleague writes a note in what I watch")
        WOKEN = "woken", _("What I snoozed is back")
        WEBHOOK_OFF = "webhook_off", _("A webhook is switched off")
        SIGNED_OUT = "signed_out", _("A channel must be connected again")

    # What is about the desk itself, and which permission it takes to be told.
    OF_DESK = {
        Kind.WEBHOOK_OFF: "inbox.manage_webhook",
        Kind.SIGNED_OUT: "inbox.manage_channel",
    }

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="notifications", null=True, blank=True
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    facts = models.JSONField(default=dict)
    anchor = models.CharField(max_length=40, blank=True)
    count = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["user", "conversation", "kind"],
                condition=models.Q(read_at=None),
                name="one_unread_of_a_kind",
            ),
        )
        indexes = (models.Index(fields=["user", "-at"], name="notification_tray"),)

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"

    def get_absolute_url(self) -> str:
        if self.facts.get("given"):
            return f"{reverse('inbox:queue')}?assignee=me"
        if self.kind == self.Kind.SIGNED_OUT:
            return reverse("inbox:channel", args=[self.facts["channel"]])
        if self.conversation is None:
            return reverse("inbox:webhook", args=[self.facts["webhook"]])
        anchor = f"#{self.anchor}" if self.anchor else ""
        return f"{self.conversation.get_absolute_url()}{anchor}"


class Watch(models.Model):
    """Somebody who wants to hear of a conversation; `is_on` is false once they have said no.

    The row stays then, so that the next mention or reply does not make them watch again.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="watches")
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "pk")
        constraints = (models.UniqueConstraint(fields=["conversation", "user"], name="watch_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} watches {self.conversation_id}"


class NotificationChoice(models.Model):
    """What one person wants to be told; without a row, everything."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="notification_choice",
    )
    muted = models.JSONField(default=list)  # kinds
    auto_watch = models.BooleanField(
        _("Watch by itself what I am mentioned in, given, or reply to"), default=True
    )

    def __str__(self) -> str:
        return f"choices of {self.user_id}"
