"""Bulk acts: the set that was chosen and nothing else, each exactly once, and back again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from inbox.lib.errors import BadInput, InvalidTransition, NotAllowed, StaleState
from inbox.models import (
    AuditEvent,
    BulkJob,
    BulkResult,
    Channel,
    Conversation,
    Label,
    LiveEvent,
    Notification,
    Team,
    User,
    Watch,
)
from inbox.operations import bulk, bulk_running, conversations
from inbox.said import said
from inbox.tasks import sweep_bulk_jobs
from inbox.templatetags.notices import in_words
from inbox.templatetags.record import in_words as event_in_words
from tests.factories import make_channel, make_conversation, make_message, make_user

Order, Act, Status, Outcome = bulk.Order, BulkJob.Act, BulkJob.Status, BulkResult.Outcome
RESOLVE = Order("resolve")


def picks(*rows: Conversation) -> list[tuple[int, int | None]]:
    return [(row.pk, row.version) for row in rows]


def run(job: BulkJob) -> BulkJob:
    """Do turns as workers would until the job is over."""
    for _turn in range(50):
        bulk_running.run_job(job_id=job.pk)
        job.refresh_from_db()
        if not job.is_under_way:
            return job
    raise AssertionError(f"still {job.status}")


def start(order: Any, by: User, *rows: Conversation, **more: Any) -> BulkJob:
    return bulk.start_job(order=order, by=by, picked=picks(*rows), **more)


def outcomes(job: BulkJob) -> dict[int, tuple[str, str]]:
    return {r.conversation_id: (r.outcome, r.words) for r in job.results.all()}


def statuses(*rows: Conversation) -> list[str]:
    found = dict(Conversation.objects.values_list("pk", "status"))
    return [found[row.pk] for row in rows]


@pytest.fixture
def rows(channel: Channel) -> list[Conversation]:
    return [make_conversation(channel) for _ in range(4)]


def test_each_conversation_goes_through_the_operation_people_use(
    rows: list[Conversation], ana: User
) -> None:
    job = run(start(RESOLVE, ana, *rows[:3]))
    assert statuses(*rows) == ["resolved"] * 3 + ["open"]
    assert (job.status, job.total, job.done, job.skipped) == (Status.DONE, 3, 3, 0)
    events = AuditEvent.objects.filter(verb="inbox.conversation.resolved", actor=ana)
    assert {event.pk for event in events} == set(job.results.values_list("event_id", flat=True))
    for row in rows[:3]:
        assert LiveEvent.objects.filter(conversation_id=row.pk).exists()
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert {"inbox.bulk.started", "inbox.bulk.finished"} <= verbs


@pytest.mark.parametrize("act", [a for a in Act.values if a != "undo"])
def test_every_act_is_done_and_undone(rows: list[Conversation], ana: User, act: str) -> None:
    label = Label.objects.create(name="vip")
    needs_first = {
        "unassign": Order("assign", to=ana),
        "unlabel": Order("label", label=label),
        "reopen": RESOLVE,
    }
    if act in needs_first:
        run(start(needs_first[act], ana, *rows))
    values = ("status", "assignee", "snoozed_until", "handled_id", "labels", "waiting_since")
    before = list(Conversation.objects.order_by("pk").values_list(*values))
    until = timezone.now() + timedelta(hours=3)
    given: dict[str, Any] = {
        "assign": {"to": ana},
        "label": {"label": label},
        "unlabel": {"label": label},
        "snooze": {"until": until},
    }.get(act, {})
    job = run(start(Order(act, **given), ana, *rows))
    assert job.done == 4, outcomes(job)
    assert list(Conversation.objects.order_by("pk").values_list(*values)) != before
    back = run(bulk.undo_job(job=job, by=ana))
    assert (back.done, back.total, back.skipped) == (4, 4, 0), outcomes(back)
    assert list(Conversation.objects.order_by("pk").values_list(*values)) == before


@pytest.mark.parametrize("order", [RESOLVE, Order("snooze", until=None)])
def test_what_got_something_new_since_it_was_selected_stays(
    rows: list[Conversation], ana: User, order: Any
) -> None:
    order = Order(order.act, until=timezone.now() + timedelta(hours=1))
    picked = picks(*rows)
    Conversation.objects.filter(pk=rows[1].pk).update(version=rows[1].version + 1)
    job = run(bulk.start_job(order=order, by=ana, picked=picked))
    assert statuses(rows[1]) == ["open"]
    assert (job.done, job.skipped) == (3, 1)
    outcome, words = outcomes(job)[rows[1].pk]
    assert outcome == Outcome.SKIPPED
    assert "Something new has arrived" in words


def test_all_that_match_means_as_of_the_moment_it_was_confirmed(
    rows: list[Conversation], channel: Channel, ana: User
) -> None:
    job = bulk.start_job(order=RESOLVE, by=ana, filters={})
    late = make_conversation(channel)
    make_message(rows[2])  # its version moves when it is stored, as ingest does
    Conversation.objects.filter(pk=rows[2].pk).update(version=rows[2].version + 1)
    job = run(job)
    assert statuses(*rows, late) == ["resolved", "resolved", "open", "resolved", "open"]
    assert job.total == 4
    assert "new" in outcomes(job)[rows[2].pk][1]
    assert late.pk not in outcomes(job)


def test_news_does_not_keep_a_label_off(rows: list[Conversation], ana: User) -> None:
    label = Label.objects.create(name="outage")
    job = bulk.start_job(order=Order("label", label=label), by=ana, filters={})
    make_message(rows[0])
    assert run(job).done == 4


def test_only_what_matches_the_filters_is_touched(rows: list[Conversation], ana: User) -> None:
    Conversation.objects.filter(pk=rows[0].pk).update(sentiment="negative")
    run(bulk.start_job(order=RESOLVE, by=ana, filters={"sentiment": "negative"}))
    assert statuses(*rows) == ["resolved", "open", "open", "open"]


def test_all_that_a_search_finds_is_chosen_only_if_all_of_it_is_found(
    rows: list[Conversation], ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(bulk.start_job(order=RESOLVE, by=ana, filters={"q": "nowhere"})).total == 0
    monkeypatch.setattr("inbox.search.finding.MOST_FOUND", len(rows) - 1)
    with pytest.raises(BadInput, match="more than it shows"):
        bulk.start_job(order=RESOLVE, by=ana, filters={"q": "site"})
    assert set(statuses(*rows)) == {"open"}
    monkeypatch.undo()
    assert run(bulk.start_job(order=RESOLVE, by=ana, filters={"q": "site"})).total == len(rows)


def test_times_in_the_filters_mean_the_moment_of_the_choice(
    rows: list[Conversation], ana: User
) -> None:
    ago = timezone.now() - timedelta(minutes=15, seconds=-30)
    Conversation.objects.filter(pk=rows[0].pk).update(waiting_since=ago)
    job = bulk.start_job(order=RESOLVE, by=ana, filters={"waiting": "15"})
    BulkJob.objects.filter(pk=job.pk).update(created_at=timezone.now() + timedelta(minutes=1))
    assert run(job).total == 1
    job = bulk.start_job(order=RESOLVE, by=ana, filters={"waiting": "60"})
    assert run(job).total == 0


def test_a_filter_that_stands_for_nothing_is_never_left_out_silently(
    rows: list[Conversation], ana: User
) -> None:
    label = Label.objects.create(name="gone")
    with pytest.raises(BadInput, match="Label"):
        bulk.start_job(order=RESOLVE, by=ana, filters={"label": "999"})
    job = bulk.start_job(order=RESOLVE, by=ana, filters={"label": str(label.pk)})
    label.delete()
    job = run(job)
    assert (job.status, job.total) == (Status.DONE, 0)
    assert statuses(*rows) == ["open"] * 4


def test_a_large_choice_is_gathered_in_steps_and_survives_being_killed_between_them(
    rows: list[Conversation], ana: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(bulk_running, "SPAN", 2)
    monkeypatch.setattr(bulk_running, "BATCH", 1)
    monkeypatch.setattr(bulk_running, "TURN", 1)
    job = bulk.start_job(order=RESOLVE, by=ana, filters={})
    bulk_running.run_job(job_id=job.pk)
    job.refresh_from_db()
    assert job.status == Status.GATHERING
    assert 0 < job.total < 4
    assert run(job).done == 4


def test_a_job_killed_at_any_conversation_goes_on_and_does_nothing_twice(
    rows: list[Conversation], ana: User, monkeypatch: Any
) -> None:
    for fatal in range(1, 4):
        job = start(Order("assign", to=make_user()), ana, *rows)
        calls = iter(range(1, 100))
        real = conversations.assign

        def dying(real: Any = real, calls: Any = calls, fatal: int = fatal, **values: Any) -> Any:
            event = real(**values)
            if next(calls) == fatal:
                raise KeyboardInterrupt  # as little handled as a kill, after the act was written
            return event

        monkeypatch.setattr(conversations, "assign", dying)
        with pytest.raises(KeyboardInterrupt):
            bulk_running.run_job(job_id=job.pk)
        monkeypatch.setattr(conversations, "assign", real)
        job.refresh_from_db()
        assert (job.status, job.done) == (Status.RUNNING, fatal - 1)
        bulk_running.run_job(job_id=job.pk)  # the lease still stands: nobody else goes on yet
        job.refresh_from_db()
        assert job.done == fatal - 1
        BulkJob.objects.filter(pk=job.pk).update(leased_until=timezone.now())
        assert run(job).done == 4
        mine = AuditEvent.objects.filter(pk__in=job.results.values("event_id"))
        assert mine.values("conversation_id").distinct().count() == 4


def test_the_sweep_finds_what_no_worker_holds(
    rows: list[Conversation], ana: User, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    job = start(RESOLVE, ana, *rows)
    rung: list[int] = []
    monkeypatch.setattr("inbox.tasks.ring", lambda task, pk: rung.append(pk))
    sweep_bulk_jobs()
    assert rung == [job.pk]
    later = timezone.now() + timedelta(seconds=30)
    BulkJob.objects.filter(pk=job.pk).update(leased_until=later)
    assert bulk_running.abandoned_jobs(now=timezone.now()) == []
    assert bulk_running.abandoned_jobs(now=later) == [job.pk]


def test_stopping_leaves_the_rest_as_it_is_and_can_be_undone(
    rows: list[Conversation], ana: User, monkeypatch: Any
) -> None:
    job = start(RESOLVE, ana, *rows)
    real = conversations.resolve

    def stopping(**values: Any) -> Any:
        if job.results.filter(outcome="done").count() == 2:
            bulk.cancel_job(job=job, by=ana)
        return real(**values)

    monkeypatch.setattr(conversations, "resolve", stopping)
    bulk_running.run_job(job_id=job.pk)
    monkeypatch.setattr(conversations, "resolve", real)
    BulkJob.objects.filter(pk=job.pk).update(status=Status.CANCELLED, finished_at=timezone.now())
    job.refresh_from_db()
    assert job.done == 2
    assert sorted(statuses(*rows)) == ["open", "open", "resolved", "resolved"]
    bulk_running.run_job(job_id=job.pk)
    assert sorted(statuses(*rows)) == ["open", "open", "resolved", "resolved"]
    back = run(bulk.undo_job(job=job, by=ana))
    assert back.done == 2
    assert statuses(*rows) == ["open"] * 4


def test_an_undo_never_overwrites_what_came_after(
    rows: list[Conversation], ana: User, ben: User
) -> None:
    job = run(start(Order("assign", to=ana), ana, *rows))
    conversations.assign(conversation=rows[0], to=ben, by=ben)
    back = run(bulk.undo_job(job=job, by=ana))
    assert (back.done, back.skipped) == (3, 1)
    assert "changed since" in outcomes(back)[rows[0].pk][1]
    rows[0].refresh_from_db()
    assert rows[0].assignee == ben


def test_a_job_is_undone_once_by_who_did_it_and_not_for_ever(
    rows: list[Conversation], ana: User, dewi: User, monkeypatch: Any
) -> None:
    job = start(RESOLVE, ana, *rows)
    with pytest.raises(StaleState, match="Stop it first"):
        bulk.undo_job(job=job, by=ana)
    run(job)
    with pytest.raises(NotAllowed):
        bulk.undo_job(job=job, by=dewi)
    with pytest.raises(NotAllowed):
        bulk.undo_job(job=job, by=make_user())
    back = bulk.undo_job(job=job, by=ana)
    with pytest.raises(StaleState):
        bulk.undo_job(job=job, by=ana)
    run(back)
    with pytest.raises(InvalidTransition):
        bulk.undo_job(job=back, by=ana)
    other = run(start(RESOLVE, ana, *rows))
    monkeypatch.setattr(bulk, "UNDO_FOR", timedelta(0))
    with pytest.raises(StaleState, match="too late"):
        bulk.undo_job(job=other, by=ana)


def test_what_one_may_not_see_is_not_touched_whoever_names_it(
    rows: list[Conversation], ana: User
) -> None:
    theirs = make_conversation(make_channel(team=Team.objects.create(name="Theirs")))
    job = run(start(RESOLVE, ana, rows[0], theirs))
    assert statuses(rows[0], theirs) == ["resolved", "open"]
    assert outcomes(job)[theirs.pk][0] == Outcome.SKIPPED
    assert run(bulk.start_job(order=RESOLVE, by=ana, filters={})).total == 3


def test_a_role_taken_away_stops_what_is_still_to_do(rows: list[Conversation], ana: User) -> None:
    job = start(RESOLVE, ana, *rows)
    User.objects.filter(pk=ana.pk).update(role="auditor")
    job = run(job)
    assert (job.done, job.skipped) == (0, 4)
    assert "role" in outcomes(job)[rows[0].pk][1]


def test_who_only_reads_starts_nothing(rows: list[Conversation], cleo: User) -> None:
    with pytest.raises(NotAllowed):
        start(RESOLVE, cleo, *rows)
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize(
    "order",
    [
        Order("assign"),
        Order("label"),
        Order("unlabel"),
        Order("snooze"),
        Order("snooze", until=timezone.now() - timedelta(days=1)),
        Order("snooze", until=timezone.now() + timedelta(days=500)),
    ],
)
def test_an_order_that_lacks_something_is_refused(
    rows: list[Conversation], ana: User, order: Any
) -> None:
    with pytest.raises(BadInput):
        start(order, ana, *rows)


def test_nobody_who_only_reads_is_given_work(
    rows: list[Conversation], ana: User, cleo: User
) -> None:
    with pytest.raises(BadInput):
        start(Order("assign", to=cleo), ana, *rows)


def test_nothing_and_too_much_are_refused(ana: User) -> None:
    with pytest.raises(BadInput):
        bulk.start_job(order=RESOLVE, by=ana, picked=[])
    with pytest.raises(BadInput):
        bulk.start_job(order=RESOLVE, by=ana, picked=[(n, 1) for n in range(1, 1002)])


def test_what_was_so_already_or_is_gone_is_said(rows: list[Conversation], ana: User) -> None:
    conversations.resolve(conversation=rows[0], by=ana)
    job = run(bulk.start_job(order=RESOLVE, by=ana, picked=[(rows[0].pk, 1), (999_999, 1)]))
    words = [words for _outcome, words in outcomes(job).values()]
    assert words == ["It was so already.", "This conversation is no longer there for you."]


def test_a_label_or_colleague_deleted_meanwhile_is_said(
    rows: list[Conversation], ana: User
) -> None:
    label = Label.objects.create(name="vip")
    job = start(Order("label", label=label), ana, rows[0])
    label.delete()
    assert outcomes(run(job))[rows[0].pk] == (Outcome.SKIPPED, "This label was deleted.")


def test_a_fault_in_one_conversation_costs_no_other(
    rows: list[Conversation], ana: User, monkeypatch: Any
) -> None:
    real = conversations.resolve

    def faulty(**values: Any) -> Any:
        if values["conversation"].pk == rows[1].pk:
            raise RuntimeError("bug")
        return real(**values)

    monkeypatch.setattr(conversations, "resolve", faulty)
    job = run(start(RESOLVE, ana, *rows))
    assert (job.done, job.failed) == (3, 1)
    assert statuses(*rows) == ["resolved", "open", "resolved", "resolved"]


def test_who_is_given_many_at_once_finds_one_entry_that_says_how_many(
    rows: list[Conversation], ana: User, ben: User
) -> None:
    job = run(start(Order("assign", to=ana), ben, *rows))
    entry = Notification.objects.get()
    assert (entry.user, entry.actor, in_words(entry)) == (ana, ben, "ben gave you 4 conversations")
    assert entry.get_absolute_url().endswith("?assignee=me")
    assert Watch.objects.filter(user=ana).count() == 4
    run(bulk.undo_job(job=job, by=ben))
    assert Notification.objects.count() == 1


def test_one_of_one_is_told_like_any_other(rows: list[Conversation], ana: User, ben: User) -> None:
    run(start(Order("assign", to=ana), ben, rows[0]))
    entry = Notification.objects.get()
    assert in_words(entry).startswith("ben assigned @")
    assert entry.get_absolute_url() == rows[0].get_absolute_url()


def test_what_was_given_before_a_job_was_stopped_is_told(
    rows: list[Conversation], ana: User, ben: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(bulk_running, "TURN", 1)
    monkeypatch.setattr(bulk_running, "BATCH", 2)
    job = start(Order("assign", to=ana), ben, *rows)
    bulk_running.run_job(job_id=job.pk)
    assert not Notification.objects.exists()
    bulk.cancel_job(job=job, by=ben)
    assert in_words(Notification.objects.get()) == "ben gave you 2 conversations"


def test_giving_oneself_many_tells_nobody(rows: list[Conversation], ana: User) -> None:
    run(start(Order("assign", to=ana), ana, *rows))
    assert not Notification.objects.exists()


def test_only_those_who_may_see_a_job_hear_how_it_goes(
    rows: list[Conversation], ana: User, ben: User, dewi: User
) -> None:
    run(start(RESOLVE, ana, *rows))
    heard = LiveEvent.objects.filter(kind="bulk").values_list("user_id", flat=True)
    assert set(heard) == {ana.pk, dewi.pk}


def test_each_reader_reads_what_a_job_does_in_their_own_language(
    rows: list[Conversation], ana: User
) -> None:
    with translation.override("id"):
        job = run(start(Order("resolve"), ana, *rows[:1]))
        assert str(job) == "Selesaikan"
    assert str(job) == "Resolve"
    undo = bulk.undo_job(job=job, by=ana)
    started = AuditEvent.objects.filter(verb="inbox.bulk.started").last()
    with translation.override("id"):
        assert str(undo).endswith(": Selesaikan")
        assert "Selesaikan" in event_in_words(started)
    assert event_in_words(started) == "began for many conversations: Resolve"


@pytest.mark.parametrize("act", Act.values)
def test_a_job_from_before_names_were_kept_can_be_shown(ana: User, act: str) -> None:
    assert str(BulkJob(by=ana, act=act, arguments={"to": 1, "label": 1}))


def test_why_a_conversation_was_left_is_kept_in_english_and_told_to_each_reader(
    rows: list[Conversation], ana: User
) -> None:
    stranger = make_user("cleo", "auditor")
    job = start(Order("resolve"), ana, *rows[:1])
    Conversation.objects.filter(pk=rows[0].pk).update(status="resolved")
    with translation.override("id"):
        run(job)
    assert [words for _outcome, words in outcomes(job).values()] == ["It was so already."]
    with translation.override("id"):
        assert said("It was so already.") != "It was so already."
        text = said(f"{stranger} cannot work on conversations.")
        assert text.startswith("cleo ")
        assert "cannot" not in text
