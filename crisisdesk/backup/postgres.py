"""The PostgreSQL half: PostgreSQL's own programs do the work, in one snapshot and one transaction.

https://www.postgresql.org/docs/current/app-pgdump.html
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from django.db import connection

from crisisdesk.backup.errors import BackupError

FILE = "desk.pgdump"
# What others own or may do is the business of the server that the backup is put back on.
_PLAIN = ("--no-owner", "--no-privileges")


def dump(to: Path) -> None:
    """Copy the database as it is at one moment; nobody waits for it."""
    _run("pg_dump", "--format=custom", *_PLAIN, f"--file={to}")


def load(new: Path) -> None:
    """Replace the tables in one transaction: if anything fails, all is as it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        others = cursor.fetchone()[0]
    connection.close()
    if others:
        raise BackupError(
            f"{others} other connections to the database are open. "
            "Stop the desk on every machine first."
        )
    name = connection.settings_dict["NAME"]
    replace = ("--clean", "--if-exists", "--single-transaction", "--exit-on-error")
    _run("pg_restore", *replace, *_PLAIN, f"--dbname={name}", str(new))


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the desk's database; the password stays off `ps`."""
    found = shutil.which(program)
    if found is None:
        raise BackupError(f"{program} is missing. Install PostgreSQL's client programs.")
    answer = subprocess.run(  # noqa: S603
        [found, "--no-password", *arguments],
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        words = (answer.stderr.strip() or f"exit code {answer.returncode}").splitlines()[0]
        raise BackupError(f"{program} failed: {words}")


def _environment() -> dict[str, str]:
    """https://www.postgresql.org/docs/current/libpq-envars.html"""
    values = connection.settings_dict
    options = values.get("OPTIONS", {})
    named = {
        "PGDATABASE": values["NAME"],
        "PGHOST": values["HOST"],
        "PGPORT": str(values["PORT"] or ""),
        "PGUSER": values["USER"],
        "PGPASSWORD": values["PASSWORD"],
        "PGSSLMODE": options.get("sslmode", ""),
        "PGSSLROOTCERT": options.get("sslrootcert", ""),
        "PGCONNECT_TIMEOUT": str(options.get("connect_timeout", "")),
    }
    return dict(os.environ) | {name: value for name, value in named.items() if value}
