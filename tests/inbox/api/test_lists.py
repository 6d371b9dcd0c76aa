"""Lists cost a fixed number of queries, come in pages, and refuse what they do not know."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.models import BulkJob, Channel, Conversation, Label, User
from inbox.operations.views import save_view
from tests.factories import make_conversation, make_user
from tests.inbox.api.desk import Program
from tests.inbox.views.lists import SEARCH, fill
from tests.responses.build import make_queued, make_submitted

pytestmark = pytest.mark.django_db

BUDGET = 13

LISTS = [
    "/conversations/",
    "/conversations/?status=all&sort=newest",
    "/conversations/?q=down",
    "/views/",
    "/bulk-jobs/",
    "/labels/",
    "/channels/",
    "/authors/",
    "/users/",
    "/teams/",
    "/audit/",
    "/drafts/",
    "/approvals/",
    "/replies/",
]


def cost(program: Program, path: str) -> int:
    program.get(path)  # the first use of a token is noted
    with CaptureQueriesContext(connection) as queries:
        answer = program.get(path)
    assert answer.status_code == 200, answer.content
    return len(queries)


def crowd(channel: Channel, count: int) -> None:
    for _number in range(count):
        conversation = make_conversation(channel)
        conversation.labels.add(Label.objects.create(name=f"about {conversation.pk}"))
        make_submitted(conversation)
        make_queued(make_conversation(channel))
        owner = make_user()
        save_view(name="shared", filters={}, by=make_user(role="manager"), is_for_everybody=True)
        BulkJob.objects.create(by=owner, act="resolve", status="done")


@pytest.mark.parametrize("path", LISTS)
def test_a_page_costs_the_same_however_much_it_shows(
    dewi: User, channel: Channel, path: str
) -> None:
    program = Program(dewi)
    crowd(channel, 1)
    few = cost(program, path)
    crowd(channel, 4)
    assert cost(program, path) == few <= BUDGET + (SEARCH if "q=" in path else 0)


@pytest.mark.parametrize("sort", ["rank", "newest", "waiting"])
def test_pages_show_each_row_once_in_the_order_of_the_queue(
    ana: User, channel: Channel, sort: str
) -> None:
    fill(channel, 100)
    program, shown, cursor = Program(ana), [], ""
    for _page in range(20):
        query = {"sort": sort, "page_size": 7} | ({"cursor": cursor} if cursor else {})
        page = program.get("/conversations/", **query).json()
        assert len(page["results"]) <= 7
        shown += [row["id"] for row in page["results"]]
        cursor = page["next"]
        if cursor is None:
            break
    order = {"rank": "rank_at", "newest": "-last_message_at", "waiting": "waiting_since"}[sort]
    tie = "-pk" if sort == "newest" else "pk"
    rows = Conversation.objects.filter(status="open").order_by(order, tie)
    assert shown == list(rows.values_list("pk", flat=True))


def test_the_same_filters_as_the_page(ana: User, channel: Channel) -> None:
    mine = make_conversation(channel, assignee=ana, sentiment="negative")
    make_conversation(channel, text="zebra")
    program = Program(ana)
    for query in ({"assignee": "me"}, {"sentiment": "negative"}):
        rows = program.get("/conversations/", **query).json()["results"]
        assert [row["id"] for row in rows] == [mine.pk]
    assert len(program.get("/conversations/", q="zebra").json()["results"]) == 1
    assert program.get("/conversations/", channel=channel.pk, status="resolved").json() == {
        "results": [],
        "next": None,
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"statuss": "open"}, "statuss"),
        ({"status": "opened"}, "status"),
        ({"channel": "9999"}, "channel"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "101"}, "page_size"),
        ({"page_size": "ten"}, "page_size"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(
    ana: User, channel: Channel, query: dict[str, Any], field: str
) -> None:
    answer = Program(ana).get("/conversations/", **query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("path", LISTS)
def test_a_mark_that_nobody_made_is_refused(dewi: User, channel: Channel, path: str) -> None:
    for mark in ("x", "ZHJhZnRzLjA", "cmFuay4xLjE"[:-1]):
        answer = Program(dewi).get(path.split("?")[0], cursor=mark)
        assert answer.status_code == 422
        assert "page mark" in answer.json()["detail"]
