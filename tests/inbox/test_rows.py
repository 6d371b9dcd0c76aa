"""A row of the list: every word of it is escaped, whatever it shows."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.models import Channel, Conversation, Label, User
from tests.factories import make_author, make_channel, make_conversation
from tests.inbox.views.lists import page

EVIL = "<b onload=x>\"'&"


@pytest.fixture
def reader(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


def row_of(client: Client, row: Conversation, path: str = "/") -> str:
    found = re.search(rf'<li id="row-{row.pk}".*?</li>', page(client, path), re.DOTALL)
    assert found
    return found[0]


def test_no_word_of_outsiders_or_colleagues_is_markup(reader: Client, ben: User) -> None:
    ben.first_name = EVIL
    ben.save()
    row = make_conversation(
        make_channel(name=EVIL, handle=EVIL),
        author=make_author(name=EVIL, handle=EVIL),
        text=EVIL,
        assignee=ben,
        language=EVIL[:10],
    )
    row.labels.add(Label.objects.create(name=EVIL))
    html = row_of(reader, row)
    assert "<b" not in html.replace("<bdi", "")
    assert html.count("&lt;b onload=x&gt;&quot;&#x27;&amp;") >= 6


def test_the_search_in_the_address_is_escaped_too(reader: Client, channel: Channel) -> None:
    row = make_conversation(channel, text=EVIL)
    assert 'href="/conversations/' in row_of(reader, row, "/?sentiment=neutral&sort=newest")
    assert "&amp;sentiment=" in row_of(reader, row, "/?sentiment=neutral&sort=newest")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "waiting"),
        ({"status": "snoozed", "waiting_since": None}, "back"),
        ({"status": "resolved", "waiting_since": None}, '<span class="row__wait"><time'),
    ],
)
def test_the_time_says_what_it_is_the_time_of(
    reader: Client, channel: Channel, fields: dict[str, Any], words: str
) -> None:
    status = fields.get("status", "open")
    until = timezone.now() + timedelta(hours=1) if status == "snoozed" else None
    row = make_conversation(channel, snoozed_until=until, **fields)
    assert words in row_of(reader, row, f"/?status={status}")


def test_only_the_open_conversation_is_marked(reader: Client, channel: Channel) -> None:
    row, other = make_conversation(channel), make_conversation(channel)
    path = f"/conversations/{row.pk}/"
    assert 'aria-current="true"' in row_of(reader, row, path)
    assert 'aria-current="true"' not in row_of(reader, other, path)
