from __future__ import annotations

import pytest
import time_machine

from tests.inbox.practice.conftest import Api
from tests.inbox.practice.server import Practice


def search(api: Api, query: str) -> list[str]:
    """Return the texts found, oldest first."""
    answer = api.get("/2/tweets/search/recent", query=query, max_results=100)
    assert answer.status_code == 200, answer.text
    return [item["text"] for item in reversed(answer.json().get("data", []))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("down", ["@brand is down", "all down, says @press"]),
        ("DOWN", ["@brand is down", "all down, says @press"]),
        ("dow", []),
        ('"is down"', ["@brand is down"]),
        ("@brand", ["@brand is down", "@brand thanks"]),
        ("@Brand -down", ["@brand thanks"]),
        ("thanks OR down", ["@brand is down", "@brand thanks", "all down, says @press"]),
        ("@brand (thanks OR down)", ["@brand is down", "@brand thanks"]),
        ("-(@brand OR @press) -from:brand", []),
        ("from:cust", ["@brand is down", "@brand thanks"]),
        ("from:nobody", []),
        ("to:brand", []),
        ("lang:id down", ["all down, says @press"]),
        ("is:reply", []),
        ("is:retweet", []),
    ],
)
def test_search_understands(practice: Practice, brand: Api, query: str, found: list[str]) -> None:
    practice.post("cust", "@brand is down")
    practice.post("cust", "@brand thanks")
    practice.post("paper", "all down, says @press", lang="id")
    assert search(brand, query) == found


def test_search_finds_a_conversation_and_answers(practice: Practice, brand: Api) -> None:
    root = practice.post("cust", "@brand is down")["id"]
    brand.reply(root, "we are on it")
    practice.post("other", "me too", in_reply_to=root)
    texts = ["@cust we are on it", "@cust @brand me too"]
    assert search(brand, f"conversation_id:{root}") == ["@brand is down", *texts]
    assert search(brand, f"in_reply_to_tweet_id:{root}") == texts
    assert search(brand, f"conversation_id:{root} from:brand") == texts[:1]


@pytest.mark.parametrize("query", ["(down", "a OR", "-", "conversation_id:x", "nonsense:1", ")"])
def test_search_refuses_what_it_does_not_understand(brand: Api, query: str) -> None:
    answer = brand.get("/2/tweets/search/recent", query=query)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/invalid-request")


def test_search_reaches_seven_days_back_by_arrival(practice: Practice, brand: Api) -> None:
    old = practice.post("cust", "@brand long ago", created_at="2015-02-17T08:00:00Z")["id"]
    assert search(brand, "@brand") == ["@brand long ago"]
    with time_machine.travel(time_machine_days(8)):
        later = Api(practice, "brand")
        assert search(later, "@brand") == []
        for name in ("since_id", "until_id"):
            answer = later.get("/2/tweets/search/recent", query="@brand", **{name: old})
            assert answer.status_code == 400
            assert name in answer.text


def test_search_takes_ids_or_times_but_not_both(brand: Api) -> None:
    answer = brand.get(
        "/2/tweets/search/recent", query="x", until_id="99", end_time="2026-01-01T00:00:00Z"
    )
    assert answer.status_code == 400


def time_machine_days(days: int) -> float:
    import time

    return time.time() + days * 86_400
