"""Whole desks: backed up, lost and brought back, on each engine, by the commands people use."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.db import connection

from crisisdesk.runner import data_dir
from tests.chaos.stack import database_url
from tests.crisisdesk.runner.processes import manage

# A desk on SQLite is the same whatever database the tests run on; these meet the server.
on_server = pytest.mark.database

COUNT = """
from inbox.models import Channel, User
print(User.objects.count(), Channel.objects.get().secrets["a"])
"""
ATTACH = """
from inbox.models import Channel
from tests.factories import make_attachment, make_conversation
from tests.pictures import make_picture
message = make_conversation(Channel.objects.get()).messages.get()
make_attachment(message, content=make_picture(300, 200, shade=17))
"""
ATTACHED = """
from inbox.models import Attachment
from tests.pictures import make_picture
file = Attachment.objects.get().file
print(file.content.read() == make_picture(300, 200, shade=17), file.thumbnail.size > 0)
"""
FILL = """
from inbox.models import Channel, User
User.objects.create_user("sri", role="admin")
Channel.objects.create(network="x", external_id="1", handle="b", name="B", secrets={"a": 7})
"""

QUEUE = """
from inbox.models import Channel
from tests.factories import make_conversation
from tests.responses.build import make_queued
make_queued(make_conversation(Channel.objects.get()))
"""
SAID = """
from inbox.models import Channel
from tests.factories import make_conversation
make_conversation(Channel.objects.get(), text="café INV-2291")
"""
SEARCH = """
from inbox.models import Conversation, Message, User
from inbox.pickers import Lists
from inbox.search.finding import Search
from inbox.search.operators import Asked
def count(text):
    sri = User.objects.get(username="sri")
    search = Search(text, Asked(sri, Lists(sri)))
    return search.narrow(Conversation.objects.all()).count()
