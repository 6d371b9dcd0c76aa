"""Signs of life over HTTP, and what list and thread show of colleagues."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inbox.models import Channel, Claim, Conversation, Presence, Seen, Team, User
from inbox.operations import claims, presence
from responses.models import Draft
from tests.factories import make_conversation, make_user
from tests.inbox.views.lists import BUDGET, fill, page
from tests.responses.build import make_draft

HTMX = {"HX-Request": "true"}


@pytest.fixture
def reader(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


def beat(client: Client, conversation: Conversation, **fields: str) -> str:
    values = {"tab": "abcdefgh12", "state": "viewing"} | fields
    answer = client.post(f"/conversations/{conversation.pk}/presence/", values)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def at_work(conversation: Conversation, user: User, state: str = "writing") -> None:
    presence.beat(conversation=conversation, by=user, tab=f"tab{user.pk}", state=state)


def test_a_beat_answers_with_who_else_is_there(
    reader: Client, conversation: Conversation, ben: User, dewi: User
) -> None:
    at_work(conversation, ben)
    at_work(conversation, dewi, "viewing")
    html = beat(reader, conversation)
    assert "ben is writing" in html
    assert "dewi is here" in html
    assert "ben is answering." in html
    assert "Take over" in html
    assert "ana" not in html
    assert Presence.objects.filter(user__username="ana").count() == 1


def test_the_open_page_shows_it_from_the_start(
    reader: Client, conversation: Conversation, ben: User
) -> None:
    at_work(conversation, ben)
    html = reader.get(conversation.get_absolute_url()).content.decode()
    assert "ben is writing" in html
    assert "ben is answering." in html
    assert html.count("ben is answering<") == 1  # in the list, for screen readers


def test_rows_say_who_answers_and_who_looks(
    reader: Client, channel: Channel, ben: User, dewi: User
) -> None:
    written, looked_at = make_conversation(channel), make_conversation(channel)
    at_work(written, ben)
    at_work(looked_at, dewi, "viewing")
    for html in (page(reader), page(reader, f"/rows/?ids={written.pk},{looked_at.pk}")):
        assert "ben is answering" in html
        assert "Looking at it: dewi" in html


def test_marks_of_rows_come_only_for_what_one_sees(
    reader: Client, channel: Channel, ben: User
) -> None:
    row, hidden = make_conversation(channel), make_conversation()
    for one in (row, hidden):
        at_work(one, ben)
    hidden.channel.team = Team.objects.create(name="Others")
    hidden.channel.save()
    html = reader.get(f"/presence/?ids={row.pk},{hidden.pk},999").content.decode()
    assert f'id="with-{row.pk}"' in html
    assert f'id="with-{hidden.pk}"' not in html
    answer = reader.post(f"/conversations/{hidden.pk}/presence/", {"tab": "abcdefgh"})
    assert answer.status_code == 404


def test_the_list_keeps_its_budget_with_fifty_at_work(
    reader: Client, channel: Channel, django_user_model: type[User]
) -> None:
    fill(channel, 60)
    rows = list(Conversation.objects.all()[:50])
    for row in rows:
        user = make_user()
        at_work(row, user)
        Seen.objects.create(conversation=row, user=user)
    with CaptureQueriesContext(connection) as queries:
        html = page(reader, "/?status=all")
    assert html.count("is answering</span>") >= 40
    assert len(queries) <= BUDGET, [query["sql"][:120] for query in queries]


def test_leaving_is_heard_from_a_page_that_goes_away(
    reader: Client, conversation: Conversation
) -> None:
    beat(reader, conversation)
    answer = reader.post("/presence/leave/", {"tab": "abcdefgh12"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert not Presence.objects.exists()


def test_the_beacon_carries_its_token_as_a_field(conversation: Conversation, ana: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    strict.get(conversation.get_absolute_url())
    presence.beat(conversation=conversation, by=ana, tab="abcdefgh12", state="viewing")
    body = {"tab": "abcdefgh12", "csrfmiddlewaretoken": strict.cookies["csrftoken"].value}
    assert strict.post("/presence/leave/", body).status_code == 200
    assert not Presence.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"tab": ""},
        {"tab": "x"},
        {"tab": "a\0cdefghij"},
        {"tab": "'; drop--"},
        {"state": "dancing"},
        {"seen": "1.2.3"},
        {"seen": "1.2.3.x"},
        {"seen": f"1.2.3.{'9' * 30}"},
    ],
)
def test_nonsense_is_refused_in_words(
    reader: Client, conversation: Conversation, wrong: dict[str, str]
) -> None:
    values = {"tab": "abcdefgh12", "state": "viewing"} | wrong
    answer = reader.post(f"/conversations/{conversation.pk}/presence/", values)
    assert answer.status_code == 422
    assert not Presence.objects.exists()


def test_taking_over_keeps_both_texts(
    reader: Client, conversation: Conversation, ana: User, ben: User
) -> None:
    theirs = make_draft(conversation, ben, text="Ben's words")
    mine = make_draft(conversation, ana, text="Ana's words")
    at_work(conversation, ben)
    answer = reader.post(
        f"/conversations/{conversation.pk}/take-over/", {"to": ben.pk}, headers=HTMX
    )
    assert "What ben wrote stays theirs" in json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert Claim.objects.get().holder == ana
    assert Draft.objects.get(pk=theirs.pk).text == "Ben's words"
    assert Draft.objects.get(pk=mine.pk).text == "Ana's words"
    assert "ben is answering" not in answer.content.decode()


def test_the_one_taken_over_from_is_told_as_a_toast(
    reader: Client, conversation: Conversation, ana: User, ben: User
) -> None:
    before = reader.get("/notifications/count/", headers=HTMX)["X-Newest"]
    claims.claim(conversation=conversation, by=ana)
    claims.take_over(conversation=conversation, by=ben, over=ana)
    answer = reader.get(f"/notifications/count/?after={before}", headers=HTMX)
    assert answer.content == b"1"
    assert "ben took over answering" in json.loads(answer["HX-Trigger"])["toast"]["text"]
    again = reader.get(f"/notifications/count/?after={answer['X-Newest']}", headers=HTMX)
    assert "HX-Trigger" not in again


def test_who_submits_answers_no_longer(
    reader: Client, conversation: Conversation, ana: User
) -> None:
    draft = make_draft(conversation, ana)
    claims.claim(conversation=conversation, by=ana)
    values = {
        "text": "We are on it.",
        "draft": str(draft.pk),
        "seen_version": str(conversation.version),
        "act": "submit",
    }
    reader.post(f"/conversations/{conversation.pk}/reply/compose/", values)
    assert Draft.objects.get().status == Draft.Status.IN_REVIEW
    assert not Claim.objects.exists()


def test_a_claim_never_stands_in_the_way(
    reader: Client, conversation: Conversation, ana: User, ben: User
) -> None:
    claims.claim(conversation=conversation, by=ben)
    values = {"text": "We are on it.", "seen_version": str(conversation.version), "act": "submit"}
    reader.post(f"/conversations/{conversation.pk}/reply/compose/", values)
    assert Draft.objects.get(author=ana).status == Draft.Status.IN_REVIEW
    assert Claim.objects.get().holder == ben


def test_an_auditor_sees_who_answers_but_is_not_asked_to(
    client: Client, conversation: Conversation, cleo: User, ben: User
) -> None:
    client.force_login(cleo)
    at_work(conversation, ben)
    html = beat(client, conversation, state="writing")
    assert "ben is writing" in html
    assert "Take over" not in html
    assert Claim.objects.get().holder == ben


def test_a_claim_that_ran_out_is_not_shown(
    reader: Client, conversation: Conversation, ben: User
) -> None:
    claims.claim(conversation=conversation, by=ben)
    Claim.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert "ben" not in beat(reader, conversation)
