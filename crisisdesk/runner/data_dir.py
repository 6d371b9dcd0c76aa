"""The data folder: whose it is, whether it can be written, and who is using it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from crisisdesk.runner.refusal import refuse

MARKER = ".crisisdesk"
# What the desk may have put into a folder before the marker existed.
_OURS = frozenset({MARKER, "secrets.env", "desk.sqlite3"})
# What survives `--reset`: the keys are already in use by the running command.
_KEPT = frozenset({MARKER, "secrets.env", "run"})


def open_data_dir(path: Path) -> None:
    """Make sure that `path` is a folder of ours that can be written; create it (0700) if missing.

    Refuses a folder that cannot be written, and one that holds somebody else's files.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not is_ours(path):
            refuse(
                f"The folder {path} holds other files than the desk's. "
                "Choose an empty one with --data DIR."
            )
        (path / MARKER).touch(mode=0o600)
    except OSError as error:
        refuse_unwritable(path, error)


def refuse_unwritable(path: Path, error: OSError) -> NoReturn:
    """Refuse to start, because the folder or a file in it cannot be written."""
    refuse(
        f"The data folder {path} cannot be written ({error.strerror}). "
        "Choose another one with --data DIR."
    )


def is_ours(path: Path) -> bool:
    """Is `path` empty (hidden files and a fresh disk's lost+found aside) or already the desk's?"""
    names = {entry.name for entry in path.iterdir()}
    foreign = {name for name in names if not name.startswith(".")} - {"lost+found"}
    return not foreign or not names.isdisjoint(_OURS)


def empty(path: Path) -> None:
    """Delete what the desk keeps in `path`; refuses a folder without the desk's marker."""
    if not (path / MARKER).is_file():
        refuse(f"The folder {path} is not a data folder of the desk, so it is left alone.")
    for entry in path.iterdir():
        if entry.name in _KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the folder for this process; refuses if another one holds it, naming it.

    The lock belongs to the open file, so it vanishes with the process, however that ends.
    """
    folder = path / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            refuse(
                f"A desk already runs on {path} (process {file.read().strip() or 'unknown'}). "
                "Stop it first, or choose another folder with --data DIR."
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_in_use(path: Path) -> bool:
    """Does a desk run on the folder at this moment?"""
    try:
        with (path / "run" / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def published(path: Path, env: Mapping[str, str]) -> Iterator[None]:
    """Leave `env` in the folder while the desk runs, for commands that people start beside it.

    `manage.py` reads it; it names addresses, never keys.
    """
    file = path / "run" / "desk.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in env.items()))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
