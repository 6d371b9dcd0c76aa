"""One item of a conversation, with what it said before it was changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from inbox.models.author import Author
from inbox.models.channel import Channel
from inbox.models.conversation import Conversation
from inbox.models.presence import Seen

# How old what is looked at again may be, and how long it then rests: what is new changes most.
# One that stays in hand for a week is looked at some twenty times.
RESTS = (
    (timedelta(hours=1), timedelta(minutes=10)),
    (timedelta(hours=6), timedelta(hours=1)),
    (timedelta(days=1), timedelta(hours=4)),
    (timedelta(days=7), timedelta(days=1)),
)
ANSWERED_LATELY = timedelta(days=1)


class MessageQuerySet(models.QuerySet["Message"]):
    def to_recheck(self, now: datetime) -> MessageQuerySet:
        """What is due to be looked at again on its network, that looked at longest ago first.

        Only what people can still act on: said to us or opened here, in a conversation that waits
        or was answered lately.
        """
        lately = Q(last_message_at__gte=now - ANSWERED_LATELY)
        in_hand = Conversation.objects.filter(Q(waiting_since__isnull=False) | lately).exclude(
            status=Conversation.Status.RESOLVED
        )
        seen = Exists(Seen.objects.filter(conversation=OuterRef("pk")))
        opened = in_hand.filter(seen | Q(assignee__isnull=False))
        due = Q()  # each step asks for more rest than those before it
        for age, rest in RESTS:
            due |= Q(received_at__gt=now - age, looked_at__lte=now - rest)
        return (
            self.annotate(looked_at=Coalesce("checked_at", "received_at"))
            .filter(Q(found_by="") | Q(conversation__in=opened))
            .filter(
                due,
                conversation__in=in_hand,
                direction=Message.Direction.INCOMING,
                is_private=False,
                is_context=False,
                deleted_at=None,
            )
            .order_by("looked_at", "-pk")
        )


class Message(models.Model):
    """A post, comment or private message as the network shows it now.

    `conversation` is empty only for our own top-level posts, which are context, not work.
    `author` is empty for what we said. `sent_here` tells a reply of this desk from one that
    somebody wrote in the network's own app; `found_late` marks what came by filling a gap, so
    that an old message is judged by its own clock; `is_context` what others said to each other
    above a message to us, which waits for no answer. `remarks` is what people should know before
    they believe or answer it, each a code and the facts in its words; `found_by` the search that
    brought what was not said to us. `reposts`: how often people have passed it on, as far as the
    network tells.
    """

    class Direction(models.TextChoices):
        INCOMING = "incoming", _("Incoming")
        OUTGOING = "outgoing", _("Outgoing")

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="messages")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    author = models.ForeignKey(
        Author, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    external_id = models.CharField(max_length=200)
    version_id = models.CharField(max_length=200)
    thread_external_id = models.CharField(max_length=200)
    in_reply_to = models.CharField(max_length=200, blank=True)
    direction = models.CharField(max_length=10, choices=Direction)
    is_private = models.BooleanField(default=False)
    sent_here = models.BooleanField(default=False)
    found_late = models.BooleanField(default=False)
    is_context = models.BooleanField(default=False)
    found_by = models.CharField(max_length=60, blank=True)
    reposts = models.PositiveIntegerField(null=True, blank=True)
    text = models.TextField()
    url = models.URLField(max_length=500, blank=True)
    language = models.CharField(max_length=10, blank=True)
    sentiment = models.CharField(
        max_length=10, choices=Conversation.Sentiment, default=Conversation.Sentiment.NEUTRAL
    )
    sentiment_words = models.JSONField(default=list)
    risks = models.JSONField(default=list)
    personal_data = models.JSONField(default=list)
    remarks = models.JSONField(default=list)
    raw = models.JSONField(default=dict)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("sent_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["channel", "external_id"], name="message_once"),
        )
        indexes = (
            models.Index(fields=["conversation", "sent_at", "id"], name="message_thread"),
            models.Index(fields=["channel", "in_reply_to"], name="message_parent"),
            models.Index(fields=["channel", "-sent_at"], name="message_recent"),
            models.Index(
                fields=["conversation"],
                name="message_edited",
                condition=models.Q(edited_at__isnull=False),
            ),
            models.Index(
                fields=["conversation"],
                name="message_deleted",
                condition=models.Q(deleted_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.external_id

    @property
    def is_ours(self) -> bool:
        return self.direction == self.Direction.OUTGOING


class MessageVersion(models.Model):
    """What a message said before an edit or a deletion on the network."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="versions")
    version_id = models.CharField(max_length=200)
    text = models.TextField()
    replaced_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("replaced_at", "pk")

    def __str__(self) -> str:
        return f"{self.message_id}@{self.version_id}"
