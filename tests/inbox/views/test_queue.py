"""The list: what is in it, in which order, at which price."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inbox.models import Channel, Conversation, Label, User
from inbox.operations.conversations import add_note
from tests.factories import make_author, make_conversation, make_user
from tests.inbox.views.lists import BUDGET, PLACES, budget, fill, ids, page


@pytest.fixture
def reader(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


def test_a_stranger_is_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("path", PLACES)
def test_the_page_costs_few_queries_with_a_hundred(
    reader: Client, channel: Channel, path: str
) -> None:
    fill(channel, 100)
    with CaptureQueriesContext(connection) as queries:
        page(reader, path)
    assert len(queries) <= budget(path), [query["sql"][:120] for query in queries]


@pytest.mark.parametrize("role", ["agent", "manager", "admin", "auditor"])
def test_every_role_keeps_the_budget(client: Client, channel: Channel, role: str) -> None:
    fill(channel, 100)
    client.force_login(make_user(role=role))
    with CaptureQueriesContext(connection) as queries:
        page(client, "/?status=all")
    assert len(queries) <= BUDGET, [query["sql"][:120] for query in queries]


def test_the_most_urgent_come_first_and_the_oldest_of_equals(
    reader: Client, channel: Channel
) -> None:
    now = timezone.now()
    late = make_conversation(channel, rank_at=now)
    twins = [make_conversation(channel, rank_at=now - timedelta(hours=1)) for _ in range(2)]
    assert ids(page(reader)) == [twins[0].pk, twins[1].pk, late.pk]


def test_pages_join_without_gap_or_double(reader: Client, channel: Channel) -> None:
    same = timezone.now()
    rows = [make_conversation(channel, rank_at=same, messages=0) for _ in range(120)]
    found, path = [], "/"
    while path:
        html = page(reader, path, **({"HX-Request": "true"} if "after" in path else {}))
        found += ids(html)
        more = re.search(r'<a class="btn[^"]*" href="(/\?after=[^"]+)"', html)
        path = more[1] if more else ""
    assert found == [row.pk for row in rows]


@pytest.mark.parametrize("sort", ["rank", "newest", "waiting"])
def test_every_order_pages_through_all_statuses(
    reader: Client, channel: Channel, sort: str
) -> None:
    fill(channel, 130)
    found, path = [], f"/?status=all&sort={sort}"
    while path:
        html = page(reader, path)
        found += ids(html)
        more = re.search(r'<li id="more"[^>]*><a class="btn[^"]*" href="([^"]+)"', html)
        path = more[1].replace("&amp;", "&") if more else ""
    assert len(found) == len(set(found)) == 130


@pytest.mark.parametrize("cursor", ["x", "%00", "cmFuay4x", "bmV3ZXN0LjEuMQ", "9" * 300])
def test_a_mark_we_did_not_make_is_refused_in_words(reader: Client, cursor: str) -> None:
    answer = reader.get(f"/?after={cursor}", headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "first page" in answer["HX-Trigger"]


def test_only_those_waiting_for_us_are_shown_unless_asked(reader: Client, channel: Channel) -> None:
    rows = {
        status: make_conversation(
            channel,
            status=status,
            snoozed_until=timezone.now() if status == "snoozed" else None,
        )
        for status in Conversation.Status.values
    }
    assert ids(page(reader)) == [rows["open"].pk]
    for status, row in rows.items():
        assert ids(page(reader, f"/?status={status}")) == [row.pk]
    assert len(ids(page(reader, "/?status=all"))) == 4


def test_rows_show_the_words_of_the_manual(reader: Client, channel: Channel, ben: User) -> None:
    row = make_conversation(
        channel,
        author=make_author(name="Budi", handle="budi", followers=128_400),
        text="Situs kalian down",
        priority=87,
        sentiment="negative",
        language="id",
        assignee=ben,
        is_private=True,
    )
    row.labels.add(Label.objects.create(name="outage", color="red"))
    html = page(reader)
    for words in ("Budi", "128k", "Situs kalian down", "87", "negative", "outage", "Assigned to"):
        assert words in html, words
    assert "Private message" in html


def test_hostile_text_is_shown_as_text(reader: Client, channel: Channel) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    make_conversation(channel, text=evil, author=make_author(name=evil, handle=evil[:50]))
    html = page(reader)
    assert "<script>alert" not in html
    assert "<img" not in html


def test_rows_answers_only_what_belongs_into_the_list(reader: Client, channel: Channel) -> None:
    mine = make_conversation(channel)
    gone = make_conversation(channel, status="resolved")
    html = page(reader, f"/rows/?ids={mine.pk},{gone.pk},999999")
    assert ids(html) == [mine.pk]
    assert "data-place" in html
    assert '<span id="list-count">1</span>' in html


@pytest.mark.parametrize("wrong", ["a", "1;2", ",".join(["1"] * 101), "9" * 30])
def test_rows_refuses_nonsense(reader: Client, wrong: str) -> None:
    assert reader.get(f"/rows/?ids={wrong}").status_code == 422


def test_rows_keep_the_order_of_the_list(reader: Client, channel: Channel) -> None:
    now = timezone.now()

    def at(minutes: int) -> datetime:
        return now - timedelta(minutes=minutes)

    rows = [make_conversation(channel, rank_at=at(n), last_message_at=at(-n)) for n in range(3)]
    asked = ",".join(str(row.pk) for row in rows)
    for sort in ("rank", "newest"):
        html = page(reader, f"/rows/?sort={sort}&ids={asked}")
        places = [int(place) for place in re.findall(r'data-place="(-?\d+)"', html)]
        assert places == sorted(places)
        assert ids(html) == [row.pk for row in reversed(rows)]


def test_an_empty_queue_says_what_will_appear_and_how(reader: Client, db: None) -> None:
    html = page(reader)
    assert "Nobody is waiting" in html
    assert "No channel is connected yet" in html


def test_a_long_count_is_capped(
    reader: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.counts.MOST_COUNTED", 5)
    fill(channel, 20)
    assert '<span id="list-count">5+</span>' in page(reader, "/rows/?ids=1")


def test_the_page_itself_counts_only_what_it_shows(reader: Client, channel: Channel) -> None:
    fill(channel, 20)
    assert re.search(r'id="list-count"[^>]*>12</span>', page(reader))
    for _number in range(60):
        make_conversation(channel)
    assert re.search(r'id="list-count"[^>]*>50\+</span>', page(reader))


def test_a_search_marks_what_it_found_and_keeps_hostile_text_harmless(
    reader: Client, channel: Channel, ana: User
) -> None:
    make_conversation(channel, text="<img src=x> Dówn again", status="resolved")
    html = page(reader, "/?q=down")
    assert "<mark>Dówn</mark>" in html
    assert "&lt;img src=x&gt; <mark>" in html
    assert "Searching in all conversations" in html
    assert 'value="down"' in html
    noted = make_conversation(channel, text="hello")
    add_note(conversation=noted, text="ask billing", by=ana)
    html = page(reader, "/?q=billing")
    assert ids(html) == [noted.pk]
    assert re.search(r">Note</span>.*<mark>billing</mark>", html)
    assert "<mark>billing</mark>" in page(reader, f"/rows/?q=billing&ids={noted.pk}")


def test_a_search_that_is_not_understood_says_so_and_keeps_what_was_typed(
    reader: Client, channel: Channel
) -> None:
    make_conversation(channel, text="refund")
    html = page(reader, "/?q=refund+is:closed+lang:id+colour:red")
    assert ids(html) == []
    assert 'value="refund is:closed lang:id colour:red"' in html
    assert "There is no “closed”" in html
    assert "no filter “colour:”" in html
    assert "This search is not understood" in html
    for part in ("refund", "lang:id"):
        assert f">{part}<svg" in html
    assert ">is:closed<svg" not in html


def test_a_status_that_was_chosen_narrows_the_search(reader: Client, channel: Channel) -> None:
    opened = make_conversation(channel, text="refund")
    solved = make_conversation(channel, text="refund", status="resolved")
    assert ids(page(reader, "/?q=refund")) == [solved.pk, opened.pk]
    html = page(reader, "/?q=refund&status=open")
    assert ids(html) == [opened.pk]
    assert '<input type="hidden" name="status" value="open">' in html
    assert "Searching in all conversations" not in html
    html = page(reader, "/?q=refund+is:resolved")
    assert ids(html) == [solved.pk]
    assert "Searching in all conversations" not in html


@pytest.mark.parametrize("text", ["%00", "%22", "-", "a" * 300, "%27%20OR%201=1", "is:%3Cb%3E"])
def test_no_search_breaks_the_page(reader: Client, conversation: Conversation, text: str) -> None:
    html = page(reader, f"/?q={text}")
    assert "<b>" not in html
    assert page(reader, f"/rows/?q={text}&ids={conversation.pk}")


def test_forms_are_left_out_of_what_the_filters_fetch(reader: Client, db: None) -> None:
    for whole in ({}, {"HX_Target": "list"}):
        html = page(reader, "/", HX_Request="true", **whole)
        assert all(f'<form id="{name}"' in html for name in ("filters", "bulk"))
    part = page(reader, "/", HX_Request="true", HX_Target="list-body")
    assert not any(f'<form id="{name}"' in part for name in ("filters", "bulk"))
    assert all(f'id="{name}"' in part for name in ("list-head", "views", "list-body"))
