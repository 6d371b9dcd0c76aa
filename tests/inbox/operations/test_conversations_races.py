"""Two people at one conversation: the one who waited sees what the first one left."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from inbox.lib.errors import StaleState
from inbox.operations import conversations
from tests.factories import make_conversation, make_user

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 10  # seconds
# Not from pg_stat_activity, which a transaction sees as it was at its first look.
WAITERS = (
    "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITERS)
        return cursor.fetchone() is not None


def test_who_waited_for_the_lock_is_told_the_name_of_who_was_faster() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: nobody reads a row before they hold it")
    row, ana, ben = make_conversation(), make_user("ana"), make_user("ben", "manager")
    said: list[Any] = []

    def take_later() -> None:
        try:
            said.append(conversations.take(conversation=row, by=ben))
        except StaleState as error:
            said.append(str(error))
        finally:
            connection.close()

    second = threading.Thread(target=take_later)
    with transaction.atomic():
        conversations.take(conversation=row, by=ana)
        second.start()
        pause = threading.Event()
        for _look in range(PATIENCE * 50):
            if somebody_waits_for_us():
                break
            pause.wait(0.02)
        else:
            pytest.fail("the second person never waited for the first")
    second.join(PATIENCE)
    assert said == [f"{ana} took this a moment ago. Take it again to take it over."]
