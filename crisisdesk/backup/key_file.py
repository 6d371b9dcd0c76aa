"""The keys in a backup: without them its secrets stay closed."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

NAME = "secrets.env"


def current() -> str:
    """Return this desk's keys, wherever they come from, as the lines of a secrets.env."""
    return f"SECRET_KEY={settings.SECRET_KEY}\nFIELD_KEYS={','.join(settings.FIELD_KEYS)}\n"


def put_back(text: str, data_dir: Path) -> str:
    """Make the keys in `text` this desk's own; return what is left to do, or "".

    Where the environment sets the keys, a file would not be read, so the person is told.
    """
    if text == current():
        return ""
    path = data_dir / NAME
    if path.exists() and path.read_text() == current():
        before = path.with_name(NAME + ".before")
        before.unlink(missing_ok=True)
        os.link(path, before)
        _write(path, text)
        return ""
    theirs = dict(line.split("=", 1) for line in text.splitlines())["FIELD_KEYS"].split(",")
    if set(theirs) <= set(settings.FIELD_KEYS):
        return ""
    aside = data_dir / "secrets.from-backup.env"
    _write(aside, text)
    return (
        "This desk takes its keys from the environment, and they do not open the backup's "
        f"secrets. The backup's keys are in {aside}: add its FIELD_KEYS to the end of yours."
    )


def _write(path: Path, text: str) -> None:
    """Write `path` in one step, for this user alone."""
    draft = path.with_name(path.name + ".partial")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
