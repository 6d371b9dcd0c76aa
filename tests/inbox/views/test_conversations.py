"""The open conversation: what is shown, what the forms do with and without JavaScript."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from inbox.models import AuditEvent, Channel, Conversation, Label, Message, MessageVersion, User
from inbox.operations import conversations as ops
from tests.factories import make_author, make_conversation, make_message

HTMX = {"HX-Request": "true"}
ACTS = ["take", "assign", "snooze", "resolve", "reopen", "notes", "labels"]


@pytest.fixture
def reader(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


def show(client: Client, conversation: Conversation, query: str = "") -> str:
    answer = client.get(f"{conversation.get_absolute_url()}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def again(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def test_the_page_has_the_list_beside_it_under_the_same_filters(
    reader: Client, channel: Channel
) -> None:
    row = make_conversation(channel, sentiment="negative")
    other = make_conversation(channel, sentiment="positive")
    html = show(reader, row, "?sentiment=negative")
    assert f'id="row-{row.pk}"' in html
    assert f'id="row-{other.pk}"' not in html
    assert f"/conversations/{row.pk}/?sentiment=negative" in html
    assert 'aria-current="true"' in html


def test_htmx_gets_thread_and_context_alone(reader: Client, conversation: Conversation) -> None:
    html = reader.get(conversation.get_absolute_url(), headers=HTMX).content.decode()
    assert '<section id="thread"' in html
    assert 'id="context"' in html
    assert "<html" not in html
    assert 'id="list"' not in html


def test_our_own_post_stands_above_as_context(reader: Client, conversation: Conversation) -> None:
    post = make_message(
        conversation, author=None, direction="outgoing", text="We are looking into it"
    )
    Message.objects.filter(pk=post.pk).update(conversation=None)
    conversation.messages.update(in_reply_to=post.external_id)
    html = show(reader, conversation)
    thread = html[html.index('id="timeline"') :]
    assert thread.index("We are looking into it") < thread.index("my site is down")
    assert "msg--context" in html


def test_messages_and_notes_stand_in_the_order_of_time(
    reader: Client, conversation: Conversation, ana: User
) -> None:
    now = timezone.now()
    note = ops.add_note(conversation=conversation, text="the note", by=ana)
    type(note).objects.filter(pk=note.pk).update(created_at=now + timedelta(minutes=1))
    make_message(conversation, text="the answer", sent_at=now + timedelta(minutes=2))
    html = show(reader, conversation)
    thread = html[html.index('id="timeline"') :]
    assert thread.index("my site is down") < thread.index("the note") < thread.index("the answer")


def test_an_edit_shows_what_was_said_before(reader: Client, conversation: Conversation) -> None:
    message = conversation.messages.get()
    MessageVersion.objects.create(message=message, version_id="1", text="the first wording")
    conversation.messages.update(edited_at=timezone.now())
    html = show(reader, conversation)
    assert "edited, show earlier version" in html
    assert "the first wording" in html


def test_a_deletion_is_told_and_the_text_kept(reader: Client, conversation: Conversation) -> None:
    conversation.messages.update(deleted_at=timezone.now())
    html = show(reader, conversation)
    assert "Deleted on X" in html
    assert "<s>my site is down</s>" in html


def test_hostile_text_stays_text_and_only_web_addresses_become_links(
    reader: Client, channel: Channel
) -> None:
    text = (
        '<script>alert(1)</script> javascript:alert(1) https://a.example/?q="><b>x '
        "http://b.example/\u202egpj.exe"
    )
    html = show(reader, make_conversation(channel, text=text))
    thread = html[html.index('id="timeline"') :]
    assert "<script>alert" not in thread
    assert 'href="javascript' not in thread
    assert 'href="https://a.example/?q="' in thread
    assert 'href="http://b.example/"' in thread
    assert thread.count('rel="noopener noreferrer nofollow"') >= 2


def test_personal_data_in_public_is_pointed_out(reader: Client, conversation: Conversation) -> None:
    found = [{"kind": "phone", "start": 0, "end": 2}, {"kind": "phone", "start": 3, "end": 4}]
    conversation.messages.update(personal_data=found)
    assert "Personal data in public: phone number<" in show(reader, conversation)
    conversation.messages.update(is_private=True)
    assert "Personal data in public: " not in show(reader, conversation)


def test_the_priority_is_explained(reader: Client, channel: Channel) -> None:
    since = timezone.now()
    row = make_conversation(
        channel,
        priority=50,
        waiting_since=since,
        rank_at=since - timedelta(minutes=30),
        reasons=[
            {"code": "outage", "points": 20, "text": "outage: 'down'", "params": {"word": "down"}},
            {"code": "of the future", "points": 30, "text": "something else"},
        ],
    )
    html = show(reader, row)
    assert "Speaks of an outage: “down”" in html
    assert "something else" in html
    assert "as if it had come 30 minutes earlier" in html


def test_the_authors_earlier_conversations_are_a_press_away(
    reader: Client, channel: Channel
) -> None:
    author = make_author()
    old = make_conversation(channel, author=author, text="an older story", status="resolved")
    html = show(reader, make_conversation(channel, author=author))
    assert "an older story" in html
    assert f"/conversations/{old.pk}/" in html


def test_a_long_thread_is_shown_in_stretches(
    reader: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.views.thread.STRETCH", 2)
    for number in range(3):
        sent_at = timezone.now() + timedelta(minutes=number + 1)
        make_message(conversation, text=f"number {number}", sent_at=sent_at)
    html = show(reader, conversation)
    assert "number 1" in html
    assert "number 0" not in html
    path = html[html.index("/earlier/?before=") :].split('"')[0]
    first = reader.get(f"/conversations/{conversation.pk}{path}", headers=HTMX).content.decode()
    assert "number 0" in first
    assert "number 1" not in first
    assert "Show earlier" not in first


def test_what_others_change_comes_without_the_composer(
    reader: Client, conversation: Conversation
) -> None:
    html = reader.get(f"/conversations/{conversation.pk}/fresh/").content.decode()
    assert 'id="timeline"' in html
    assert 'id="thread-head"' in html
    assert "reply-panel" not in html


def test_forms_work_without_javascript(reader: Client, conversation: Conversation) -> None:
    answer = reader.post(f"/conversations/{conversation.pk}/take/?sort=newest", {"to": ""})
    assert answer.status_code == 302
    assert answer["Location"] == f"/conversations/{conversation.pk}/?sort=newest"
    assert again(conversation).assignee is not None


def test_an_act_answers_with_what_changed_a_toast_and_a_way_back(
    reader: Client, conversation: Conversation
) -> None:
    here = {"HX-Current-URL": f"http://testserver{conversation.get_absolute_url()}"}
    path = f"/conversations/{conversation.pk}/take/"
    answer = reader.post(path, {"to": ""}, headers=HTMX | here)
    triggers = json.loads(answer["HX-Trigger"])
    assert triggers["toast"]["text"].startswith("You have @")
    assert triggers["conversation-changed"]["ids"] == [conversation.pk]
    assert 'id="thread-head"' in answer.content.decode()
    assert "reply-panel" not in answer.content.decode()
    reader.post(triggers["toast"]["undo"], headers=HTMX)
    assert again(conversation).assignee is None


def test_after_resolving_the_next_of_the_list_opens(reader: Client, channel: Channel) -> None:
    now = timezone.now()
    rows = [
        make_conversation(channel, rank_at=now + timedelta(minutes=number)) for number in range(3)
    ]
    path = f"/conversations/{rows[1].pk}/resolve/"
    answer = reader.post(path, {"seen": rows[1].version}, headers=HTMX)
    assert answer["HX-Push-Url"] == f"/conversations/{rows[2].pk}/"
    answer = reader.post(f"/conversations/{rows[2].pk}/resolve/", headers=HTMX)
    assert answer["HX-Push-Url"] == f"/conversations/{rows[0].pk}/"
    answer = reader.post(f"/conversations/{rows[0].pk}/resolve/", headers=HTMX)
    assert answer["HX-Push-Url"] == "/"
    assert "Choose a conversation" in answer.content.decode()


def test_those_who_do_not_like_it_stay_where_they_are(
    reader: Client, channel: Channel, ana: User
) -> None:
    ana.opens_next = False
    ana.save()
    row = make_conversation(channel)
    make_conversation(channel)
    answer = reader.post(f"/conversations/{row.pk}/resolve/")
    assert answer["Location"] == f"/conversations/{row.pk}/"


def test_an_act_on_what_has_moved_on_says_so_and_does_nothing(
    reader: Client, conversation: Conversation
) -> None:
    path = f"/conversations/{conversation.pk}/resolve/"
    answer = reader.post(path, {"seen": 0}, headers=HTMX)
    assert answer.status_code == 409
    assert "new has arrived" in answer["HX-Trigger"]
    assert again(conversation).status == "open"


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({}, "until when"),
        ({"until": "own"}, "day and time"),
        ({"until": "own", "at": "yesterday"}, "valid"),
        ({"until": "own", "at": "2020-01-01T10:00"}, "coming year"),
    ],
)
def test_a_snooze_without_a_sensible_time_is_explained(
    reader: Client, conversation: Conversation, values: dict[str, str], word: str
) -> None:
    path = f"/conversations/{conversation.pk}/snooze/"
    answer = reader.post(path, values, headers=HTMX)
    assert answer.status_code == 422
    assert word in answer["HX-Trigger"]


@pytest.mark.parametrize("until", ["hour", "tomorrow"])
def test_the_ready_snoozes_lie_ahead(
    reader: Client, conversation: Conversation, until: str
) -> None:
    reader.post(f"/conversations/{conversation.pk}/snooze/", {"until": until})
    row = again(conversation)
    assert row.status == "snoozed"
    assert row.snoozed_until is not None
    assert row.snoozed_until > timezone.now()


def test_a_label_is_made_where_it_is_needed_and_taken_off(
    reader: Client, conversation: Conversation
) -> None:
    path = f"/conversations/{conversation.pk}/labels/"
    reader.post(path, {"name": "outage", "color": "red"})
    label = Label.objects.get(conversations=conversation)
    assert (label.name, label.color) == ("outage", "red")
    assert "outage" in show(reader, conversation)
    reader.post(f"{path}{label.pk}/remove/")
    assert not conversation.labels.exists()


@pytest.mark.parametrize("act", ACTS)
def test_an_auditor_reads_and_changes_nothing(
    client: Client, cleo: User, conversation: Conversation, act: str
) -> None:
    client.force_login(cleo)
    assert "my site is down" in show(client, conversation)
    assert client.post(f"/conversations/{conversation.pk}/{act}/").status_code == 403
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("act", ACTS)
def test_acts_are_posted_never_fetched(
    reader: Client, conversation: Conversation, act: str
) -> None:
    assert reader.get(f"/conversations/{conversation.pk}/{act}/").status_code == 405


def test_undo_of_an_act_elsewhere_is_not_found(reader: Client, channel: Channel, ana: User) -> None:
    event = ops.take(conversation=make_conversation(channel), by=ana)
    assert event is not None
    other = make_conversation(channel)
    assert reader.post(f"/conversations/{other.pk}/undo/{event.pk}/").status_code == 404
