"""A bulk job whose workers are killed does each conversation once, ends, and can be undone."""

from __future__ import annotations

from collections import Counter

import pytest
from django.utils import timezone

from inbox.models import AuditEvent, BulkJob, Channel, Conversation, User
from inbox.operations import bulk
from tests.chaos.stack import Stack, wait_for
from tests.factories import make_channel, make_conversation, make_user

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

COUNT = 400
SWEPT_WITHIN = 60  # seconds until beat and a worker are up and have found the job


@pytest.fixture
def ana(stack: Stack) -> User:
    return make_user("ana", "agent")


@pytest.fixture
def crowd(stack: Stack) -> list[int]:
    """Conversations on a channel that nobody reads, so that nothing but the job moves them."""
    channel: Channel = make_channel()
    return [make_conversation(channel).pk for _number in range(COUNT)]


def killed_on_the_way(stack: Stack, job: BulkJob, *shares: float) -> BulkJob:
    """Kill the worker each time that such a share is done; return the job once it has ended."""
    for share in shares:
        wait_for(
            lambda at=share: settled(job) >= COUNT * at,
            within=SWEPT_WITHIN,
            what=f"{share:.0%} of the job",
        )
        stack.kill_worker()
        job.refresh_from_db()
        assert job.is_under_way, "the job was over before its worker was killed"
        # The lease of the dead worker runs for a minute; we do not sit through it.
        BulkJob.objects.filter(pk=job.pk).update(leased_until=timezone.now())
    wait_for(lambda: not fresh(job).is_under_way, within=90, what="the end of the job")
    return fresh(job)


def settled(job: BulkJob) -> int:
    return fresh(job).settled


def fresh(job: BulkJob) -> BulkJob:
    return BulkJob.objects.get(pk=job.pk)


def assert_each_once(job: BulkJob, verb: str, crowd: list[int]) -> None:
    assert (job.status, job.total, job.done) == (BulkJob.Status.DONE, COUNT, COUNT)
    assert (job.skipped, job.failed) == (0, 0)
    events = AuditEvent.objects.filter(verb=verb)
    assert Counter(events.values_list("conversation_id", flat=True)) == Counter(crowd)
    done = job.results.filter(outcome="done").values_list("event_id", flat=True)
    assert sorted(done) == sorted(events.values_list("pk", flat=True))


def test_a_job_whose_workers_are_killed_does_each_once_and_is_undone(
    stack: Stack, ana: User, crowd: list[int]
) -> None:
    job = bulk.start_job(order=bulk.Order("resolve"), by=ana, filters={})
    job = killed_on_the_way(stack, job, 0.1, 0.4, 0.7)
    assert_each_once(job, "inbox.conversation.resolved", crowd)
    assert Conversation.objects.filter(status="resolved").count() == COUNT

    undo = killed_on_the_way(stack, bulk.undo_job(job=job, by=ana), 0.5)
    assert_each_once(undo, "inbox.conversation.undone", crowd)
    assert Conversation.objects.filter(status="open").count() == COUNT
