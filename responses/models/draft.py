"""A text being written, and the decisions about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbox.lib.prepared import Prepared
from inbox.models import Conversation, Message, User


class DraftQuerySet(models.QuerySet["Draft"]):
    def visible_to(self, user: User) -> DraftQuerySet:
        """Drafts in conversations that `user` may see."""
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def in_progress(self) -> DraftQuerySet:
        """Drafts that somebody still has to do something with."""
        return self.filter(status__in=Draft.IN_PROGRESS)

    def own(self, user: User) -> DraftQuerySet:
        """What `user` wrote, the open draft first; `last` is the id of the newest of them."""
        mine = self.filter(author=user)
        last = models.Subquery(mine.order_by("-pk").values("pk")[:1])
        rows = mine.select_related("target__author").annotate(last=last)
        return rows.open_first()

    def in_sight_of(self, user: User) -> DraftQuerySet:
        """What is being written or reviewed, and what of `user` was rejected."""
        rejected = models.Q(status=Draft.Status.REJECTED, author=user)
        return self.filter(models.Q(status__in=Draft.IN_PROGRESS) | rejected).open_first()

    def open_first(self) -> DraftQuerySet:
        is_open = models.ExpressionWrapper(
            models.Q(status__in=Draft.IN_PROGRESS), models.BooleanField()
        )
        return self.order_by(is_open.desc(), "-pk")

    def hold(self, pk: int) -> Draft:
        """Return the row locked until the transaction ends, with what a change looks at.

        Those are read once the lock is free: what is joined while waiting for it is out of date.
        """
        self.select_for_update(no_key=True).only("pk").get(pk=pk)
        return _held(pk)[0]

    def waiting_for_approval(self) -> DraftQuerySet:
        return self.filter(status=Draft.Status.IN_REVIEW)


_held = Prepared(
    lambda pk: (
        Draft.objects.filter(pk=pk)
        .select_related(
            "conversation__channel__approval_policy",
            "conversation__author",
            "target__channel",
            "author",
        )
        .defer("conversation__channel__secrets", "target__channel__secrets")
    )
)


class Draft(models.Model):
    """One person's answer to one message.

    seen_version: the conversation's version that the writer had read, on screen at `seen_at`.
    round: counts submissions; a decision belongs to one round.
    content_hash: hash of text and target at submission; any edit afterwards voids it.
    returned_note: what the manager asked for, while the draft is back with its author.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        DISCARDED = "discarded", _("Discarded")

    IN_PROGRESS = (Status.DRAFT, Status.IN_REVIEW)

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="drafts")
    target = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="drafts")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drafts"
    )
    text = models.TextField(blank=True)
    is_private = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    seen_version = models.PositiveIntegerField()
    seen_at = models.DateTimeField(default=timezone.now)
    round = models.PositiveSmallIntegerField(default=0)
    content_hash = models.CharField(max_length=64, blank=True)
    returned_note = models.TextField(blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        permissions = (
            ("write_draft", "Can write and submit replies"),
            ("approve_draft", "Can approve replies of others"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["conversation", "author"],
                condition=models.Q(status__in=["draft", "in_review"]),
                name="one_open_draft_per_writer",
            ),
        )
        indexes = (models.Index(fields=["status", "submitted_at"], name="draft_review"),)

    def __str__(self) -> str:
        return f"draft {self.pk}"


class Approval(models.Model):
    """One decision about one round of a draft. `text` is what was decided on, word for word.

    pictures: the SHA-256 and the description of each.
    """

    class Decision(models.TextChoices):
        APPROVED = "approved", _("Approved")
        CHANGES_REQUESTED = "changes_requested", _("Returned")
        REJECTED = "rejected", _("Rejected")

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="approvals")
    round = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    decision = models.CharField(max_length=20, choices=Decision)
    comment = models.TextField(blank=True)
    submitted_text = models.TextField()
    text = models.TextField()
    pictures = models.JSONField(default=list)
    content_hash = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["draft", "round"], name="one_decision_per_round"),
        )

    def __str__(self) -> str:
        return f"{self.decision} {self.draft_id}/{self.round}"

    @property
    def was_edited(self) -> bool:
        return self.text != self.submitted_text
