"""Provoking what a row-level lock is for: an act that waits while somebody else changes things."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from tests.crisisdesk.runner.processes import until

only_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer, so nobody waits at a row"
)


def while_it_waits(*, hold: Callable[[], Any], act: Callable[[], Any], change: Any) -> Any:
    """Begin `act` while `hold` has its row, `change` things, let go; return what `act` returned.

    Raises what `act` raised.
    """
    ended: dict[str, Any] = {}

    def run() -> None:
        try:
            ended["result"] = act()
        except BaseException as error:
            ended["error"] = error
        finally:
            connection.close()

    other = threading.Thread(target=run)
    with transaction.atomic():
        hold()
        other.start()
        assert until(somebody_waits_for_us), "nobody waited at the lock"
        change()
    other.join()
    if "error" in ended:
        raise ended["error"]
    return ended["result"]


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return bool(cursor.fetchone()[0])
