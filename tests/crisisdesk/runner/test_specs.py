"""What each child is told, and what it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from crisisdesk.runner import specs
from crisisdesk.runner.broker import Broker

REDIS = Broker(url="unix:///run/redis.sock?db=0", why="", server="redis-server", socket=Path("/s"))
NONE = Broker(url="", why="")


@pytest.fixture
def make(monkeypatch, tmp_path):
    for name in ("SITE_URL", "REDIS_URL", "CRISISDESK_SINGLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SECRET_KEY", "hush")
    monkeypatch.setenv("DATABASE_URL", "postgres://desk:hush@db/desk")

    def make(broker: Broker = REDIS, practice_port: int | None = None) -> specs.Desk:
        return specs.Desk(8000, tmp_path, broker, practice_port)

    return make


def test_the_demo_points_the_connectors_at_the_practice_network(make):
    env = make(practice_port=8001).env()
    assert env["X_API_URL"] == "http://127.0.0.1:8001"
    assert env["PRACTICE_NETWORK"] == "true"
    assert env["SITE_URL"] == "http://127.0.0.1:8000"


def test_serve_speaks_to_the_real_networks(make):
    assert not {"PRACTICE_NETWORK", "X_API_URL"} & make().env().keys()


def test_serve_keeps_the_public_address_it_was_given(make, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://desk.example.org")
    assert make().env()["SITE_URL"] == "https://desk.example.org"


def test_outsiders_get_no_secrets(make):
    desk = make(practice_port=8001)
    for spec in (specs.redis(desk), specs.practice(desk)):
        assert "hush" not in " ".join([*spec.env.values(), *spec.command])
    assert specs.web(desk).env["SECRET_KEY"] == "hush"


def test_an_operator_has_the_last_word_on_heaps(make, monkeypatch):
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    assert make().env()["MALLOC_ARENA_MAX"] == "2"
    monkeypatch.setenv("MALLOC_ARENA_MAX", "8")
    assert make().env()["MALLOC_ARENA_MAX"] == "8"


def test_a_redis_url_in_the_environment_does_not_reach_a_single_process(make, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    env = make(NONE).env()
    assert (env["REDIS_URL"], env["CRISISDESK_SINGLE"]) == ("", "true")


def test_everything_listens_on_loopback_only(make):
    desk = make(practice_port=8001)
    web = specs.web(desk).command
    assert web[web.index("--host") + 1] == "127.0.0.1"
    assert "--host" not in specs.practice(desk).command  # its default is loopback
    redis = specs.redis(desk).command
    assert redis[redis.index("--port") + 1] == "0"


def test_all_is_over_within_thirty_seconds_and_redis_goes_last(make):
    desk = make(practice_port=8001)
    names = ("redis", "practice", "web", "worker", "beat", "attend")
    made = [getattr(specs, name)(desk) for name in names]
    graces: dict[int, float] = {}
    for spec in made:
        graces[spec.stage] = max(spec.grace, graces.get(spec.stage, 0))
    assert sum(graces.values()) < 30
    assert max(made, key=lambda spec: spec.stage).name == "redis"
    assert specs.web(make(NONE)).grace == specs.worker(desk).grace  # it is the worker then
