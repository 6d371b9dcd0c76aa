"""What changed since the reader last looked: the line, the words, the mark in the list."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from inbox.models import Channel, Conversation, Message, Seen, User
from inbox.operations import conversations as ops
from inbox.operations.ingest import ingest
from tests.factories import make_channel
from tests.inbound import item
from tests.inbox.views.lists import page


@pytest.fixture
def reader(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


@pytest.fixture
def row(db: None) -> Conversation:
    ingest(channel=make_channel(), messages=[item(1, "my site is down")])
    return Conversation.objects.get()


def show(client: Client, row: Conversation) -> str:
    return client.get(row.get_absolute_url()).content.decode()


def look(client: Client, row: Conversation) -> str:
    """Open the conversation as a browser does, which then says what it has shown."""
    html = show(client, row)
    mark = re.search(r'data-mark="([\d.]+)"', html)
    assert mark
    values = {"tab": "abcdefgh12", "state": "viewing", "seen": mark[1]}
    assert client.post(f"/conversations/{row.pk}/presence/", values).status_code == 200
    return html


def words(html: str) -> str:
    found = re.search(r'class="meta since__words">(.*?)</p>', html)
    return found[1] if found else ""


def test_the_first_look_shows_no_line(reader: Client, row: Conversation) -> None:
    assert 'id="since"' not in look(reader, row)
    assert 'id="since"' not in look(reader, row)


def test_showing_a_page_marks_nothing_by_itself(reader: Client, row: Conversation) -> None:
    show(reader, row)
    assert not Seen.objects.exists()


def test_new_messages_stand_below_the_line(reader: Client, row: Conversation) -> None:
    look(reader, row)
    ingest(channel=row.channel, messages=[item(2, "and now?", parent=1), item(3, "??", parent=1)])
    html = show(reader, row)
    assert "2 new messages" in words(html)
    timeline = html[html.index('id="timeline"') :]
    assert (
        timeline.index("my site is down")
        < timeline.index("New since you looked")
        < timeline.index("and now?")
    )
    look(reader, row)
    assert 'id="since"' not in show(reader, row)


def test_the_line_tells_when_one_looked(reader: Client, row: Conversation) -> None:
    look(reader, row)
    Seen.objects.update(at=timezone.now() - timedelta(days=3))
    ingest(channel=row.channel, messages=[item(2, "and now?", parent=1)])
    at = timezone.localtime(Seen.objects.get().at)
    assert f"New since you looked, {at.day} {at:%b}, {at:%H:%M}" in show(reader, row)


def test_what_colleagues_did_is_told_in_a_line(
    reader: Client, row: Conversation, ben: User, dewi: User
) -> None:
    look(reader, row)
    ops.assign(conversation=row, to=dewi, by=ben)
    ops.add_note(conversation=row, text="she knows them", by=ben)
    told = words(show(reader, row))
    assert "note by ben" in told
    assert "ben assigned it to dewi" in told
    assert "wrote a note" not in told


def test_many_acts_are_counted(reader: Client, row: Conversation, ben: User, dewi: User) -> None:
    look(reader, row)
    for to in (ben, dewi, ben, dewi, ben, dewi):
        ops.assign(conversation=row, to=to, by=ben)
    assert words(show(reader, row)).startswith("2 more acts · ben assigned")


def test_ones_own_acts_are_no_news(reader: Client, row: Conversation, ana: User) -> None:
    look(reader, row)
    ops.take(conversation=row, by=ana)
    ops.add_note(conversation=row, text="mine", by=ana)
    assert 'id="since"' not in show(reader, row)


def test_an_edit_by_the_author_is_told(reader: Client, row: Conversation) -> None:
    look(reader, row)
    edited = item(1, "my site is up again", version_id="2")
    ingest(channel=row.channel, messages=[edited])
    assert words(show(reader, row)) == "edited by the author"


def test_a_deletion_is_told(reader: Client, row: Conversation) -> None:
    look(reader, row)
    Message.objects.update(deleted_at=timezone.now())
    Conversation.objects.update(version=row.version + 5)
    assert words(show(reader, row)) == "deleted by the author"


def test_names_in_the_line_are_text(reader: Client, row: Conversation, ben: User) -> None:
    look(reader, row)
    User.objects.filter(pk=ben.pk).update(first_name="<b>Ben</b>")
    ops.add_note(conversation=row, text="x", by=User.objects.get(pk=ben.pk))
    assert "&lt;b&gt;Ben&lt;/b&gt;" in words(show(reader, row))


def test_the_row_is_unread_until_one_has_looked(
    reader: Client, row: Conversation, channel: Channel
) -> None:
    assert "row--unread" in page(reader)
    look(reader, row)
    assert "row--unread" not in page(reader)
    ingest(channel=row.channel, messages=[item(2, "and now?", parent=1)])
    assert "row--unread" in page(reader)
    assert "Unread:" in page(reader)
