"""What a network lets no app answer: a person answers there, and says so here."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inbox.models import AuditEvent, Conversation, Stream, User
from inbox.operations import conversations, sync
from inbox.operations.conversations import answer_outside
from responses.errors import NotSendable
from responses.operations import drafts
from tests import x_desk
from tests.inbox.listening import listen, make_search
from tests.inbox.practice.server import Practice, practice

__all__ = ["practice"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


@pytest.fixture
def found(practice: Practice, settings: Any) -> Conversation:
    """What a search has found on an X that lets apps answer only who called them."""
    practice.faults(self_serve=True)
    channel = x_desk.connect(practice, settings)
    practice.post("eve", "my toyota stopped on the motorway")
    listen(make_search(channel))
    return Conversation.objects.get()


def panel(client: Client, row: Conversation) -> str:
    return client.get(reverse("responses:panel", args=[row.pk])).text


def test_there_is_a_way_to_the_network_instead_of_a_composer(
    agent: Client, found: Conversation, practice: Practice
) -> None:
    page = panel(agent, found)
    assert "<textarea" not in page
    assert "Answer on X" in page
    assert f"{practice.url}/intent/post?in_reply_to={found.external_id}" in page
    assert "I have answered there" in page
    whole = agent.get(found.get_absolute_url()).text
    assert "in public, heard by" in whole
    assert "not to us, found by “Toyota”" in whole


def test_nothing_that_would_be_refused_gets_into_approval(found: Conversation, ana: User) -> None:
    draft = drafts.open_draft(conversation=found, by=ana, seen_version=found.version)
    drafts.save_text(draft=draft, by=ana, text="Sorry!")
    with pytest.raises(NotSendable):
        drafts.submit(draft=draft, by=ana, seen_version=found.version)


def test_an_app_that_may_answer_anybody_gets_the_composer(
    agent: Client, found: Conversation, settings: Any
) -> None:
    settings.NETWORKS = {"x": settings.NETWORKS["x"] | {"answers_anybody": True}}
    assert "<textarea" in panel(agent, found)


def test_who_speaks_to_us_is_answered_from_here(
    agent: Client, practice: Practice, settings: Any
) -> None:
    practice.faults(self_serve=True)
    channel = x_desk.connect(practice, settings)
    practice.post("eve", "@brand my toyota stopped")
    sync.sync_stream(stream_id=Stream.objects.get(channel=channel, name="mentions").pk)
    row = Conversation.objects.get()
    assert "<textarea" in panel(agent, row)


def test_answered_there_puts_it_away_until_something_new_is_said(
    agent: Client, found: Conversation, practice: Practice, ana: User
) -> None:
    answer = agent.post(reverse("inbox:answered_outside", args=[found.pk]), {"seen": found.version})
    assert answer.status_code == 302
    found.refresh_from_db()
    assert (found.status, found.waiting_since) == ("resolved", None)
    event = AuditEvent.objects.get(verb="inbox.conversation.answered_outside")
    assert (event.actor, event.target_id) == (ana, found.pk)
    assert "I have answered there" not in panel(agent, found)
    practice.post("eve", "still no toyota", in_reply_to=found.external_id)
    Stream.objects.update(next_poll_at=None)
    listen(found.channel.searches.get())
    found.refresh_from_db()
    assert found.status == "open"


def test_what_nobody_has_read_is_not_put_away(found: Conversation, ana: User) -> None:
    from inbox.lib.errors import StaleState

    with pytest.raises(StaleState):
        answer_outside(conversation=found, by=ana, seen=found.version - 1)


def test_it_can_be_taken_back(found: Conversation, ana: User) -> None:
    event = answer_outside(conversation=found, by=ana)
    assert event
    conversations.undo(event=event, by=ana)
    found.refresh_from_db()
    assert found.status == "open"
    assert found.waiting_since is not None
