"""Acts on many conversations for programs: chosen exactly, watched, stopped, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.models import AuditEvent, BulkJob, Channel, Conversation, Label, User
from inbox.operations import bulk_running, conversations
from inbox.operations.views import save_view
from tests.factories import make_conversation, make_message
from tests.inbox.api.desk import Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(channel: Channel) -> list[Conversation]:
    return [make_conversation(channel) for _number in range(3)]


def named(*rows: Conversation) -> list[dict[str, int]]:
    return [{"id": row.pk, "seen": row.version} for row in rows]


def status(row: Conversation) -> str:
    return Conversation.objects.get(pk=row.pk).status


def outcomes(program: Program, job: dict[str, Any], **query: str) -> dict[int, str]:
    found = program.get(f"/bulk-jobs/{job['id']}/results/", **query).json()["results"]
    return {row["conversation_id"]: row["outcome"] for row in found}


def test_a_few_are_done_before_the_answer(ana: User, rows: list[Conversation]) -> None:
    program = Program(ana)
    answer = program.post("/bulk-jobs/", {"act": "resolve", "conversations": named(*rows[:2])})
    assert answer.status_code == 201
    job = answer.json()
    assert (job["status"], job["total"], job["done"], job["can_undo"]) == ("done", 2, 2, True)
    assert [status(row) for row in rows] == ["resolved", "resolved", "open"]
    assert outcomes(program, job) == {rows[0].pk: "done", rows[1].pk: "done"}
    assert program.get(f"/bulk-jobs/{job['id']}/").json() == job


def test_what_has_news_is_left_as_it_is(ana: User, rows: list[Conversation]) -> None:
    picked = named(*rows[:2])
    make_message(rows[0])
    Conversation.objects.filter(pk=rows[0].pk).update(version=rows[0].version + 1)
    program = Program(ana)
    job = program.post("/bulk-jobs/", {"act": "resolve", "conversations": picked}).json()
    assert outcomes(program, job, outcome="skipped") == {rows[0].pk: "skipped"}
    assert outcomes(program, job, outcome="done") == {rows[1].pk: "done"}
    page = program.get(f"/bulk-jobs/{job['id']}/results/", outcome="skipped").json()
    assert "new has arrived" in page["results"][0]["words"]


def test_all_that_match_are_done_by_a_worker(ana: User, channel: Channel) -> None:
    angry = make_conversation(channel, sentiment="negative")
    calm = make_conversation(channel)
    label, program = Label.objects.create(name="outage"), Program(ana)
    body = {"act": "label", "label": label.pk, "filters": {"sentiment": "negative"}}
    job = program.post("/bulk-jobs/", body).json()
    assert (job["status"], job["done"], job["filters"]) == (
        "gathering", 0, {"sentiment": "negative"},
    )  # fmt: skip
    bulk_running.run_job(job_id=job["id"])
    assert program.get(f"/bulk-jobs/{job['id']}/").json()["done"] == 1
    assert list(angry.labels.all()) == [label]
    assert not calm.labels.exists()


def test_all_of_a_view(ana: User, ben: User, channel: Channel) -> None:
    make_conversation(channel)
    angry = make_conversation(channel, sentiment="negative")
    view = save_view(name="v", filters={"sentiment": "negative"}, by=ben, is_for_everybody=True)
    job = Program(ana).post("/bulk-jobs/", {"act": "resolve", "view": view.pk}).json()
    bulk_running.run_job(job_id=job["id"])
    resolved = Conversation.objects.filter(status="resolved")
    assert [row.pk for row in resolved] == [angry.pk]


def test_a_view_that_is_not_for_them_is_not_there(ana: User, ben: User) -> None:
    view = save_view(name="v", filters={}, by=ben)
    answer = Program(ana).post("/bulk-jobs/", {"act": "resolve", "view": view.pk})
    assert answer.status_code == 422
    assert not BulkJob.objects.exists()


def test_a_job_is_undone_by_a_job(ana: User, rows: list[Conversation]) -> None:
    program = Program(ana)
    job = program.post("/bulk-jobs/", {"act": "resolve", "conversations": named(*rows)}).json()
    undo = program.post(f"/bulk-jobs/{job['id']}/undo/")
    assert undo.status_code == 201
    assert undo.json()["undoes_id"] == job["id"]
    bulk_running.run_job(job_id=undo.json()["id"])
    assert {status(row) for row in rows} == {"open"}
    job = program.get(f"/bulk-jobs/{job['id']}/").json()
    assert (job["undone_by_id"], job["can_undo"]) == (undo.json()["id"], False)
    assert program.post(f"/bulk-jobs/{job['id']}/undo/").status_code == 409


def test_a_job_is_stopped(ana: User, rows: list[Conversation]) -> None:
    program = Program(ana)
    job = program.post("/bulk-jobs/", {"act": "resolve", "filters": {}}).json()
    assert program.post(f"/bulk-jobs/{job['id']}/cancel/").json()["status"] == "cancelled"
    assert program.post(f"/bulk-jobs/{job['id']}/cancel/").status_code == 409
    bulk_running.run_job(job_id=job["id"])
    assert {status(row) for row in rows} == {"open"}


def test_jobs_of_others_are_for_those_who_answer_for_the_desk(
    ana: User, ben: User, dewi: User, rows: list[Conversation]
) -> None:
    job = Program(dewi).post("/bulk-jobs/", {"act": "resolve", "filters": {}}).json()
    assert Program(ana).get("/bulk-jobs/").json()["results"] == []
    assert Program(ana).get(f"/bulk-jobs/{job['id']}/results/").status_code == 404
    assert Program(ana).post(f"/bulk-jobs/{job['id']}/cancel/").status_code == 404
    assert Program(ben).post(f"/bulk-jobs/{job['id']}/undo/").status_code in (403, 404)


def test_the_same_key_starts_one_job(ana: User, rows: list[Conversation]) -> None:
    program, body = Program(ana), {"act": "resolve", "conversations": named(*rows)}
    first, again = (program.post("/bulk-jobs/", body, key="k1") for _time in range(2))
    assert first.json() == again.json()
    assert BulkJob.objects.count() == 1
    assert AuditEvent.objects.filter(verb="inbox.conversation.resolved").count() == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"act": "resolve"}, "conversations: Give exactly one of"),
        ({"act": "resolve", "filters": {}, "conversations": [{"id": 1}]}, "exactly one of"),
        ({"act": "undo", "filters": {}}, "act: "),
        ({"act": "label", "filters": {}}, "Choose a label."),
        ({"act": "assign", "filters": {}}, "Choose whom"),
        ({"act": "snooze", "filters": {}, "until": "2020-01-01T00:00:00Z"}, "Choose a time"),
        ({"act": "resolve", "conversations": []}, "Select at least one"),
        ({"act": "resolve", "filters": {"colour": "red"}}, "filters.colour"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    ana: User, body: dict[str, Any], words: str
) -> None:
    answer = Program(ana).post("/bulk-jobs/", body)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert not BulkJob.objects.exists()


def test_an_act_on_one_is_taken_back(ana: User, conversation: Conversation) -> None:
    program, path = Program(ana), f"/conversations/{conversation.pk}"
    assert program.get(f"{path}/").json()["undo_id"] is None
    undo_id = program.post(f"{path}/resolve/").json()["undo_id"]
    answer = program.post(f"{path}/undo/", {"undo_id": undo_id})
    assert (answer.json()["status"], answer.json()["undo_id"]) == ("open", None)


def test_an_act_of_somebody_else_is_not_taken_back(
    ana: User, ben: User, conversation: Conversation
) -> None:
    event = conversations.resolve(conversation=conversation, by=ben)
    assert event
    path = f"/conversations/{conversation.pk}"
    assert Program(ana).get(f"{path}/").json()["undo_id"] is None
    answer = Program(ana).post(f"{path}/undo/", {"undo_id": event.pk})
    assert answer.status_code == 403
    assert status(conversation) == "resolved"


def test_an_act_elsewhere_is_not_taken_back_from_here(
    ana: User, conversation: Conversation, channel: Channel
) -> None:
    event = conversations.resolve(conversation=make_conversation(channel), by=ana)
    assert event
    path = f"/conversations/{conversation.pk}/undo/"
    assert Program(ana).post(path, {"undo_id": event.pk}).status_code == 404
