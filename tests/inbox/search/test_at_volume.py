"""40,000 messages: no search, for a rare word or a common one, looks at all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inbox.filters import QueueFilter
from inbox.models import Author, Channel, Conversation, Message, Team, User
from inbox.pickers import Lists
from inbox.search import postgres
from tests.factories import make_channel, make_user

COUNT = 40_000
BIG = "inbox_(?:message|messagewords|conversation|author|authorwords)"
# The newest so many texts are walked for words that are common among them.
BOUNDED = r"using inbox_messagewords_pkey on [^\n]*\n *Index Cond: \(rowid > \d+\)"
# What looks at every row, or walks an order and looks at each row on the way.
POSTGRES = rf"Seq Scan on {BIG}\b|Backward (?!{BOUNDED})|conv_(?:newest|queue)"
SQLITE = rf"SCAN {BIG}\b(?! VIRTUAL TABLE INDEX \d+:=?M)|conv_(?:newest|queue)"
SMALL = "inbox_notewords"  # there are no notes here; the look at the newest few hundred names them
UNSORTED = "TEMP B-TREE"  # the words come in order; sorting them means having read them all


@pytest.fixture(scope="module")
def few(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    """Somebody whose teams have one small channel; the others hold the crowd."""
    with django_db_blocker.unblock():
        team = Team.objects.create(name="crowd")
        crowd = make_channel(team=team, external_id="crowd", handle="crowd")
        small = make_channel(external_id="small", handle="small")
        make_user("chief", "admin")
        _fill(crowd, small)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
        yield make_user("few", "agent")
        for model in (Message, Conversation, Author):
            model._default_manager.all()._raw_delete("default")  # type: ignore[attr-defined]
        for channel in (crowd, small):
            channel.streams.all().delete()
            channel.delete()
        team.delete()
        User.objects.all().delete()


def _fill(crowd: Channel, small: Channel) -> None:
    now, size = timezone.now(), {"batch_size": 4000}
    authors = [
        Author(network="x", external_id=f"v{n}", handle=f"v{n}", name=f"Budi V{n}")
        for n in range(COUNT // 2)
    ]
    Author.objects.bulk_create(authors, **size)
    rows = [
        Conversation(
            channel=small if n % 1000 == 0 else crowd,
            author=authors[n % len(authors)],
            external_id=f"v{n}",
            status="open" if n % 10 == 0 else "resolved",
            waiting_since=now if n % 10 == 0 else None,
        )
        for n in range(COUNT)
    ]
    Conversation.objects.bulk_create(rows, **size)
    Message.objects.bulk_create(
        (
            Message(
                channel_id=row.channel_id,
                conversation=row,
                author_id=row.author_id,
                external_id=row.external_id,
                version_id="1",
                thread_external_id=row.external_id,
                direction="incoming",
                text=f"common n{n}" + (" rare" if n == 70 else ""),
                sent_at=now,
            )
            for n, row in enumerate(rows)
        ),
        **size,
    )


@pytest.mark.parametrize("name", ["few", "chief"])
@pytest.mark.parametrize(
    "query",
    [
        "q=common+",
        "q=rare+",
        "q=comm",
        "q=common+rare+",
        "q=%22common+n77%22",
        "q=nowhere+",
        "q=common+&status=open",
        "q=rare+&status=open&sort=waiting",
        "q=common+is:mine",
        "q=common+-rare",
        "q=%40v777",
        "q=v7777+",
        "q=from:v777",
        "q=common+from:v777",
    ],
)
def test_every_search_is_answered_by_an_index(few: User, db: None, name: str, query: str) -> None:
    user = User.objects.get(username=name)
    lists = Lists(user)
    with CaptureQueriesContext(connection) as queries:
        page = QueueFilter(QueryDict(query), user=user, lists=lists).page()
    assert (len(page.rows) == 0) == _finds_nothing(query, name)
    for asked in queries.captured_queries:
        if "inbox_" in asked["sql"] and not re.search(SMALL, asked["sql"]):
            plan = _plan(asked["sql"])
            wrong = re.findall(POSTGRES if connection.vendor == "postgresql" else SQLITE, plan)
            wrong += re.findall(UNSORTED, plan) if _is_for_words(asked["sql"]) else []
            assert not wrong, (wrong, asked["sql"][:600], plan)


def _is_for_words(sql: str) -> bool:
    return "words" in sql and "IN (" not in sql.replace('channel_id" IN (', "")


def _finds_nothing(query: str, name: str) -> bool:
    hidden = name == "few" and ("7" in query or "rare" in query) and "-rare" not in query
    return hidden or "nowhere" in query or "mine" in query


def _plan(sql: str) -> str:
    """Return how the database answers `sql`, without what it planned but never needed."""
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN (ANALYZE) "
    is_planned = connection.vendor == "postgresql" and "words" in sql
    with postgres.by_index() if is_planned else nullcontext(), connection.cursor() as cursor:
        cursor.execute(explain + sql.replace("%", "%%"), [] if "%" in sql else None)
        lines = [str(row[-1]) for row in cursor.fetchall()]
    return "\n".join(line for line in lines if "never executed" not in line)
