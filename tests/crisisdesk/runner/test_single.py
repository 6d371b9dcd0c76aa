"""Without Redis the web process works its own tasks."""

from __future__ import annotations

import subprocess
import sys

from crisisdesk.runner.children import BASE_DIR
from tests.crisisdesk.runner.processes import clean_env

SCRIPT = """
import threading
import django
django.setup()
from crisisdesk.celery import app
from crisisdesk.runner.single import Background

ran = threading.Event()

@app.task(name="tests.ran")
def note():
    ran.set()

app.conf.beat_schedule = {}
background = Background(app)
background.start()
note.apply_async(queue="send")
print("ran" if ran.wait(20) else "did not run")
background.stop()
print("stopped")
"""


def test_a_task_runs_in_the_same_process(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=BASE_DIR,
        env=clean_env(
            DJANGO_SETTINGS_MODULE="crisisdesk.settings",
            CRISISDESK_DATA=str(tmp_path),
            REDIS_URL="",
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.stdout.split("\n")[:2] == ["ran", "stopped"], answer.stderr
    assert answer.returncode == 0
