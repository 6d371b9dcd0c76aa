"""The record as auditors read it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from inbox.models import AuditEvent, Conversation, User
from inbox.operations import conversations as ops
from inbox.templatetags.record import WORDS, in_words


@pytest.fixture
def auditor(client: Client, cleo: User) -> Client:
    client.force_login(cleo)
    return client


def test_an_agent_does_not_read_the_record(client: Client, ana: User) -> None:
    client.force_login(ana)
    assert client.get("/audit/").status_code == 403


def test_acts_are_told_in_words(
    auditor: Client, conversation: Conversation, ana: User, ben: User
) -> None:
    ops.assign(conversation=conversation, to=ben, by=ana)
    until = timezone.now() + timedelta(hours=1)
    event = ops.snooze(conversation=conversation, until=until, by=ana)
    assert event is not None
    ops.undo(event=event, by=ana)
    html = auditor.get("/audit/").content.decode()
    assert "assigned it to ben" in html
    assert "undid: snoozed it until" in html
    assert f"/conversations/{conversation.pk}/" in html


def test_a_verb_we_have_no_words_for_is_still_shown(db: None) -> None:
    event = AuditEvent(verb="responses.statement.published", data={})
    assert in_words(event) == "statement: published"


@pytest.mark.parametrize("verb", WORDS)
def test_every_sentence_holds_without_its_facts(verb: str) -> None:
    assert in_words(AuditEvent(verb=verb, data={}))


def test_filters_by_who_what_and_when(
    auditor: Client, conversation: Conversation, ana: User, ben: User
) -> None:
    ops.take(conversation=conversation, by=ana)
    ops.resolve(conversation=conversation, by=ben)

    def verbs(query: str) -> list[str]:
        html = auditor.get(f"/audit/?{query}").content.decode()
        return re.findall(r'<div class="meta mono">([\w.]+)<', html)

    assert verbs(f"actor={ana.pk}") == ["inbox.conversation.assigned"]
    assert verbs("verb=inbox.conversation.resolved") == ["inbox.conversation.resolved"]
    assert verbs("actor=desk") == []
    today = timezone.localdate()
    assert len(verbs(f"since={today}&until={today}")) == 2
    assert verbs(f"since={today + timedelta(days=1)}") == []


def test_the_record_goes_on_page_by_page(
    auditor: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch, ana: User
) -> None:
    monkeypatch.setattr("inbox.views.audit.PAGE", 2)
    for number in range(5):
        ops.add_note(conversation=conversation, text=str(number), by=ana)
    found, path = 0, "/audit/"
    while path:
        html = auditor.get(path).content.decode()
        found += html.count('<div class="meta mono">')
        more = re.search(r'href="(\?after=[^"]+)"', html)
        path = f"/audit/{more[1]}" if more else ""
    assert found == 5


def test_acts_on_networks_are_named_in_words() -> None:
    def told(act: str) -> str:
        return in_words(AuditEvent(verb="inbox.act.done", data={"act": act}))

    assert told("hide") == "did an act on the network: Hide"
    assert told("undo_hide") == "did an act on the network: Hide, taken back"
