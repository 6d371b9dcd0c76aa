"""What can be wrong in the background."""

from __future__ import annotations

import fcntl
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from crisisdesk.doctor import work
from inbox.lib import heartbeat
from tests.crisisdesk.doctor.looking import is_fine, problems, warnings
from tests.responses.build import make_queued

NOBODY = "redis://127.0.0.1:1/0"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet(settings: Any, tmp_path: Path) -> None:
    cache.clear()
    settings.DATA_DIR = tmp_path
    settings.REDIS_URL = ""
    settings.SINGLE_PROCESS = False


@pytest.fixture
def _running(settings: Any, tmp_path: Path):
    """A desk holds the data folder."""
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_without_a_desk_nothing_is_at_work() -> None:
    assert "No desk runs here" in warnings(work.heart())


@pytest.mark.usefixtures("_running")
def test_a_beating_heart_is_fine() -> None:
    heartbeat.beat()
    assert is_fine(work.heart())


@pytest.mark.usefixtures("_running")
def test_silence_is_a_problem() -> None:
    assert "No worker has shown a sign of life yet." in problems(work.heart())
    heartbeat.beat()
    with time_machine.travel(timezone.now() + timedelta(seconds=90), tick=False):
        assert "No worker has shown a sign of life for 90 s." in problems(work.heart())


def test_a_worker_without_beat_is_told_from_none(settings, monkeypatch) -> None:
    settings.REDIS_URL = NOBODY
    monkeypatch.setattr(work.app.control, "ping", lambda timeout: [{"worker@a": {"ok": "pong"}}])
    assert "1 workers answer, but beat has sent nothing yet." in problems(work.heart())


@pytest.mark.usefixtures("_running")
def test_a_worker_with_other_keys_is_named(settings) -> None:
    heartbeat.beat()
    settings.FIELD_KEYS = ["another"]
    assert "holds other keys" in problems(work.heart())


@pytest.mark.usefixtures("_running")
def test_a_worker_whose_clock_is_ahead_is_named() -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        heartbeat.beat()
    assert "s ahead of ours" in problems(work.heart())


def test_a_lost_broker_is_a_problem(settings) -> None:
    settings.REDIS_URL = NOBODY
    assert "Redis is out of reach" in problems(work.broker())


def test_one_process_needs_no_broker(settings) -> None:
    settings.SINGLE_PROCESS = True
    assert is_fine(work.broker())


@pytest.mark.parametrize(("version", "fits"), [("6.0.16", False), ("6.2.0", True), ("8.1", True)])
def test_an_old_redis_is_refused(version: str, fits: bool) -> None:
    assert is_fine([work._redis(version)]) == fits


def test_a_reply_that_nobody_sends_is_a_problem() -> None:
    make_queued()
    assert is_fine(work.replies())
    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=False):
        assert "1 approved replies have waited" in problems(work.replies())
