"""The file itself: a .tar.gz whose manifest names every part with its checksum."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from crisisdesk.backup.errors import BackupError

MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_NOT_WHOLE = "{} is not a whole backup of a desk ({}). Use another copy."


@dataclass(frozen=True, slots=True)
class Manifest:
    """facts: what the backup says about itself; files: checksum (SHA-256) by name."""

    facts: Mapping[str, Any]
    files: Mapping[str, str]


def pack(*, folder: Path, names: Sequence[str], target: Path, facts: Mapping[str, Any]) -> Manifest:
    """Pack `names` of `folder` into `target`, which appears whole or not at all (mode 0600)."""
    manifest = Manifest(facts, {name: _checksum(folder / name) for name in names})
    text = json.dumps({**facts, "files": manifest.files}, indent=2).encode()
    draft = folder / "draft.tar.gz"
    with draft.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
            head = tarfile.TarInfo(MANIFEST)
            head.size, head.mode = len(text), 0o600
            tar.addfile(head, io.BytesIO(text))
            for name in names:
                tar.add(folder / name, arcname=name, filter=_private)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(target)
    return manifest


def _private(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Say nothing about who made it, and let nobody else read what is unpacked."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack `source` into the empty `folder`, every part checked against the manifest.

    Raises BackupError for anything but a whole backup.
    """
    try:
        with tarfile.open(source, "r:gz") as tar:
            manifest = _read_manifest(tar)
            for name, expected in manifest.files.items():
                if _write(tar.extractfile(name), folder / Path(name).name) != expected:
                    raise BackupError(_NOT_WHOLE.format(source, f"{name} was changed"))
            _read_on(cast(IO[bytes], tar.fileobj))
    except FileNotFoundError as error:
        raise BackupError(f"There is no file {source}.") from error
    except (tarfile.TarError, EOFError, zlib.error, KeyError, ValueError, TypeError) as error:
        raise BackupError(_NOT_WHOLE.format(source, error)) from error
    return manifest


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    file = tar.extractfile(MANIFEST)
    if file is None:
        raise KeyError(MANIFEST)
    facts = json.load(file)
    files = facts.pop("files")
    if not isinstance(files, dict):
        raise TypeError("its manifest names no files")
    return Manifest(facts, files)


def _read_on(stream: IO[bytes]) -> None:
    """Read to the end, where gzip keeps a checksum of the whole."""
    while stream.read(_CHUNK):
        pass


def _write(part: IO[bytes] | None, to: Path) -> str:
    """Copy `part` to `to`; return its checksum."""
    if part is None:
        raise KeyError(to.name)
    digest = hashlib.sha256()
    with to.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        while chunk := part.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
