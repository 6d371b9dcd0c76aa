from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from inbox.practice.x.scenario import load
from inbox.practice.x.text import MAX_LENGTH, mentions, weighted_length
from inbox.practice.x.users import HANDLE
from tests.inbox.practice.server import Practice, start_practice

FAST = 100_000.0


def play(practice: Practice, speed: float = FAST) -> dict[str, Any]:
    body = {"name": "outage", "as": "nusahosting", "speed": speed}
    found: dict[str, Any] = practice.control("POST", "/practice/scenario", body)
    return found


def wait_until(practice: Practice, done: int) -> None:
    deadline = time.monotonic() + 20
    while practice.control("GET", "/practice/scenario", {})["done"] < done:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def finish(practice: Practice) -> None:
    wait_until(practice, len(load("outage")["steps"]))


def test_the_outage_is_played_once(practice: Practice) -> None:
    play(practice)
    finish(practice)
    first = practice.posts(deleted="1")
    assert play(practice)["finished"]
    assert practice.posts(deleted="1") == first
    written = [step for step in load("outage")["steps"] if step.get("do", "post") == "post"]
    assert len(first) == len(written)
    assert sum(post["deleted"] for post in first) == 1
    assert sum(post["id"] != post["first_id"] for post in first) == 1
    assert len(practice.messages(recipient="nusahosting")) == 3


def test_the_first_dozen_is_there_at_once(practice: Practice) -> None:
    play(practice, speed=1)
    wait_until(practice, 12)
    assert len(practice.posts()) >= 12


def test_follow_ups_reach_the_brand_and_stay_in_their_conversation(practice: Practice) -> None:
    play(practice)
    finish(practice)
    posts = {(post["key"] or "").rpartition("/")[2]: post for post in practice.posts()}
    assert posts["rina-2"]["conversation_id"] == posts["rina-1"]["id"]
    assert "nusahosting" in mentions(posts["rina-2"]["text"])
    assert posts["mia-1"]["in_reply_to"] == posts["own-maintenance"]["id"]
    assert posts["mia-1"]["text"].startswith("@nusahosting ")


def test_a_restarted_network_goes_on_where_it_ended(tmp_path: Path) -> None:
    with start_practice(tmp_path) as practice:
        play(practice, speed=1)
        wait_until(practice, 13)
        practice.stop()
        practice.start()
        assert not practice.control("GET", "/practice/scenario", {})["finished"]
        play(practice)
        finish(practice)
        keys = [post["key"] for post in practice.posts(deleted="1") if post["key"]]
        assert len(keys) == len(set(keys))


def test_the_control_page_starts_a_scenario(practice: Practice) -> None:
    form = {"name": "outage", "as": "nusahosting", "speed": str(FAST)}
    answer = practice.http.post("/practice/scenario", data=form)
    assert answer.status_code == 303
    finish(practice)
    assert "outage as @nusahosting: 56 of 56 steps, finished" in practice.page("/practice")


def test_only_known_scenarios_are_played(practice: Practice) -> None:
    for body in ({"name": "../x", "as": "a"}, {"name": "outage"}, {"as": "a", "speed": 0}):
        with pytest.raises(ValueError, match="422"):
            practice.control("POST", "/practice/scenario", body)


def test_the_script_keeps_the_networks_rules() -> None:
    script = load("outage")
    steps = script["steps"]
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    for step in steps:
        text = step.get("text", "").replace("{brand}", "@nusahosting")
        assert weighted_length(text) <= MAX_LENGTH
        assert step.get("by", "{brand}") == "{brand}" or step["by"] in script["people"]
    assert all(HANDLE.fullmatch(handle) for handle in script["people"])
    assert {step.get("lang") for step in steps} >= {"en", "id"}
