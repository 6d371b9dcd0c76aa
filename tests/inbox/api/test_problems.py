"""Whatever goes wrong below /api/, the answer is a problem that a program can read."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from inbox.api.plumbing import limits
from inbox.models import Conversation, User
from inbox.operations import conversations
from tests.factories import make_message
from tests.inbox.api.desk import Program

pytestmark = pytest.mark.django_db

MEMBERS = {"type", "title", "status", "code", "detail"}


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) >= MEMBERS
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:crisisdesk:problem:{code}"
    return body


@pytest.mark.parametrize("path", ["/nothing/", "/nothing", "/conversations", "/conversations/x/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address(ana: User, path: str, method: str) -> None:
    check(Program(ana).post(path, method=method), 404, "not_found")


def test_a_second_factor_that_is_missing(ana: User, settings: Any) -> None:
    program, browser = Program(ana), Client()
    browser.force_login(ana)
    settings.MFA_REQUIRED_ROLES = ["agent"]
    for answer in (program.get("/me/"), browser.get("/api/v1/me/")):
        assert "second factor" in check(answer, 403, "not_allowed")["detail"]


def test_even_outside_the_version() -> None:
    check(Client().get("/api/"), 404, "not_found")
    check(Client().post("/api/v9/x"), 404, "not_found")


def test_a_method_that_is_not_there(ana: User) -> None:
    body = check(Program(ana).post("/me/", method="DELETE"), 405, "method_not_allowed")
    assert "DELETE" in body["detail"]


def test_a_row_beyond_every_number(ana: User) -> None:
    check(Program(ana).get(f"/conversations/{10**17}/"), 404, "not_found")
    check(Program(ana).get(f"/conversations/{10**30}/"), 404, "not_found")


@pytest.mark.parametrize("body", ["{", "\xff", "[" * 100_000, '{"text": NaN}'])
def test_a_body_that_is_no_json(ana: User, conversation: Conversation, body: str) -> None:
    answer = Program(ana).post(f"/conversations/{conversation.pk}/notes/", body)
    check(answer, 400, "malformed")


@pytest.mark.parametrize("body", ["[]", '"x"', "null", "7"])
def test_json_that_is_no_object(ana: User, conversation: Conversation, body: str) -> None:
    answer = Program(ana).post(f"/conversations/{conversation.pk}/notes/", body)
    check(answer, 422, "bad_input")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "x" * 5001}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "\ud800"}, "text"),
        ({"text": ["x"]}, "text"),
        ({"text": "x", "to": "y"}, "to"),
    ],
)
def test_a_wrong_field_is_named(
    ana: User, conversation: Conversation, body: dict[str, Any], field: str
) -> None:
    answer = Program(ana).post(f"/conversations/{conversation.pk}/notes/", body)
    problem = check(answer, 422, "bad_input")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["message"]


def test_another_kind_of_body(ana: User, conversation: Conversation) -> None:
    program = Program(ana)
    answer = program.client.post(
        f"/api/v1/conversations/{conversation.pk}/notes/",
        {"text": "x"},
        headers={"Authorization": f"Bearer {program.secret}"},
    )
    check(answer, 415, "unsupported_media_type")


def test_too_large_a_body(ana: User, conversation: Conversation) -> None:
    body = {"text": "x" * 3_000_000}
    for key in ("", "k1"):
        answer = Program(ana).post(f"/conversations/{conversation.pk}/notes/", body, key=key)
        check(answer, 413, "too_large")


def test_what_has_moved_on(ana: User, conversation: Conversation) -> None:
    make_message(conversation)
    Conversation.objects.update(version=5)
    answer = Program(ana).post(f"/conversations/{conversation.pk}/resolve/", {"seen": 1})
    check(answer, 409, "stale_state")


def test_a_step_that_does_not_exist(ana: User, conversation: Conversation) -> None:
    answer = Program(ana).post(f"/conversations/{conversation.pk}/reopen/")
    check(answer, 409, "invalid_transition")


def test_a_failure_of_ours_is_told_without_its_inside(
    ana: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(conversations, "reopen", broken)
    answer = Program(ana).post(f"/conversations/{conversation.pk}/reopen/")
    check(answer, 500, "failed")
    assert b"inside" not in answer.content


def test_a_host_that_is_not_ours(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["desk.example.org"]
    check(Client().get("/api/v1/me/", headers={"Host": "evil.example"}), 400, "malformed")


def test_too_many_requests_are_told_when_to_come_back(
    ana: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_RATE = 3
    # Other workers of this run may count in the same Redis, and their tokens have the same ids.
    holder, ours = limits.holder, uuid.uuid4().hex
    monkeypatch.setattr(limits, "holder", lambda request: f"{ours} {holder(request)}")
    limits.counter.__init__()  # type: ignore[misc]
    program, other = Program(ana), Program(ana)
    answers = [program.get("/me/") for _number in range(8)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) >= 2  # a minute may have ended in between
    body = check(refused[-1], 429, "too_many_requests")
    assert 0 <= int(refused[-1]["Retry-After"]) <= 60
    assert body["retry_after"] == int(refused[-1]["Retry-After"])
    assert other.get("/me/").status_code == 200


def test_limits_hold_without_redis(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limits._client.cache_clear()
    counter = limits.Counter()
    assert [counter.add("x") for _number in range(3)][-1] in (1, 2, 3)
    assert counter._redis_from > 0
    limits._client.cache_clear()
