"""One conversation per first message by somebody who is not us, in whatever order it arrives."""

from __future__ import annotations

import itertools

import pytest

from inbox.models import Channel, Conversation, Message
from inbox.operations.ingest import ingest
from tests.inbound import author, item, ours

pytestmark = pytest.mark.django_db


def shape() -> dict[str, str | None]:
    """Each message's conversation, named by the conversation's external id."""
    rows = Message.objects.values_list("external_id", "conversation__external_id")
    return dict(rows)


def test_a_mention_starts_a_conversation(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1), item(2)])
    assert shape() == {"1": "1", "2": "2"}


def test_each_comment_below_our_post_is_a_conversation_of_its_own(channel: Channel) -> None:
    post = ours(1)
    comments = [item(n, parent=1, is_reply_to_us=True) for n in (2, 3, 4)]
    ingest(channel=channel, messages=[post, *comments])
    assert shape() == {"1": None, "2": "2", "3": "3", "4": "4"}


def test_what_others_add_below_a_customer_joins_the_customer(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1), item(2, parent=1), item(3, parent=2, root=1)])
    assert set(shape().values()) == {"1"}


def test_our_reply_and_what_follows_stay_in_the_conversation(channel: Channel) -> None:
    thread = [item(1), ours(2, parent=1), item(3, parent=2, root=1, is_reply_to_us=True)]
    ingest(channel=channel, messages=thread)
    assert set(shape().values()) == {"1"}


def test_two_mentions_in_a_strangers_tree_are_one_conversation(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(5, parent=4, root=1), item(6, parent=3, root=1)])
    assert shape() == {"5": "1", "6": "1"}


def test_comment_on_a_post_of_ours_that_is_not_stored(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(2, parent=1, is_reply_to_us=True)])
    assert shape() == {"2": "2"}


THREAD = [
    ours(1),
    item(2, parent=1, is_reply_to_us=True),
    item(3, parent=2, root=1),
    ours(4, parent=2, root=1),
    item(5, parent=4, root=1, is_reply_to_us=True),
    item(6, parent=3, root=1),
    item(7, parent=1, is_reply_to_us=True),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(1, 5))))
def test_any_order_of_arrival_gives_the_same_conversations(
    channel: Channel, order: tuple[int, ...]
) -> None:
    for index in (0, *order, 5, 6):
        ingest(channel=channel, messages=[THREAD[index]], is_fresh=False)
    assert shape() == {"1": None, "2": "2", "3": "2", "4": "2", "5": "2", "6": "2", "7": "7"}


def test_newest_first_with_our_post_last_but_known_root(channel: Channel) -> None:
    ingest(channel=channel, messages=[THREAD[0]])
    for one in reversed(THREAD[1:]):
        ingest(channel=channel, messages=[one], is_fresh=False)
    assert shape()["6"] == shape()["3"] == shape()["5"] == "2"
    assert Conversation.objects.count() == 2


def test_an_answer_of_ours_read_before_its_question_is_adopted(channel: Channel) -> None:
    ingest(channel=channel, messages=[ours(2, parent=1)])
    assert shape() == {"2": None}
    ingest(channel=channel, messages=[item(1)])
    assert shape() == {"1": "1", "2": "1"}
    assert Conversation.objects.get().status == "pending"


def test_private_messages_are_one_thread_per_person(channel: Channel) -> None:
    budi = author("budi")
    messages = [
        item(1, thread_external_id="abudi", author=budi, counterpart=budi, is_private=True),
        ours(2, thread_external_id="abudi", counterpart=budi, is_private=True),
        item(3, thread_external_id="abudi", author=budi, counterpart=budi, is_private=True),
    ]
    ingest(channel=channel, messages=messages)
    conversation = Conversation.objects.get()
    assert conversation.is_private
    assert conversation.author.handle == "personbudi"
    assert conversation.messages.count() == 3
