"""Two workers at one job, and two people at one conversation: with real threads."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from inbox.models import AuditEvent, BulkJob, Conversation, User
from inbox.operations import bulk, bulk_running, conversations
from tests.factories import make_channel, make_conversation, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Any) -> None:
    barrier = threading.Barrier(len(acts))
    errors: list[BaseException] = []

    def run(act: Any) -> None:
        try:
            barrier.wait()
            act()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors


def job_of(count: int, by: User) -> tuple[BulkJob, list[Conversation]]:
    channel = make_channel()
    rows = [make_conversation(channel) for _ in range(count)]
    picked = [(row.pk, row.version) for row in rows]
    return bulk.start_job(order=bulk.Order("assign", to=by), by=by, picked=picked), rows


def test_two_workers_do_each_conversation_once() -> None:
    ana = make_user("ana")
    job, rows = job_of(12, ana)
    at_once(*[lambda: bulk_running.run_job(job_id=job.pk)] * 2)
    job.refresh_from_db()
    assert (job.status, job.done, job.skipped) == (BulkJob.Status.DONE, 12, 0)
    assert AuditEvent.objects.filter(verb="inbox.conversation.assigned").count() == len(rows)


def test_a_worker_that_was_thought_dead_does_nothing_more(monkeypatch: Any) -> None:
    ana = make_user("ana")
    job, _rows = job_of(6, ana)
    real, was_taken = conversations.assign, []

    def slow(**values: Any) -> Any:
        event = real(**values)
        if not was_taken:  # meanwhile the lease ran out and another worker took the job
            was_taken.append(True)
            token = {"lease_token": "other"}
            BulkJob.objects.filter(pk=job.pk).update(**token)
        return event

    monkeypatch.setattr(conversations, "assign", slow)
    bulk_running.run_job(job_id=job.pk)
    job.refresh_from_db()
    assert job.done == 0
    assert Conversation.objects.filter(assignee=ana).count() == 0


def test_a_person_and_a_job_at_the_same_conversations_take_turns() -> None:
    ana, ben = make_user("ana"), make_user("ben", "manager")
    job, rows = job_of(8, ana)

    def by_hand() -> None:
        for row in rows:
            conversations.assign(conversation=row, to=ben, by=ben)

    at_once(lambda: bulk_running.run_job(job_id=job.pk), by_hand)
    job.refresh_from_db()
    assert job.done == 8
    for row in rows:
        events = AuditEvent.objects.filter(
            verb="inbox.conversation.assigned", conversation_id=row.pk
        )
        last = events.order_by("-pk").first()
        row.refresh_from_db()
        assert last is not None
        assert row.assignee == last.actor
