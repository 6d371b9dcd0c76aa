"""The sweep: whatever Redis, a worker or a machine forgot is found again in the database."""

from __future__ import annotations

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext_noop

from inbox.lib.bell import ring
from responses.models import Delivery, Reply
from responses.operations import outcomes
from responses.tasks import reconcile_reply, send_reply

BATCH = 100  # of each kind in one sweep; the next one is two seconds away


def sweep() -> None:
    """Give up on lost workers and ring for what is due, in turns that are fair to channels."""
    now = timezone.now()
    for delivery in _lost_attempts():
        words = gettext_noop("The worker did not come back.")
        outcomes.unknown(delivery=delivery, code="worker_lost", words=words)
    for reply_id in _in_turns(Reply.objects.due(now), "send_after"):
        ring(send_reply, reply_id)
    for reply_id in _in_turns(Reply.objects.to_reconcile(now), "check_after"):
        ring(reconcile_reply, reply_id)


def _lost_attempts() -> QuerySet[Delivery]:
    abandoned = Reply.objects.abandoned(timezone.now())
    under_way = Delivery.objects.filter(outcome=Delivery.Outcome.SENDING)
    return under_way.filter(reply__in=abandoned).order_by("started_at")[:BATCH]


def _in_turns(replies: QuerySet[Reply], by: str) -> list[int]:
    """Return ids, the longest waiting of every channel before the second of any."""
    turn = Window(RowNumber(), partition_by=F("channel_id"), order_by=F(by).asc())
    ordered = replies.annotate(turn=turn).order_by("turn", by)
    return list(ordered.values_list("pk", flat=True)[:BATCH])
