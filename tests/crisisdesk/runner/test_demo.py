"""The demo on a fresh folder: people, channel and story, once; later starts go on with them."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
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
    place = f"file:{data / 'desk.sqlite3'}?mode=ro"
    with closing(sqlite3.connect(place, uri=True, timeout=20)) as base:
        return base.execute(query).fetchall()


def count(data: Path, table: str) -> int:
    return rows(data, f"SELECT count(*) FROM {table}")[0][0]


@dataclass
class Played:
    """A demo on a fresh folder that ran until its story reached the queue, and was stopped."""

    options: tuple[str, ...]
    data: Path
    output: list[str]
    leftover: list[int]


@pytest.fixture(scope="module", params=[(), ("--single",)], ids=["redis", "single"])
def played(request, tmp_path_factory) -> Played:
    data = tmp_path_factory.mktemp("demo") / "data"
    with RunningDesk("demo", data, *request.param) as desk:
        assert desk.says("READY"), desk.text
        assert until(lambda: count(data, "inbox_message") > 0, 90), desk.text
        pids = list(desk.children())
        desk.stop()
        leftover = [pid for pid in pids if is_alive(pid)]
        return Played(request.param, data, desk.output, leftover)


def test_the_story_reaches_the_queue_and_it_stops_by_itself(played):
    text = "\n".join(played.output)
    for username in ("ana", "budi", "ben", "dewi", "cleo"):
        assert f"  {username} " in text
    assert "What the public sees:  http://127.0.0.1:" in text
    assert "Stopped in" in text
    assert "was killed" not in text
    assert not played.leftover


def test_passwords_work_and_are_stored_nowhere_in_clear(played):
    line = next(line for line in played.output if line.startswith("  ana "))
    password = line.split()[-1]
    query = "SELECT password FROM inbox_user WHERE username = 'ana'"
    assert Argon2PasswordHasher().verify(password, rows(played.data, query)[0][0])
    for file in played.data.rglob("*"):
        if file.is_file():
            assert password.encode() not in file.read_bytes(), file


def test_a_second_start_goes_on(played):
    data, options = played.data, played.options
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


def test_a_stop_waits_for_the_worker_to_finish(tmp_path):
    with RunningDesk("demo", tmp_path / "data") as desk:
        assert desk.says("READY"), desk.text
        address = next(line for line in desk.output if "public sees" in line).split()[-1]
        slow = {"rules": [{"kind": "delay", "method": "GET", "path": "/2/", "seconds": 4}]}
        httpx.put(f"{address}practice/faults", json=slow).raise_for_status()
        faults = f"{address}practice/faults"
        assert until(lambda: httpx.get(faults).json()["rules"][0]["hits"] > 0, 40)
        pids = list(desk.children())
        assert desk.stop() > 1
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
