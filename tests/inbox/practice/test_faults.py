from __future__ import annotations

import time

import httpx
import pytest

from tests.inbox.practice.conftest import Api
from tests.inbox.practice.server import Practice, start_practice


def impatient(practice: Practice, api: Api, text: str) -> httpx.Response:
    """Post with the patience of half a second."""
    return practice.http.post(
        "/2/tweets", json={"text": text}, headers=api.headers, timeout=httpx.Timeout(0.5)
    )


def test_every_second_post_times_out_after_acceptance(practice: Practice, brand: Api) -> None:
    practice.faults(
        {"kind": "timeout_after_accept", "method": "POST", "path": "/2/tweets", "every": 2}
    )
    answered = 0
    for n in range(4):
        try:
            assert impatient(practice, brand, f"number {n}").status_code == 201
            answered += 1
        except httpx.ReadTimeout:
            pass
    assert answered == 2
    assert [post["text"] for post in practice.posts()] == [f"number {n}" for n in range(4)]


def test_hanging_requests_hold_nobody_else_up(practice: Practice, brand: Api) -> None:
    practice.faults({"kind": "timeout_after_accept"})
    with pytest.raises(httpx.ReadTimeout):
        impatient(practice, brand, "lost answer")
    started = time.monotonic()
    assert brand.get("/2/users/me").status_code == 200  # reads are left alone
    assert time.monotonic() - started < 1


def test_refused_requests_are_not_carried_out(practice: Practice, brand: Api) -> None:
    practice.faults({"kind": "refuse", "method": "POST", "path": "/2/tweets", "times": 1})
    with pytest.raises(httpx.TransportError):
        brand.post("/2/tweets", {"text": "hello"})
    assert practice.posts() == []
    assert brand.post("/2/tweets", {"text": "hello"}).status_code == 201


def test_status_faults_answer_without_carrying_out(practice: Practice, brand: Api) -> None:
    practice.faults({"kind": "status", "status": 503, "every": 3, "path": "/2/tweets"})
    found = [brand.post("/2/tweets", {"text": f"{n}"}).status_code for n in range(6)]
    assert found == [201, 201, 503, 201, 201, 503]
    assert len(practice.posts()) == 4


def test_a_status_may_come_after_acceptance(practice: Practice, brand: Api) -> None:
    practice.faults({"kind": "status", "status": 500, "after_accept": True, "method": "POST"})
    assert brand.post("/2/tweets", {"text": "hello"}).status_code == 500
    assert [post["text"] for post in practice.posts()] == ["hello"]


def test_too_many_requests_say_so_as_x_does(practice: Practice, brand: Api) -> None:
    practice.faults({"kind": "status", "status": 429})
    answer = brand.get("/2/users/me")
    assert answer.status_code == 429
    assert answer.json()["title"] == "Too Many Requests"
    assert answer.headers["x-rate-limit-remaining"] == "0"
    assert 0 <= float(answer.headers["x-rate-limit-reset"]) - time.time() <= 2


def test_delay_makes_answers_late(practice: Practice, brand: Api) -> None:
    practice.faults({"kind": "delay", "seconds": 0.3, "path": "/2/users/me"})
    started = time.monotonic()
    assert brand.get("/2/users/me").status_code == 200
    assert time.monotonic() - started >= 0.3


def test_expired_tokens_can_be_refreshed_and_revoked_ones_cannot(practice: Practice) -> None:
    for switch, status in (("expire_tokens", 200), ("revoke_tokens", 400)):
        api = Api(practice, "brand")
        practice.faults(**{switch: True})
        assert api.get("/2/users/me").status_code == 401
        form = {"grant_type": "refresh_token", "refresh_token": api.token["refresh_token"]}
        answer = practice.http.post(
            "/2/oauth2/token", data=form, auth=("practice-client", "practice-secret")
        )
        assert answer.status_code == status


def test_duplicates_repeat_within_and_between_pages(practice: Practice, brand: Api) -> None:
    posts = [practice.post("cust", f"@brand {n}")["id"] for n in range(12)]
    practice.faults({"kind": "duplicates"})
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = brand.mentions(max_results=5, **token)
        seen += [item["id"] for item in page["data"]]
        if "next_token" not in page["meta"]:
            break
        token = {"pagination_token": page["meta"]["next_token"]}
    assert set(seen) == set(posts)
    assert len(seen) > len(posts)


def test_faults_spare_control_and_public_pages(practice: Practice) -> None:
    practice.faults({"kind": "refuse"})
    assert "Timeline" in practice.page("/")
    assert practice.faults()["rules"] == []


@pytest.mark.parametrize(
    "rule",
    [{}, {"kind": "flood"}, {"kind": "delay", "every": 0}, {"kind": "status", "status": 200},
     {"kind": "delay", "nonsense": 1}],
)  # fmt: skip
def test_a_rule_without_sense_is_refused(practice: Practice, rule: dict) -> None:
    with pytest.raises(ValueError, match="422"):
        practice.faults(rule)


def test_limits_count_per_person_and_endpoint(tmp_path) -> None:
    with start_practice(tmp_path, limits="x") as practice:
        first, second = Api(practice, "brand"), Api(practice, "other")
        for left in range(14, -1, -1):
            answer = first.get("/2/dm_events")
            assert answer.headers["x-rate-limit-limit"] == "15"
            assert answer.headers["x-rate-limit-remaining"] == str(left)
        refused = first.get("/2/dm_events")
        assert refused.status_code == 429
        assert float(refused.headers["x-rate-limit-reset"]) > time.time()
        assert second.get("/2/dm_events").status_code == 200
        assert first.get("/2/users/me").status_code == 200
        practice.faults(reset_limits=True)
        assert first.get("/2/dm_events").status_code == 200
