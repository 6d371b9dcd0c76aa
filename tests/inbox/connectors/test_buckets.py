"""An allowance that is used up is left alone until it is filled again."""

from __future__ import annotations

import httpx
import pytest

from inbox.connectors import buckets
from inbox.connectors.buckets import Bucket
from inbox.connectors.errors import RateLimited
from inbox.connectors.http import Http

URL = "https://social.example/api"


class Network:
    """Answers with `response` and counts."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self.response


def test_a_refused_request_is_not_repeated_before_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = Network(httpx.Response(429, headers={"retry-after": "60"}))
    clock = 1000.0
    monkeypatch.setattr(buckets.time, "monotonic", lambda: clock)
    kept, bucket = buckets.Buckets(), Bucket("ana reads")
    kept.note(bucket, 429, network.response.headers)
    assert kept.seconds_left(bucket) == 60
    clock += 59
    assert kept.seconds_left(bucket) == 1
    clock += 1
    assert kept.seconds_left(bucket) == 0


def test_an_empty_allowance_is_not_asked() -> None:
    network = Network(httpx.Response(429, headers={"retry-after": "60"}))
    with Http(timeout=5, transport=httpx.MockTransport(network)) as http:
        for _ in range(3):
            with pytest.raises(RateLimited) as caught:
                http.request("GET", URL, bucket=Bucket("ana reads"))
            assert caught.value.retry_after == pytest.approx(60, abs=2)
    assert network.asked == 1


def test_other_allowances_are_not_touched() -> None:
    network = Network(httpx.Response(429, headers={"retry-after": "60"}))
    with Http(timeout=5, transport=httpx.MockTransport(network)) as http:
        for key in ("ana reads", "ana writes", "bo reads", "", ""):
            with pytest.raises(RateLimited):
                http.request("GET", URL, bucket=Bucket(key))
    assert network.asked == 5


def test_the_last_good_answer_closes_it_too() -> None:
    headers = {"left": "0", "retry-after": "60"}
    network = Network(httpx.Response(200, json={}, headers=headers))
    with Http(timeout=5, transport=httpx.MockTransport(network)) as http:
        bucket = Bucket("ana", is_used_up=lambda found: found.get("left") == "0")
        assert http.request("POST", URL, is_write=True, bucket=bucket).status == 200
        with pytest.raises(RateLimited):
            http.request("POST", URL, is_write=True, bucket=bucket)
    assert network.asked == 1
