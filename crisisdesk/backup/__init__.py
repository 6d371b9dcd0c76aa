"""A copy of the whole desk in one file, taken while people work, and the way back from it.

What is kept: the database, the files that messages brought, and the keys. What is not: logs, the
broker's queue (the database knows all work that is due) and the practice network.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from crisisdesk.backup import archive, files, key_file, postgres, sqlite
from crisisdesk.backup.archive import Manifest
from crisisdesk.backup.errors import BackupError
from inbox.lib import heartbeat
from inbox.models import Channel, Conversation, User
from responses.operations.restoring import hold_after_restore

FORMAT = 1
_ENGINES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgres}
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def back_up(target: Path) -> Manifest:
    """Write the desk to `target`, which appears only once it is whole and can be read.

    Raises BackupError.
    """
    if target.exists():
        raise BackupError(f"{target} exists already. Choose another name.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}.")
    engine = _engine()
    with _workshop(target.parent) as folder:
        engine.dump(folder / engine.FILE)
        files.dump(folder / files.FILE)
        (folder / key_file.NAME).write_text(key_file.current())
        manifest = archive.pack(
            folder=folder,
            names=(engine.FILE, files.FILE, key_file.NAME),
            target=target,
            facts={
                "format": FORMAT,
                "engine": connection.vendor,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "migrations": sorted(".".join(key) for key in _applied()),
            },
        )
    return manifest


@dataclass(frozen=True, slots=True)
class Restored:
    """made_at: the moment that the desk is back at; held: replies that now wait for a person;
    left_to_do: about the keys, or ""."""

    made_at: datetime
    held: int
    left_to_do: str


def restore(source: Path, *, force: bool) -> Restored:
    """Put the desk in `source` in place of this one, its tables brought to this code's version.

    The caller holds the data folder. `force`: also over a desk that people have worked with.
    Raises BackupError, with this desk as it was.
    """
    with _workshop(settings.DATA_DIR) as folder:
        manifest = archive.unpack(source, folder)
        engine = _engine()
        _check_fits(manifest)
        if not force and _holds_work():
            raise BackupError(
                "This desk holds people's work. To replace it with the backup, add --force."
            )
        if files.FILE in manifest.files:  # desks of earlier versions kept none
            files.load(folder / files.FILE)
        engine.load(folder / engine.FILE)
        left_to_do = key_file.put_back((folder / key_file.NAME).read_text(), settings.DATA_DIR)
    call_command("createcachetable", verbosity=0)
    call_command("migrate", verbosity=0, interactive=False)
    made_at = datetime.fromisoformat(str(manifest.facts["made_at"]))
    heartbeat.forget()  # the backup's: that worker is not this desk's
    return Restored(made_at, hold_after_restore(made_at=made_at), left_to_do)


@contextmanager
def _workshop(parent: Path) -> Iterator[Path]:
    """A private folder beside the result, so that moving a file into place is one step."""
    try:
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=".partial-"))
    except OSError as error:
        raise BackupError(f"{parent} cannot be written ({error.strerror}).") from error
    try:
        yield folder
    except OSError as error:
        raise BackupError(f"{error.strerror}: {error.filename or parent}.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _engine() -> ModuleType:
    return _ENGINES[connection.vendor]


def _applied() -> set[tuple[str, str]]:
    try:
        applied = set(MigrationLoader(connection).applied_migrations)
    except DatabaseError as error:
        words = str(error).splitlines()[0]
        raise BackupError(f"The database cannot be read: {words}") from error
    if not applied:
        raise BackupError("The database is empty: there is nothing to back up.")
    return applied


def _check_fits(manifest: Manifest) -> None:
    """Raises BackupError for a backup of another kind, or of a newer desk."""
    if manifest.facts["format"] != FORMAT:
        raise BackupError("The backup has a format that this version of the desk does not know.")
    theirs, ours = str(manifest.facts["engine"]), connection.vendor
    if theirs != ours:
        raise BackupError(
            f"The backup holds a {_NAMES[theirs]} database and this desk uses {_NAMES[ours]}. "
            "Set DATABASE_URL to match."
        )
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations or {}}
    unknown = sorted(set(map(str, manifest.facts["migrations"])) - known)
    if unknown:
        raise BackupError(
            f"The backup is of a newer version of the desk ({', '.join(unknown)}). "
            "Install that version first."
        )


def _holds_work() -> bool:
    """Would people miss what is in this database?"""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return False
    tables = connection.introspection.table_names()
    rows = (User, Channel, Conversation)
    return any(m._meta.db_table in tables and m.objects.exists() for m in rows)