print(count("cafe inv-2291"), end=" ")
Message.objects.update(text="otherwise")
print(count("cafe"), count("otherwise"))
"""
STOPS = """
from responses.models import Reply
print(*Reply.objects.values_list("status", "stop_code"))
"""


class Desk:
    """A desk on a data folder of its own, driven by its commands."""

    def __init__(self, data: Path, url: str = "") -> None:
        self.data = data
        self.env = {"DATABASE_URL": url} if url else {}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return manage(*arguments, "--data", str(self.data), **self.env)

    def ok(self, *arguments: str) -> str:
        answer = self.run(*arguments)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def refuses(self, *arguments: str) -> str:
        answer = self.run(*arguments)
        assert answer.returncode in (1, 2), answer.stdout
        assert answer.stderr.count("\n") == 1, answer.stderr
        return answer.stderr

    def shows(self) -> str:
        return self.ok("shell", "--no-imports", "-c", COUNT).strip()


def make(data: Path, url: str = "") -> Desk:
    """A desk with one person and a channel with a secret."""
    desk = Desk(data, url)
    desk.ok("prepare")
    desk.ok("shell", "--no-imports", "-c", FILL)
    return desk


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("pattern") / "desk").data


@pytest.fixture
def desk(pattern: Path, tmp_path: Path) -> Desk:
    """A desk on SQLite."""
    return Desk(Path(shutil.copytree(pattern, tmp_path / "one")))


@contextmanager
def database(name: str, like: str = "template1") -> Iterator[str]:
    """A database of its own on the server, a copy of another one; yields its address."""
    base = database_url().rpartition("/")[0]
    with psycopg.connect(f"{base}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        try:
            yield f"{base}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def pattern_on_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with database(f"backup_{os.getpid()}") as url:
        yield make(tmp_path_factory.mktemp("pattern") / "desk", url).data


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=on_server)])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    """A desk at work, and an empty place for another of the same engine."""
    if request.param == "sqlite":
        yield request.getfixturevalue("desk"), Desk(tmp_path / "two")
        return
    if connection.vendor != "postgresql":
        pytest.skip("needs a PostgreSQL server: DATABASE_URL")
    data = shutil.copytree(request.getfixturevalue("pattern_on_server"), tmp_path / "one")
    name = f"backup_{os.getpid()}"
    with database(f"{name}_1", like=name) as one, database(f"{name}_2") as other:
        yield Desk(data, one), Desk(tmp_path / "two", other)


def test_a_lost_desk_comes_back_on_another_machine(two, tmp_path: Path) -> None:
    old, new = two
    file = tmp_path / "desk.tar.gz"
    assert f"{file} is whole" in old.ok("backup", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "UTC again." in new.ok("restore", str(file))
    assert new.shows() == "1 7"  # the secret opens: the keys came along
    assert stat.S_IMODE((new.data / "secrets.env").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.tar.gz", "one", "two"]


def test_a_desk_goes_back_in_time_only_when_told_to(two, tmp_path: Path) -> None:
    desk = two[0]
    file = str(tmp_path / "desk.tar.gz")
    desk.ok("backup", file)
    desk.ok("create_user", "tom", "--role", "agent")
    assert "add --force" in desk.refuses("restore", file)
    assert desk.shows() == "2 7"
    desk.ok("restore", file, "--force")
    assert desk.shows() == "1 7"


def test_a_reply_that_may_have_gone_out_since_waits_for_a_person(two, tmp_path: Path) -> None:
    desk, new = two
    desk.ok("shell", "--no-imports", "-c", QUEUE)
    file = str(tmp_path / "desk.tar.gz")
    desk.ok("backup", file)
    assert "1 replies were about to be sent" in new.ok("restore", file)
    assert "('held', 'restored')" in new.ok("shell", "--no-imports", "-c", STOPS)


def test_a_desk_that_came_back_finds_what_it_found_and_what_is_new(two, tmp_path: Path) -> None:
    desk, new = two
    desk.ok("shell", "--no-imports", "-c", SAID)
    file = str(tmp_path / "desk.tar.gz")
    desk.ok("backup", file)
    new.ok("restore", file)
    assert new.ok("shell", "--no-imports", "-c", SEARCH).strip() == "1 0 1"
    desk.ok("restore", file, "--force")  # over the tables that are there already
    assert desk.ok("shell", "--no-imports", "-c", SEARCH).strip() == "1 0 1"


def test_what_messages_brought_comes_back_too(two, tmp_path: Path) -> None:
    desk, new = two
    desk.ok("shell", "--no-imports", "-c", ATTACH)
    file = str(tmp_path / "desk.tar.gz")
    desk.ok("backup", file)
    new.ok("restore", file)
    assert new.ok("shell", "--no-imports", "-c", ATTACHED).strip() == "True True"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (new.data / "files").glob("*/*")} == {
        0o600
    }
    desk.ok("restore", file, "--force")  # over the files that are there already
    assert desk.ok("shell", "--no-imports", "-c", ATTACHED).strip() == "True True"


def test_a_running_desk_is_not_replaced(two, tmp_path: Path) -> None:
    desk = two[0]
    file = str(tmp_path / "desk.tar.gz")
    desk.ok("backup", file)
    desk.ok("create_user", "tom", "--role", "agent")
    with data_dir.locked(desk.data):
        assert "A desk already runs on" in desk.refuses("restore", file, "--force")
        desk.ok("backup", str(tmp_path / "beside.tar.gz"))
    assert desk.shows() == "2 7"


def test_a_damaged_backup_changes_nothing(two, tmp_path: Path) -> None:
    desk = two[0]
    file = tmp_path / "desk.tar.gz"
    desk.ok("backup", str(file))
    file.write_bytes(file.read_bytes()[:-3000])
    assert "is not a whole backup" in desk.refuses("restore", str(file), "--force")
    assert desk.shows() == "1 7"


def test_a_backup_is_never_overwritten(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "desk.tar.gz"
    file.write_text("precious")
    assert "exists already" in desk.refuses("backup", str(file))
    assert file.read_text() == "precious"


def test_an_empty_desk_has_nothing_to_back_up(tmp_path: Path) -> None:
    file = tmp_path / "desk.tar.gz"
    Desk(tmp_path / "one").refuses("backup", str(file))
    assert not file.exists()
    assert not (tmp_path / "one" / "desk.sqlite3").exists()
    assert not list(tmp_path.glob(".partial-*"))


def test_what_was_there_before_is_kept_beside(desk: Desk, tmp_path: Path) -> None:
    other = make(tmp_path / "two")
    other.ok("create_user", "tom", "--role", "agent")
    keys = (other.data / "secrets.env").read_text()
    file = str(tmp_path / "desk.tar.gz")
    desk.ok("backup", file)
    other.ok("restore", file, "--force")
    with closing(sqlite3.connect(other.data / "desk.sqlite3.before")) as before:
        assert before.execute("SELECT count(*) FROM inbox_user").fetchone() == (2,)
    assert (other.data / "secrets.env.before").read_text() == keys
    assert (other.data / "secrets.env").read_text() == (desk.data / "secrets.env").read_text()


def test_keys_of_the_environment_are_not_outvoted(desk: Desk, tmp_path: Path) -> None:
    file = str(tmp_path / "desk.tar.gz")
    desk.ok("backup", file)
    new = Desk(tmp_path / "two")
    new.env = {"SECRET_KEY": "s" * 50, "FIELD_KEYS": Fernet.generate_key().decode()}
    answer = new.run("restore", file)
    assert answer.returncode == 0, answer.stderr
    aside = new.data / "secrets.from-backup.env"
    assert f"The backup's keys are in {aside}" in answer.stderr
    new.env["FIELD_KEYS"] += "," + aside.read_text().split("FIELD_KEYS=")[1].strip()
    assert new.shows() == "1 7"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"engine": "postgresql"}, "holds a PostgreSQL database and this desk uses SQLite"),
        ({"format": 99}, "has a format that this version"),
        ({"migrations": ["inbox.9999_flying_cars"]}, "newer version of the desk (inbox.9999"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused(
    desk: Desk, tmp_path: Path, facts: dict[str, object], words: str
) -> None:
    file = tmp_path / "desk.tar.gz"
    desk.ok("backup", str(file))
    folder = tmp_path / "unpacked"
    with tarfile.open(file) as tar:
        tar.extractall(folder, filter="data")
        names = tar.getnames()
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | facts))
    with tarfile.open(file, "w:gz") as tar:
        for name in names:
            tar.add(folder / name, arcname=name)
    assert words in Desk(tmp_path / "two").refuses("restore", str(file))


def test_a_backup_while_people_write_is_of_one_moment(desk: Desk, tmp_path: Path) -> None:
    over = threading.Event()
    pairs = "CREATE TABLE pairs (a INTEGER, b INTEGER)"

    def write() -> None:
        with closing(sqlite3.connect(desk.data / "desk.sqlite3", timeout=20)) as database:
            number = 0
            while not over.is_set():
                number += 1
                with database:
                    database.execute("INSERT INTO pairs VALUES (?, 0)", (number,))
                    database.execute("UPDATE pairs SET b = a WHERE a = ?", (number,))

    with closing(sqlite3.connect(desk.data / "desk.sqlite3")) as database:
        database.execute(pairs)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        desk.ok("backup", str(tmp_path / "desk.tar.gz"))
    finally:
        over.set()
        writer.join()
    with tarfile.open(tmp_path / "desk.tar.gz") as tar:
        tar.extract("desk.sqlite3", tmp_path / "out", filter="data")
    with closing(sqlite3.connect(tmp_path / "out" / "desk.sqlite3")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows, wrong = copy.execute("SELECT count(*), count(*) - sum(a = b) FROM pairs").fetchone()
    assert rows > 0
    assert wrong == 0


@on_server
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs a server: DATABASE_URL")
def test_postgresql_without_its_programs_says_what_to_install(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "one", database_url())
    desk.env["PATH"] = "/nowhere"
    words = "pg_dump is missing. Install PostgreSQL's client programs."
    assert words in desk.refuses("backup", str(tmp_path / "desk.tar.gz"))
    assert not (tmp_path / "desk.tar.gz").exists()
