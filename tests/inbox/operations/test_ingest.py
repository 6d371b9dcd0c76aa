"""Messages are stored once, edits keep what was said, and the queue fields follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from inbox.models import (
    AuditEvent,
    Author,
    Channel,
    Conversation,
    LiveEvent,
    Message,
    MessageVersion,
)
from inbox.operations.ingest import ingest
from inbox.operations.messages import record_sent
from tests.factories import make_user
from tests.inbound import author, item, ours

pytestmark = pytest.mark.django_db


def test_the_same_page_twice_changes_nothing(channel: Channel) -> None:
    page = [item(1), item(2)]
    ingest(channel=channel, messages=page)
    before = list(Conversation.objects.values())
    again = ingest(channel=channel, messages=page)
    assert (again.created, again.edited, again.conversation_ids) == (0, 0, ())
    assert Message.objects.count() == 2
    assert list(Conversation.objects.values()) == before


def test_an_item_twice_in_one_page_is_stored_once(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1), item(1)])
    assert Message.objects.count() == 1


def test_an_edit_keeps_the_earlier_version(channel: Channel) -> None:
    first = item(1, "your service is bad")
    ingest(channel=channel, messages=[first])
    edit = replace(first, version_id="9", text="your service is great")
    assert ingest(channel=channel, messages=[edit]).edited == 1
    message = Message.objects.get()
    assert message.text == "your service is great"
    assert message.edited_at is not None
    assert [v.text for v in message.versions.all()] == ["your service is bad"]


def test_an_older_poll_never_undoes_a_newer_edit(channel: Channel) -> None:
    first = item(1, "old")
    ingest(channel=channel, messages=[first])
    ingest(channel=channel, messages=[replace(first, version_id="9", text="new")])
    ingest(channel=channel, messages=[first])
    assert Message.objects.get().text == "new"


def test_an_edit_moves_the_version_that_drafts_are_bound_to(channel: Channel) -> None:
    first = item(1)
    ingest(channel=channel, messages=[first])
    before = Conversation.objects.get().version
    ingest(channel=channel, messages=[replace(first, version_id="9", text="more")])
    assert Conversation.objects.get().version > before


def test_waiting_counts_from_the_first_unanswered_message(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1)])
    ingest(channel=channel, messages=[item(2, parent=1)])
    conversation = Conversation.objects.get()
    assert conversation.waiting_since == item(1).sent_at
    assert conversation.message_count == 2


def test_what_arrives_late_does_not_stand_before_the_people_who_write_now(
    channel: Channel,
) -> None:
    ingest(channel=channel, messages=[item(1)])
    late = item(2, sent_at=item(1).sent_at - timedelta(days=7))
    ingest(channel=channel, messages=[late], is_fresh=False)
    first, second = Conversation.objects.order_by("rank_at")
    assert (first.external_id, second.external_id) == ("1", "2")
    assert second.waiting_since < first.waiting_since


def test_our_answer_sets_the_conversation_aside_and_a_new_word_opens_it(
    channel: Channel,
) -> None:
    ingest(channel=channel, messages=[item(1)])
    Conversation.objects.update(assignee=make_user("ana"))
    ingest(channel=channel, messages=[ours(2, parent=1)])
    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.waiting_since) == ("pending", None)
    ingest(channel=channel, messages=[item(3, parent=2, root=1)])
    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert conversation.assignee is not None
    assert AuditEvent.objects.filter(verb="inbox.conversation.reopened").exists()


def test_an_old_post_with_an_old_clock_is_news_when_it_arrives_now(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1), ours(2, parent=1)])
    late_clock = item(3, parent=1, sent_at=item(1).sent_at - timedelta(days=4000))
    ingest(channel=channel, messages=[late_clock])
    assert Conversation.objects.get().status == "open"


def test_filling_a_gap_does_not_reopen_what_was_answered_since(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1), ours(5, parent=1)])
    ingest(channel=channel, messages=[item(3, parent=1)], is_fresh=False)
    assert Conversation.objects.get().status == "pending"


def test_a_resolved_conversation_opens_for_a_new_message_only(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1)])
    Conversation.objects.update(
        status="resolved", handled_id=Message.objects.get().pk, waiting_since=None
    )
    ingest(channel=channel, messages=[item(1)])
    assert Conversation.objects.get().status == "resolved"
    ingest(channel=channel, messages=[item(2, parent=1)])
    conversation = Conversation.objects.get()
    assert conversation.status == "open"
    assert conversation.waiting_since == item(2).sent_at


def test_reach_and_anger_raise_the_priority(channel: Channel) -> None:
    quiet = item(1, "when do you open tomorrow?")
    loud = item(2, "unacceptable, terrible service", author=author(2, followers=180_000))
    ingest(channel=channel, messages=[quiet, loud])
    calm, angry = Conversation.objects.order_by("priority")
    assert angry.external_id == "2"
    assert angry.sentiment == "negative"
    assert angry.reasons
    assert angry.rank_at < calm.rank_at


def test_personal_data_in_public_is_flagged(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1, "call me on +62 812 3456 7890")])
    assert Conversation.objects.get().has_personal_data


def test_authors_are_kept_up_to_date_and_never_blanked(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1, author=author(1, followers=10))])
    ingest(channel=channel, messages=[item(2, author=author(1, followers=20))])
    ingest(channel=channel, messages=[item(3, author=author(1, followers=None, name=""))])
    row = Author.objects.get()
    assert (row.followers, row.name) == (20, "Person 1")


def test_every_touched_conversation_is_announced_once(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1), item(2), item(3, parent=1)])
    assert LiveEvent.objects.filter(kind="conversation").count() == 2


def test_the_echo_of_our_reply_is_the_same_message(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1)])
    target = Message.objects.get()
    sent = {
        "conversation": target.conversation,
        "target": target,
        "external_id": "7",
        "text": "our words",
        "url": "",
        "sent_at": item(7).sent_at,
        "by": make_user(),
    }
    ingest(channel=channel, messages=[ours(7, parent=1)])  # the echo comes first
    message = record_sent(**sent)
    assert record_sent(**sent).pk == message.pk
    ingest(channel=channel, messages=[ours(7, parent=1)])
    assert Message.objects.filter(direction="outgoing").count() == 1
    assert message.sent_here
    assert Conversation.objects.get().status == "pending"


def test_how_often_it_is_passed_on_is_kept_and_is_no_edit(channel: Channel) -> None:
    ingest(channel=channel, messages=[item(1, reposts=3), item(2)])
    version = Conversation.objects.order_by("pk")[0].version
    done = ingest(channel=channel, messages=[item(1, reposts=2**40), item(2, reposts=None)])
    assert done.edited == 0
    assert list(Message.objects.order_by("pk").values_list("reposts", flat=True)) == [
        2**31 - 1,
        None,
    ]
    assert Conversation.objects.order_by("pk")[0].version == version
    assert not MessageVersion.objects.exists()
