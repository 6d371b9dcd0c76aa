"""Which of the two implementations is in charge; nothing else asks which database runs."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from django.db import connection, connections

from inbox.search import postgres, sqlite
from inbox.search.parts import PARTS

_ENGINES = {"sqlite": sqlite, "postgresql": postgres}


def current() -> ModuleType:
    """Return the module for the desk's database."""
    return _ENGINES[connection.vendor]


def prepare(sender: Any, connection: Any, **_: Any) -> None:
    """Bring a connection that was just opened to where the triggers need it."""
    _ENGINES[connection.vendor].prepare(connection)


def mend(sender: Any, using: str, **_: Any) -> None:
    """After a migration: make again what it took away with a table that it rebuilt."""
    present = connections[using].introspection.table_names()
    for part in PARTS:
        if {part.table, part.source} <= set(present):
            current().install(connections[using], part)
