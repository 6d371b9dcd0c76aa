"""One act on many conversations: the job, and what became of each of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from inbox.models.user import User


class BulkJobQuerySet(models.QuerySet["BulkJob"]):
    def visible_to(self, user: User) -> BulkJobQuerySet:
        """The jobs of `user`; those who answer for the whole desk see all."""
        if not user.has_perm("inbox.view_conversation"):
            return self.none()
        return self if user.role in user.SEES_ALL else self.filter(by=user)

    def unfinished(self) -> BulkJobQuerySet:
        return self.filter(status__in=BulkJob.UNDER_WAY)

    def abandoned(self, now: datetime) -> BulkJobQuerySet:
        """Unfinished jobs that no worker holds."""
        free = models.Q(leased_until=None) | models.Q(leased_until__lte=now)
        return self.unfinished().filter(free)


class BulkJob(models.Model):
    """An act on many conversations, done one by one in the background.

    arguments: what the act needs, as plain values: `to` or `label` (ids) with the name of then,
    `until` (a time), or `undone` (the act and the arguments of the job that is taken back).
    filters: the filters whose matches were chosen; empty if they were picked one by one.
    newest_conversation_id, newest_message_id: the newest ones when the job was confirmed; what
    came later belongs to nobody's choice.
    gathered_to: matches up to this id have a BulkResult.
    undoes: the job that this one takes back.
    lease_token, leased_until: the worker that is at it; it renews the lease with every row.
    """

    class Act(models.TextChoices):
        ASSIGN = "assign", _("Assign")
        UNASSIGN = "unassign", _("Assign to nobody")
        LABEL = "label", _("Put a label on")
        UNLABEL = "unlabel", _("Take a label off")
        SNOOZE = "snooze", _("Snooze")
        RESOLVE = "resolve", _("Resolve")
        REOPEN = "reopen", _("Open again")
        UNDO = "undo", _("Undo")

    class Status(models.TextChoices):
        GATHERING = "gathering", _("Gathering")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Stopped")

    UNDER_WAY = (Status.GATHERING, Status.RUNNING)

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_jobs"
    )
    act = models.CharField(max_length=10, choices=Act)
    arguments = models.JSONField(default=dict)
    filters = models.JSONField(null=True, blank=True)
    newest_conversation_id = models.BigIntegerField(default=0)
    newest_message_id = models.BigIntegerField(default=0)
    gathered_to = models.BigIntegerField(default=0)
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    status = models.CharField(max_length=10, choices=Status)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    lease_token = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BulkJobQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=["by", "-id"], name="bulk_mine"),
            models.Index(
                fields=["id"],
                name="bulk_unfinished",
                condition=models.Q(status__in=["gathering", "running"]),
            ),
        )

    def __str__(self) -> str:
        return words_of(self.act, self.arguments)

    def get_absolute_url(self) -> str:
        return reverse("inbox:bulk_job", args=[self.pk])

    @property
    def is_under_way(self) -> bool:
        return self.status in self.UNDER_WAY

    @property
    def settled(self) -> int:
        """How many of the conversations have been dealt with."""
        return self.done + self.skipped + self.failed


# What a job does, told from what is stored: each reader reads it in a language of their own.
WORDS = {
    BulkJob.Act.ASSIGN: _("Assign to %(to_name)s"),
    BulkJob.Act.UNASSIGN: _("Assign to nobody"),
    BulkJob.Act.LABEL: _("Put the label “%(label_name)s” on"),
    BulkJob.Act.UNLABEL: _("Take the label “%(label_name)s” off"),
    BulkJob.Act.SNOOZE: _("Snooze until %(until)s"),
    BulkJob.Act.RESOLVE: _("Resolve"),
    BulkJob.Act.REOPEN: _("Open again"),
}


def words_of(act: str, arguments: dict[str, Any]) -> str:
    """Return what `act` with these arguments does, in the language of the reader.

    Jobs of before the arguments had names in them show a dash there.
    """
    if act == BulkJob.Act.UNDO:
        undone = arguments.get("undone")
        what = words_of(undone["act"], undone) if undone else "–"
        return gettext("Undo: %(what)s") % {"what": what}
    moment = parse_datetime(arguments.get("until", ""))
    until = date_format(localtime(moment), "D j M, H:i") if moment else ""
    names = {"to_name": "–", "label_name": "–"}
    return str(WORDS[BulkJob.Act(act)]) % {**names, **arguments, "until": until}


class BulkResult(models.Model):
    """What became of one conversation in a job.

    conversation_id is a plain number: the conversation may be joined with another one meanwhile.
    words: why it was left as it is, in English; `inbox.said` tells it in the reader's language.
    seen: its version when it was chosen. event_id: the AuditEvent, which is how to undo it.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Not done yet")
        DONE = "done", _("Done")
        SKIPPED = "skipped", _("Left as it is")
        FAILED = "failed", _("Failed")

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="results")
    conversation_id = models.BigIntegerField()
    seen = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    words = models.CharField(max_length=300, blank=True)
    event_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["job", "conversation_id"], name="bulk_each_once"),
        )
        indexes = (models.Index(fields=["job", "outcome", "id"], name="bulk_by_outcome"),)

    def __str__(self) -> str:
        return f"{self.job_id}:{self.conversation_id} {self.outcome}"
