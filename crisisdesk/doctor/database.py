"""The database: there, writable, at the code's version, and of one mind about the time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import NotSupportedError

from crisisdesk.doctor.finding import Finding, fine, problem, warning

AREA = "database"
PREPARE = "Run manage.py prepare (demo and serve do it at every start)."
# Leases and undo windows are a few seconds long: beyond the second bound they go wrong.
CLOCK_WARNING, CLOCK_PROBLEM = 2.0, 10.0  # seconds


def trouble() -> Finding | None:
    """Return what keeps every other look at the database from working, or None."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return problem(AREA, "There is none yet.", PREPARE)  # to connect would make an empty one
    try:
        connection.ensure_connection()
        tables = connection.introspection.table_names()
    except NotSupportedError as error:
        return problem(AREA, f"{error}.", "Update the database server.")
    except DatabaseError as error:
        words = " ".join(str(error).split())
        return problem(AREA, f"Out of reach: {words}", "Start it, or correct DATABASE_URL.")
    if "django_migrations" not in tables:
        return problem(AREA, "It is empty.", PREPARE)
    return None


def store() -> Iterator[Finding]:
    """Engine, journal, a write that is taken back, tables."""
    yield _engine()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE django_migrations SET app = app WHERE name = '0001_initial'")
            transaction.set_rollback(True)
    except DatabaseError as error:
        words = str(error).splitlines()[0]
        remedy = "Check its rights and free space, and that it is not a read-only replica."
        yield problem(AREA, f"It cannot be written: {words}.", remedy)
    if settings.CACHES["default"]["LOCATION"] not in connection.introspection.table_names():
        yield problem(AREA, "The cache table is missing.", PREPARE)
    yield _migrations()


def _engine() -> Finding:
    if connection.vendor != "sqlite":
        version = ".".join(map(str, connection.get_database_version()))
        return fine(AREA, f"{connection.display_name} {version} answers.")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
    if mode != "wal":
        remedy = "Move the data folder to a local disk: readers and writers block each other."
        return warning(AREA, f"SQLite keeps its journal as {mode}, not as WAL.", remedy)
    return fine(AREA, "SQLite answers, with a write-ahead log.")


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return problem(AREA, f"{len(missing)} migrations are not applied.", PREPARE)
    known = executor.loader.disk_migrations or {}
    unknown = set(executor.loader.applied_migrations) - set(known)
    ours = sorted(f"{app}.{name}" for app, name in unknown if app in executor.loader.migrated_apps)
    if ours:
        remedy = "Install the version of the desk that this database was last used with."
        return warning(AREA, f"It is newer than this code ({', '.join(ours)}).", remedy)
    return fine(AREA, "Its tables are at the version of this code.")


def clock() -> Iterator[Finding]:
    """The database's time beside ours; SQLite has no clock of its own."""
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        theirs = float(cursor.fetchone()[0])
        after = time.time()
    off = theirs - (before + after) / 2
    words = f"The database's clock is {abs(off):.1f} s {'ahead of' if off > 0 else 'behind'} ours"
    words += f" ({datetime.fromtimestamp(after, UTC):%H:%M:%S} UTC)."
    remedy = "Let both machines take their time from NTP: leases and undo windows rest on it."
    if abs(off) > CLOCK_PROBLEM:
        yield problem("clock", words, remedy)
    elif abs(off) > CLOCK_WARNING:
        yield warning("clock", words, remedy)
    else:
        yield fine("clock", "The database's clock and ours agree.")
