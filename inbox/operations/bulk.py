"""One act on many conversations: asking for it, stopping it, taking it back.

The work itself is done one conversation at a time by `bulk_running`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.filters import QueueFilter
from inbox.lib.bell import ring
from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed, StaleState
from inbox.models import BulkJob, BulkResult, Conversation, Label, Message, User
from inbox.models.bulk import words_of
from inbox.operations import telling
from inbox.operations.audit import announce, record
from inbox.operations.conversations import LONGEST_SNOOZE
from inbox.pickers import Lists
from inbox.tasks import run_bulk_job

Act, Status, Outcome = BulkJob.Act, BulkJob.Status, BulkResult.Outcome

MOST_PICKED = 1000
INSTANT = 20  # so many are done before the answer; the person does not wait for a worker
UNDO_FOR = timedelta(hours=1)  # after the end of the job


@dataclass(frozen=True)
class Order:
    """What is to be done: the act and what it needs."""

    act: str
    to: User | None = None
    label: Label | None = None
    until: datetime | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if self.to:
            values |= {"to": self.to.pk, "to_name": str(self.to)}
        if self.label:
            values |= {"label": self.label.pk, "label_name": self.label.name}
        if self.until:
            values["until"] = self.until.astimezone(UTC).isoformat()
        return values

    def __str__(self) -> str:
        return words_of(self.act, self.arguments)


@transaction.atomic
def start_job(
    *,
    order: Order,
    by: User,
    picked: Sequence[tuple[int, int | None]] = (),
    filters: dict[str, str] | None = None,
) -> BulkJob:
    """Begin `order` on those `picked` (id, version seen) or on all that match `filters`.

    All that match now: the worker writes the matches down, and leaves out what came after this
    moment. Raises NotAllowed, or BadInput for an order or a choice that cannot be carried out.
    """
    _check(order, by)
    job = BulkJob(by=by, act=order.act, arguments=order.arguments)
    if filters is None:
        _pick(job, picked)
    else:
        _choose_matches(job, filters, by)
    record(
        actor=by,
        verb="inbox.bulk.started",
        target=job,
        act=job.act,
        filters=job.filters,
        count=job.total,
        **job.arguments,
    )
    return _begin(job)


@transaction.atomic
def cancel_job(*, job: BulkJob, by: User) -> BulkJob:
    """Stop `job`; what it has done so far stays and can be undone."""
    row = _lock(job, by)
    if not row.is_under_way:
        raise StaleState(_("This has ended already."))
    row.status, row.finished_at, row.leased_until = Status.CANCELLED, timezone.now(), None
    row.save(update_fields=["status", "finished_at", "leased_until"])
    facts = {"act": row.act, "done": row.done, **row.arguments}
    record(actor=by, verb="inbox.bulk.cancelled", target=row, **facts)
    announce_job(row)
    telling.of_job(job=row)
    return row


@transaction.atomic
def undo_job(*, job: BulkJob, by: User) -> BulkJob:
    """Begin a job that takes back what `job` did, except where something changed since."""
    row = _lock(job, by)
    if row.by_id != by.pk:
        raise NotAllowed(_("Only the person who did this can undo it."))
    if row.is_under_way:
        raise StaleState(_("This is still going on. Stop it first."))
    if row.act == Act.UNDO or not row.done:
        raise InvalidTransition(_("There is nothing to undo here."))
    if BulkJob.objects.filter(undoes=row).exists():
        raise StaleState(_("This is being undone already."))
    if timezone.now() - (row.finished_at or row.created_at) > UNDO_FOR:
        raise StaleState(_("It is too late to undo this; change it by hand."))
    arguments: dict[str, Any] = {"undone": {"act": row.act, **row.arguments}}
    undo = BulkJob(by=by, act=Act.UNDO, arguments=arguments, undoes=row)
    undo.status, undo.total = Status.GATHERING, row.done
    undo.save()
    record(
        actor=by,
        verb="inbox.bulk.started",
        target=undo,
        act=undo.act,
        count=row.done,
        undoes=row.pk,
        **arguments,
    )
    return _begin(undo)


def is_instant(job: BulkJob) -> bool:
    """Say whether `job` is small enough to be done before the answer."""
    return job.filters is None and job.total <= INSTANT


def can_undo(*, job: BulkJob, by: User) -> bool:
    """Say whether `by` may take `job` back now; `undo_job` says in words why not."""
    if job.is_under_way or not job.done or job.act == Act.UNDO or job.by_id != by.pk:
        return False
    is_recent = timezone.now() - (job.finished_at or job.created_at) <= UNDO_FOR
    return is_recent and not hasattr(job, "undone_by") and by.has_perm("inbox.triage_conversation")


def announce_job(job: BulkJob) -> None:
    """Tell the browsers of those who may see `job`; everybody else need not ask about it."""
    overseers = User.objects.filter(role__in=User.SEES_ALL, is_active=True)
    user_ids = {job.by_id, *overseers.values_list("pk", flat=True)}
    announce(kind="bulk", user_ids=sorted(user_ids))


def _begin(job: BulkJob) -> BulkJob:
    announce_job(job)
    if not is_instant(job):
        ring(run_bulk_job, job.pk)
    return job


def _check(order: Order, by: User) -> None:
    if not by.has_perm("inbox.triage_conversation"):
        raise NotAllowed(_("Your role can read conversations but not change them."))
    if order.act == Act.ASSIGN:
        to = order.to
        if to is None:
            raise BadInput(_("Choose whom to assign these to."))
        if not (to.is_active and to.has_perm("inbox.triage_conversation")):
            raise BadInput(_("%(name)s cannot work on conversations.") % {"name": to})
    if order.act in (Act.LABEL, Act.UNLABEL) and order.label is None:
        raise BadInput(_("Choose a label."))
    now = timezone.now()
    if order.act == Act.SNOOZE and not (order.until and now < order.until <= now + LONGEST_SNOOZE):
        raise BadInput(_("Choose a time in the coming year."))


def _pick(job: BulkJob, picked: Sequence[tuple[int, int | None]]) -> None:
    chosen = dict(picked)
    if not chosen:
        raise BadInput(_("Select at least one conversation."))
    if len(chosen) > MOST_PICKED:
        raise BadInput(_("Select at most %(count)s, or all that match.") % {"count": MOST_PICKED})
    job.status, job.total = Status.RUNNING, len(chosen)
    job.save()
    BulkResult.objects.bulk_create(
        BulkResult(job=job, conversation_id=pk, seen=seen) for pk, seen in chosen.items()
    )


def _choose_matches(job: BulkJob, filters: dict[str, str], by: User) -> None:
    found = QueueFilter(filters, user=by, lists=Lists(by))
    if found.lost:  # without it the choice would be wider than the person believes
        raise BadInput(
            _("A filter no longer stands for anything (%(names)s). Take it away first.")
            % {"names": ", ".join(found.lost)}
        )
    found.matching.exists()  # a search is made when its rows are asked for
    if found.search.is_capped:
        raise BadInput(
            _("The search finds more than it shows. Add a word or a filter, then choose all again.")
        )
    span = Conversation.objects.aggregate(first=Min("pk"), last=Max("pk"))
    job.filters = {name: value for name, value in found.values.items() if name != "view"}
    job.gathered_to = (span["first"] or 1) - 1
    job.newest_conversation_id = span["last"] or 0
    job.newest_message_id = Message.objects.aggregate(last=Max("pk"))["last"] or 0
    job.status = Status.GATHERING
    job.save()


def _lock(job: BulkJob, by: User) -> BulkJob:
    if not by.has_perm("inbox.triage_conversation"):
        raise NotAllowed(_("Your role can read conversations but not change them."))
    rows = BulkJob.objects.visible_to(by).select_for_update(of=("self",))
    row = rows.filter(pk=job.pk).first()
    if row is None:
        raise NotAllowed(_("Only the person who started this can change it."))
    return row
