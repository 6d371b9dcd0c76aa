"""Doing a bulk job: one conversation after the other, through the very operations people use.

A worker holds the job by a lease. What becomes of a conversation, the act itself and the job's
numbers are written in one transaction that also checks the lease, so a job that is killed at any
point goes on where it was and does nothing twice.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from inbox.filters import QueueFilter
from inbox.lib.bell import ring
from inbox.lib.errors import BadInput, DomainError, StaleState
from inbox.models import AuditEvent, BulkJob, BulkResult, Conversation, Label, Message, User
from inbox.operations import conversations, telling
from inbox.operations.audit import record
from inbox.operations.bulk import announce_job
from inbox.pickers import Lists
from inbox.tasks import run_bulk_job

logger = logging.getLogger(__name__)

Act, Status, Outcome = BulkJob.Act, BulkJob.Status, BulkResult.Outcome

LEASE = timedelta(seconds=60)
SPAN = 2000  # ids looked at in one step of gathering
BATCH = 25  # conversations between two looks at the person's role and two words to the screens
TURN = 8  # batches that a worker does before other work gets its turn
UNDO_WITHIN = timedelta(days=1)  # the job itself says until when it may be undone
BECOMES = {Act.RESOLVE: Conversation.Status.RESOLVED, Act.REOPEN: Conversation.Status.OPEN}


class LeaseLost(Exception):
    """The job was stopped or another worker has it; what was under way is rolled back."""


def abandoned_jobs(*, now: datetime) -> list[int]:
    """Return the jobs that should go on and that no worker holds."""
    return list(BulkJob.objects.abandoned(now).order_by("pk").values_list("pk", flat=True))


def run_job(*, job_id: int) -> None:
    """Do a turn of a job, or all of it if it is short. Does nothing if a worker is at it."""
    token = _take_lease(job_id)
    if token is None:
        return
    job = BulkJob.objects.get(pk=job_id)
    try:
        with translation.override("en"):  # what is stored is told anew in each reader's language
            is_over = _turn(job, token)
    except LeaseLost:
        logger.info("bulk job left to others", extra={"job": job_id})
        return
    if not is_over:
        held = BulkJob.objects.filter(pk=job_id, lease_token=token)
        held.update(leased_until=None)
        ring(run_bulk_job, job_id)


def _turn(job: BulkJob, token: str) -> bool:
    """Return whether the job is over."""
    for _step in range(TURN):
        job.refresh_from_db()
        if job.status == Status.GATHERING:
            _gather(job.pk, token)
            announce_job(job)
        elif not _do_batch(job, token):
            return True
    return False


def _take_lease(job_id: int) -> str | None:
    token, now = uuid.uuid4().hex, timezone.now()
    taken = BulkJob.objects.abandoned(now).filter(pk=job_id)
    return token if taken.update(lease_token=token, leased_until=now + LEASE) else None


@transaction.atomic
def _gather(job_id: int, token: str) -> None:
    """Write down a further stretch of what the job is about."""
    rows = BulkJob.objects.select_for_update(of=("self",))
    job = rows.filter(pk=job_id, lease_token=token, status=Status.GATHERING).first()
    if job is None:
        raise LeaseLost
    results, up_to, is_last = _done_by(job) if job.undoes_id else _matches(job)
    written = list(results)
    BulkResult.objects.bulk_create(written, ignore_conflicts=True)
    job.gathered_to, job.leased_until = up_to, timezone.now() + LEASE
    if job.filters is not None:
        job.total += len(written)
    if is_last:
        job.status = Status.RUNNING
    job.save(update_fields=["gathered_to", "leased_until", "total", "status"])


def _matches(job: BulkJob) -> tuple[Iterable[BulkResult], int, bool]:
    """Return the next of those that match; what has news since the choice counts as unseen."""
    up_to = min(job.gathered_to + SPAN, job.newest_conversation_id)
    found = QueueFilter(job.filters, user=job.by, lists=Lists(job.by), now=job.created_at)
    if found.lost:  # deleted a moment ago: rather nothing than more than was chosen
        return [], job.newest_conversation_id, True
    news = Message.objects.filter(conversation=OuterRef("pk"), pk__gt=job.newest_message_id)
    rows = found.matching.filter(pk__gt=job.gathered_to, pk__lte=up_to)
    chosen = rows.annotate(has_news=Exists(news)).order_by("pk")
    results = (
        BulkResult(job=job, conversation_id=pk, seen=0 if has_news else version)
        for pk, version, has_news in chosen.values_list("pk", "version", "has_news")
    )
    return results, up_to, up_to >= job.newest_conversation_id


def _done_by(job: BulkJob) -> tuple[Iterable[BulkResult], int, bool]:
    """Return the next of those that the job to be undone has changed."""
    rows = BulkResult.objects.filter(
        job=job.undoes_id, outcome=Outcome.DONE, pk__gt=job.gathered_to
    )
    found = list(rows.order_by("pk").values_list("pk", "conversation_id")[:SPAN])
    results = [BulkResult(job=job, conversation_id=conversation) for _pk, conversation in found]
    return results, found[-1][0] if found else job.gathered_to, len(found) < SPAN


def _do_batch(job: BulkJob, token: str) -> bool:
    """Deal with a few conversations. Returns False when there is none left."""
    batch = list(job.results.filter(outcome=Outcome.WAITING).order_by("pk")[:BATCH])
    if not batch:
        _finish(job, token)
        return False
    doer = Doer(job)
    for result in batch:
        _settle(doer, result, token)
    announce_job(job)
    return True


@transaction.atomic
def _finish(job: BulkJob, token: str) -> None:
    held = BulkJob.objects.filter(pk=job.pk, lease_token=token, status=Status.RUNNING)
    if not held.update(status=Status.DONE, finished_at=timezone.now(), leased_until=None):
        raise LeaseLost
    job.refresh_from_db()
    record(
        actor=job.by,
        verb="inbox.bulk.finished",
        target=job,
        act=job.act,
        done=job.done,
        skipped=job.skipped,
        failed=job.failed,
        **job.arguments,
    )
    announce_job(job)
    telling.of_job(job=job)


@transaction.atomic
def _settle(doer: Doer, result: BulkResult, token: str) -> None:
    """Act on one conversation and write down what became of it, both or neither."""
    outcome, words, event = doer.attempt(result)
    fresh = BulkResult.objects.filter(pk=result.pk, outcome=Outcome.WAITING)
    if not fresh.update(outcome=outcome, words=words[:300], event_id=event and event.pk):
        raise LeaseLost
    held = BulkJob.objects.filter(pk=doer.job.pk, lease_token=token, status=Status.RUNNING)
    lease = timezone.now() + LEASE
    if not held.update(**{outcome.value: F(outcome.value) + 1}, leased_until=lease):
        raise LeaseLost


class Doer:
    """What a batch needs to act: the person as they are now, and what the act is about."""

    def __init__(self, job: BulkJob) -> None:
        self.job = job
        self.by = User.objects.get(pk=job.by_id)
        values: dict[str, Any] = job.arguments
        self.to = User.objects.filter(pk=values.get("to", 0)).first()
        self.label = Label.objects.filter(pk=values.get("label", 0)).first()
        self.until = parse_datetime(values.get("until", ""))

    def attempt(self, result: BulkResult) -> tuple[BulkResult.Outcome, str, AuditEvent | None]:
        try:
            with transaction.atomic():
                event = self._act(result)
        except DomainError as error:
            return Outcome.SKIPPED, str(error), None
        except (OperationalError, InterfaceError):
            raise  # the database's trouble is not the conversation's: the job goes on later
        except Exception:
            logger.exception(
                "bulk act failed",
                extra={"job": self.job.pk, "conversation": result.conversation_id},
            )
            return Outcome.FAILED, _("This went wrong. The desk's log says why."), None
        if event is None:
            return Outcome.SKIPPED, _("It was so already."), None
        return Outcome.DONE, "", event

    def _act(self, result: BulkResult) -> AuditEvent | None:
        rows = Conversation.objects.visible_to(self.by)
        row = rows.filter(pk=result.conversation_id).first()
        if row is None:
            raise StaleState(_("This conversation is no longer there for you."))
        act, by, seen = Act(self.job.act), self.by, result.seen
        if BECOMES.get(act) == row.status:
            return None
        match act:
            case Act.ASSIGN | Act.UNASSIGN:
                if act == Act.ASSIGN and self.to is None:
                    raise BadInput(_("This colleague is no longer here."))
                return conversations.assign(conversation=row, to=self.to, by=by, is_told=False)
            case Act.LABEL | Act.UNLABEL:
                if self.label is None:
                    raise BadInput(_("This label was deleted."))
                put = conversations.add_label if act == Act.LABEL else conversations.remove_label
                return put(conversation=row, label=self.label, by=by)
            case Act.SNOOZE:
                until = self.until or timezone.now()
                return conversations.snooze(conversation=row, until=until, by=by, seen=seen)
            case Act.RESOLVE:
                return conversations.resolve(conversation=row, by=by, seen=seen)
            case Act.REOPEN:
                return conversations.reopen(conversation=row, by=by)
            case Act.UNDO:
                return self._undo(result, by)

    def _undo(self, result: BulkResult, by: User) -> AuditEvent | None:
        theirs = Q(job=self.job.undoes_id, conversation_id=result.conversation_id)
        event_ids = BulkResult.objects.filter(theirs).values("event_id")
        event = AuditEvent.objects.get(pk__in=event_ids)
        return conversations.undo(event=event, by=by, within=UNDO_WITHIN)
