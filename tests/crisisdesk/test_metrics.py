"""Figures for those who hold the token, the same from every web process."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from prometheus_client.parser import text_string_to_metric_families

from crisisdesk import metrics
from inbox.lib import heartbeat
from inbox.models import BadItem, LiveEvent, Stream
from tests.crisisdesk.test_health import get
from tests.factories import make_channel, make_conversation
from tests.responses.build import make_queued

TOKEN = "correct-horse-battery"
Figures = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def figures(text: str) -> Figures:
    return {
        (sample.name.removeprefix("crisisdesk_"), tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def collect() -> Figures:
    registry = metrics.CollectorRegistry()
    registry.register(metrics.DeskCollector())
    return figures(metrics.generate_latest(registry).decode())


def test_without_a_token_there_are_no_metrics(settings) -> None:
    settings.METRICS_TOKEN = ""
    assert get("/metrics").status_code == 404
    assert get("/metrics", Authorization="Bearer ").status_code == 404


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer wrong", TOKEN, f"Basic {TOKEN}", "Bearer \xe9"]
)
def test_a_wrong_token_is_turned_away(shown: str) -> None:
    answer = get("/metrics", **({"Authorization": shown.encode("latin-1")} if shown else {}))
    assert answer.status_code == 401
    assert "crisisdesk" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_the_right_token_reads_desk_and_process() -> None:
    answer = get("/metrics", Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Cache-Control"] == "no-store"
    found = figures(answer.text)
    assert found["conversations_waiting", ()] == 0
    assert found["process_resident_memory_bytes", ()] > 1_000_000


def test_a_lost_database_is_not_a_crash(monkeypatch) -> None:
    def fail() -> bytes:
        raise DatabaseError

    monkeypatch.setattr(metrics, "scrape", fail)
    assert get("/metrics", Authorization=f"Bearer {TOKEN}").status_code == 503


def test_the_figures_are_those_of_the_database(db: None) -> None:
    cache.clear()
    assert ("heartbeat_age_seconds", ()) not in collect()
    channel = make_channel(health="blind", is_paused=True)
    make_conversation(channel)
    make_conversation(channel, waiting_since=None)
    make_conversation(channel, status="resolved")
    BadItem.objects.create(channel=channel, stream="mentions", reason="?", raw={}, digest="d")
    heartbeat.beat()
    before = collect()
    pk = str(channel.pk)
    assert before["conversations_waiting", ()] == 1
    assert before["bad_items", ()] == 1
    assert before["channel_paused", (pk, "x")] == 1
    assert before["channel_health", (pk, "blind", "x")] == 1
    assert before["channel_health", (pk, "ok", "x")] == 0
    assert 0 <= before["stream_lag_seconds", (pk, "x", channel.streams.all()[0].name)] < 60
    assert before["heartbeat_age_seconds", ()] < 60
    assert before["replies", ("queued",)] == 0
    assert before["live_events_per_minute", ()] == LiveEvent.objects.count()
    make_queued()
    after = collect()
    assert after["replies", ("queued",)] == 1
    assert after["live_events_per_minute", ()] > before["live_events_per_minute", ()]


def test_counts_stop_at_their_limit(db: None, monkeypatch) -> None:
    monkeypatch.setattr(metrics, "MOST", 2)
    channel = make_channel()
    for _number in range(4):
        make_conversation(channel)
    assert collect()["conversations_waiting", ()] == 2


def test_more_channels_cost_no_more_queries(db: None, django_assert_num_queries) -> None:
    for _number in range(3):
        make_channel()
    assert Stream.objects.count() > 3
    with django_assert_num_queries(7):
        collect()


def test_figures_name_nobody(db: None) -> None:
    channel = make_channel(handle="nusahosting", name="Nusa Hosting")
    make_conversation(channel, text="my shop burned")
    text = "".join(str(labels) for _name, labels in collect())
    assert "nusa" not in text.lower()
    assert "burned" not in text
