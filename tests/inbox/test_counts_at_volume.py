"""Counting with 100,000 conversations behind it: the work done, not the time it took."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox import counts
from inbox.counts import count_of
from inbox.models import Channel, Conversation, Label, Team, User
from tests.inbox.test_counts import ASKED, asked
from tests.inbox.views.test_queue_at_volume import _crowd  # noqa: F401 - a fixture

WINDOW, MOST_COUNTED = 500, 500  # small beside the crowd, so that a scan stands out
TIES = 200  # conversations with the same place in the queue as the last of the window
# Rows that a database reads for one count: the window once to find its end and once to look
# through, for each of the four statuses at most.
MOST_ROWS = 4 * (2 * WINDOW + MOST_COUNTED + TIES)
STEPS_A_ROW = 12  # instructions of SQLite's machine for a row that is read and compared


@pytest.fixture(autouse=True)
def _small_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "WINDOW", WINDOW)
    monkeypatch.setattr(counts, "MOST_COUNTED", MOST_COUNTED)


RARE = [
    "sentiment=positive",
    "language=cy",
    "language=cy&status=all",
    "private=1&assignee=nobody",
    "q=zebra",
    "waiting=10080",
]


def rows_read(plan: Any) -> int:
    """Rows that the scans of a plan of PostgreSQL read, filtered away ones included."""
    own = 0
    if "Scan" in plan["Node Type"]:
        removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Join Filter", 0)
        own = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return int(own) + sum(rows_read(part) for part in plan.get("Plans", []))


def cost_of(sql: str) -> int:
    """How many rows the query reads, or a number of machine steps that stands for so many."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.replace("%", "%%"))
            found = cursor.fetchone()[0]
            return rows_read((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 100

        connection.connection.set_progress_handler(step, 100)
        try:
            cursor.execute(sql.replace("%", "%%"))
            cursor.fetchall()
        finally:
            connection.connection.set_progress_handler(None, 0)
        return steps // STEPS_A_ROW


def price(query: str, user: User) -> int:
    with CaptureQueriesContext(connection) as queries:
        found = asked(query, user)
        assert not found.lost
        count = count_of(found)
    assert count.number <= MOST_COUNTED
    counting = [q["sql"] for q in queries if '"inbox_conversation"' in q["sql"]]
    assert counting
    return sum(cost_of(sql) for sql in counting)


@pytest.mark.parametrize("query", [*ASKED, *RARE])
@pytest.mark.usefixtures("_crowd")
def test_a_count_reads_no_more_than_its_window(channel: Channel, ana: User, query: str) -> None:
    label = Label.objects.create(name="common")
    rows = Conversation.objects.filter(status="open").values_list("pk", flat=True)[: WINDOW + 10]
    worn = Conversation.labels.through
    worn.objects.bulk_create(worn(label=label, conversation_id=pk) for pk in rows)
    query = query.format(label=label.pk, channel=channel.pk)
    assert price(query, ana) <= MOST_ROWS


@pytest.mark.parametrize("query", ["", "status=all", "sentiment=positive"])
@pytest.mark.usefixtures("_crowd")
def test_so_does_the_count_of_one_who_sees_a_part_of_the_desk(
    channel: Channel, ana: User, query: str
) -> None:
    crowd = Channel.objects.get(handle="crowd")
    crowd.team = Team.objects.create(name="Theirs")
    crowd.save(update_fields=["team"])
    assert price(query, ana) <= MOST_ROWS
    assert count_of(asked("", ana)).number == 0


@pytest.mark.usefixtures("_crowd")
def test_the_check_can_tell(ana: User) -> None:
    scan = "SELECT COUNT(*) FROM inbox_conversation WHERE language = 'xx'"
    assert cost_of(scan) > 2 * MOST_ROWS
