"""The desk's own keys are made once, privately, and never made twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from crisisdesk.secrets import ensure_secrets_file


def test_keys_are_made_once_and_kept(tmp_path: Path):
    path = ensure_secrets_file(tmp_path / "data")
    first = path.read_text()
    assert ensure_secrets_file(tmp_path / "data").read_text() == first
    values = dict(line.split("=", 1) for line in first.splitlines())
    assert len(values["SECRET_KEY"]) >= 50
    Fernet(values["FIELD_KEYS"])


def test_the_file_is_for_its_owner_alone(tmp_path: Path):
    path = ensure_secrets_file(tmp_path / "data")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_processes_that_start_together_agree(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(ensure_secrets_file, [tmp_path / "data"] * 8))
    assert len({path.read_text() for path in paths}) == 1
    assert not list((tmp_path / "data").glob("secrets.[!e]*"))


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, capsys):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as caught:
        ensure_secrets_file(tmp_path / "file" / "data")
    assert caught.value.code == 2
    assert "cannot be written" in capsys.readouterr().err
