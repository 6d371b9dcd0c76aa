"""Whose the tasks are."""

from __future__ import annotations

from crisisdesk.celery import app
from tests.crisisdesk.runner.processes import manage


def test_tasks_called_from_any_command_belong_to_our_app():
    asked = "from inbox.tasks import beat_heart as t; print(t.app.main, t.app.conf.task_acks_late)"
    answer = manage("shell", "-v", "0", "-c", asked)
    assert answer.stdout.strip() == f"{app.main} True", answer.stderr
