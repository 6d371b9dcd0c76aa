"""Where no kernel ends an orphan, a guard does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crisisdesk.runner import launch
from tests.crisisdesk.runner.processes import is_alive, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# The launcher, made to believe that it is on another system.
ELSEWHERE = f"""
import runpy, sys
sys.platform = "darwin"
sys.argv = ["launch.py", *sys.argv[1:]]
runpy.run_path({launch.__file__!r}, run_name="__main__")
"""
PARENT = """
import os, subprocess, sys, time
subprocess.Popen(
    [sys.executable, "-c", sys.argv[1], str(os.getpid()), sys.executable, "-c", sys.argv[2]],
    start_new_session=True,
)
time.sleep(60)
"""
CHILD = "import os, time; print(os.getpid(), os.getppid(), flush=True); time.sleep(60)"


def test_a_guarded_child_ends_with_its_grandparent():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, ELSEWHERE, CHILD], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child, guard = (int(word) for word in parent.stdout.readline().split())
    assert is_alive(child)
    parent.kill()
    parent.wait()
    assert until(lambda: not is_alive(child) and not is_alive(guard), 10)


def test_a_guard_passes_the_request_to_stop_on():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, ELSEWHERE, CHILD], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child, guard = (int(word) for word in parent.stdout.readline().split())
        subprocess.run(["kill", str(guard)], check=True)
        assert until(lambda: not is_alive(child) and not is_alive(guard), 10)
        parent.kill()


def test_a_launcher_whose_parent_is_gone_starts_nothing(tmp_path: Path):
    note = tmp_path / "note"
    answer = subprocess.run(
        [sys.executable, launch.__file__, "1", "touch", str(note)], check=False, timeout=20
    )
    assert answer.returncode == 1
    assert not note.exists()
