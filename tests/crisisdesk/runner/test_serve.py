"""The whole desk as real processes: it starts, mends itself, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crisisdesk.runner.children import BASE_DIR
from crisisdesk.runner.probes import web_answers
from tests.crisisdesk.runner.processes import RunningDesk, is_alive, manage, until

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a desk that has been started before: its tables are there."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    assert manage("prepare", "--data", str(folder)).returncode == 0
    return folder


@pytest.fixture
def desk(prepared: Path, tmp_path: Path):
    shutil.copytree(prepared, tmp_path / "data")
    with RunningDesk("serve", tmp_path / "data") as running:
        assert running.says("READY"), running.text
        yield running


def test_it_serves_names_the_next_step_and_stops_by_itself(desk):
    assert "Broker: " in desk.text
    assert "create_user NAME --role admin --data" in desk.text
    assert web_answers(desk.port)
    pids = list(desk.children())
    desk.stop()
    assert desk.process.returncode == 0
    assert desk.says("Stopped in")
    assert "was killed" not in desk.text
    assert not any(is_alive(pid) for pid in pids)


def test_a_killed_runner_leaves_no_orphan(desk):
    pids = list(desk.children())
    assert len(pids) >= 3
    desk.process.kill()
    assert until(lambda: not any(is_alive(pid) for pid in pids), 5)


@pytest.mark.parametrize("words", ["uvicorn", "celery -q --app crisisdesk worker", "redis-server"])
def test_a_killed_child_comes_back(desk, words):
    if words not in str(desk.children()):
        pytest.skip(f"this machine runs the desk without {words}")
    before = desk.child(words)
    os.kill(before, signal.SIGKILL)
    assert desk.says("was killed by signal 9; starting it again in 0.5 s")
    assert until(lambda: words in str(desk.children()))
    assert desk.child(words) != before
    assert until(lambda: web_answers(desk.port))


def test_a_second_desk_on_the_same_folder_is_refused_by_name(desk, tmp_path):
    with RunningDesk("serve", tmp_path / "data") as second:
        assert second.says(f"already runs on {tmp_path / 'data'} (process {desk.process.pid})")
        assert second.process.wait(timeout=10) == 2
        assert len(second.output) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_stop_it_too(desk, number):
    pids = list(desk.children())
    desk.stop(number)
    assert "was killed" not in desk.text
    assert not any(is_alive(pid) for pid in pids)


def test_one_process_serves_without_redis(tmp_path):
    with RunningDesk("serve", tmp_path / "data", "--single") as desk:
        assert desk.says("READY"), desk.text
        assert [*desk.children().values()] == [
            command for command in desk.children().values() if "uvicorn" in command
        ]
        desk.stop()
        assert "was killed" not in desk.text


def test_the_runner_itself_loads_neither_django_nor_celery():
    modules = "import sys, crisisdesk.runner.__main__; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", modules], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    assert not {"django", "celery", "redis"} & set(answer.stdout.split())
