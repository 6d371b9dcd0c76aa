"""The page about an author, within what the reader may see, and what is held back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inbox.models import Author, Block, Channel, Conversation, HeldBack, Team, User
from inbox.operations import persons
from inbox.views import author_facts
from tests.factories import (
    make_author,
    make_channel,
    make_conversation,
    make_held,
    make_message,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, ben: User) -> Client:
    client.force_login(ben)
    return client


@pytest.fixture
def rina(channel: Channel) -> Author:
    author = make_author(handle="rina", name="Rina Wulandari", followers=52_300)
    make_conversation(channel, author=author, text="my shop is down")
    return author


def page(desk: Client, author: Author) -> str:
    answer = desk.get(author.get_absolute_url())
    assert answer.status_code == 200
    return answer.content.decode()


def post(desk: Client, name: str, pk: int, **data: Any) -> Any:
    return desk.post(reverse(f"inbox:{name}", args=[pk]), data, follow=True)


def test_everything_about_an_author_is_on_one_page(
    desk: Client, channel: Channel, rina: Author, ben: User
) -> None:
    conversation = Conversation.objects.get()
    make_message(conversation, direction="outgoing", author=None, text="We are on it, Rina.")
    persons.add_person_note(author=rina, text="Prefers a call.", by=ben)
    shown = page(desk, rina)
    for words in ("Rina Wulandari", "52k", "my shop is down", "We are on it, Rina.", "Prefers a"):
        assert words in shown


def test_conversations_on_other_teams_channels_stay_hidden(
    desk: Client, channel: Channel, rina: Author
) -> None:
    team = Team.objects.create(name="Night watch")
    hidden = make_channel(team=team)
    make_conversation(hidden, author=rina, text="Zanzibar secret")
    elsewhere = make_author(handle="rina_z", name="Zelda")
    make_conversation(hidden, author=elsewhere)
    persons.link(author=rina, other=elsewhere, by=User.objects.get(username="ben"))
    shown = page(desk, rina)
    assert "Zanzibar" not in shown
    assert "Zelda" not in shown
    assert desk.get(elsewhere.get_absolute_url()).status_code == 404


def test_equal_names_are_suggested_and_never_linked_by_themselves(
    desk: Client, channel: Channel, rina: Author
) -> None:
    twin = make_author(network="mastodon", handle="RINA", name="R.")
    namesake = make_author(handle="rw_shop", name="rina wulandari")
    other = make_author(handle="budi", name="Budi")
    for author in (twin, namesake, other):
        make_conversation(channel, author=author)
    found = author_facts.suggestions(rina, User.objects.get(username="ben"), [rina.pk])
    assert found == [twin, namesake]
    assert Author.objects.filter(person__isnull=False).count() == 0
    post(desk, "author_link", rina.pk, other=twin.pk)
    rina.refresh_from_db()
    twin.refresh_from_db()
    assert rina.person == twin.person is not None
    assert "@RINA" in page(desk, rina)
    post(desk, "author_unlink", rina.pk)
    rina.refresh_from_db()
    assert rina.person != twin.person


@pytest.mark.parametrize(
    ("handle", "words"),
    [
        ("", "Choose an identity"),
        ("nobody", "Nobody with the handle"),
        ("rina", "another identity"),
    ],
)
def test_a_link_that_cannot_be_made_says_why(
    desk: Client, rina: Author, handle: str, words: str
) -> None:
    answer = post(desk, "author_link", rina.pk, handle=handle)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_lists_show_in_the_queue_and_filter_it(
    desk: Client, channel: Channel, rina: Author
) -> None:
    plain = make_conversation(channel)
    row = f'id="row-{Conversation.objects.get(author=rina).pk}"'
    post(desk, "author_lists", rina.pk, lists=["vip", "press"])
    queue = desk.get(reverse("inbox:queue")).content.decode()
    assert 'title="VIP, Press">VIP<' in queue
    only = desk.get(reverse("inbox:queue") + "?person=vip").content.decode()
    assert row in only
    assert f'id="row-{plain.pk}"' not in only
    assert row not in desk.get(reverse("inbox:queue") + "?person=partner").content.decode()


def test_a_row_never_has_more_than_three_words(
    desk: Client, channel: Channel, rina: Author, ben: User
) -> None:
    Conversation.objects.update(sentiment="negative", language="id")
    address = reverse("inbox:queue")
    assert "Indonesian" in desk.get(address).content.decode().split('id="rows"')[1]
    persons.set_lists(author=rina, lists=["watch"], by=ben)
    rows = desk.get(address).content.decode().split('id="rows"')[1]
    assert "Watch closely" in rows
    assert "Indonesian" not in rows


def test_a_manager_blocks_reviews_and_brings_in(
    desk: Client, channel: Channel, rina: Author
) -> None:
    post(desk, "author_block", rina.pk, reason="spam", days="7")
    until = Block.objects.get().until
    assert until is not None
    assert timedelta(days=6) < until - timezone.now() <= timedelta(days=7)
    assert "Blocked by ben: spam" in page(desk, rina)
    first, second = make_held(rina, channel, text="one"), make_held(rina, channel, text="two")
    held = desk.get(reverse("inbox:held") + f"?author={rina.pk}").content.decode()
    assert "one" in held
    assert "two" in held
    answer = post(desk, "held_restore", first.pk)
    assert answer.redirect_chain[-1][0].startswith("/conversations/")
    post(desk, "author_restore", rina.pk)
    assert not HeldBack.objects.waiting().exists()
    post(desk, "author_unblock", rina.pk)
    assert not Block.objects.in_force(timezone.now()).exists()
    assert second.text in page(desk, rina)


def test_a_block_without_a_reason_is_refused(desk: Client, rina: Author) -> None:
    answer = post(desk, "author_block", rina.pk, reason="", days="")
    assert answer.status_code == 422
    assert not Block.objects.exists()


def test_what_is_held_back_comes_in_pages(desk: Client, channel: Channel, rina: Author) -> None:
    for number in range(51):
        make_held(rina, channel, text=f"held {number}.")
    address = reverse("inbox:held")
    first = desk.get(address).content.decode()
    assert "held 50." in first
    assert "held 0." not in first
    after = first.split("?after=")[1].split('"')[0]
    assert "held 0." in desk.get(f"{address}?after={after}").content.decode()
    assert desk.get(f"{address}?after=nonsense").status_code == 422


def test_the_weeks_count_by_sentiment(desk: Client, rina: Author) -> None:
    conversation = Conversation.objects.get()
    ago = timezone.now() - timedelta(weeks=3)
    for sentiment in ("negative", "negative", "positive"):
        make_message(conversation, sentiment=sentiment, sent_at=ago)
    (week, now) = author_facts.weeks(conversation.messages.all())
    assert (week.negative, week.neutral, week.positive) == (2, 0, 1)
    assert [bar.height for bar in week.bars] == [40, 0, 20]
    assert now.neutral == 1
    assert "<rect" in page(desk, rina)


def test_the_page_costs_the_same_however_much_was_said(
    desk: Client, channel: Channel, rina: Author, ben: User
) -> None:
    persons.add_person_note(author=rina, text="x", by=ben)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(desk, rina)
        return len(queries)

    cost()
    few = cost()
    for _number in range(5):
        conversation = make_conversation(channel, author=rina, messages=3)
        make_message(conversation, direction="outgoing", author=None)
        make_conversation(channel, author=make_author(name=rina.name))
        persons.add_person_note(author=rina, text="y", by=ben)
    assert cost() == few
