"""The demo on a fresh folder: people, channel and story, once; later starts go on with them."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import httpx
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import CommandError, call_command

from inbox.models import User
from tests.crisisdesk.runner.processes import RunningDesk, is_alive, manage, until
from tests.factories import make_channel

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


def rows(data: Path, query: str) -> list[tuple]:
    with sqlite3.connect(f"file:{data / 'desk.sqlite3'}?mode=ro", uri=True, timeout=20) as base:
        return base.execute(query).fetchall()


def count(data: Path, table: str) -> int:
    return rows(data, f"SELECT count(*) FROM {table}")[0][0]


@pytest.mark.parametrize("options", [(), ("--single",)], ids=["redis", "single"])
def test_the_story_reaches_the_queue_and_a_second_start_goes_on(tmp_path, options):
    data = tmp_path / "data"
    with RunningDesk("demo", data, *options) as desk:
        assert desk.says("READY"), desk.text
        for username in ("ana", "budi", "ben", "dewi", "cleo"):
            assert f"  {username} " in desk.text
        assert "What the public sees:  http://127.0.0.1:" in desk.text
        assert until(lambda: count(data, "inbox_message") > 0, 90), desk.text
        pids = list(desk.children())
        assert desk.stop() < 5
        assert not any(is_alive(pid) for pid in pids)
    before = count(data, "inbox_message")

    with RunningDesk("demo", data, *options) as desk:
        assert desk.says("READY"), desk.text
        assert "passwords" not in desk.text
        assert count(data, "inbox_message") >= before
        desk.stop()
    assert count(data, "inbox_user") == 5
    assert count(data, "inbox_channel") == 1
    ids = rows(data, "SELECT external_id FROM inbox_message")
    assert len(set(ids)) == len(ids)


def test_passwords_work_and_are_stored_nowhere_in_clear(tmp_path):
    data = tmp_path / "data"
    with RunningDesk("demo", data) as desk:
        assert desk.says("READY"), desk.text
        line = next(line for line in desk.output if line.startswith("  ana "))
        desk.stop()
    password = line.split()[-1]
    stored = rows(data, "SELECT password FROM inbox_user WHERE username = 'ana'")[0][0]
    assert Argon2PasswordHasher().verify(password, stored)
    for file in data.rglob("*"):
        if file.is_file():
            assert password.encode() not in file.read_bytes(), file


def test_a_stop_waits_for_the_worker_to_finish(tmp_path):
    with RunningDesk("demo", tmp_path / "data") as desk:
        assert desk.says("READY"), desk.text
        address = next(line for line in desk.output if "public sees" in line).split()[-1]
        slow = {"rules": [{"kind": "delay", "method": "GET", "path": "/2/", "seconds": 4}]}
        httpx.put(f"{address}practice/faults", json=slow).raise_for_status()
        faults = f"{address}practice/faults"
        assert until(lambda: httpx.get(faults).json()["rules"][0]["hits"] > 0, 40)
        pids = list(desk.children())
        assert 1 < desk.stop() < 30
        assert desk.says("Stopped in")
        assert "was killed" not in desk.text
        assert not any(is_alive(pid) for pid in pids)


def test_reset_begins_anew(tmp_path):
    data = tmp_path / "data"
    assert manage("prepare", "--data", str(data)).returncode == 0
    manage("create_user", "old", "--role", "agent", "--data", str(data))
    with RunningDesk("demo", data, "--reset") as desk:
        assert desk.says("READY"), desk.text
        desk.stop()
    assert ("old",) not in rows(data, "SELECT username FROM inbox_user")
    assert count(data, "inbox_user") == 5


@pytest.mark.django_db
def test_the_demo_stays_out_of_a_database_with_real_channels(settings):
    settings.PRACTICE_NETWORK = True
    make_channel(is_practice=False)
    with pytest.raises(CommandError, match="holds real channels"):
        call_command("prepare_demo")
    assert not User.objects.exists()
