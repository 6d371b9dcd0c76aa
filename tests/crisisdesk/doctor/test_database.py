"""What can be wrong with the database, and that looking changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from crisisdesk.doctor import database
from tests.crisisdesk.doctor.looking import is_fine, problems, warnings
from tests.crisisdesk.runner.processes import manage

pytestmark = pytest.mark.django_db


def test_a_prepared_database_is_fine() -> None:
    assert database.trouble() is None
    assert is_fine(database.store())
    assert is_fine(database.clock())


def test_missing_migrations_are_counted() -> None:
    MigrationRecorder.Migration.objects.filter(app="responses").latest("pk").delete()
    assert "1 migrations are not applied." in problems(database.store())


def test_a_database_from_the_future_is_named() -> None:
    MigrationRecorder.Migration.objects.create(app="inbox", name="9999_flying_cars")
    assert "newer than this code (inbox.9999_flying_cars)" in warnings(database.store())


def test_a_missing_cache_table_is_named(settings) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "nowhere"}}
    assert "The cache table is missing." in problems(database.store())


def test_the_write_it_tries_is_taken_back() -> None:
    before = list(MigrationRecorder.Migration.objects.values())
    assert is_fine(database.store())
    assert list(MigrationRecorder.Migration.objects.values()) == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")
def test_a_clock_that_is_off_is_said(monkeypatch) -> None:
    monkeypatch.setattr(database, "CLOCK_WARNING", -1.0)
    assert "The database's clock is " in warnings(database.clock())
    monkeypatch.setattr(database, "CLOCK_PROBLEM", -1.0)
    assert "The database's clock is " in problems(database.clock())


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs a server")
def test_a_replica_that_only_reads_is_a_problem() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    assert "It cannot be written" in problems(database.store())


def test_looking_at_an_empty_folder_makes_no_database(tmp_path: Path) -> None:
    answer = manage("doctor", "--data", str(tmp_path))
    assert answer.returncode == 2, answer.stderr
    assert "There is none yet.  -> Run manage.py prepare" in answer.stdout
    assert not (tmp_path / "desk.sqlite3").exists()


def test_a_database_out_of_reach_is_one_line(tmp_path: Path) -> None:
    url = "postgres://127.0.0.1:1/none"
    answer = manage("doctor", "--data", str(tmp_path), DATABASE_URL=url)
    assert answer.returncode == 2
    assert "Start it, or correct DATABASE_URL." in answer.stdout
    assert answer.stderr == ""
