"""A PostgreSQL database of the bench's own, made before Django looks at its settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


@contextmanager
def fresh_database() -> Iterator[None]:
    """Make an empty, migrated database beside that of DATABASE_URL; drop it in the end."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        raise SystemExit("Set DATABASE_URL to a PostgreSQL database; a new one is made beside it.")
    name = urlsplit(url).path.lstrip("/") + "_measured"
    _run(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _run(url, "CREATE DATABASE {}", name)
    os.environ["DATABASE_URL"] = urlsplit(url)._replace(path=f"/{name}").geturl()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    try:
        yield
    finally:
        from django.db import connections

        connections.close_all()
        _run(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _run(url: str, statement: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
