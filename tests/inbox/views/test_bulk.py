"""Bulk acts through the browser's door: a few at once, many after a question, all with results."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.models import BulkJob, Channel, Conversation, Label, Team, User
from inbox.operations import bulk, bulk_running
from tests.factories import make_channel, make_conversation, make_user
from tests.inbox.views.lists import page

HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


@pytest.fixture
def rows(channel: Channel) -> list[Conversation]:
    return [make_conversation(channel) for _ in range(3)]


def picks(rows: list[Conversation]) -> list[str]:
    return [f"{row.pk}:{row.version}" for row in rows]


def statuses() -> set[str]:
    return set(Conversation.objects.values_list("status", flat=True))


def test_every_row_can_be_selected_by_those_who_act(
    desk: Client, rows: list[Conversation], cleo: User
) -> None:
    html = page(desk)
    for row in rows:
        assert f'form="bulk" value="{row.pk}:{row.version}"' in html
    desk.force_login(cleo)
    assert "row__pick" not in page(desk)


def test_a_few_are_done_before_the_answer_and_undone_from_the_toast(
    desk: Client, rows: list[Conversation]
) -> None:
    body = {"act": "resolve", "pick": picks(rows)}
    answer = desk.post("/bulk/start/", body, headers=HTMX)
    assert statuses() == {"resolved"}
    told = json.loads(answer["HX-Trigger"])
    assert told["toast"]["text"] == "Resolve: 3 done."
    assert sorted(told["conversation-changed"]["ids"]) == [row.pk for row in rows]
    answer = desk.post(told["toast"]["undo"], headers=HTMX)
    assert statuses() == {"open"}
    assert "Undo: Resolve: 3 done." in answer["HX-Trigger"]


@pytest.mark.parametrize(
    ("button", "value", "words"),
    [
        ("assign", "{ana}", "Assign to ana"),
        ("act", "unassign", "Assign to nobody"),
        ("put", "{label}", "Put the label “vip” on"),
        ("take", "{label}", "Take the label “vip” off"),
        ("snooze", "hour", "Snooze until"),
        ("snooze", "tomorrow", "Snooze until"),
        ("snooze", "monday", "Snooze until"),
        ("act", "resolve", "Resolve"),
        ("act", "reopen", "Open again"),
    ],
)
def test_each_button_stands_for_its_act(
    desk: Client, rows: list[Conversation], ana: User, button: str, value: str, words: str
) -> None:
    label = Label.objects.create(name="vip")
    body = {button: value.format(ana=ana.pk, label=label.pk), "pick": picks(rows), "at": ""}
    answer = desk.post("/bulk/start/", body)
    job = BulkJob.objects.get()
    assert answer["Location"] == job.get_absolute_url()
    assert str(job).startswith(words)


def test_a_time_of_ones_own_is_meant_in_ones_own_time_zone(
    desk: Client, rows: list[Conversation], ana: User
) -> None:
    User.objects.filter(pk=ana.pk).update(time_zone="Asia/Jakarta")
    day = timezone.localdate() + timedelta(days=3)
    body = {"snooze": "own", "at": f"{day}T09:00", "pick": picks(rows)}
    desk.post("/bulk/start/", body)
    until = Conversation.objects.values_list("snoozed_until", flat=True)[0]
    assert until is not None
    assert until.strftime("%Y-%m-%d %H:%M") == f"{day} 02:00"
    assert "09:00" in desk.get(BulkJob.objects.get().get_absolute_url()).text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"act": "resolve"},
        {"act": "undo", "pick": ["1:1"]},
        {"act": "resolve", "pick": ["x"]},
        {"act": "resolve", "pick": ["1:2:3"]},
        {"act": "resolve", "pick": ["9999999999999999999999:1"]},
        {"act": "assign", "pick": ["1:1"]},
        {"put": "999", "pick": ["1:1"]},
        {"snooze": "own", "at": "", "pick": ["1:1"]},
        {"snooze": "own", "at": "2001-01-01T10:00", "pick": ["1:1"]},
        {"act": "resolve", "is_all": "1", "query": "label=999", "is_confirmed": "1"},
        {"act": "resolve", "is_all": "1", "query": "x" * 2001},
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    desk: Client, rows: list[Conversation], body: dict[str, Any]
) -> None:
    answer = desk.post("/bulk/start/", body, headers=HTMX)
    assert answer.status_code == 422
    assert "toast" in answer["HX-Trigger"]
    assert not BulkJob.objects.exists()
    assert statuses() == {"open"}


def test_many_are_asked_about_first_by_number_and_act(desk: Client, channel: Channel) -> None:
    rows = [make_conversation(channel) for _ in range(bulk.INSTANT + 1)]
    body = {"act": "resolve", "pick": picks(rows)}
    for headers in ({}, HTMX):
        html = desk.post("/bulk/start/", body, headers=headers).content.decode()
        assert "This acts on 21 conversations." in html
        assert "Resolve" in html
        assert not BulkJob.objects.exists()
    desk.post("/bulk/start/", body | {"is_confirmed": "1"}, headers=HTMX)
    job = BulkJob.objects.get()
    assert (job.status, job.total) == ("running", 21)
    assert statuses() == {"open"}  # the worker does it


def test_all_that_match_are_asked_about_with_their_filters(
    desk: Client, rows: list[Conversation], channel: Channel
) -> None:
    angry = make_conversation(channel, sentiment="negative")
    body = {"act": "resolve", "is_all": "1", "query": "sentiment=negative", "pick": picks(rows)}
    html = desk.post("/bulk/start/", body, headers=HTMX).content.decode()
    assert "This acts on 1 conversation, all that match" in html
    assert "Negative" in html
    desk.post("/bulk/start/", body | {"is_confirmed": "1"}, headers=HTMX)
    job = BulkJob.objects.get()
    assert job.filters == {"sentiment": "negative"}
    bulk_running.run_job(job_id=job.pk)
    assert list(job.results.values_list("conversation_id", flat=True)) == [angry.pk]


def test_the_page_of_a_job_says_why_a_row_was_left(
    desk: Client, rows: list[Conversation], ana: User
) -> None:
    Conversation.objects.filter(pk=rows[0].pk).update(version=7)
    desk.post("/bulk/start/", {"act": "resolve", "pick": picks(rows)})
    job = BulkJob.objects.get()
    html = page(desk, job.get_absolute_url())
    assert "Something new has arrived here" in html
    assert "Undo 2 changes" in html
    html = page(desk, f"{job.get_absolute_url()}?outcome=skipped")
    assert rows[0].get_absolute_url() in html
    assert rows[1].get_absolute_url() not in html
    assert "2 done" in page(desk, "/bulk/", **HTMX) or "3 of 3" in page(desk, "/bulk/", **HTMX)
    assert "Resolve" in page(desk, "/bulk/")


def test_a_running_job_can_be_stopped_from_above_the_list(
    desk: Client, rows: list[Conversation], ana: User
) -> None:
    job = bulk.start_job(order=bulk.Order("resolve"), by=ana, filters={})
    html = page(desk, "/bulk/", **HTMX)
    assert f"/bulk/{job.pk}/cancel/" in html
    assert "gathering" in html
    desk.post(f"/bulk/{job.pk}/cancel/", headers=HTMX)
    job.refresh_from_db()
    assert job.status == "cancelled"
    bulk_running.run_job(job_id=job.pk)
    assert statuses() == {"open"}
    assert desk.post(f"/bulk/{job.pk}/cancel/", headers=HTMX).status_code == 409


def test_a_job_is_its_owners_and_of_those_who_answer_for_the_desk(
    client: Client, rows: list[Conversation], ana: User, dewi: User, cleo: User
) -> None:
    job = bulk.start_job(order=bulk.Order("resolve"), by=ana, picked=[(rows[0].pk, 1)])
    for user, status in ((make_user(), 404), (dewi, 200), (cleo, 200), (ana, 200)):
        client.force_login(user)
        assert client.get(job.get_absolute_url()).status_code == status


def test_a_result_one_may_no_longer_see_names_nobody(
    desk: Client, rows: list[Conversation], ana: User
) -> None:
    channel = make_channel()
    row = make_conversation(channel, text="secret words")
    desk.post("/bulk/start/", {"act": "resolve", "pick": picks([row])})
    channel.team = Team.objects.create(name="Theirs")
    channel.save()
    html = page(desk, BulkJob.objects.get().get_absolute_url())
    assert "secret words" not in html
    assert "no longer there for you" in html
