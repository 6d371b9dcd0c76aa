"""A request with a key is done once, however often it is sent and whoever dies meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from inbox.models import Channel, Conversation, KeptAnswer, Note, User
from inbox.operations import conversations, upkeep
from tests.factories import make_conversation, make_user
from tests.inbox.api.desk import Program

pytestmark = pytest.mark.django_db


def notes(conversation: Conversation) -> str:
    return f"/conversations/{conversation.pk}/notes/"


def test_the_same_request_is_answered_again_and_done_once(
    ana: User, conversation: Conversation
) -> None:
    program = Program(ana)
    first = program.post(notes(conversation), {"text": "hello"}, key="k1")
    again = program.post(notes(conversation), {"text": "hello"}, key="k1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Note.objects.count() == 1


def test_a_key_belongs_to_one_request(ana: User, conversation: Conversation) -> None:
    program = Program(ana)
    program.post(notes(conversation), {"text": "hello"}, key="k1")
    for answer in (
        program.post(notes(conversation), {"text": "other"}, key="k1"),
        program.post(f"/conversations/{conversation.pk}/reopen/", {"text": "hello"}, key="k1"),
    ):
        assert answer.status_code == 422
        assert answer.json()["code"] == "key_reused"
    assert Note.objects.count() == 1


def test_a_key_belongs_to_one_token(ana: User, conversation: Conversation) -> None:
    for program in (Program(ana), Program(ana)):
        assert program.post(notes(conversation), {"text": "hello"}, key="k1").status_code == 201
    assert Note.objects.count() == 2


def test_a_refusal_leaves_the_key_free(ana: User, conversation: Conversation) -> None:
    program = Program(ana)
    assert program.post(notes(conversation), {"text": ""}, key="k1").status_code == 422
    assert program.post(notes(conversation), {"text": "now"}, key="k1").status_code == 201


def test_a_failure_of_ours_leaves_neither_act_nor_answer(
    ana: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, add = Program(ana), conversations.add_note

    def broken(**kw: Any) -> Note:
        add(**kw)
        raise RuntimeError("the power went")

    monkeypatch.setattr(conversations, "add_note", broken)
    answer = program.post(notes(conversation), {"text": "hello"}, key="k1")
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert Note.objects.count() == 0
    monkeypatch.setattr(conversations, "add_note", add)
    assert program.post(notes(conversation), {"text": "hello"}, key="k1").status_code == 201


def test_a_dead_process_holds_its_key_for_a_minute(ana: User, conversation: Conversation) -> None:
    program = Program(ana)
    program.post(notes(conversation), {"text": "hello"}, key="k1")
    Note.objects.all().delete()
    KeptAnswer.objects.update(status=None, body="")
    busy = program.post(notes(conversation), {"text": "hello"}, key="k1")
    assert busy.status_code == 409
    assert busy["Retry-After"] == "1"
    KeptAnswer.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert program.post(notes(conversation), {"text": "hello"}, key="k1").status_code == 201


def test_after_a_day_the_key_is_forgotten(ana: User, conversation: Conversation) -> None:
    program = Program(ana)
    program.post(notes(conversation), {"text": "hello"}, key="k1")
    assert upkeep.prune_answers() == 0
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert program.post(notes(conversation), {"text": "hello"}, key="k1").status_code == 201
    assert Note.objects.count() == 2
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert upkeep.prune_answers() == 1


@pytest.mark.parametrize("key", ["x" * 201, "caf\u00e9"])
def test_an_unfit_key_is_refused_in_words(ana: User, conversation: Conversation, key: str) -> None:
    answer = Program(ana).post(notes(conversation), {"text": "hello"}, key=key)
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_it_once() -> None:
    user = make_user("ana")
    conversation = make_conversation()
    secret = Program(user)
    answers: list[Any] = []
    start = threading.Barrier(6)

    def ask() -> None:
        try:
            start.wait()
            answers.append(secret.post(notes(conversation), {"text": "hello"}, key="k1"))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert Note.objects.count() == 1
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert made == {Note.objects.get().pk}
    again = secret.post(notes(conversation), {"text": "hello"}, key="k1")
    assert again["Idempotency-Replayed"] == "true"
    assert Channel.objects.count() == 1
