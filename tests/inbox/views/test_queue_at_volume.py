"""The list with 100,000 conversations behind it: the same price, and pages found by an index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.models import Author, Channel, Conversation, Team, User
from tests.factories import make_channel, make_conversation
from tests.inbox.views.lists import PLACES, budget, fill, ids, page


@pytest.fixture
def reader(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


@pytest.fixture(scope="module")
def _crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """100,000 conversations, written once for all tests of this module that ask for them."""
    with django_db_blocker.unblock():
        channel = make_channel(handle="crowd", external_id="crowd")
        fill(channel, 1000)
        _copy(channel, times=99)
        author = Conversation.objects.filter(channel=channel).values_list("author", flat=True)[0]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE inbox_conversation")
    yield
    with django_db_blocker.unblock():
        Conversation.objects.filter(channel=channel)._raw_delete("default")
        channel.streams.all().delete()
        channel.delete()
        Author.objects.filter(pk=author).delete()


def _copy(channel: Channel, times: int) -> None:
    """Store each conversation of `channel` so many times more, without a detour through Python."""
    fields = Conversation._meta.concrete_fields
    columns = [field.column for field in fields if not field.primary_key]
    values = ["external_id || '-' || copies.n" if c == "external_id" else c for c in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < %s)"
            f" INSERT INTO inbox_conversation ({', '.join(columns)})"
            f" SELECT {', '.join(values)} FROM inbox_conversation, copies WHERE channel_id = %s",
            [times, channel.pk],
        )


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.usefixtures("_crowd")
def test_the_page_costs_no_more_with_a_hundred_thousand(reader: Client, path: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        page(reader, path)
    assert len(queries) <= budget(path), [query["sql"][:120] for query in queries]


@pytest.mark.parametrize("query", ["", "sort=newest", "sort=waiting", "assignee=me"])
@pytest.mark.usefixtures("_crowd")
def test_a_deep_page_is_found_by_the_index(reader: Client, ana: User, query: str) -> None:
    html = page(reader, f"/?{query}")
    cursors = re.findall(r"after=([\w-]+)", html)
    suffix = f"&after={cursors[0]}" if cursors else ""
    with CaptureQueriesContext(connection) as queries:
        page(reader, f"/?{query}{suffix}")
    plan = _plan(queries)
    assert re.search(r"conv_(queue|newest|waiting|assignee)", plan), plan
    assert not re.search(r"TEMP B-TREE FOR ORDER BY|Seq Scan on inbox_conversation", plan), plan


@pytest.mark.parametrize("query", ["", "status=all"])
@pytest.mark.usefixtures("_crowd")
def test_who_sees_few_channels_waits_no_longer(client: Client, ana: User, query: str) -> None:
    team = Team.objects.create(name="others")
    Channel.objects.filter(handle="crowd").update(team=team)
    rows = [make_conversation(make_channel()) for _ in range(3)]
    client.force_login(ana)
    with CaptureQueriesContext(connection) as queries:
        html = page(client, f"/?{query}")
    assert sorted(ids(html)) == [row.pk for row in rows]
    plan = _plan(queries)
    assert len(re.findall(r"conv_channel|inbox_conversation_channel_id", plan)) >= 3, plan
    assert not re.search(r"SCAN inbox_conversation|Seq Scan on inbox_conversation", plan), plan


def _plan(queries: CaptureQueriesContext) -> str:
    """Return how the database finds the rows of the list."""
    rows = [q["sql"] for q in queries if "inbox_author" in q["sql"] and "ORDER BY" in q["sql"]]
    with connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(explain + rows[0].replace("%", "%%"))
        return "\n".join(str(line) for line in cursor.fetchall())
