"""Children that crash come back, children that are stopped go in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crisisdesk.runner.children import BASE_DIR, Spec, delay_after
from crisisdesk.runner.supervisor import StartFailed, StopAsked, Supervisor
from tests.crisisdesk.runner.processes import is_alive, until

# Says that it is up, then on SIGTERM does what the test wants.
WAITS = """
import signal, sys, time
from pathlib import Path
name, notes, slowly = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
def end(*_):
    time.sleep(slowly)
    with notes.open("a") as file:
        file.write(name + " ended\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
with notes.open("a") as file:
    file.write(name + " up\\n")
while True:
    time.sleep(0.05)
"""
STUBBORN = WAITS.replace("signal.signal(signal.SIGTERM, end)", "signal.signal(15, signal.SIG_IGN)")
CRASHES = """
import sys, time
from pathlib import Path
with Path(sys.argv[2]).open("a") as file:
    file.write(f"{time.time()}\\n")
sys.exit("out of luck")
"""


@pytest.fixture
def supervisor(tmp_path: Path):
    made = Supervisor(tmp_path / "log")
    yield made
    for child in made.children:
        child.kill()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.touch()
    return path


def spec(script: str, notes: Path, name: str = "child", slowly: float = 0, **fields) -> Spec:
    command = [sys.executable, "-c", script, name, str(notes), str(slowly)]
    return Spec(name, command, dict(os.environ), **fields)


def lines(notes: Path) -> list[str]:
    return notes.read_text().splitlines()


def test_delays_double_up_to_thirty_seconds():
    assert [delay_after(n) for n in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_crashed_child_is_started_again_later_and_later(supervisor, notes, capsys):
    supervisor.start(spec(CRASHES, notes))

    def came_back_twice() -> bool:
        supervisor.tick()
        return len(lines(notes)) == 3

    assert until(came_back_twice)
    first, second, third = (float(line) for line in lines(notes))
    assert second - first >= 0.5
    assert third - second >= 1.0
    said = capsys.readouterr().out
    assert "child ended with exit code 1 (out of luck); starting it again in 0.5 s." in said
    assert "starting it again in 1 s." in said


def test_a_killed_child_is_named_with_its_signal(supervisor, notes, capsys):
    child = supervisor.start(spec(WAITS, notes))
    assert until(lambda: lines(notes) == ["child up"])
    os.kill(child.pid, signal.SIGKILL)

    def is_back() -> bool:
        supervisor.tick()
        return lines(notes) == ["child up", "child up"]

    assert until(is_back)
    assert "child was killed by signal 9; starting it again" in capsys.readouterr().out


def test_a_start_that_never_works_fails_with_the_last_words(supervisor, notes):
    child = supervisor.start(spec(CRASHES, notes))
    with pytest.raises(StartFailed, match=r"out of luck\nchild does not start \(log: .*child.log"):
        supervisor.wait_for(lambda: False, child, seconds=0.4)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_asks_for_a_stop(supervisor, number):
    with supervisor.signals():
        os.kill(os.getpid(), number)
        with pytest.raises(StopAsked):
            supervisor.tick()


def test_stages_end_one_after_another_and_redis_last(supervisor, notes):
    for name, stage, slowly in (("redis", 2, 0), ("practice", 1, 0), ("worker", 0, 0.3)):
        supervisor.start(spec(WAITS, notes, name, slowly, stage=stage))
    assert until(lambda: len(lines(notes)) == 3)
    supervisor.stop()
    assert lines(notes)[3:] == ["worker ended", "practice ended", "redis ended"]
    assert not any(child.is_running() for child in supervisor.children)


def test_a_child_at_work_is_waited_for(supervisor, notes, capsys):
    supervisor.start(spec(WAITS, notes, slowly=0.5, grace=20))
    assert until(lambda: lines(notes) == ["child up"])
    supervisor.stop()
    assert lines(notes) == ["child up", "child ended"]
    assert "Stopped in " in capsys.readouterr().out


def test_who_outlasts_its_grace_is_killed(supervisor, notes, capsys):
    child = supervisor.start(spec(STUBBORN, notes, grace=0.3))
    assert until(lambda: lines(notes) == ["child up"])
    began = time.monotonic()
    supervisor.stop()
    assert not child.is_running()
    assert 0.3 <= time.monotonic() - began < 30
    assert "child did not end by itself and was killed." in capsys.readouterr().out


def test_third_ctrl_c_kills_at_once(supervisor, notes):
    child = supervisor.start(spec(STUBBORN, notes, grace=60))
    assert until(lambda: lines(notes) == ["child up"])
    began = time.monotonic()
    with supervisor.signals():
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
        supervisor.stop()
    assert not child.is_running()
    assert time.monotonic() - began < 30


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_children_do_not_outlive_a_killed_parent(tmp_path, notes):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path\n"
            "from crisisdesk.runner.supervisor import Supervisor\n"
            "from tests.crisisdesk.runner.test_supervisor import STUBBORN, spec\n"
            "supervisor = Supervisor(Path(sys.argv[1]))\n"
            "child = supervisor.start(spec(STUBBORN, Path(sys.argv[2])))\n"
            "print(child.pid, flush=True)\n"
            "supervisor.watch()\n",
            str(tmp_path / "log"),
            str(notes),
        ],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(parent.stdout.readline())
    assert until(lambda: lines(notes) == ["child up"])
    parent.kill()
    parent.wait()
    assert until(lambda: not is_alive(pid), 5)
