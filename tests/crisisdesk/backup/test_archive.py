"""A file is a whole backup, or it is refused."""

from __future__ import annotations

import io
import json
import stat
import tarfile
from pathlib import Path

import pytest

from crisisdesk.backup import archive
from crisisdesk.backup.errors import BackupError


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "desk").write_bytes(bytes(range(256)) * 4000)
    (folder / "keys").write_text("K=1\n")
    target = tmp_path / "desk.tar.gz"
    archive.pack(folder=folder, names=("desk", "keys"), target=target, facts={"format": 1})
    return target


def unpack(source: Path, tmp_path: Path) -> archive.Manifest:
    folder = tmp_path / "out"
    folder.mkdir()
    return archive.unpack(source, folder)


def test_what_goes_in_comes_out_private(made: Path, tmp_path: Path) -> None:
    manifest = unpack(made, tmp_path)
    assert manifest.facts == {"format": 1}
    assert (tmp_path / "out" / "desk").read_bytes() == (tmp_path / "work" / "desk").read_bytes()
    for path in (made, tmp_path / "out" / "desk", tmp_path / "out" / "keys"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with tarfile.open(made) as tar:
        assert {(member.mode, member.uname) for member in tar} == {(0o600, "")}


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.999])
def test_a_part_of_a_backup_is_refused(made: Path, tmp_path: Path, share: float) -> None:
    whole = made.read_bytes()
    made.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BackupError, match="is not a whole backup"):
        unpack(made, tmp_path)


def test_a_changed_part_is_refused(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    with tarfile.open(made) as tar:
        file = tar.extractfile("manifest.json")
        assert file
        manifest = file.read()
    (folder / "keys").write_text("K=2\n")
    with tarfile.open(made, "w:gz") as tar:
        head = tarfile.TarInfo("manifest.json")
        head.size = len(manifest)
        tar.addfile(head, io.BytesIO(manifest))
        tar.add(folder / "desk", arcname="desk")
        tar.add(folder / "keys", arcname="keys")
    with pytest.raises(BackupError, match="keys was changed"):
        unpack(made, tmp_path)


@pytest.mark.parametrize("text", ["[]", "{}", '{"files": 3}', "nonsense", '{"files": {"no": "x"}}'])
def test_a_foreign_archive_is_refused(tmp_path: Path, text: str) -> None:
    made = tmp_path / "other.tar.gz"
    with tarfile.open(made, "w:gz") as tar:
        head = tarfile.TarInfo("manifest.json")
        head.size = len(text)
        tar.addfile(head, io.BytesIO(text.encode()))
    with pytest.raises(BackupError, match="is not a whole backup"):
        unpack(made, tmp_path)


def test_nothing_is_written_outside_the_folder(tmp_path: Path) -> None:
    made = tmp_path / "evil.tar.gz"
    text = json.dumps({"files": {"../evil": "x"}}).encode()
    with tarfile.open(made, "w:gz") as tar:
        for name, data in (("manifest.json", text), ("../evil", b"boo")):
            head = tarfile.TarInfo(name)
            head.size = len(data)
            tar.addfile(head, io.BytesIO(data))
    with pytest.raises(BackupError):
        unpack(made, tmp_path)
    assert not (tmp_path / "evil").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="There is no file"):
        unpack(tmp_path / "nothing.tar.gz", tmp_path)
