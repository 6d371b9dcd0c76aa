"""Bytes that no row came to name, since whoever wrote them died on the way, do not stay."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from inbox.models import StoredFile
from inbox.operations import files
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> Path:
    """A storage of its own, and a desk that has kept files for a week."""
    settings.MEDIA_ROOT = tmp_path
    files.keep_file(b"first of all")
    StoredFile.objects.update(created_at=NOW - timedelta(days=7))
    return tmp_path


def stray(storage: Path, age: timedelta, folder: str = "ab") -> str:
    name = default_storage.save(f"{folder}/{age.days}-left-behind", ContentFile(b"half a job"))
    then = (NOW - age).timestamp()
    os.utime(storage / name, (then, then))
    return name


def a_day(now: datetime) -> int:
    return sum(files.sweep_strays(now=now + timedelta(hours=hour)) for hour in range(24))


def test_what_no_row_names_is_gone_within_a_day(storage: Path) -> None:
    names = [stray(storage, timedelta(days=2), folder) for folder in ("00", "ab", "ff")]
    assert a_day(NOW) == 3
    assert not any(default_storage.exists(name) for name in names)
    assert a_day(NOW) == 0


def test_what_is_named_stays_with_its_small_copy(storage: Path) -> None:
    kept = files.keep_file(make_picture())
    for file in (kept.content, kept.thumbnail):
        then = (NOW - timedelta(days=3)).timestamp()
        os.utime(storage / str(file.name), (then, then))
    assert a_day(NOW) == 0
    assert default_storage.exists(str(kept.thumbnail.name))


def test_what_is_just_being_written_is_left_alone(storage: Path) -> None:
    name = stray(storage, timedelta(0))
    assert files.sweep_strays(now=NOW.replace(hour=0xAB % 24)) == 0
    assert default_storage.exists(name)


def test_what_is_older_than_the_desk_waits_for_its_rows(storage: Path) -> None:
    name = stray(storage, timedelta(days=8))
    assert a_day(NOW) == 0
    StoredFile.objects.all().delete()
    assert a_day(NOW) == 0
    assert default_storage.exists(name)


def test_bytes_of_a_transaction_that_was_taken_back_are_swept(storage: Path) -> None:
    with transaction.atomic():
        name = str(files.keep_file(b"never named").content.name)
        transaction.set_rollback(True)
    assert default_storage.exists(name)
    then = (NOW - timedelta(days=2)).timestamp()
    os.utime(storage / name, (then, then))
    assert a_day(NOW) == 1
    assert not default_storage.exists(name)
